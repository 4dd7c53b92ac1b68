"""Head, lids and brows: repeatable, alive, within limits, and at rest at both ends."""

from __future__ import annotations

import numpy as np

from talking.motion.eyes import eyes
from talking.motion.head import LIMITS, breath, head
from talking.motion.prosody import Phrase, Prosody
from talking.types import CHANNEL, FPS

TALK = Prosody(
    accents=tuple(np.arange(0.5, 59.0, 1.3)),
    phrases=tuple(Phrase(t, t + 2.4, question=i % 5 == 0) for i, t in enumerate(np.arange(0.2, 57.0, 3.0))),
    duration=60.0,
)
SILENT = Prosody((), (), 60.0)
FRAMES = 60 * FPS


def blink_starts(rows: np.ndarray) -> np.ndarray:
    shut = rows[:, CHANNEL["eyeBlinkLeft"]] >= 0.45
    return np.flatnonzero(shut[1:] & ~shut[:-1])


def test_one_seed_gives_one_motion_and_two_give_two() -> None:
    first, again, other = (head(TALK, FRAMES, seed=seed)[0] for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    assert np.abs(first - other).max() > 1.0


def test_head_starts_and_ends_at_the_portraits_pose() -> None:
    pose, shift = head(TALK, FRAMES, seed=1)
    for track in (pose, shift, breath(FRAMES, seed=1)):
        assert np.all(track[0] == 0.0)
        assert np.all(track[-1] == 0.0)


def test_head_moves_as_much_as_people_do_and_never_beyond_its_limits() -> None:
    for seed in range(8):
        pose, shift = head(TALK, FRAMES, seed=seed)
        assert np.all(np.abs(pose).max(axis=0) <= LIMITS)
        deviation = pose.std(axis=0)
        assert np.all(deviation > (0.8, 1.0, 0.4))
        assert np.all(deviation < (4.0, 4.0, 2.5))
        assert np.abs(np.diff(pose, axis=0)).max() * FPS < 40.0  # degrees a second; people peak at about 39 rms
        assert np.abs(shift).max() < 0.08


def test_a_longer_speech_begins_with_the_same_motion() -> None:
    short, long = (head(TALK, frames, seed=5)[0] for frames in (500, 1000))
    np.testing.assert_allclose(short[50:450], long[50:450], atol=1e-4)


def test_blinks_come_at_a_human_rate_and_never_at_once() -> None:
    rates = [len(blink_starts(eyes(TALK, FRAMES, seed=seed))) for seed in range(10)]
    assert 12 <= np.mean(rates) <= 30
    assert all(
        len(starts) == 0 or starts[0] >= 7 for starts in (blink_starts(eyes(TALK, FRAMES, seed=s)) for s in range(10))
    )
    quiet = [len(blink_starts(eyes(SILENT, FRAMES, seed=seed))) for seed in range(10)]
    assert np.mean(quiet) < np.mean(rates)


def test_every_blink_closes_fully_and_passes_within_half_a_second() -> None:
    rows = eyes(TALK, FRAMES, seed=7)
    lids = rows[:, CHANNEL["eyeBlinkLeft"]]
    np.testing.assert_array_equal(lids, rows[:, CHANNEL["eyeBlinkRight"]])
    for start in blink_starts(rows):
        assert lids[start : start + 8].max() == 1.0
        assert lids[start : start + 14].min() < 0.2


def test_brows_rise_on_some_accents_and_rest_in_silence() -> None:
    brow = eyes(TALK, FRAMES, seed=1)[:, CHANNEL["browInnerUp"]]
    assert 0.3 < brow.max() <= 1.0
    assert (brow == 0).mean() > 0.4
    assert np.all(eyes(SILENT, FRAMES, seed=1)[:, CHANNEL["browInnerUp"]] == 0.0)


def test_the_gaze_makes_small_jumps_and_begins_and_ends_at_the_viewer() -> None:
    rows = eyes(TALK, FRAMES, seed=3)
    aside = rows[:, CHANNEL["eyeLookOutLeft"]] - rows[:, CHANNEL["eyeLookInLeft"]]
    jumps = np.flatnonzero(np.abs(np.diff(aside)) > 1e-6)
    assert 25 <= len(jumps) <= 90
    assert np.abs(aside).max() < 0.2
    assert aside[0] == aside[-1] == 0.0
    np.testing.assert_array_equal(rows[:, CHANNEL["eyeLookOutLeft"]], rows[:, CHANNEL["eyeLookInRight"]])


def test_a_film_ends_with_open_eyes() -> None:
    for frames in range(40, 90):
        ending = Prosody((), (Phrase(0.2, frames / FPS - 0.12),), frames / FPS)
        lids = eyes(ending, frames, seed=frames)[:, CHANNEL["eyeBlinkLeft"]]
        assert lids[-1] == lids[0] == 0.0
