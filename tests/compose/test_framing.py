from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import PIL.Image
import pytest

from talking.compose.crop import crop_frames, with_backdrop
from talking.compose.framing import Framing, plan_framing
from talking.compose.head import find_head
from talking.compose.planes import Size, to_frame, views
from talking.engines.mesh import MeshEngine
from talking.errors import Unknown
from talking.face.detect import find_portrait
from talking.media import image
from talking.types import BLENDSHAPES, Frame, Image, Motion, Portrait

MakePortrait = Callable[..., Portrait]


def shown(framing: Framing) -> Frame:
    """The frame of a film in which nothing moves."""
    (frame,) = crop_frames(iter([to_frame(framing.portrait.image)]), framing)
    return frame


def psnr(a: np.ndarray, b: np.ndarray) -> float:
    error = float(np.mean((a.astype(np.float64) - b) ** 2))
    return float("inf") if error == 0 else 10 * np.log10(255**2 / error)


def head_in_film(framing: Framing) -> np.ndarray:
    """The head's box x0 y0 x1 y1 as shares of the film's sides."""
    return find_head(framing.face).box / np.tile([framing.size.width, framing.size.height], 2)


def test_a_whole_picture_stays_as_it_is(make_portrait: MakePortrait) -> None:
    portrait = make_portrait()
    framing = plan_framing(portrait)
    assert framing.portrait is portrait and framing.is_whole and framing.notes == ()
    assert framing.size == Size(640, 480)
    frames = iter([to_frame(portrait.image)])
    assert crop_frames(frames, framing) is frames
    assert plan_framing(portrait, output_resolution=640).is_whole


def test_a_crop_is_a_square_of_the_pictures_own_pixels(make_portrait: MakePortrait) -> None:
    portrait = make_portrait(1280, 720, x=800, y=340, length=270)
    framing = plan_framing(portrait, stitch=False)
    side = framing.size.width
    assert framing.size.height == side and 500 < side < 700 and framing.notes == ()
    assert max(framing.portrait.image.shape[:2]) < 1.3 * side, "drawing all of the picture would cost too much"
    x0, y0, x1, y1 = head_in_film(framing)
    assert min(x0, y0, 1 - x1, 1 - y1) > -0.01
    assert abs((x0 + x1) / 2 - 0.5) < 0.02, "the head stands in the middle"
    whole = views(to_frame(portrait.image), Size(1280, 720))
    film = shown(framing)
    match = cv2.matchTemplate(whole[0], film[:64, :64], cv2.TM_SQDIFF)
    left, top = cv2.minMaxLoc(match)[2]
    for plane, part in zip(whole, views(film, framing.size), strict=True):
        share = 2 if plane.shape[1] == 640 else 1
        y, x = top // share, left // share
        assert np.array_equal(plane[y : y + part.shape[0], x : x + part.shape[1]], part)


def test_the_crop_grows_with_its_factor(make_portrait: MakePortrait) -> None:
    portrait = make_portrait(1920, 1080, x=960, y=540, length=340)
    sides = [plan_framing(portrait, stitch=False, align_expand_factor=factor).size.width for factor in (0, 0.3, 0.6, 2)]
    assert sides == sorted(set(sides))
    assert sides[1] / sides[0] == pytest.approx(1.3, abs=0.02)
    assert sides[-1] == 1080, "no more than the picture has"


@pytest.mark.parametrize("x, y", [(60, 60), (580, 60), (60, 420), (580, 420), (320, 20)])
@pytest.mark.parametrize("aspect", ["source", "16:9", "9:16", "1:1"])
@pytest.mark.parametrize("stitch", [True, False])
def test_faces_at_the_border_are_framed_too(
    make_portrait: MakePortrait, x: float, y: float, aspect: str, stitch: bool
) -> None:
    framing = plan_framing(make_portrait(x=x, y=y, length=90), stitch=stitch, aspect=aspect)
    size, crop, place = framing.size, framing.crop, framing.place
    frame = shown(framing)
    assert frame.shape == size.frame and frame.dtype == np.uint8
    sides = (crop.x, crop.y, crop.width, crop.height, place.x, place.y, place.width, place.height, *size.frame[1:])
    assert all(side % 2 == 0 for side in sides) and size.height % 2 == 0
    nose = framing.portrait.face.landmarks[1, :2] - (crop.x, crop.y)
    assert 0 < nose[0] < crop.width and 0 < nose[1] < crop.height


@pytest.mark.parametrize(
    "aspect, shape", [("16:9", 16 / 9), ("9:16", 9 / 16), ("1:1", 1.0)], ids=["wide", "tall", "square"]
)
@pytest.mark.parametrize("sides", [(1280, 720), (720, 1280), (800, 800)], ids=str)
def test_shapes_keep_the_head_and_put_the_eyes_high(
    make_portrait: MakePortrait, aspect: str, shape: float, sides: tuple[int, int]
) -> None:
    portrait = make_portrait(*sides, x=0.6 * sides[0], y=0.45 * sides[1], length=150)
    framing = plan_framing(portrait, aspect=aspect)
    assert framing.size.width / framing.size.height == pytest.approx(shape, rel=0.01)
    assert framing.place.width == framing.size.width and framing.place.height == framing.size.height
    x0, y0, x1, y1 = head_in_film(framing)
    assert min(x0, y0) > -0.01 and max(x1, y1) < 1.01
    if framing.size.height < sides[1]:
        eyes = portrait.face.landmarks[[33, 263], 1].mean() - portrait.face.landmarks[1, 1]
        line = (framing.portrait.face.landmarks[1, 1] + eyes - framing.crop.y) / framing.size.height
        assert 0.3 < line < 0.48


