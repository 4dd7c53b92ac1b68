"""Files of kinds that nobody asked for: they work, or the page says where they were given why not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from house import needs_browser
from studio import Visit

from talking.media import audio

pytestmark = needs_browser

CODECS = {"webm": ("libvpx", "libopus"), "mov": ("libx264", "aac")}


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory, small_portrait: Path, spoken_file: Path) -> dict[str, Path]:
    """A picture as a GIF, still and moving, and videos of it in which somebody speaks."""
    folder = tmp_path_factory.mktemp("files")
    found = {name: folder / name for name in ("still.gif", "moving.gif", "film.webm", "film.mov")}
    with PIL.Image.open(small_portrait) as picture:
        frames = [picture.convert("RGB").rotate(angle) for angle in (0, 3, 0, -3)]
    frames[0].save(found["still.gif"])
    frames[0].save(found["moving.gif"], save_all=True, append_images=frames[1:], duration=120, loop=0)
    for kind in CODECS:
        _film(found[f"film.{kind}"], kind, frames, spoken_file)
    return found


def _film(path: Path, kind: str, frames: list[PIL.Image.Image], spoken: Path) -> None:
    import av

    sound = audio.load(spoken.read_bytes(), max_seconds=60)
    samples = audio.resample(sound.samples, sound.rate, 48_000).astype(np.float32)[None]
    with av.open(str(path), "w", format=kind) as file:
        video, speech = (
            file.add_stream(codec, rate=rate) for codec, rate in zip(CODECS[kind], (25, 48_000), strict=True)
        )
        video.width, video.height, video.pix_fmt = 128, 128, "yuv420p"
        speech.layout = "mono"
        for index in range(25):
            shown = frames[index // 3 % len(frames)].resize((128, 128))
            file.mux(video.encode(av.VideoFrame.from_image(shown)))
        file.mux(video.encode(None))
        resampler = av.AudioResampler(speech.format.name, "mono", 48_000, speech.codec_context.frame_size or 960)
        whole = av.AudioFrame.from_ndarray(samples, "fltp", "mono")
        whole.sample_rate = 48_000
        for piece in (*resampler.resample(whole), None):
            file.mux(speech.encode(piece))


def test_portraits_that_are_none_are_told_of(visit: Callable[..., Visit], files: dict[str, Path]) -> None:
    tab = visit()
    field, told = tab.page.locator("#portrait input[type=file]"), tab.page.locator("#who + .wrong-file")
    for name in ("film.webm", "film.mov"):
        field.set_input_files(str(files[name]))
        told.get_by_text(f"“{name}” is not a picture. Choose a JPG, PNG or WebP.").wait_for()
        tab.says("Face found")
    for name in ("still.gif", "moving.gif"):
        field.set_input_files(str(files[name]))
        tab.says("This is a GIF picture. Send a JPG, PNG or WebP picture.")
        assert told.is_hidden()
        tab.page.locator("#examples [role=radio]").nth(1).click()
        tab.says("Face found")
    tab.page.evaluate(_DROP, list(files["film.webm"].read_bytes()))
    tab.page.locator("#stage .status.wrong").get_by_text("Send").wait_for()


_DROP = """(bytes) => {
  const files = new DataTransfer();
  files.items.add(new File([new Uint8Array(bytes)], "film.webm", {type: "video/webm"}));
  const stage = document.querySelector("#stage .screen");
  stage.dispatchEvent(new DragEvent("drop", {dataTransfer: files, bubbles: true, cancelable: true}));
}"""


def test_a_video_in_which_somebody_speaks_is_a_sound(visit: Callable[..., Visit], files: dict[str, Path]) -> None:
    tab = visit()
    tab.page.get_by_role("tab", name="Use my sound").click()
    field, told = tab.page.locator("#sound input[type=file]"), tab.page.locator("#sound + .wrong-file")
    for name in ("still.gif", "moving.gif"):
        field.set_input_files(str(files[name]))
        told.get_by_text(f"“{name}” has no sound.").wait_for()
    for kind in CODECS:
        field.set_input_files(str(files[f"film.{kind}"]))
        tab.page.locator("#sound").get_by_role("button", name="Clear").wait_for()
        assert told.is_hidden()
        tab.make()
        assert f"/audio.{kind}" in tab.job()["request"]["audio"]
        tab.page.locator("#stage").get_by_role("button", name="Cancel").click()
        tab.says("Canceled.")
        tab.page.locator("#sound").get_by_role("button", name="Clear").click()
        field.wait_for(state="attached")
    # A stream that was being watched is gone with its film.
    tab.faults[:] = [fault for fault in tab.faults if "410" not in fault]


def test_a_driver_is_any_video_and_no_picture(visit: Callable[..., Visit], files: dict[str, Path]) -> None:
    tab = visit()
    tab.page.get_by_role("button", name="How does it act?").click()
    tab.page.get_by_role("button", name="My own driver video").click()
    field, told = tab.page.locator("#own-driver input[type=file]"), tab.page.locator("#own-driver + .wrong-file")
    for name in ("still.gif", "moving.gif"):
        field.first.set_input_files(str(files[name]))
        told.get_by_text(f"“{name}” is not a video. Choose an MP4, WebM or MOV.").wait_for()
    for kind in CODECS:
        field.first.set_input_files(str(files[f"film.{kind}"]))
        tab.page.locator("#own-driver video").wait_for(state="attached")
        tab.page.locator("#own-driver").get_by_role("button", name="Clear").wait_for()
        assert told.is_hidden()
        tab.make()
        assert f"/video.{kind}" in tab.job()["request"]["options"]["driver"]
        tab.page.locator("#stage").get_by_role("button", name="Cancel").click()
        tab.says("Canceled.")
        tab.page.locator("#own-driver").get_by_role("button", name="Clear").click()
        field.first.wait_for(state="attached")
    tab.faults[:] = [fault for fault in tab.faults if "410" not in fault]
