"""Every control of a request on a real film: it does what it says, and what cannot be done is refused by name."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import av
import numpy as np
import PIL.Image
import pytest

import talking
from talking.media import readback
from talking.media.loudness import measure_loudness
from talking.pipeline import Limits
from talking.request import Request, parse_options
from talking.types import FPS, Image

TEXT = "Bob made my mum a map."

Film = Callable[..., talking.Video]


@pytest.fixture(scope="module")
def studio() -> Iterator[talking.Studio]:
    with talking.Studio() as made:
        yield made


@pytest.fixture
def film(studio: talking.Studio, small_portrait: Path, tmp_path: Path) -> Film:
    """film(out="a.mp4", text=…, **options): a short film of the small portrait."""

    def make(out: str = "a.mp4", *, portrait: Any = small_portrait, text: str = TEXT, **options: Any) -> talking.Video:
        wanted = parse_options(options)
        return studio.generate(portrait, text=text, voice="espeak:en-us", options=wanted, out=tmp_path / out)

    return make


def pictures(video: talking.Video) -> list[Image]:
    with readback.open_video(video.path) as opened:
        return [image for _, image in opened.frames]


def test_the_driver_is_told_and_the_automatic_one_is_no_chance(film: Film) -> None:
    first, again = film(), film("b.mp4")
    assert first.report["driver"].startswith("bank://")
    assert first.report["driver"] == again.report["driver"]
    named = film("c.mp4", driver="lively/driver-3/flipped")
    assert named.report["driver"] == "bank://lively/driver-03/flipped"
    moved = [np.abs(a.astype(int) - b).max() for a, b in zip(pictures(first), pictures(named), strict=True)]
    assert max(moved) > 30


def test_a_video_drives_the_head(film: Film) -> None:
    driver = film("driver.mp4", driver="lively/driver-01", text=TEXT * 2)
    video = film("b.mp4", driver=str(driver.path))
    assert video.report["driver"] == "video driver"
    still = film("c.mp4", driver=str(driver.path), motion_factor=0)
    assert video.report["quality"]["values"]["yaw_std"] > still.report["quality"]["values"]["yaw_std"]


def test_expressions_come_from_the_request_and_from_the_script(film: Film) -> None:
    script = f'<speak>{TEXT} <mark name="expression:serious:0.5"/> {TEXT}</speak>'
    video = film(text=script, ssml=True, expressions=[{"start_frame": 0, "expression": "happy"}])
    assert [(cue["expression"], cue["intensity"]) for cue in video.report["expressions"]] == [
        ("happy", 1.0),
        ("serious", 0.5),
    ]
    assert 20 < video.report["expressions"][1]["start_frame"] < video.num_frames - 20
    assert video.captions.count("map") == 2


def test_the_film_is_cut_to_the_face_and_scaled(film: Film) -> None:
    small, square = film(stitch=False, output_resolution=128), film("b.mp4", stitch=False)
    assert (small.width, small.height) == (128, 128)
    assert square.width == square.height > 400
    assert any("enlarged" in note for note in square.notes)
    tall = film("c.mp4", aspect="9:16", output_resolution=160)
    assert (tall.width, tall.height) == (90, 160)
    facts = readback.probe(tall.path)
    assert (facts.width, facts.height) == (90, 160)


def test_another_face_speaks_when_it_is_chosen(film: Film, portrait_path: Path, tmp_path: Path) -> None:
    two = PIL.Image.new("RGB", (560, 300), "white")
    with PIL.Image.open(portrait_path) as picture:
        two.paste(picture.resize((256, 300)), (0, 0))
        two.paste(picture.resize((205, 240)), (320, 30))
    two.save(tmp_path / "two.png")
    largest = film(portrait=tmp_path / "two.png")
    assert largest.report["face_box"][2] < 280
    for number, face in enumerate((1, [420, 150])):
        chosen = film(f"{number}.mp4", portrait=tmp_path / "two.png", face=face)
        assert chosen.report["face_box"][0] > 300
    with pytest.raises(talking.FaceError, match="no face 5"):
        film("x.mp4", portrait=tmp_path / "two.png", face=5)


def test_a_logo_and_captions_are_drawn_into_the_picture(film: Film, tmp_path: Path) -> None:
    PIL.Image.new("RGB", (40, 20), "#00ff00").save(tmp_path / "logo.png")
    plain = pictures(film())
    marked = pictures(film("b.mp4", logo={"url": str(tmp_path / "logo.png"), "position": [-6, 4]}))
    green = marked[10][6:20, -36:-10].mean(axis=(0, 1))
    assert green[1] > 180 and max(green[0], green[2]) < 90
    burnt = pictures(film("c.mp4", captions="burnt"))
    middle = len(plain) // 2
    changed = np.abs(burnt[middle].astype(int) - plain[middle]).max(axis=2) > 60
    assert changed[200:].sum() > 200
    assert changed[:150].sum() == 0


def test_the_background_is_a_colour_a_picture_or_a_video(film: Film, tmp_path: Path) -> None:
    blue = pictures(film(background="#2040c0"))[12][4:20, 4:20].mean(axis=(0, 1))
    assert np.abs(blue - (0x20, 0x40, 0xC0)).max() < 14
    PIL.Image.new("RGB", (64, 64), "#c02020").save(tmp_path / "red.png")
    red = pictures(film("b.mp4", background=str(tmp_path / "red.png")))[12][4:20, 4:20].mean(axis=(0, 1))
    assert red[0] > 150 and max(red[1:]) < 70
    footage = film("footage.mp4", background="#20c040")
    green = pictures(film("c.mp4", background=str(footage.path)))[12][4:20, 4:20].mean(axis=(0, 1))
    assert green[1] > 150 and max(green[0], green[2]) < 100


def test_the_portraits_own_background_can_be_blurred(film: Film) -> None:
    plain, soft = pictures(film()), pictures(film("b.mp4", background="blur"))

    def detail(picture: Image) -> float:
        return float(np.abs(np.diff(picture[:60, :60].astype(int), axis=1)).mean())

    assert detail(soft[12]) < 0.7 * detail(plain[12])


def test_a_transparent_film_has_alpha_and_needs_a_format_that_holds_it(film: Film, tmp_path: Path) -> None:
    video = film("a.mov", background="transparent")
    with av.open(str(video.path)) as container:
        frame = next(container.decode(video=0))
        alpha = frame.to_ndarray(format="rgba")[..., 3]
    assert alpha[:10, :10].max() == 0
    assert alpha[150, 128] == 255
    with pytest.raises(talking.InvalidRequest, match="MP4 cannot have a transparent background"):
        film("x.mp4", background="transparent")
    assert not (tmp_path / "x.mp4").exists()


@pytest.mark.parametrize(
    ("name", "codec", "sound"), [("a.webm", "vp9", "opus"), ("a.gif", "gif", ""), ("a.mov", "h264", "aac")]
)
def test_a_film_in_another_format(name: str, codec: str, sound: str, film: Film) -> None:
    facts = readback.probe(film(name, text="Hi.").path)
    assert (facts.codec.removeprefix("libvpx-"), facts.audio_codec) == (codec, sound)


def test_the_format_is_asked_for_by_name_or_ending_and_both_must_agree(film: Film) -> None:
    assert film("a.mov", text="Hi.", result_format="mov").path.suffix == ".mov"
    with pytest.raises(talking.InvalidRequest, match=r"ends in \.gif"):
        film("a.mp4", result_format="gif")


def test_captions_stand_beside_the_film_or_in_it(film: Film, tmp_path: Path) -> None:
    video = film(captions="soft")
    assert [path.name for path in video.files] == ["a.srt", "a.vtt"]
    assert "Bob made my mum a map." in (tmp_path / "a.srt").read_text(encoding="utf-8")
    assert (tmp_path / "a.vtt").read_text(encoding="utf-8").startswith("WEBVTT")
    with av.open(str(video.path)) as container:
        assert [stream.codec_context.name for stream in container.streams.subtitles] == ["mov_text"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mp4", "a.srt", "a.vtt"]


def test_sound_is_left_out_lengthened_and_made_louder(film: Film) -> None:
    plain = film()
    assert not readback.probe(film("b.mp4", mute=True).path).has_audio
    assert film("c.mp4", pad_audio=1.0).num_frames == plain.num_frames + FPS
    louder = film("d.mp4", loudness=-14)
    sound = readback.sound_of(louder.path)
    assert sound is not None
    assert measure_loudness(sound)[0] == pytest.approx(-14, abs=1.0)
    assert louder.report["loudness"]["after"] == pytest.approx(-14, abs=0.5)


def test_noise_is_taken_out_of_a_recording_only(
    studio: talking.Studio, small_portrait: Path, spoken_file: Path, tmp_path: Path
) -> None:
    options = parse_options({"reduce_noise": True})
    assert studio.generate(small_portrait, audio=spoken_file, options=options, out=tmp_path / "a.mp4").num_frames > 10
    with pytest.raises(talking.InvalidRequest, match="Noise is taken out of audio files"):
        studio.generate(small_portrait, text="Hi", options=options, out=tmp_path / "b.mp4")


def test_every_film_is_judged_and_a_poor_one_can_be_refused(film: Film, tmp_path: Path) -> None:
    quality = film(text=TEXT * 2).report["quality"]
    assert {"av_corr", "av_offset_ms", "mouth_sharpness", "identity_drift", "clipping"} <= set(quality["values"])
    (tmp_path / "b.mp4").write_bytes(b"what was there before")
    with pytest.raises(talking.PoorQuality, match=r"at least 0\.90 was asked for: the lips move"):
        film("b.mp4", text=TEXT * 2, min_quality=0.9, knobs={"mouth": 0})
    assert (tmp_path / "b.mp4").read_bytes() == b"what was there before"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.mp4", "a.srt", "a.vtt", "b.mp4"]


def test_a_stranger_may_not_name_files_of_this_machine(small_portrait: Path, tmp_path: Path) -> None:
    strict = Limits(local_files=False)
    wanted = [
        {"driver": str(small_portrait)},
        {"background": str(small_portrait)},
        {"logo": {"url": str(small_portrait)}},
    ]
    with talking.Studio(strict) as studio:
        for options in wanted:
            with pytest.raises(talking.InvalidRequest, match="must be a web address here"):
                studio.generate(
                    small_portrait, text="Hi", voice="espeak", options=parse_options(options), out=tmp_path / "a.mp4"
                )
        for name in (str(small_portrait), "data:/a.jpg"):
            with pytest.raises(talking.InvalidRequest, match="portrait must be a web address here"):
                studio.generate(name, text="Hi", voice="espeak", out=tmp_path / "a.mp4")
        with pytest.raises(talking.InvalidRequest, match="private"):
            options = parse_options({"background": "http://127.0.0.1/a.png"})
            studio.generate(small_portrait, text="Hi", voice="espeak", options=options, out=tmp_path / "a.mp4")
    assert list(tmp_path.iterdir()) == []


def test_a_whole_request_is_performed(studio: talking.Studio, small_portrait: Path, tmp_path: Path) -> None:
    request = Request(
        str(small_portrait), text="Hi.", voice="espeak:en-us", name="A greeting", user_data="order 7",
        not_applied=("config.show_watermark: there is none",),
    )  # fmt: skip
    video = studio.perform(request, tmp_path / "a.mp4")
    assert (video.report["user_data"], video.report["not_applied"]) == ("order 7", list(request.not_applied))
    assert readback.probe(video.path).tags["title"] == "A greeting"
    json.dumps(video.report)
    with pytest.raises(talking.InvalidRequest, match="'webhook' is something the service does"):
        studio.perform(Request(str(small_portrait), text="Hi.", webhook="https://example.org"), tmp_path / "b.mp4")


def test_speech_that_was_made_once_is_kept(small_portrait: Path, tmp_path: Path) -> None:
    with talking.Studio(Limits(cache=tmp_path / "cache")) as studio:
        for name in ("a.mp4", "b.mp4"):
            studio.generate(small_portrait, text="Hi.", voice="espeak:en-us", out=tmp_path / name)
    assert any((tmp_path / "cache").rglob("*"))
    a, b = (readback.sound_of(tmp_path / name) for name in ("a.mp4", "b.mp4"))
    assert a is not None and b is not None
    assert np.array_equal(a.samples, b.samples)
