"""Under which address a caller reached the server: what links in answers begin with."""

from __future__ import annotations

import re

from fastapi import Request

_HOST = re.compile(r"[A-Za-z0-9._-]{1,253}(:\d{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:\d{1,5})?")


def base_url(call: Request) -> str:
    """As the caller, or the proxy before the server, names it: "https://host:port", without a slash at the end.

    A wrong name harms only the caller, who gets links that lead nowhere.
    """
    host = _first(call.headers.get("x-forwarded-host")) or call.headers.get("host", "")
    scheme = _first(call.headers.get("x-forwarded-proto")) or call.url.scheme
    if not _HOST.fullmatch(host):
        server = call.scope.get("server") or ("127.0.0.1", 80)
        host = f"{server[0]}:{server[1]}"
    return f"{'https' if scheme.casefold() == 'https' else 'http'}://{host}"


def _first(header: str | None) -> str:
    """What the outermost proxy said."""
    return (header or "").split(",", 1)[0].strip()
