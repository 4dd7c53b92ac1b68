"""The quality report of a film as a page shows it: a table in words, and the mouth over the sound as a drawing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
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

_WIDTH, _HEIGHT = 720, 120


def report_html(report: Mapping[str, Any], words: Mapping[str, str]) -> str:
    """The report as HTML; empty when the film's quality was not looked at."""
    quality = report.get("quality") or {}
    values, grades = quality.get("values", {}), quality.get("grades", {})
    rows = "".join(
        f"<tr><th scope=row>{escape(words['figure_' + name])}</th><td>{form.format(values[name])}</td>"
        f"<td class={_verdict(grades[name])}>{escape(words['verdict_' + _verdict(grades[name])])}</td></tr>"
        for name, form in FIGURES.items()
        if name in values and name in grades
    )
    if not rows:
        return ""
    head = "".join(f"<th scope=col>{escape(words[key])}</th>" for key in ("measure", "value", "verdict"))
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
    return table + _drawing(quality.get("tracks") or {}, words)


def _verdict(grade: float) -> str:
    return "good" if grade >= LIMIT else "bad"


def _drawing(tracks: Mapping[str, Any], words: Mapping[str, str]) -> str:
    """The mouth's opening as a line over the sound's loudness as a surface, each against its own greatest."""
    opening, loudness = tracks.get("opening") or [], tracks.get("loudness") or []
    if len(opening) < 2 or len(loudness) < 2:
        return ""
    seconds = len(opening) / tracks["fps"]
    surface = f"M0,{_HEIGHT} L{_points(loudness)} L{_WIDTH},{_HEIGHT} Z"
    ticks = "".join(
        f'<text x="{_WIDTH * second / seconds:.0f}" y="{_HEIGHT + 16}">{second} s</text>'
        for second in range(0, int(seconds) + 1, max(1, round(seconds / 8)))
    )
    legend = "".join(f"<li class=plot-{key}>{escape(words['plot_' + key])}</li>" for key in ("sound", "mouth"))
    return (
        f'<svg class=plot viewBox="0 -4 {_WIDTH} {_HEIGHT + 24}" role=img aria-label="{escape(words["plot_alt"])}">'
        f'<path class=plot-sound d="{surface}"/><polyline class=plot-mouth points="{_points(opening)}"/>{ticks}</svg>'
        f"<ul class=legend>{legend}</ul>"
    )


def _points(track: Sequence[float]) -> str:
    top = max(max(track), 1e-9)
    step = _WIDTH / (len(track) - 1)
    return " ".join(f"{i * step:.1f},{_HEIGHT * (1 - value / top):.1f}" for i, value in enumerate(track))
