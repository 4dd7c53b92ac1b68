"""The kinds of file that a film can become, and what each is made of."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from talking.errors import InvalidRequest, Unknown

_X264 = {
    "preset": "superfast",
    "crf": "18",
    # As good as veryfast (SSIM) in two thirds to four fifths of its time: the macroblock tree pays because the
    # background of a portrait stands still; there are no cuts to look for and no fades to weigh. Fixed B-frames
    # spare two 512 px portraits 9 and 18 % of the time, 21 and 41 % of the bits, for .3 and .6 dB; larger ones nothing.
    "x264-params": "mbtree=1:rc-lookahead=10:scenecut=0:weightp=0:b-adapt=0",
}

_VP9 = {
    # Seven times as fast as the encoder's "good" mode for twice the bits; level with the MP4 in quality (SSIM).
    "deadline": "realtime",
    "cpu-used": "7",
    "row-mt": "1",
    "b": "0",
    "crf": "20",
}

_PRORES = {
    "profile": "4444",
    "vendor": "apl0",  # some editors take nothing else for the real thing
    "alpha_bits": "8",  # what a cut-out has; exact, and smaller than 16
    # A fixed quantiser is seven times as fast as the search for one, in a third of the bytes; libavutil's FF_QP2LAMBDA
    # makes 118 of 1. Four changes a drawn portrait's brightness by 0.4 levels of 255.
    "global_quality": str(118 * 4),
}


@dataclass(frozen=True)
class Format:
    """A kind of file.

    `name` is what users call it, and its suffix without the dot; `title` how it is written in a sentence; `container`
    and the codecs are FFmpeg's names, empty where a kind of stream cannot be carried; `pixels` the layout of the
    picture; `options` those of the picture's codec; `index` those of the container that put its index first, so that
    players start while they load.
    """

    name: str
    title: str
    container: str
    picture: str
    pixels: str
    sound: str = ""
    captions: str = ""
    options: dict[str, str] = field(default_factory=dict)
    index: dict[str, str] = field(default_factory=dict)


_FASTSTART = {"movflags": "+faststart"}

FORMATS = {
    "mp4": Format("mp4", "MP4", "mp4", "libx264", "yuv420p", "aac", "mov_text", _X264, _FASTSTART),
    "mov": Format("mov", "MOV", "mov", "libx264", "yuv420p", "aac", "mov_text", _X264, _FASTSTART),
    "webm": Format("webm", "WebM", "webm", "libvpx-vp9", "yuv420p", "libopus", "webvtt", _VP9, {"cues_to_front": "1"}),
    "gif": Format("gif", "GIF", "gif", "gif", "pal8"),
}
"""The formats by name, the usual one first."""

_TRANSPARENT = {
    # libvpx looks ahead for reference frames that are never shown, which the alpha channel has no room for.
    "webm": replace(FORMATS["webm"], pixels="yuva420p", options=_VP9 | {"auto-alt-ref": "0"}),
    "mov": replace(FORMATS["mov"], picture="prores_ks", pixels="yuva444p10le", sound="pcm_s16le", options=_PRORES),
}


def find_format(name: str, *, transparent: bool = False) -> Format:
    """The format called `name` ("mp4", ".MP4"), for pictures with an alpha channel if `transparent`.

    Raises Unknown when there is none, and InvalidRequest when it has no transparency worth the name.
    """
    key = name.strip().lower().removeprefix(".")
    if key not in FORMATS:
        raise Unknown.name("video format", name, FORMATS, hint=f"Choose {_listed(FORMATS)}.")
    if not transparent:
        return FORMATS[key]
    if key not in _TRANSPARENT:
        raise InvalidRequest(
            f"A video in {FORMATS[key].title} cannot have a transparent background. Choose {_listed(_TRANSPARENT)}."
        )
    return _TRANSPARENT[key]


def check_suffix(path: Path, form: Format) -> None:
    """Refuse a name whose ending says something else than what the file will be."""
    if path.suffix.lower() != f".{form.name}":
        raise InvalidRequest(
            f"The name of a video in {form.title} ends in .{form.name}. Choose such an output name, or another format."
        )


def _listed(names: dict[str, Format]) -> str:
    *first, last = names
    return f"{', '.join(first)} or {last}"
