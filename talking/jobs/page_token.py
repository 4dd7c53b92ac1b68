"""The token of a list's next page: says where the last one ended, and means nothing to whoever holds it."""

from __future__ import annotations

import base64
import binascii

from talking.errors import InvalidRequest
from talking.jobs.job import ID


def write_token(created_ms: int, id: str) -> str:
    """A token for what comes after the job `id`."""
    return base64.urlsafe_b64encode(f"{created_ms}.{id}".encode()).decode().rstrip("=")


def read_token(token: str) -> tuple[int, str]:
    """When the last job of the page before was created, and its id. Raises InvalidRequest for anything else."""
    try:
        text = base64.b64decode(token.encode() + b"=" * (-len(token) % 4), altchars=b"-_", validate=True).decode()
        created, id = text.split(".", 1)
        if not (created.isascii() and created.isdigit() and len(created) <= 15 and ID.fullmatch(id)):
            raise ValueError(text)
        return int(created), id
    except (binascii.Error, ValueError) as error:
        raise InvalidRequest("This token is none that a list gave. Begin again without one.") from error
