"""Where a job may send things to when it is over; checked when it is asked for, and again before each delivery."""

from __future__ import annotations

from typing import Any

from talking import net
from talking.errors import BlockedURL, FetchError, InvalidRequest
from talking.request import Request

MAX_TOKEN = 1000


def check_destinations(request: Request, *, private_urls: bool) -> None:
    """Raise InvalidRequest, by the name of the field, when nothing could be delivered."""
    for name, address in (("webhook", request.webhook), ("result_url", request.result_url)):
        if address:
            check_destination(name, address, private_urls=private_urls)


def check_destination(name: str, address: str, *, private_urls: bool) -> None:
    """As check_destinations, for one `address` in the field `name`."""
    if address[:5].casefold() == "s3://":
        raise InvalidRequest(
            f"'{name}' must be a signed https address to which the film can be PUT: this server has no access to "
            "buckets of yours."
        )
    try:
        net.check(address, allow_private=private_urls)
    except BlockedURL as error:
        raise InvalidRequest(
            f"'{name}' is an address to which nothing is sent from here: it leads into a private network, to a port "
            "that is none of a web server, or hides where it leads. Give a public one."
        ) from error
    except FetchError as error:
        raise InvalidRequest(f"'{name}' cannot be used. {error}") from error


def check_token(name: str, token: Any) -> None:
    """Raise InvalidRequest when a bearer token cannot stand in a header; an empty one is none."""
    plain = isinstance(token, str) and len(token) <= MAX_TOKEN and token.isascii() and token.isprintable()
    if not plain or " " in token:
        raise InvalidRequest(f"'{name}' must be at most {MAX_TOKEN} plain letters, digits and marks without spaces.")
