"""The values of attributes: times, speeds, tones and levels as numbers. All raise ValueError for anything else."""

from __future__ import annotations

import math
import re
from typing import TypeVar

T = TypeVar("T")

BREAKS = {"none": 0.0, "x-weak": 0.25, "weak": 0.5, "medium": 0.75, "strong": 1.0, "x-strong": 1.25}
"""Strength of a break -> seconds, as Microsoft's service documents them."""

RATES = {"x-slow": 0.5, "slow": 0.64, "medium": 1.0, "default": 1.0, "fast": 1.55, "x-fast": 2.0}
PITCHES = {"x-low": 0.55, "low": 0.8, "medium": 1.0, "default": 1.0, "high": 1.2, "x-high": 1.45}
"""Words -> factors on the rate and on the fundamental frequency; Microsoft's as well."""

VOLUMES = {
    "silent": -120.0,
    "x-soft": -12.0,
    "soft": -6.0,
    "medium": 0.0,
    "default": 0.0,
    "loud": 4.0,
    "x-loud": 8.0,
}
"""Words -> dB. Chosen by us: speech is kept at -20 dBFS, so 8 dB more still fits under the peaks' ceiling."""

DEGREES = {"low": 0.5, "medium": 1.0, "high": 1.5, "weak": 0.5, "strong": 1.5}

_NUMBER = r"[+-]?(?:\d{1,9}(?:\.\d{0,9})?|\.\d{1,9})"
_MAX_GAIN, _MIN_GAIN = 12.0, -120.0


def seconds(value: str) -> float:
    """ "300ms", "1.5s", or a bare number of milliseconds, as some clients send it."""
    found = re.fullmatch(rf"({_NUMBER})\s*(ms|s|)", value.strip().casefold(), re.ASCII)
    if found is None or float(found[1]) < 0:
        raise ValueError(value)
    return float(found[1]) * (1.0 if found[2] == "s" else 0.001)


def strength(value: str) -> float:
    """Seconds of a break by its strength."""
    return _word(value, BREAKS)


def rate(value: str) -> float:
    """A factor: "80%" and "0.8" are 0.8, "+10%" is 1.1, "slow" is a word of RATES."""
    kind, number, signed = _measured(value, ("%", ""))
    if kind is None:
        return _word(value, RATES)
    share = number / 100 if kind == "%" else number
    factor = 1 + share if signed else share
    if factor <= 0:
        raise ValueError(value)
    return factor


def pitch(value: str) -> tuple[float, float, float]:
    """(semitones, hertz to add, hertz to set or 0): "+2st", "10%", "+20Hz", "180Hz", "high"."""
    kind, number, signed = _measured(value, ("st", "%", "hz"))
    if kind == "st":
        return number, 0.0, 0.0
    if kind == "hz":
        if not signed and not 20 <= number <= 1000:
            raise ValueError(value)
        return (0.0, number, 0.0) if signed else (0.0, 0.0, number)
    factor = 1 + number / 100 if kind == "%" else _word(value, PITCHES)
    if factor <= 0:
        raise ValueError(value)
    return 12 * math.log2(factor), 0.0, 0.0


def volume(value: str) -> float:
    """dB: "+6dB", "soft", a level from 0 to 100 (100 as it is), "+10" and "-20%" of that level."""
    kind, number, signed = _measured(value, ("db", "%", ""))
    if kind is None:
        return _word(value, VOLUMES)
    if kind == "db":
        return min(max(number, _MIN_GAIN), _MAX_GAIN)
    share = 1 + number / 100 if signed else number / 100
    if not signed and not 0 <= number <= 100:
        raise ValueError(value)
    return min(max(20 * math.log10(max(share, 1e-6)), _MIN_GAIN), _MAX_GAIN)


def degree(value: str) -> float:
    """How much of a style: a number from 0 to 2, or low, medium, high."""
    word = value.strip().casefold()
    number = DEGREES[word] if word in DEGREES else float(value)
    if not 0 <= number <= 2:
        raise ValueError(value)
    return number


def _measured(value: str, units: tuple[str, ...]) -> tuple[str | None, float, bool]:
    """(unit, number, whether it has a sign); the unit is None when it is no number with one of the units."""
    found = re.fullmatch(rf"({_NUMBER})\s*({'|'.join(units)})", value.strip().casefold(), re.ASCII)
    if found is None:
        return None, 0.0, False
    return found[2], float(found[1]), found[1][0] in "+-"


def _word(value: str, table: dict[str, float]) -> float:
    word = value.strip().casefold()
    if word not in table:
        raise ValueError(value)
    return table[word]
