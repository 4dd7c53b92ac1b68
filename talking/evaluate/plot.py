"""A picture of an evaluation: the mouth over the sound, with the closures marked."""

from __future__ import annotations

import textwrap
from pathlib import Path

import numpy as np

from talking.errors import OutputError
from talking.evaluate.evaluation import Evaluation
from talking.motion.phonemes import VISEME
from talking.types import Floats


def plot(evaluation: Evaluation, path: str | Path) -> None:
    """Draw aperture and expected opening over the wave form to a PNG. Raises OutputError when it cannot be written."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    tracks, speech = evaluation.tracks, evaluation.speech
    duration = len(tracks.aperture) / tracks.fps
    figure = Figure(figsize=(min(60.0, max(10.0, 1.6 * duration)), 5.0), layout="constrained")
    FigureCanvasAgg(figure)
    sound, mouth = figure.subplots(2, 1, sharex=True, height_ratios=(1, 2))
    times, low, high = _envelope(speech.samples, speech.rate)
    sound.fill_between(times, low, high, color="#0f766e", linewidth=0)
    sound.set_ylabel("sound")
    mouth.plot(tracks.times, tracks.aperture, color="#1c1917", label="measured aperture (IOD)")
    scale = float(np.nanpercentile(tracks.aperture, 95)) / max(float(np.percentile(evaluation.opening, 95)), 1e-6)
    expected = evaluation.opening * scale
    mouth.plot(np.arange(len(expected)) * evaluation.opening_step, expected, color="#d97706", label="expected, scaled")
    closures = [segment for segment in evaluation.segments if segment.viseme == VISEME["PP"]]
    for index, segment in enumerate(closures):
        label = "p, b, m" if index == 0 else None
        mouth.axvspan(segment.start, segment.end, color="#0ea5e9", alpha=0.35, linewidth=0, label=label)
    mouth.set(xlabel="seconds", ylabel="lips", xlim=(0.0, duration))
    mouth.legend(loc="upper left", bbox_to_anchor=(0.0, -0.16), ncols=3, frameon=False)
    title = "  ".join(f"{f.name} {f.value:.3g}" for f in evaluation.figures if f.gated)
    figure.suptitle(textwrap.fill(title, round(9 * figure.get_figwidth())), fontsize="medium")
    try:
        figure.savefig(path, format="png", dpi=100)
    except OSError as error:
        raise OutputError(
            f"The plot could not be written to '{path}'. Choose a folder in which you may write."
        ) from error


def _envelope(samples: Floats, rate: int, columns: int = 2000) -> tuple[Floats, Floats, Floats]:
    """Time, lowest and highest sample of at most `columns` equal stretches."""
    width = max(1, len(samples) // columns)
    usable = len(samples) // width * width
    blocks = samples[:usable].reshape(-1, width)
    return (np.arange(len(blocks)) * width / rate).astype(np.float32), blocks.min(axis=1), blocks.max(axis=1)
