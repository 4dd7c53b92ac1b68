"""Feelings seen in rendered frames: they go the right way, grow with their intensity and leave closed lips closed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from acceptance import eye_openness, frames, motion, seen
from feelings import FIGURES, brows_by_pixels, closures, face_of, look, moved, responses

from talking.engines.mesh import landmarks as lm
from talking.engines.mesh.expression import coefficients
from talking.engines.mesh.fields import mouth_fields
from talking.engines.mesh.setup import MeshState, prepare
from talking.engines.mesh.spot import Spot
from talking.face.detect import find_portrait
from talking.motion.expressions import FEELINGS
from talking.types import CHANNEL, EXPRESSIONS, Floats, Portrait

EXAMPLES = Path(__file__).parents[2] / "examples" / "portraits"

WAYS = {
    "happy": {"corners": 2.5, "width": 5.0},
    "surprise": {"inner brow": 1.0, "outer brow": 1.0, "lids": 2.0},
    "serious": {"inner brow": -0.6},
    "sad": {"corners": -2.0},
    "angry": {"inner brow": -1.0, "corners": -1.0, "lids": -1.0},
    "disgust": {"inner brow": -1.0, "corners": -1.5, "nose": 0.6},
    "fear": {"inner brow": 0.5, "width": 2.0, "lids": 1.0},
}
"""What each expression must change at least at intensity 1, in the units of FIGURES."""


@pytest.fixture(scope="module", params=["maya", "rosa"])
def actor(request: pytest.FixtureRequest) -> tuple[Portrait, MeshState]:
    with PIL.Image.open(EXAMPLES / f"{request.param}.jpg") as file:
        portrait = find_portrait(np.array(file.convert("RGB").resize((512, 512), PIL.Image.Resampling.LANCZOS)))
    return portrait, prepare(portrait)


def test_every_expression_goes_its_way_and_grows_with_its_intensity(actor: tuple[Portrait, MeshState]) -> None:
    found = responses(*actor)
    assert set(found) == set(WAYS) == set(EXPRESSIONS[1:])
    for name, ways in WAYS.items():
        none, half, full = found[name]
        assert np.abs(none).max() < 0.01
        for figure, least in ways.items():
            at = FIGURES.index(figure)
            sign = np.sign(least)
            assert sign * full[at] >= sign * least, (name, figure, full[at])
            assert sign * full[at] > sign * half[at] > -0.1, (name, figure, half[at], full[at])


@pytest.mark.parametrize(
    ("name", "inner", "outer"), [("surprise", 4.0, 3.0), ("sad", 4.0, None), ("fear", 4.0, None), ("angry", -3.0, None)]
)
def test_brows_go_where_they_are_sent(
    actor: tuple[Portrait, MeshState], name: str, inner: float, outer: float | None
) -> None:
    half, full = brows_by_pixels(*actor, [face_of(name, amount) for amount in (0.5, 1.0)])
    for least, one, two in ((inner, half[0], full[0]), (outer, half[1], full[1])):
        if least is not None:
            assert np.sign(least) * two >= abs(least) and 0.3 < one / two < 0.75


def test_lips_meet_under_every_expression(actor: tuple[Portrait, MeshState]) -> None:
    for name, (told, gap, wide) in closures(*actor).items():
        assert told == 0.0, name
        assert gap < 1.0 and wide > 30.0, name


def test_left_and_right_are_told_apart(actor: tuple[Portrait, MeshState]) -> None:
    rest, smile, brow = seen(*actor, motion([{}, {"mouthSmileLeft": 1.0}, {"browOuterUpLeft": 1.0}]))
    for face, right, left in ((smile, [61], [291]), (brow, [46, 53, 63], [276, 283, 293])):
        up = (rest.pixels[:, 1] - face.pixels[:, 1]) / rest.iod
        assert up[left].mean() > 0.03 and up[left].mean() > 3 * abs(up[right].mean())


def test_blinks_close_lids_that_a_feeling_widened(actor: tuple[Portrait, MeshState]) -> None:
    wide = face_of("surprise", 1.0)
    shut = wide + face_of("neutral", 1.0)
    for name in ("eyeBlinkLeft", "eyeBlinkRight"):
        shut[CHANNEL[name]] = 1.0
    opened, closed = seen(*actor, moved([wide, shut]))
    assert eye_openness(closed) < 0.45 * eye_openness(opened)


def test_irises_stay_round_under_lids_that_rise(actor: tuple[Portrait, MeshState]) -> None:
    _, state = actor
    surprised = coefficients(face_of("surprise", 1.0), is_open=False)
    for iris in (lm.IRIS_A, lm.IRIS_B):
        x, y = state.frame.points[iris[0], :2]
        angles = np.linspace(0, 2 * np.pi, 16, endpoint=False)
        ring = Spot(x + 0.07 * np.cos(angles), y + 0.07 * np.sin(angles), np.zeros(16), np.full(16, -0.5))
        moves = np.tensordot(surprised, mouth_fields(state.frame, state.mouth, ring, above=True), axes=1)
        width, height = np.ptp(ring.x + moves[0]), np.ptp(ring.y + moves[1])
        assert 0.95 < height / width < 1.1
        assert height > 1.02 * np.ptp(ring.y)  # the eye opens


def test_no_expression_is_the_portrait_to_the_byte(actor: tuple[Portrait, MeshState]) -> None:
    _, state = actor
    assert not FEELINGS["neutral"].both
    for amount in (0.0, 1.0):
        frame = next(frames(state, moved([face_of("neutral", amount)])))
        np.testing.assert_array_equal(frame, state.planes.source)


def test_figures_are_of_the_face_and_not_of_its_pose(actor: tuple[Portrait, MeshState]) -> None:
    straight, rolled = seen(*actor, motion([{}, {}], [(0.0, 0.0, 0.0), (0.0, 0.0, 5.0)]))
    difference: Floats = look(rolled) - look(straight)
    assert np.abs(difference).max() < 1.6
