"""Feelings on a timeline, and how they get along with speech."""

from __future__ import annotations

import numpy as np
import pytest
from performance import talk

from talking.errors import InvalidRequest, Unknown
from talking.motion import Acting, plan
from talking.motion.expressions import FEELINGS, TABLE, blend, cues_of, merged, mood, tracks
from talking.motion.eyes import eyes
from talking.motion.prosody import Phrase, Prosody
from talking.types import CHANNEL, EXPRESSIONS, FPS, ExpressionCue, Knobs, Mark, Speech

HAPPY, SAD = EXPRESSIONS.index("happy"), EXPRESSIONS.index("sad")


def test_neutral_comes_first_and_a_cue_holds_until_the_next() -> None:
    cues = (ExpressionCue(50, "sad", 0.5), ExpressionCue(10, "happy"))
    shown = tracks(cues, 10, 100)
    assert shown.shape == (100, 8) and shown.dtype == np.float32
    np.testing.assert_allclose(shown.sum(axis=1), 1.0, atol=1e-6)
    assert (shown[:10, 0] == 1.0).all()
    assert (np.diff(shown[9:20, HAPPY]) > 0).all() and (shown[19:50, HAPPY] == 1.0).all()
    assert shown[14, HAPPY] == pytest.approx(0.5)  # half way in the fifth of ten frames
    assert (shown[59:, SAD] == 0.5).all() and (shown[59:, 0] == 0.5).all() and not shown[59:, HAPPY].any()


@pytest.mark.parametrize("frames", [0, 1])
def test_without_a_transition_an_expression_is_there_at_once(frames: int) -> None:
    shown = tracks([ExpressionCue(0, "happy", 0.7)], frames, 5)
    assert shown[0, HAPPY] == pytest.approx(0.7)


def test_a_cue_in_the_middle_of_a_transition_goes_on_from_there() -> None:
    shown = tracks([ExpressionCue(0, "happy"), ExpressionCue(5, "sad")], 10, 30)
    assert np.abs(np.diff(shown, axis=0)).max() < 0.16
    assert (shown[14:, SAD] == 1.0).all()


def test_cues_beyond_the_film_and_long_transitions_do_no_harm() -> None:
    shown = tracks([ExpressionCue(3, "happy"), ExpressionCue(900, "sad")], 500, 20)
    assert 0 < shown[-1, HAPPY] < 0.01 and not shown[:, SAD].any()


def test_the_script_can_call_for_expressions() -> None:
    marks = tuple(
        Mark(second, second, text, "event")
        for second, text in ((0.0, "expression:happy"), (1.0, "chapter"), (2.5, "expression:sad:0.7"))
    )
    speech = Speech(np.zeros(8000 * 4, np.float32), 8000, marks)
    cues = cues_of(speech)
    assert cues == (ExpressionCue(0, "happy", 1.0), ExpressionCue(62, "sad", 0.7))
    both = merged((ExpressionCue(0, "angry"), ExpressionCue(30, "fear")), cues)
    assert [(cue.start_frame, cue.expression) for cue in both] == [(0, "happy"), (30, "fear"), (62, "sad")]
    face = plan(speech, []).channel("mouthFrownLeft")
    assert face[60] == 0.0 and face[-1] == pytest.approx(0.7 * FEELINGS["sad"].both["mouthFrown"], abs=1e-6)


@pytest.mark.parametrize(
    ("text", "error"), [("joy", Unknown), ("happy:2", InvalidRequest), ("happy:nan", InvalidRequest)]
)
def test_expressions_that_do_not_exist_are_refused(text: str, error: type[Exception]) -> None:
    speech = Speech(np.zeros(8000, np.float32), 8000, (Mark(0, 0, f"expression:{text}", "event"),))
    with pytest.raises(error, match=text.partition(":")[2] or text):
        cues_of(speech)


def test_every_expression_has_a_row_of_its_own_and_neutral_none() -> None:
    assert tuple(FEELINGS) == EXPRESSIONS
    assert not TABLE[0].any() and TABLE.min() >= 0.0 and TABLE.max() <= 1.0
    assert all(np.abs(a - b).sum() > 1.0 for i, a in enumerate(TABLE) for b in TABLE[:i])
    sides = [(index, CHANNEL[name[:-4] + "Right"]) for name, index in CHANNEL.items() if name.endswith("Left")]
    assert all(TABLE[:, left].tolist() == TABLE[:, right].tolist() for left, right in sides)


def test_lips_that_press_stay_closed_under_every_feeling() -> None:
    speech, segments = talk(10.0)
    calm = plan(speech, segments)
    closed = calm.channel("mouthPressLeft") > 0.85
    for name in EXPRESSIONS[1:]:
        felt = plan(speech, segments, acting=Acting(expressions=(ExpressionCue(0, name),), transition_frames=0))
        for channel in ("jawOpen", "mouthUpperUpLeft", "mouthLowerDownLeft", "mouthFunnel"):
            np.testing.assert_array_equal(felt.channel(channel)[closed], calm.channel(channel)[closed])
        assert (felt.channel("mouthPressLeft")[closed] >= calm.channel("mouthPressLeft")[closed]).all()


def test_closures_leave_part_of_a_smile() -> None:
    smile = mood(tracks([ExpressionCue(0, "happy")], 0, 2)).face
    face = np.zeros_like(smile)
    face[1, [CHANNEL["mouthPressLeft"], CHANNEL["mouthPressRight"]]] = 0.9
    mixed = blend(face, smile)[:, CHANNEL["mouthSmileLeft"]]
    assert mixed[1] == pytest.approx(0.7 * mixed[0])


def test_intensity_scales_and_the_knob_scales_again() -> None:
    speech = Speech(np.zeros(8000 * 3, np.float32), 8000)

    def frown(intensity: float, knob: float) -> tuple[float, float]:
        cue = ExpressionCue(0, "sad", intensity)
        motion = plan(speech, [], acting=Acting(expressions=(cue,), knobs=Knobs(expression=knob, head=1.0)))
        return float(motion.channel("mouthFrownLeft")[40]), float(motion.pose[:, 0].mean())

    full, half, none = frown(1.0, 1.0), frown(0.5, 1.0), frown(1.0, 0.0)
    assert half[0] == pytest.approx(0.5 * full[0]) and frown(0.5, 2.0)[0] == pytest.approx(full[0])
    assert none[0] == 0.0 and full[1] > half[1] + 0.8 > none[1] + 1.6  # and the head hangs


def test_feelings_change_how_often_lids_close() -> None:
    frames = 120 * FPS
    pauses = Prosody((), tuple(Phrase(t, t + 2.0) for t in range(0, 117, 3)), 120.0)

    def count(name: str) -> int:
        lids = eyes(pauses, frames, seed=1, mood=mood(tracks([ExpressionCue(0, name)], 0, frames)))
        return int((np.diff((lids[:, CHANNEL["eyeBlinkLeft"]] > 0.4).astype(int)) > 0).sum())

    assert count("surprise") < count("neutral") < count("fear")
