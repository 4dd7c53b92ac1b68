"""Throats that espeak-ng does not bring along: voice files with formants, source and tone drawn at random."""

from __future__ import annotations

import shutil
from pathlib import Path
from random import Random

import espeakng_loader

SHELF = 200
"""Voices installed at once; espeak-ng has room for 350, 141 of them languages."""

DRAWN = 200
"""Number of voices of the first shelf, called `drawn0` to `drawn199`."""

LEFT_OUT = 10
"""Of them, the last ones are for validation."""

BOLD = 1000
"""Number of voices on the shelves after the first, `drawn200` to `drawn1199`, whose formants stray farther."""


def shelf(voice: str) -> int:
    """The shelf that a voice such as `en-us+drawn26` is on."""
    return int(voice.rpartition("+drawn")[2]) // SHELF


def install(folder: Path, number: int) -> Path:
    """Copy espeak-ng's data into `folder` with the voices of shelf `number` as its only variants; its new path."""
    data = folder / "espeak-ng-data"
    shutil.copytree(espeakng_loader.get_data_path(), data)
    shutil.rmtree(data / "voices/!v")
    (data / "voices/!v").mkdir()
    for voice in range(number * SHELF, (number + 1) * SHELF):
        settings = _settings(Random(voice), bold=voice >= DRAWN)
        (data / f"voices/!v/drawn{voice}").write_text(f"language variant\nname drawn{voice}\n{settings}")
    return data


def _settings(rng: Random, *, bold: bool) -> str:
    """One voice: a throat of some length, each formant off by up to a quarter, one in three with a formant misplaced;
    of the bold ones three in four, with one or two.

    Percentages of espeak-ng's own values, as its voice files have them.
    """
    size, spread = rng.uniform(0.82, 1.35), rng.uniform(0.02, 0.14)
    if bold:
        misplaced = set(rng.choices((2, 3, 4, 5), (4, 3, 2, 1), k=rng.randint(1, 2))) if rng.random() < 0.75 else set()
    else:
        misplaced = {rng.choice((2, 3, 3, 4, 5))} if rng.random() < 0.35 else set()
    lines = [f"formant 0 {rng.uniform(80, 140):.0f} {rng.uniform(40, 130):.0f} {rng.uniform(70, 150):.0f}"]
    for formant in range(1, 9):
        place = 100 * size * (1 + max(-0.25, min(0.25, rng.gauss(0, spread))))
        if formant in misplaced:
            far = (-1.1, 0.5) if bold else (-0.9, 0.4)
            place *= 10 ** rng.uniform(*far) if formant > 2 else rng.uniform(0.65, 1.35)
        line = f"formant {formant} {place:.0f} {rng.uniform(40, 140):.0f} {rng.uniform(60, 180):.0f}"
        lines.append(line + (f" {rng.uniform(-200, 100):.0f}" if formant < 3 and rng.random() < 0.25 else ""))
    low = rng.uniform(65, 220)
    lines += [
        f"pitch {low:.0f} {low * rng.uniform(1.05, 1.9):.0f}",
        f"flutter {rng.randint(0, 20)}",
        f"voicing {rng.uniform(50, 160):.0f}",
        f"consonants {rng.uniform(50, 150):.0f} {rng.uniform(60, 130):.0f}",
    ]
    if rng.random() < 0.2:
        lines.append(f"klatt {rng.randint(1, 5)}")
    if rng.random() < 0.3:
        lines.append(f"roughness {rng.randint(1, 5)}")
    if rng.random() < 0.3:
        lines.append(f"echo {rng.randint(20, 220)} {rng.randint(5, 40)}")
    if rng.random() < 0.3:
        lines.append(f"tone 600 {rng.randint(100, 255)} 1200 {rng.randint(60, 255)} 5000 {rng.randint(60, 255)}")
    if rng.random() < 0.2:
        lines.append("breath " + " ".join(str(rng.randint(0, 40)) for _ in range(6)))
        lines.append("breathw 150 150 200 200 400 400")
    if rng.random() < 0.3:
        lines.append("stressAmp " + " ".join(str(rng.randint(12, 30)) for _ in range(8)))
    return "\n".join(lines) + "\n"
