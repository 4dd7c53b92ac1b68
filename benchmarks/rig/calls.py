"""Calls of a service over HTTP: a connection for each, since processes die, and without what only HTTPS needs."""

from __future__ import annotations

import ssl

import httpx

_CLIENT = httpx.Client(
    verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), trust_env=False, timeout=60,
    limits=httpx.Limits(max_keepalive_connections=0),
)  # fmt: skip
"""Making one costs more than a call: it reads all certificates of the machine."""

get = _CLIENT.get
post = _CLIENT.post
