"""A performance as it was asked for: every control changes its own part and nothing else."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from performance import talk
from test_recording import recorded

from talking.motion import Acting, plan
from talking.motion.drivers import DRIVERS
from talking.motion.eyes import eyes
from talking.motion.facts import PortraitFacts
from talking.motion.head import LIMITS
from talking.motion.prosody import Phrase, Prosody
from talking.motion.recording import UPPER_FACE, Recording
from talking.types import BLENDSHAPES, CHANNEL, FPS, ExpressionCue, Floats, Knobs, Mark, Motion, Speech

SPEECH, SEGMENTS = talk(15.0)
LIDS = {"eyeBlinkLeft", "eyeBlinkRight"}
GAZE = {name for name in BLENDSHAPES if name.startswith("eyeLook")}
BROWS = {name for name in BLENDSHAPES if name.startswith("brow")}
MOUTH = {name for name in BLENDSHAPES if name.startswith(("jaw", "mouth", "tongue"))}


def played(speech: Speech = SPEECH, seed: int = 5, **acting: object) -> Motion:
    return plan(speech, SEGMENTS, seed=seed, acting=Acting(**acting))


@pytest.fixture(scope="module")
def base() -> Motion:
    return played()


def changed(one: Motion, other: Motion) -> set[str]:
    """What differs between two motions, bit for bit: names of blendshapes and fields."""
    differ = (one.blendshapes != other.blendshapes).any(axis=0)
    names = {name for name, different in zip(BLENDSHAPES, differ, strict=True) if different}
    return names | {name for name in ("pose", "shift", "breath") if (getattr(one, name) != getattr(other, name)).any()}


@pytest.mark.parametrize("amount", [0.0, 0.5, 1.5, 2.0])
@pytest.mark.parametrize(
    ("knob", "own"),
    [
        ("mouth", MOUTH),
        ("head", {"pose", "shift"}),
        ("blink", LIDS),
        ("gaze", GAZE),
        ("breathing", {"breath"}),
        ("expression", BROWS),
    ],
)
def test_a_knob_turns_its_own_part_and_nothing_else(base: Motion, knob: str, own: set[str], amount: float) -> None:
    turned = played(knobs=Knobs(**{knob: amount}))
    assert changed(base, turned) <= own
    if amount in (0.0, 2.0):
        assert changed(base, turned)


def test_every_knob_has_a_test() -> None:
    assert {field.name for field in fields(Knobs)} == {"mouth", "head", "blink", "gaze", "breathing", "expression"}


def test_knobs_scale_what_they_turn(base: Motion) -> None:
    still = played(knobs=Knobs(head=0.0, gaze=0.0, breathing=0.0, blink=0.0, expression=0.0))
    assert not still.pose.any() and not still.shift.any() and not still.breath.any()
    assert not still.blendshapes[:, [CHANNEL[name] for name in LIDS | GAZE | BROWS]].any()
    half = played(knobs=Knobs(head=0.5, gaze=0.5, breathing=2.0, expression=0.5))
    np.testing.assert_allclose(half.pose, 0.5 * base.pose, atol=0.1)  # but for what was held back near the limits
    np.testing.assert_allclose(half.channel("eyeLookOutLeft"), 0.5 * base.channel("eyeLookOutLeft"), atol=1e-6)
    np.testing.assert_allclose(half.breath, 2.0 * base.breath, atol=1e-6)
    np.testing.assert_allclose(half.channel("browInnerUp"), 0.5 * base.channel("browInnerUp"), atol=1e-6)


def blinks(lids: Floats) -> set[int]:
    shut = np.concatenate([[False], lids >= 0.45])
    return set(np.flatnonzero(shut[1:] & ~shut[:-1]).tolist())


def test_the_blink_knob_thins_out_and_adds_and_moves_none() -> None:
    heard = Prosody((), tuple(Phrase(t, t + 2.4) for t in range(0, 237, 3)), 240.0)

    def starts(knob: float) -> set[int]:
        rows = eyes(heard, 240 * FPS, seed=1, acting=Acting(knobs=Knobs(blink=knob)))
        return blinks(rows[:, CHANNEL["eyeBlinkLeft"]])

    few, usual, many = (starts(knob) for knob in (0.5, 1.0, 2.0))
    assert few <= usual <= many
    assert 0.3 < len(few) / len(usual) < 0.7 and 1.5 < len(many) / len(usual) < 2.2


def test_a_quieter_mouth_still_closes(base: Motion) -> None:
    closed = base.channel("mouthPressLeft") > 0.85
    assert closed.sum() > 10
    for knob in (0.0, 0.3, 1.0, 2.0):
        motion = played(knobs=Knobs(mouth=knob))
        assert motion.channel("jawOpen")[closed].max() < 0.02
        assert motion.channel("mouthUpperUpLeft")[closed].max() < 0.1
    openings = [played(knobs=Knobs(mouth=knob)).channel("jawOpen").mean() for knob in (0.0, 0.5, 1.0, 2.0)]
    assert openings[0] == 0.0 and openings == sorted(openings) and openings[3] > 1.3 * openings[2]


def test_motion_factor_moves_head_and_pose_only(base: Motion) -> None:
    stronger = played(motion_factor=1.5)
    assert changed(base, stronger) == {"pose", "shift"}
    assert 1.3 < stronger.pose.std() / base.pose.std() < 1.51
    assert (np.abs(played(motion_factor=2.0, style=DRIVERS["lively/driver-05"]).pose) <= LIMITS).all()


def test_a_bank_driver_eases_from_the_portraits_pose_into_its_own() -> None:
    style = DRIVERS["subtle/driver-04"]
    straight = replace(style, idle=(0.0, 0.0, 0.0))
    for asked, times in (({}, 1.0), ({"normalization": 0.5}, 1.5), ({"normalization": 0.0}, 2.0)):
        pose = played(style=style, **asked).pose
        assert not pose[0].any() and not pose[-1].any()
        held = (pose - played(style=straight, **asked).pose)[15:-15]
        np.testing.assert_allclose(held, times * np.array([style.idle] * len(held)), atol=0.1)
    absolute, level = (played(style=each, aligned=False).pose for each in (style, straight))
    np.testing.assert_allclose((absolute - level)[0], 2.0 * np.array(style.idle), atol=0.1)


def test_auto_match_holds_back_where_the_portrait_cannot_follow(base: Motion) -> None:
    tight = PortraitFacts(0.0, 0.0, 0.1)
    assert changed(played(facts=PortraitFacts()), base) == set()
    held, free = (played(facts=tight, matched=matched) for matched in (True, False))
    assert changed(held, base) == {"pose", "shift"} and changed(free, base) == set()
    assert held.pose.std() < 0.6 * base.pose.std()


@pytest.mark.parametrize("silent", [False, True])
@pytest.mark.parametrize("driver", [None, "lively/driver-05", "recording"])
def test_a_fluent_film_leads_from_its_last_frame_to_its_first(silent: bool, driver: str | None) -> None:
    speech = Speech(np.zeros(6 * 8000, np.float32), 8000) if silent else SPEECH
    acting = Acting(
        fluent=True,
        expressions=(ExpressionCue(40, "happy"),),
        style=DRIVERS.get(driver or "", Acting().style),
        recording=recorded(60) if driver == "recording" else None,
    )
    motion = plan(speech, [] if silent else SEGMENTS, seed=2, acting=acting)
    assert motion.num_frames == speech.num_frames
    tracks = (motion.pose, motion.shift, motion.breath[:, None], motion.blendshapes)
    for track, most in zip(tracks, (0.8, 0.005, 0.08, 0.02), strict=True):
        steps = np.abs(np.diff(track, axis=0)).max()
        seam = np.abs(track[0] - track[-1]).max()
        assert seam <= most and seam <= max(steps, 1e-6)
    assert not motion.pose[0].any()
    turn = np.concatenate([motion.pose[-3:], motion.pose[:3]])
    assert np.abs(np.diff(turn, n=2, axis=0)).max() < 0.6  # and neither does it stop there


def test_films_without_fluent_do_not_loop(base: Motion) -> None:
    assert changed(base, played(fluent=True)) >= {"pose", "shift", "breath"}


def stressed(*marks: tuple[float, float, str]) -> Speech:
    return replace(SPEECH, marks=tuple(Mark(start, end, text, "stress") for start, end, text in marks))


def test_what_the_script_stresses_is_nodded_to() -> None:
    plain, told = played(), played(stressed((4.0, 4.4, "strong"), (10.0, 10.4, "moderate")))
    nod = told.pose[:, 0] - plain.pose[:, 0]
    strong, moderate = (nod[round(t * FPS) : round((t + 1.0) * FPS)].max() for t in (4.0, 10.0))
    assert strong > 1.5 and moderate > 0.6 and strong > moderate
    assert told.channel("browInnerUp")[round(4.0 * FPS) : round(4.5 * FPS)].max() >= 0.5
    elsewhere = np.r_[0:75, 150:225]
    np.testing.assert_array_equal(told.pose[elsewhere], plain.pose[elsewhere])


def test_what_the_script_speaks_lightly_gets_no_accents() -> None:
    plain, told = played(), played(stressed((0.0, 15.0, "reduced")))
    assert np.abs(np.diff(plain.pose[:, 0])).max() > 1.5 * np.abs(np.diff(told.pose[:, 0])).max()
    assert told.channel("browInnerUp").sum() < plain.channel("browInnerUp").sum()


# A driver of one's own


def test_a_recording_replaces_all_but_mouth_and_breath(base: Motion) -> None:
    motion = played(recording=recorded(500))
    upper = {name for name in UPPER_FACE if name in changed(base, motion)}
    assert changed(base, motion) == upper | {"pose", "shift"}
    wanted = recorded(500).pose[: motion.num_frames]
    for axis in range(3):
        assert np.corrcoef(motion.pose[15:-15, axis], wanted[15:-15, axis])[0, 1] > 0.99


def test_a_short_recording_goes_on_without_a_jump() -> None:
    driver = recorded(60)
    motion = played(recording=driver)
    for track, own in ((motion.pose, driver.pose), (motion.shift, driver.shift)):
        assert np.abs(np.diff(track[20:-20], axis=0)).max() < 2.5 * np.abs(np.diff(own, axis=0)).max()
    lids = motion.channel("eyeBlinkLeft")
    assert len(blinks(lids)) > 5 and set(np.unique(lids[20:-20])) == {0.0, 1.0}  # no half blinks


@pytest.mark.parametrize("frames", [1, 2, 7])
def test_a_recording_of_a_few_frames_is_played_too(frames: int) -> None:
    for fluent in (False, True):
        motion = played(recording=recorded(frames), fluent=fluent)
        assert np.isfinite(motion.pose).all()


def test_a_recordings_rest_pose_is_taken_out_as_far_as_asked() -> None:
    driver = recorded(500)

    def mean(**acting: object) -> Floats:
        return played(recording=driver, matched=False, **acting).pose[20:-20].mean(axis=0) - out

    out = np.zeros(3, np.float32)
    out = mean()
    np.testing.assert_allclose(mean(normalization=0.5), 0.5 * driver.rest, atol=0.3)
    np.testing.assert_allclose(mean(normalization=0.0), driver.rest, atol=0.5)
    np.testing.assert_allclose(mean(aligned=False), driver.rest, atol=0.5)
    first = played(recording=driver, matched=False, aligned=False).pose[0]
    np.testing.assert_allclose(first, driver.pose[0] + driver.rest, atol=0.5)


def test_auto_match_scales_a_wild_recording_and_keeps_its_course() -> None:
    tame = recorded(500)
    wild = Recording("wild", 4 * tame.pose, tame.shift, tame.blendshapes, tame.rest)
    fitted, free = (played(recording=wild, matched=matched).pose[20:-20] for matched in (True, False))
    wanted = wild.pose[20 : 20 + len(fitted)]
    assert np.corrcoef(fitted[:, 1], wanted[:, 1])[0, 1] > 0.998 > np.corrcoef(free[:, 1], wanted[:, 1])[0, 1]
    assert np.abs(free).max() > np.abs(fitted).max() - 0.2


@pytest.mark.parametrize(
    ("knob", "own"),
    [("blink", LIDS), ("gaze", GAZE), ("expression", BROWS), ("head", {"pose", "shift"}), ("mouth", MOUTH)],
)
def test_knobs_turn_a_recording_as_well(knob: str, own: set[str]) -> None:
    one = played(recording=recorded(200))
    for amount in (0.0, 2.0):
        other = played(recording=recorded(200), knobs=Knobs(**{knob: amount}))
        assert changed(one, other) <= own and (changed(one, other) or knob == "gaze")
    none = played(recording=recorded(200), knobs=Knobs(blink=0.0))
    assert not blinks(none.channel("eyeBlinkLeft"))
