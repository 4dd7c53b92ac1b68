"""The films that a browser keeps a list of: what it hands over is read as if a stranger had written it."""

from __future__ import annotations

import re
from typing import Any

MOST_KEPT = 12

_ID = re.compile(r"tlk_[\w-]{4,64}")
_THUMB = re.compile(r"data:image/jpeg;base64,[A-Za-z0-9+/=]{0,20000}")
_LONGEST_TITLE = 60


def read_films(kept: Any) -> list[dict[str, str]]:
    """The films that can be read, newest first: their `id`, a `title`, and a `thumb` that holds its own bytes or is
    empty. Everything else is left out.
    """
    films = []
    for film in kept[:MOST_KEPT] if isinstance(kept, list) else ():
        if not isinstance(film, dict) or not _ID.fullmatch(str(film.get("id"))):
            continue
        title, thumb = str(film.get("title", ""))[:_LONGEST_TITLE], str(film.get("thumb", ""))
        films.append({"id": film["id"], "title": title, "thumb": thumb if _THUMB.fullmatch(thumb) else ""})
    return films