def test_a_head_too_large_for_the_shape_gets_a_blurred_ground(make_portrait: MakePortrait) -> None:
    portrait = make_portrait(600, 800, x=300, y=420, length=400)
    framing = plan_framing(portrait, aspect="16:9")
    assert framing.size.width > 600 and framing.place.width == 600
    assert framing.notes == (
        "The picture has too little around the head for this shape: it fills "
        f"600 x {framing.size.height} of {framing.size.width} x {framing.size.height} pixels of the film.",
    )
    assert framing.surroundings is not None
    x0, y0, x1, y1 = head_in_film(framing)
    assert min(x0, y0) > -0.01 and max(x1, y1) < 1.01
    luma = views(shown(framing), framing.size)[0].astype(np.float64)
    left, inside = luma[:, : framing.place.x], luma[:, framing.place.x : framing.place.x + 600]
    assert left.mean() - 16 < 0.8 * (inside.mean() - 16)
    assert np.abs(np.diff(left, axis=1)).mean() < 0.3 * np.abs(np.diff(inside, axis=1)).mean()


def test_a_person_before_something_else_stands_on_the_lower_edge(make_portrait: MakePortrait) -> None:
    portrait = make_portrait(800, 600, x=400, y=310, length=520)
    middle, ground = (plan_framing(portrait, aspect="9:16", grounded=grounded) for grounded in (False, True))
    assert middle.size == ground.size and middle.size.height > 650
    assert abs(2 * middle.place.y + middle.place.height - middle.size.height) <= 2
    assert ground.place.y + ground.place.height == ground.size.height


def test_a_crop_that_nobody_shaped_is_never_extended(make_portrait: MakePortrait) -> None:
    framing = plan_framing(make_portrait(800, 500, x=400, y=260, length=420), stitch=False)
    assert framing.surroundings is None and framing.size == Size(512, 512) and framing.notes == ()


@pytest.mark.parametrize("wanted", [150, 300, 512, 640, 1280])
def test_a_resolution_is_that_of_the_longer_side(make_portrait: MakePortrait, wanted: int) -> None:
    portrait = make_portrait(length=200)
    framing = plan_framing(portrait, output_resolution=wanted)
    assert framing.size == Size(wanted, 2 * round(wanted * 3 / 8))
    size = framing.size.width, framing.size.height
    direct = PIL.Image.fromarray(portrait.image).resize(size, PIL.Image.Resampling.LANCZOS)
    assert psnr(shown(framing), to_frame(np.asarray(direct))) > 34
    assert bool(framing.notes) == (wanted == 1280)


def test_a_film_is_enlarged_four_times_at_most_and_says_so(make_portrait: MakePortrait) -> None:
    framing = plan_framing(make_portrait(), output_resolution=4096)
    assert framing.size == Size(2560, 1920)
    assert framing.notes == (
        "The film is 2560 pixels long where 4096 were asked for: what it shows is enlarged 4 times at most.",
    )
    assert max(framing.portrait.image.shape) <= 1920, "beyond that, frames are enlarged instead of the portrait"
    assert shown(framing).shape == (2880, 2560)


def test_an_odd_resolution_is_made_even_and_says_so(make_portrait: MakePortrait) -> None:
    framing = plan_framing(make_portrait(), output_resolution=333)
    assert framing.size.width == 332 and framing.notes == ("The film is 332 pixels long: its sides are even numbers.",)


def test_a_small_crop_is_enlarged_to_what_players_expect(make_portrait: MakePortrait) -> None:
    small = plan_framing(make_portrait(length=150), stitch=False)
    assert small.size == Size(512, 512) and "1.6 times" in small.notes[0]
    tiny = plan_framing(make_portrait(length=60), stitch=False)
    assert 200 < tiny.size.width < 280 and "2.0 times" in tiny.notes[0]


def test_small_films_are_drawn_large_enough_for_a_mouth(make_portrait: MakePortrait) -> None:
    framing = plan_framing(make_portrait(length=150), output_resolution=64)
    eyes = framing.portrait.face.landmarks
    distance = np.linalg.norm(eyes[[33, 133], :2].mean(axis=0) - eyes[[263, 362], :2].mean(axis=0))
    assert distance == pytest.approx(32, abs=1)
    assert shown(framing).shape == (72, 64)


