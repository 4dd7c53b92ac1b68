"""Caption files beside a video: SubRip for editors and players, WebVTT for web pages."""

from __future__ import annotations

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
    for suffix, text in ((".srt", srt(speech)), (".vtt", vtt(speech))):
        if not text:
            continue
        place = path.with_suffix(suffix)
        with replacing(place, noun="caption file") as part, output_errors("caption file"):
            part.write_text(text, encoding="utf-8", newline="\n")
        written.append(place)
    return tuple(written)


def check_captions(path: Path) -> None:
    """Make sure that caption files can be written beside the video `path`. Raises OutputError otherwise."""
    for suffix in (".srt", ".vtt"):
        check_place(path.with_suffix(suffix), noun="caption file")
