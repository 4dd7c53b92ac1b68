"""How far the eighteen drivers are from one another, in figures.

`python -m tests.motion.performance` prints the tables that the documentation shows.
"""

from __future__ import annotations

import sys
from itertools import combinations, product

import numpy as np

from talking.motion import Acting
from talking.motion.drivers import DRIVERS
from talking.motion.eyes import eyes
from talking.motion.head import head
from talking.motion.phonemes import VISEME, Segment
from talking.motion.prosody import prosody
from talking.types import CHANNEL, FPS, Floats, Motion, Speech

STATISTICS = (
    *("sd pitch", "sd yaw", "sd roll", "pitch", "yaw", "roll", "v pitch", "v yaw", "v roll"),
    *("blinks", "brow", "sd gaze", "gaze x", "gaze y", "jumps"),
)
"""Deviation and mean of the pose in degrees, its speed in degrees a second, blinks a minute, the mean brow, deviation
and mean of the gaze in degrees, its jumps a minute."""

_SEEDS = 3


def talk(seconds: float) -> tuple[Speech, list[Segment]]:
    """Something like speech by formula, with phrases, accents and pauses, and its visemes."""
    rate = 8000
    t = np.arange(round(seconds * rate)) / rate
    pitch = 120 + 30 * np.sin(2 * np.pi * 0.9 * t) + 20 * np.sin(2 * np.pi * 0.31 * t)
    phase = 2 * np.pi * np.cumsum(pitch) / rate
    loud = (0.4 + 0.6 * np.sin(2 * np.pi * 0.73 * t) ** 2) * (t % 3.0 < 2.4)
    sound = 0.2 * loud * sum(np.sin(k * phase) / k for k in range(1, 8))
    names = ("PP", "aa", "SS", "O", "nn", "E", "FF", "I")
    segments = []
    for start in np.arange(0.0, seconds - 3.0, 3.0):
        for index in range(16):
            begin = start + 0.15 * index
            segments.append(Segment(begin, begin + 0.15, VISEME[names[index % len(names)]]))
        segments.append(Segment(start + 2.4, start + 3.0, VISEME["sil"]))
    return Speech(sound.astype(np.float32), rate), segments


def statistics(motion: Motion) -> Floats:
    """The figures of STATISTICS."""
    shapes, pose, minutes = motion.blendshapes, motion.pose, motion.num_frames / FPS / 60
    shut = shapes[:, CHANNEL["eyeBlinkLeft"]] >= 0.45
    across, down = (
        30 * (shapes[:, CHANNEL[more]] - shapes[:, CHANNEL[less]])
        for more, less in (("eyeLookOutLeft", "eyeLookInLeft"), ("eyeLookDownLeft", "eyeLookUpLeft"))
    )
    speed = np.sqrt(np.square(np.diff(pose, axis=0) * FPS).mean(axis=0))
    counts = ((np.diff(shut.astype(int)) > 0).sum() / minutes, (np.abs(np.diff(across)) > 1e-6).sum() / minutes)
    brow = shapes[:, CHANNEL["browInnerUp"]].mean()
    gaze = (across.std(), across.mean(), down.mean())
    return np.array([*pose.std(axis=0), *pose.mean(axis=0), *speed, counts[0], brow, *gaze, counts[1]])


def driver_statistics(seconds: float = 60.0) -> dict[str, list[Floats]]:
    """The statistics of each driver for some seeds."""
    speech, segments = talk(seconds)
    heard, frames = prosody(speech, segments), speech.num_frames
    still = np.zeros(frames, np.float32)
    rows: dict[str, list[Floats]] = {name: [] for name in DRIVERS}
    for name, seed in product(DRIVERS, range(_SEEDS)):
        acting = Acting(style=DRIVERS[name])
        pose, shift = head(heard, frames, seed=seed + acting.style.seed, acting=acting)
        shapes = eyes(heard, frames, seed=seed + acting.style.seed, acting=acting)
        rows[name].append(statistics(Motion(shapes, pose, shift, still)))
    return rows


def driver_distances(rows: dict[str, list[Floats]]) -> tuple[dict[tuple[str, str], float], float]:
    """Between any two drivers, and the mean between two performances of one driver with different seeds.

    Root mean square over the statistics, each in units of how much it varies from seed to seed with one driver.
    """
    unit = np.sqrt(np.mean([np.var(each, axis=0, ddof=1) for each in rows.values()], axis=0))

    def apart(a: Floats, b: Floats) -> float:
        return float(np.sqrt(np.mean(((a - b) / unit) ** 2)))

    between = {(a, b): apart(rows[a][0], rows[b][0]) for a, b in combinations(rows, 2)}
    within = np.mean([apart(x, y) for each in rows.values() for x, y in combinations(each, 2)])
    return between, float(within)


def main() -> None:
    """Print the statistics of every driver and the distances between them."""
    rows = driver_statistics()
    sys.stdout.write(" " * 17 + " ".join(f"{name:>8}" for name in STATISTICS) + "\n")
    for name, each in rows.items():
        sys.stdout.write(f"{name:17}" + " ".join(f"{value:8.2f}" for value in np.mean(each, axis=0)) + "\n")
    between, within = driver_distances(rows)
    nearest = min(between, key=between.__getitem__)
    values = sorted(between.values())
    sys.stdout.write(
        f"pairwise distance: least {values[0]:.2f} ({' and '.join(nearest)}), median {np.median(values):.2f}, "
        f"most {values[-1]:.2f}; one driver, two seeds: {within:.2f}\n"
    )


if __name__ == "__main__":
    main()