@pytest.mark.parametrize(
    "options",
    [
        {"stitch": False},
        {"aspect": "9:16"},
        {"output_resolution": 420},
        {"stitch": False, "output_resolution": 800, "aspect": "16:9"},
        {"output_resolution": 100},
    ],
    ids=str,
)
def test_the_face_goes_where_its_pixels_go(make_portrait: MakePortrait, options: dict[str, object]) -> None:
    portrait = make_portrait(length=160)
    marked = np.zeros_like(portrait.image)
    x, y = (round(float(v)) for v in portrait.face.landmarks[1, :2])
    marked[y - 6 : y + 6, x - 6 : x + 6] = 255
    framing = plan_framing(replace(portrait, image=marked), **options)  # type: ignore[arg-type]
    rows, columns = np.nonzero(framing.portrait.image[..., 1] > 127)
    middle = np.array([columns.mean() + 0.5, rows.mean() + 0.5])
    assert np.abs(middle - framing.portrait.face.landmarks[1, :2]).max() < 0.75
    film = views(shown(framing), framing.size)[0]
    rows, columns = np.nonzero(film > 127)
    middle = np.array([columns.mean() + 0.5, rows.mean() + 0.5])
    assert np.abs(middle - framing.face.landmarks[1, :2]).max() < 0.75
    face = framing.portrait.face
    assert np.allclose(face.box[:2], face.landmarks[:, :2].min(axis=0), atol=0.01)
    assert np.allclose(face.box[2:], face.landmarks[:, :2].max(axis=0), atol=0.01)


def test_of_two_faces_the_chosen_one_is_framed(make_portrait: MakePortrait) -> None:
    picture = make_portrait(1280, 720)
    for x in (320, 960):
        chosen = make_portrait(1280, 720, x=x, y=360, length=160)
        framing = plan_framing(replace(chosen, image=picture.image, num_faces=2), stitch=False)
        x0, _, x1, _ = head_in_film(framing)
        assert abs((x0 + x1) / 2 - 0.5) < 0.02 and framing.portrait.num_faces == 2


def test_cutouts_are_framed_and_empty_where_the_picture_ends(make_portrait: MakePortrait) -> None:
    framing = plan_framing(make_portrait(600, 800, x=300, y=420, length=400), aspect="16:9")
    height, width = framing.portrait.image.shape[:2]
    cutout = np.concatenate([to_frame(framing.portrait.image), np.full((height, width), 255, np.uint8)])
    (framed,) = crop_frames(iter([cutout]), framing)
    y, u, _, alpha = views(framed, framing.size)
    outside = slice(0, framing.place.x)
    assert alpha[:, outside].max() == 0 and alpha[:, framing.place.x : framing.place.x + 600].min() == 255
    assert set(y[:, outside].flat) == {16} and set(u[:, : framing.place.x // 2].flat) == {128}
    assert np.array_equal(framed[: framing.size.frame[0], framing.place.x + 300][:50], y[:50, framing.place.x + 300])


@pytest.mark.parametrize("options", [{"stitch": False}, {"aspect": "16:9"}, {"output_resolution": 100}], ids=str)
def test_a_backdrop_fills_all_of_the_film(make_portrait: MakePortrait, options: dict[str, object]) -> None:
    framing = plan_framing(make_portrait(600, 800, x=300, y=420, length=400), **options)  # type: ignore[arg-type]
    y, x = np.mgrid[: framing.size.height, : framing.size.width]
    backdrop: Image = np.dstack([x % 200, y % 200, x * 0 + 90]).astype(np.uint8)
    drawn, framed = with_backdrop(framing, backdrop)
    assert drawn.shape == framing.portrait.image.shape
    (film,) = crop_frames(iter([to_frame(drawn)]), framed)
    assert psnr(film[: framing.size.height], to_frame(backdrop)[: framing.size.height]) > 30


def test_frames_are_closed_and_never_kept(make_portrait: MakePortrait, watched: type) -> None:
    framing = plan_framing(make_portrait(), stitch=False)
    one = to_frame(framing.portrait.image)
    source = watched([one, one, one])
    frames = crop_frames(source, framing)
    expected = shown(framing)
    assert np.array_equal(next(frames), expected) and np.array_equal(next(frames), expected)
    frames.close()  # type: ignore[attr-defined]
    assert source.closed


def test_an_unknown_aspect_is_refused(make_portrait: MakePortrait) -> None:
    with pytest.raises(Unknown, match="There are: source, 16:9, 9:16, 1:1"):
        plan_framing(make_portrait(), aspect="4:3")


def test_the_engine_draws_a_crop_as_it_draws_the_whole(small_portrait: Path) -> None:
    portrait = find_portrait(image.load(small_portrait).image)
    framing = plan_framing(portrait, aspect="1:1", output_resolution=200)
    still = Motion(
        np.zeros((1, len(BLENDSHAPES)), np.float32),
        *(np.zeros((1, n), np.float32) for n in (3, 2)),
        np.zeros(1, np.float32),
    )
    (frame,) = (
        frame.copy() for frame in crop_frames(MeshEngine(workers=0).prepare(framing.portrait).animate(still), framing)
    )
    assert np.array_equal(frame, shown(framing))
