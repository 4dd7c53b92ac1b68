"""The quality report of a film as a page shows it: a table in words, and the mouth over the sound as a drawing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import groupby
from math import ceil
from typing import Any

LIMIT = 0.5
"""The grade from which a figure is within its limits."""

FIGURES = {
    "av_offset_ms": "{:.0f} ms",
    "av_drift_ms": "{:.0f} ms",
    "av_corr": "{:.2f}",
    "closure_hit": "{:.0%}",
    "range": "{:.2f}",
    "jitter": "{:.3f}",
    "mouth_sharpness": "{:.2f}",
    "identity_drift": "{:.3f}",
    "face_missing": "{:.0%}",
    "clipping": "{:.2%}",
}
"""How each graded figure is written."""

_WIDTH, _HEIGHT, _GAP = 720, 120, 24
_BELOW = 24
"""Of the drawing, in its own units; the gap is between two parts of the film, and below stand the seconds."""


def report_html(report: Mapping[str, Any], words: Mapping[str, str]) -> str:
    """The report as HTML: a table, and a drawing of what was looked at; a sentence when nothing was measured."""
    quality = report.get("quality") or {}
    values, grades = quality.get("values", {}), quality.get("grades", {})
    rows = "".join(
        f"<tr><th scope=row>{escape(words['figure_' + name])}</th><td>{form.format(values[name])}</td>"
        f"<td class={_verdict(grades[name])}>{escape(words['verdict_' + _verdict(grades[name])])}</td></tr>"
        for name, form in FIGURES.items()
        if name in values and name in grades
    )
    if not rows:
        return f"<p>{escape(words['no_quality'])}</p>"
    head = "".join(f"<th scope=col>{escape(words[key])}</th>" for key in ("measure", "value", "verdict"))
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return table + _drawing(quality.get("tracks") or (), words)


def _verdict(grade: float) -> str:
    return "good" if grade >= LIMIT else "bad"


def _drawing(tracks: Sequence[Mapping[str, Any]], words: Mapping[str, str]) -> str:
    """The mouth's opening as a line over the sound's loudness as a surface, each against its own greatest; the parts of
    the film that were looked at side by side.
    """
    parts = [track for track in tracks if len(track["opening"]) > 1]
    if not parts:
        return ""
    frames = sum(len(track["opening"]) for track in parts)
    scale = (_WIDTH - _GAP * (len(parts) - 1)) / frames
    tops = {name: _top(parts, name) for name in ("opening", "loudness")}
    drawn, left = "", 0.0
    for track in parts:
        width = scale * len(track["opening"])
        drawn += _part(track, left, width, tops)
        left += width + _GAP
    legend = "".join(f"<li class=plot-{key}>{escape(words['plot_' + key])}</li>" for key in ("sound", "mouth"))
    return (
        f'<svg class=plot viewBox="0 -4 {_WIDTH} {_HEIGHT + _BELOW}" role=img '
        f'aria-label="{escape(words["plot_alt"])}">{drawn}</svg><ul class=legend>{legend}</ul>'
    )


def _part(track: Mapping[str, Any], left: float, width: float, tops: Mapping[str, float]) -> str:
    count, fps, start = len(track["opening"]), track["fps"], track["start"]
    step = width / (count - 1)

    def points(values: Sequence[float], first: int, top: float) -> str:
        return " ".join(
            f"{left + (first + i) * step:.1f},{_HEIGHT * (1 - value / top):.1f}" for i, value in enumerate(values)
        )

    heard = points(track["loudness"], 0, tops["loudness"])
    surface = f"M{left:.1f},{_HEIGHT} L{heard} L{left + width:.1f},{_HEIGHT} Z"
    lines = "".join(
        f'<polyline class=plot-mouth points="{points(run, first, tops["opening"])}"/>'
        for first, run in _runs(track["opening"])
    )
    seconds = count / fps
    every = max(1, round(seconds / 6))
    ticks = "".join(
        f'<text x="{left + (second - start) * fps * step:.0f}" y="{_HEIGHT + 16}">{second} s</text>'
        for second in range(ceil(start), int(start + seconds) + 1)
        if second % every == 0 and (second - start) * fps * step < width - 12
    )
    return f'<path class=plot-sound d="{surface}"/>{lines}{ticks}'


def _runs(track: Sequence[float | None]) -> Iterator[tuple[int, list[float]]]:
    """The stretches in which a face was seen: the first frame of each, and its values."""
    for seen, frames in groupby(enumerate(track), key=lambda pair: pair[1] is not None):
        run = list(frames)
        if seen and len(run) > 1:
            yield run[0][0], [value for _, value in run if value is not None]


def _top(parts: Sequence[Mapping[str, Any]], name: str) -> float:
    return max((value for track in parts for value in track[name] if value is not None), default=0.0) or 1.0
