from __future__ import annotations

import io
from collections.abc import Callable

import numpy as np
import PIL.Image
import pytest

from talking.compose.logo import lay_logo, place_logo
from talking.compose.planes import Size, blank, to_frame, views
from talking.errors import BadImage, InvalidRequest
from talking.types import Frame

SIZE = Size(160, 120)


def png(picture: np.ndarray) -> bytes:
    file = io.BytesIO()
    PIL.Image.fromarray(picture).save(file, "PNG")
    return file.getvalue()


def square(width: int = 20, height: int = 16, alpha: int = 255) -> bytes:
    """A plain red picture."""
    picture = np.zeros((height, width, 4), np.uint8)
    picture[..., 0], picture[..., 3] = 255, alpha
    return png(picture)


def ground() -> Frame:
    return np.random.default_rng(0).integers(30, 220, SIZE.frame, dtype=np.uint8)


def touched(before: Frame, after: Frame) -> tuple[int, int, int, int]:
    """x0 y0 x1 y1 of the luma that changed."""
    rows, columns = np.nonzero(before[: SIZE.height] != after[: SIZE.height])
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1


@pytest.mark.parametrize(
    "position, box",
    [
        ((0, 0), (0, 0, 20, 16)),
        ((7, 5), (7, 5, 27, 21)),
        ((-10, -10), (130, 94, 150, 110)),
        ((-1, 3), (139, 3, 159, 19)),
        ((150, 110), (150, 110, 160, 120)),
        ((-150, 4), (0, 4, 10, 20)),
    ],
)
def test_a_logo_stands_where_it_was_asked_for(position: tuple[int, int], box: tuple[int, int, int, int]) -> None:
    before = ground()
    logo = place_logo(square(), position, SIZE)
    (after,) = lay_logo(iter([before]), logo)
    assert touched(before, after) == box
    x0, y0, x1, y1 = box
    red = to_frame(np.full((2, 2, 3), (255, 0, 0), np.uint8))
    y, u, v = views(after, SIZE)
    assert set(y[y0:y1, x0:x1].flat) == {red[0, 0]}
    inner = slice((y0 + 1) // 2, y1 // 2), slice((x0 + 2) // 2, (x1 - 1) // 2)
    assert set(u[inner].flat) == {red[2, 0]} and set(v[inner].flat) == {red[2, 1]}
    cut = any("cut off" in note for note in logo.notes)
    assert cut == (position in ((150, 110), (-150, 4)))


def test_nothing_outside_of_the_logo_changes() -> None:
    before = ground()
    (after,) = lay_logo(iter([before]), place_logo(square(), (31, 41), SIZE))
    for plane, now, share in zip(views(before, SIZE), views(after, SIZE), (1, 2, 2), strict=True):
        kept = np.ones(plane.shape, bool)
        kept[40 // share : 58 // share, 30 // share : 54 // share] = False
        assert np.array_equal(plane[kept], now[kept]) and not np.array_equal(plane, now)


def test_half_transparency_mixes_colours_and_a_cutout_becomes_as_opaque_as_the_logo() -> None:
    empty = blank(SIZE.cutout, SIZE)
    (after,) = lay_logo(iter([empty]), place_logo(square(alpha=128), (10, 10), SIZE))
    y, u, v, alpha = views(after, SIZE)
    assert set(alpha[10:26, 10:30].flat) == {128} and alpha.sum() == 128 * 20 * 16
    red = to_frame(np.full((2, 2, 3), (255, 0, 0), np.uint8))
    for plane, full, none in ((y[12:24, 12:28], red[0, 0], 16), (u[6:12, 6:13], red[2, 0], 128)):
        assert np.abs(plane.astype(float) - (full * 128 + none * 127) / 255).max() <= 1
    assert v[8, 8] > 160
    solid = np.concatenate([ground(), np.full((SIZE.height, SIZE.width), 255, np.uint8)])
    (over,) = lay_logo(iter([solid]), place_logo(square(alpha=128), (10, 10), SIZE))
    assert views(over, SIZE)[3].min() == 255


def test_a_large_logo_is_made_smaller_and_that_is_said() -> None:
    logo = place_logo(square(400, 300), (0, 0), SIZE)
    before = ground()
    (after,) = lay_logo(iter([before]), logo)
    assert touched(before, after) == (0, 0, 32, 24)
    assert logo.notes == (
        "The logo was scaled from 400 x 300 to 32 x 24 pixels: it may take a twenty-fifth of the film.",
    )


def test_clear_parts_do_not_bleed_into_the_edges_when_a_logo_shrinks() -> None:
    picture = np.zeros((200, 200, 4), np.uint8)
    picture[..., 1] = 255  # what is clear is green
    picture[50:150, 50:150] = (255, 255, 255, 255)
    (after,) = lay_logo(iter([blank(SIZE.frame, SIZE)]), place_logo(png(picture), (20, 20), SIZE))
    _, u, v = views(after, SIZE)
    assert np.abs(u.astype(int) - 128).max() <= 2 and np.abs(v.astype(int) - 128).max() <= 2


@pytest.mark.parametrize("position", [(160, 0), (0, 120), (-200, 0), (5, -137)])
def test_a_logo_out_of_sight_is_refused(position: tuple[int, int]) -> None:
    with pytest.raises(InvalidRequest, match=r"position \(-?\d+, -?\d+\) of the logo lies outside.*160 x 120"):
        place_logo(square(), position, SIZE)


def test_what_is_no_logo_is_refused() -> None:
    with pytest.raises(BadImage, match=r"The logo cannot be used\. This is a text file"):
        place_logo(b"no picture" * 20, (0, 0), SIZE)
    with pytest.raises(BadImage, match="wholly transparent"):
        place_logo(square(alpha=0), (0, 0), SIZE)


def test_without_a_logo_frames_come_through_and_with_one_they_are_closed(
    watched: Callable[..., object],
) -> None:
    frames = iter([ground()])
    assert lay_logo(frames, None) is frames
    source = watched([ground(), ground()])
    marked = lay_logo(source, place_logo(square(), (0, 0), SIZE))  # type: ignore[arg-type]
    first = next(marked).copy()
    assert np.array_equal(first, next(marked))
    marked.close()  # type: ignore[attr-defined]
    assert source.closed  # type: ignore[attr-defined]
