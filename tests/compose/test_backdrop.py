"""Backdrops as a user names them, and people before them."""

from __future__ import annotations

import io
import itertools
from pathlib import Path

import av
import numpy as np
import PIL.Image
import pytest

from talking.compose import backdrop
from talking.compose.planes import Size, to_frame, views
from talking.errors import BadImage, InvalidRequest
from talking.media.video import encode
from talking.types import Cutout, Image, Speech

W, H = 64, 50  # a height of which the chroma planes begin in the middle of a row


def png(image: Image) -> bytes:
    out = io.BytesIO()
    PIL.Image.fromarray(image).save(out, "PNG")
    return out.getvalue()


def film(path: Path, greys: list[int], *, rate: int = 25, size: tuple[int, int] = (96, 64)) -> Path:
    """A video of plain grey frames, its left half darker by 40."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate, options={"crf": "8", "preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
        for grey in greys:
            picture = np.full((size[1], size[0], 3), grey, np.uint8)
            picture[:, : size[0] // 2] -= 40
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode(None))
    return path


def lumas(frames: object, count: int) -> list[float]:
    """The mean luma of each of the next frames, as grey levels."""
    return [(float(frame[:H].mean()) - 16) / 219 * 255 for frame in itertools.islice(frames, count)]  # type: ignore[call-overload]


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("#1e90ff", (30, 144, 255)),
        (" White ", (255, 255, 255)),
        ("#0f0", (0, 255, 0)),
        ("rgb(1, 2, 3)", (1, 2, 3)),
        ("hsl(0, 100%, 50%)", (255, 0, 0)),
        ("holiday.jpg", None),
        (Path("white"), None),
        (b"white", None),
    ],
)
def test_colours_are_told_from_file_names(spec: str | Path | bytes, expected: tuple[int, int, int] | None) -> None:
    assert backdrop.colour(spec) == expected


def test_what_is_nearly_a_colour_is_refused() -> None:
    with pytest.raises(InvalidRequest, match=r"'#12345' is not a colour.*#1e90ff"):
        backdrop.still("#12345", W, H)
    with pytest.raises(InvalidRequest, match="must be opaque"):
        backdrop.still("#11223344", W, H)


def test_a_colour_fills_the_whole_picture() -> None:
    image, notes = backdrop.still("dodgerblue", W, H)
    assert notes == ()
    assert image.shape == (H, W, 3) and (image == (30, 144, 255)).all()


@pytest.mark.parametrize("size", [(200, 100), (100, 200), (80, 64), (640, 66)])
def test_a_picture_covers_all_with_its_middle(size: tuple[int, int]) -> None:
    x, y = np.meshgrid(np.linspace(0, 250, size[0]), np.linspace(0, 250, size[1]))
    picture = np.stack([x, y, np.full_like(x, 9)], axis=-1).astype(np.uint8)
    image, notes = backdrop.still(png(picture), W, H)
    assert image.shape == (H, W, 3) and notes == ()
    assert np.abs(image[H // 2, W // 2].astype(int) - (125, 125, 9)).max() < 12
    across, down = (float(np.ptp(image[..., axis])) for axis in (0, 1))
    assert max(across, down) > 225 and across / down == pytest.approx(W / H * size[1] / size[0], rel=0.15)


def test_a_small_picture_is_a_background_too() -> None:
    swatch = np.full((2, 3, 3), (10, 20, 30), np.uint8)
    assert (backdrop.still(png(swatch), W, H)[0] == (10, 20, 30)).all()


def test_a_background_that_is_no_picture_says_so(tmp_path: Path) -> None:
    (tmp_path / "note.txt").write_text("hello")
    with pytest.raises(BadImage, match=r"^The background cannot be used\."):
        backdrop.still(tmp_path / "note.txt", W, H)
    with pytest.raises(BadImage, match="There is no file called 'sunset'"):
        backdrop.still("sunset", W, H)


def test_videos_are_known_by_their_content(tmp_path: Path) -> None:
    path = film(tmp_path / "clip.mp4", [90])
    renamed = path.rename(tmp_path / "clip.jpg")
    assert backdrop.is_video(renamed) and backdrop.is_video(str(renamed)) and backdrop.is_video(renamed.read_bytes())
    (tmp_path / "p.mp4").write_bytes(png(np.zeros((70, 70, 3), np.uint8)))
    for other in (tmp_path / "p.mp4", "white", "#zz", "absent.mp4", tmp_path, b"", "nul\0"):
        assert not backdrop.is_video(other)


@pytest.mark.parametrize("rate", [10, 25, 50])
def test_a_video_runs_at_its_own_speed_and_starts_again(tmp_path: Path, rate: int) -> None:
    greys = [60 + 180 * i // rate for i in range(rate)]  # one second from dark to bright
    frames = backdrop.moving(film(tmp_path / "clip.mp4", greys, rate=rate), W, H)
    seen = lumas(frames, 60)
    frames.close()
    expected = [greys[i % 25 * rate // 25] - 20 for i in range(60)]
    assert np.abs(np.array(seen) - expected).max() < 4


def test_the_middle_of_a_video_covers_all_and_keeps_its_brightness(tmp_path: Path) -> None:
    frames = backdrop.moving(film(tmp_path / "clip.mp4", [200], size=(256, 64)).read_bytes(), W, H)
    frame = next(frames)
    assert frame.shape == (H * 3 // 2, W) and frame.dtype == np.uint8
    left, right = frame[:H, : W // 2 - 3], frame[:H, W // 2 + 3 :]
    assert abs(float(left.mean()) - (16 + 160 * 219 / 255)) < 3
    assert abs(float(right.mean()) - (16 + 200 * 219 / 255)) < 3
    assert abs(frame[H:].astype(int) - 128).max() <= 1
    frames.close()


def test_colours_of_a_video_are_those_of_the_film(tmp_path: Path) -> None:
    from talking.media.video import encode
    from talking.types import Speech

    red = np.full((64, 64, 3), (210, 40, 60), np.uint8)
    path = tmp_path / "red.mp4"
    encode(
        iter([to_frame(red)] * 3), Speech(np.zeros(1920, np.float32), 16000), path, width=64, height=64, num_frames=3
    )
    frames = backdrop.moving(path, W, H)
    for plane, expected in zip(
        views(next(frames), Size(W, H)), views(to_frame(red[:H, :W].copy()), Size(W, H)), strict=True
    ):
        assert np.abs(plane[4:-4, 4:-4].astype(int) - int(expected[5, 5])).max() <= 3
    frames.close()


def test_what_is_no_video_is_refused_at_once(tmp_path: Path) -> None:
    playlist = tmp_path / "list.m3u8"
    playlist.write_text("#EXTM3U\n#EXTINF:1,\n/etc/passwd\n")
    cut = film(tmp_path / "clip.mp4", [90] * 30).read_bytes()[:700]
    for bad in (playlist, tmp_path / "absent.mp4", tmp_path, b"", cut, png(np.zeros((70, 70, 3), np.uint8))):
        with pytest.raises(InvalidRequest, match="cannot be read"):
            backdrop.moving(bad, W, H)
        with pytest.raises(InvalidRequest, match="cannot be read"):
            backdrop.check_video(bad)
    backdrop.check_video(film(tmp_path / "good.mp4", [90]))


def test_a_video_cut_off_is_shown_as_far_as_it_goes(tmp_path: Path) -> None:
    path = tmp_path / "clip.webm"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libvpx-vp9", rate=25, options={"deadline": "realtime", "cpu-used": "8"})
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for grey in range(40, 240, 4):
            noise = np.random.default_rng(grey).integers(-20, 20, (64, 96, 3))
            container.mux(stream.encode(av.VideoFrame.from_ndarray((grey + noise).clip(0, 255).astype(np.uint8))))
        container.mux(stream.encode(None))
    data = path.read_bytes()
    frames = backdrop.moving(data[: len(data) // 2], W, H)
    seen = lumas(frames, 60)
    frames.close()
    assert seen[0] == pytest.approx(40, abs=6) and min(seen[10:]) == pytest.approx(40, abs=6)  # it has begun again


def cutout_of(alpha: np.ndarray, image: Image) -> Cutout:
    """A picture under an alpha uint8 (H, W), premultiplied over black."""
    shown = (image * (alpha[..., None] / 255)).round().astype(np.uint8)
    return np.concatenate([to_frame(shown), alpha])


def test_a_cutout_shows_the_person_and_what_is_behind() -> None:
    y, x = np.mgrid[:H, :W]
    alpha = np.clip(255 * (1.5 - np.hypot(x - 32, y - 25) / 14), 0, 255).astype(np.uint8)
    skin, behind = (np.full((H, W, 3), colour, np.uint8) for colour in ((210, 150, 120), (20, 160, 60)))
    share = alpha[..., None] / 255
    expected = to_frame((share * skin + (1 - share) * behind).round().astype(np.uint8))
    (frame,) = (frame.copy() for frame in backdrop.over(iter([cutout_of(alpha, skin)]), iter([to_frame(behind)])))
    assert frame.shape == expected.shape
    assert np.abs(frame.astype(int) - expected).max() <= 2


def test_nothing_there_is_the_backdrop_itself_and_a_solid_person_hides_it() -> None:
    rng = np.random.default_rng(1)
    image, behind = (rng.integers(0, 255, (H, W, 3), dtype=np.uint8) for _ in range(2))
    for level, expected in ((0, to_frame(behind)), (255, to_frame(image))):
        cut = cutout_of(np.full((H, W), level, np.uint8), image)
        (frame,) = backdrop.over(iter([cut]), itertools.repeat(to_frame(behind)))
        assert np.array_equal(frame, expected)


def test_both_sources_are_closed_with_the_frames() -> None:
    closed = []

    def source(frame: np.ndarray, name: str):
        try:
            while True:
                yield frame
        finally:
            closed.append(name)

    cut = cutout_of(np.zeros((H, W), np.uint8), np.zeros((H, W, 3), np.uint8))
    frames = backdrop.over(source(cut, "person"), source(cut[: H * 3 // 2].copy(), "behind"))
    next(frames)
    frames.close()
    assert sorted(closed) == ["behind", "person"]


def test_a_blurred_background_keeps_its_size_and_loses_its_detail() -> None:
    stripes = np.repeat(np.where(np.arange(W) // 2 % 2, 200, 40)[None], H, axis=0)
    image = np.repeat(stripes[..., None], 3, axis=2).astype(np.uint8)
    soft = backdrop.blurred(image)
    assert soft.shape == image.shape and soft.std() < 0.5 * image.std()
    assert abs(float(soft.mean()) - float(image.mean())) < 3


def test_a_transparent_picture_is_filled_and_told() -> None:
    half = np.full((40, 60, 4), (200, 0, 0, 0), np.uint8)
    image, notes = backdrop.still(png(half), W, H)
    assert (image == 255).all()
    assert notes == ("Transparent parts of the background's picture were filled with white.",)


def test_a_video_that_was_cut_off_is_told(tmp_path: Path) -> None:
    whole = film(tmp_path / "whole.webm.mp4", list(np.random.default_rng(0).integers(60, 250, 75)))
    assert backdrop.check_video(whole) == ()
    with (
        av.open(str(whole)) as source,
        av.open(str(tmp_path / "front.mp4"), "w", options={"movflags": "faststart"}) as to,
    ):
        stream = to.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                to.mux(packet)
    data = (tmp_path / "front.mp4").read_bytes()
    assert backdrop.check_video(data) == ()
    (note,) = backdrop.check_video(data[: len(data) // 2])
    assert "damaged: only its first 1." in note or "damaged: only its first 0." in note


def clear_film(path: Path) -> Path:
    """A WebM of 3 frames of bright red, all of it but the left quarter transparent."""
    size = Size(96, 64)
    cutout = np.zeros(size.cutout, np.uint8)
    subject = to_frame(np.full((64, 96, 3), (250, 30, 30), np.uint8))
    cutout[:96] = subject
    cutout[96:, :24] = 255
    sound = Speech(np.zeros(1920 * 3, np.float32), 16_000)
    encode(
        iter([cutout.copy() for _ in range(3)]),
        sound,
        path,
        width=96,
        height=64,
        num_frames=3,
        format="webm",
        transparent=True,
    )
    return path


def test_what_a_transparent_video_hides_is_not_seen(tmp_path: Path) -> None:
    path = clear_film(tmp_path / "clear.webm")
    assert backdrop.check_video(path) == ("Transparent parts of the background's video were filled with black.",)
    frame = next(backdrop.moving(path, 96, 64))
    luma = frame[:64]
    assert luma[:, 40:].max() <= 20 and luma[:, 4:18].min() > 60
    chroma = frame[64:].ravel()[: 48 * 32].reshape(32, 48)
    assert np.abs(chroma[:, 20:].astype(int) - 128).max() <= 4
