"""Pictures and clips that the page shows small: browsers fetch them when they are looked at, and keep them."""

from __future__ import annotations

from pathlib import Path

from starlette.responses import Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

PREFIX = "/tiles"

KEEP = "private, max-age=31536000, immutable"
"""Said of what has another address when it is another: a year is the most that browsers are asked for."""

_FOLDER = Path(__file__).parents[1] / "ui" / "clips"


class Tiles(StaticFiles):
    """The files by name; the page's addresses end in a mark of what is in them."""

    def __init__(self) -> None:
        super().__init__(directory=_FOLDER)

    async def get_response(self, path: str, scope: Scope) -> Response:
        """A file, or a part of it."""
        response = await super().get_response(path, scope)
        if response.status_code < 300:
            response.headers["Cache-Control"] = KEEP
        return response
