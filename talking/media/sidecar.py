"""Caption files beside a video: SubRip for editors and players, WebVTT for web pages."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from talking.media.captions import srt, vtt
from talking.media.output import check_place, output_errors, replacing
from talking.types import Speech


def write_captions(speech: Speech, path: Path) -> tuple[Path, ...]:
    """Write the words of `speech` to an .srt and a .vtt file beside the video `path`, and give their paths.

    Both are UTF-8 and replace what had their names; when the second cannot be written, the first stays. Without known
    words there is nothing to write, and the result is empty. Raises OutputError when they cannot be written.
    """
    written: list[Path] = []
    for place, text in zip(_places(path), (srt(speech), vtt(speech)), strict=True):
        if not text:
            continue
        with replacing(place, noun="caption file") as part, output_errors("caption file"):
            part.write_text(text, encoding="utf-8", newline="\n")
        written.append(place)
    return tuple(written)


def stale_captions(path: Path, written: Sequence[Path]) -> tuple[str, ...]:
    """A note for each caption file beside the video `path` that is not among `written`: players would show it."""
    others = [place for place in _places(path) if place not in written and place.is_file()]
    return tuple(
        f"The caption file '{place.name}' was there before and does not belong to this film, and players may show it: "
        f"delete or rename it."
        for place in others
    )


def _places(path: Path) -> tuple[Path, ...]:
    return tuple(path.with_suffix(suffix) for suffix in (".srt", ".vtt"))


def check_captions(path: Path) -> None:
    """Make sure that caption files can be written beside the video `path`. Raises OutputError otherwise."""
    for place in _places(path):
        check_place(place, noun="caption file")
