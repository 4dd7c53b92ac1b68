from __future__ import annotations

import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import PIL.Image
import pytest

from talking.errors import InvalidRequest, OutputError, Unknown
from talking.media import gif
from talking.media.captions import cues, srt, vtt
from talking.media.formats import FORMATS, find_format
from talking.media.output import check_output
from talking.media.readback import open_video, probe, sound_of
from talking.media.softtrack import language_code
from talking.media.straight import straight
from talking.media.video import encode
from talking.types import FPS, Mark, Speech

W, H, BITS = 96, 64, 8
SIZE = {"width": W, "height": H}
KINDS = [("mp4", False), ("mov", False), ("webm", False), ("gif", False), ("webm", True), ("mov", True)]
SOUNDING = [kind for kind in KINDS if kind[0] != "gif"]
kinds = pytest.mark.parametrize(("form", "transparent"), KINDS)
sounding = pytest.mark.parametrize(("form", "transparent"), SOUNDING)


def numbered(num_frames, transparent=False):
    """Frames that show their number as eight bars, in one buffer that is smeared over after use; opaque cut-outs."""
    frame = np.full((H * 5 // 2 if transparent else H * 3 // 2, W), 128, np.uint8)
    for index in range(num_frames):
        frame[:H] = np.repeat(np.where(index >> np.arange(BITS) & 1, 235, 16), W // BITS)
        frame[H * 3 // 2 :] = 255
        yield frame
        frame[:] = 90


def number(picture):
    bars = picture.mean(axis=(0, 2)).reshape(BITS, -1).mean(axis=1) > 128
    return int(bars @ (1 << np.arange(BITS)))


def silence(num_frames, rate=24000):
    return Speech(np.zeros(num_frames * rate // FPS, np.float32), rate)


def flat(y, u, v, count, size=(W, H)):
    width, height = size
    frame = np.empty((height * 3 // 2, width), np.uint8)
    frame[:height], frame[height : height * 5 // 4], frame[height * 5 // 4 :] = y, u, v
    return iter([frame] * count)


def test_a_format_is_found_by_its_name():
    assert list(FORMATS) == ["mp4", "mov", "webm", "gif"]
    assert find_format(".MP4") is FORMATS["mp4"]
    with pytest.raises(Unknown, match=r"no video format called 'mp5'.*mp4.*Choose mp4, mov, webm or gif"):
        find_format("mp5")
    for name in ("mp4", "gif"):
        with pytest.raises(InvalidRequest, match=rf"{name.upper()} cannot have a transparent.*Choose webm or mov"):
            find_format(name, transparent=True)


@kinds
def test_every_frame_is_seen_once_in_order_at_its_time(tmp_path, form, transparent):
    path = tmp_path / f"talk.{form}"
    frames = numbered(70, transparent)
    video = encode(frames, silence(70), path, num_frames=70, format=form, transparent=transparent, **SIZE)
    with open_video(path) as film:
        seen = [(time, number(picture)) for time, picture in film.frames]
        assert (film.fps, film.width, film.height) == (25.0, W, H)
    assert [index for _, index in seen] == list(range(70))
    np.testing.assert_allclose([time for time, _ in seen], np.arange(70) / FPS, atol=1e-9)
    assert (video.width, video.height, video.num_frames, video.duration) == (W, H, 70, 2.8)
    assert video.size == path.stat().st_size


@kinds
def test_what_players_need_to_know_is_in_the_file(tmp_path, form, transparent):
    path = tmp_path / f"talk.{form}"
    frames = numbered(10, transparent)
    encode(
        frames, silence(10), path, num_frames=10, title="Hällo", comment="x" * 300, format=form,
        transparent=transparent, **SIZE,
    )  # fmt: skip
    facts = probe(path)
    codecs = {"webm": ("vp9", "opus"), "gif": ("gif", "")}
    usual = ("prores", "pcm_s16le") if transparent else ("h264", "aac")
    assert (facts.codec, facts.audio_codec) == codecs.get(form, usual)
    assert (facts.width, facts.height, facts.fps, facts.num_frames) == (W, H, Fraction(25), 10)
    assert facts.faststart and facts.has_alpha == transparent
    assert form == "gif" or facts.color == (1, 1, 1, 1)
    tags = {key.lower(): value for key, value in facts.tags.items()}
    if form == "gif":
        assert tags["comment"].startswith("Hällo AI-generated: made with talking")
        with PIL.Image.open(path) as picture:
            assert picture.info["comment"].decode() == tags["comment"]
    else:
        assert tags["title"] == "Hällo" and tags["comment"].startswith("AI-generated: made with talking")
    assert tags["comment"].endswith("x" * 300)


@sounding
@pytest.mark.parametrize("rate", [8000, 22050, 24000, 48000])
def test_sound_and_picture_are_equally_long_and_in_step(tmp_path, tone, form, transparent, rate):
    seconds = 2.0371
    samples = np.zeros(round(rate * seconds), np.float32)
    onset = len(samples) // 2
    samples[onset:] = tone(1.1, rate, 1000.0, 0.5)[: len(samples) - onset]
    path, n = tmp_path / f"talk.{form}", Speech(samples, rate).num_frames
    frames = numbered(n, transparent)
    encode(frames, Speech(samples, rate), path, num_frames=n, format=form, transparent=transparent, **SIZE)
    facts = probe(path)
    assert facts.num_frames == n and abs(facts.video_start) < 1e-6 and abs(facts.audio_start) < 0.01
    assert facts.video_duration == pytest.approx(n / FPS)
    assert facts.audio_duration == pytest.approx(n / FPS, abs=0.01) == facts.duration
    heard = sound_of(path)
    loud = np.flatnonzero(np.abs(heard.samples) > 0.2)
    assert abs(loud[0] / heard.rate - onset / rate) < 0.003
    assert abs(loud[-1] / heard.rate - seconds) < 0.003
    if form == "webm" or transparent:  # AAC in an MP4 may be decoded past its end by a fraction of a block
        assert len(heard.samples) == round(n / FPS * heard.rate)


@kinds
@pytest.mark.parametrize(("yuv", "rgb"), [((63, 102, 240), (255, 0, 0)), ((173, 42, 26), (0, 255, 0))])
def test_colours_come_back_as_bt709(tmp_path, form, transparent, yuv, rgb):
    path = tmp_path / f"talk.{form}"
    frames = flat(*yuv, 3)
    if transparent:
        frames = iter([np.concatenate([frame, np.full((H, W), 255, np.uint8)]) for frame in frames])
    encode(frames, silence(3), path, num_frames=3, format=form, transparent=transparent, **SIZE)
    with open_video(path) as film:
        picture = next(film.frames)[1]
    assert np.abs(picture.astype(int) - rgb).max() <= 5


@sounding
def test_a_muted_film_has_no_sound_track(tmp_path, form, transparent):
    path = tmp_path / f"talk.{form}"
    frames = numbered(5, transparent)
    video = encode(
        frames, silence(5), path, num_frames=5, format=form, transparent=transparent, mute=True, **SIZE
    )  # fmt: skip
    assert not probe(path).has_audio and probe(path).duration == pytest.approx(0.2) and video.notes == ()


@kinds
@pytest.mark.parametrize("trouble", ["frames", "too few", "wrong size"])
def test_failure_leaves_what_was_there(tmp_path, form, transparent, trouble):
    path = tmp_path / f"talk.{form}"
    path.write_text("precious")
    closed = []

    def frames():
        try:
            yield from numbered(60, transparent)
            if trouble == "frames":
                raise LookupError
            if trouble == "wrong size":
                yield np.zeros((4, 4), np.uint8)
        finally:
            closed.append(True)

    with pytest.raises(LookupError if trouble == "frames" else ValueError):
        encode(frames(), silence(70), path, num_frames=70, format=form, transparent=transparent, **SIZE)
    assert closed == [True] and path.read_text() == "precious"
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_a_name_that_says_another_format_is_refused(tmp_path):
    for form, name, word in (("mp4", "talk.webm", r"\.mp4"), ("webm", "talk.mp4", r"\.webm"), ("gif", "t", r"\.gif")):
        with pytest.raises(InvalidRequest, match=word):
            check_output(tmp_path / name, form)
        with pytest.raises(InvalidRequest, match=word):
            encode(numbered(1), silence(1), tmp_path / name, num_frames=1, format=form, **SIZE)
    with pytest.raises(InvalidRequest, match="transparent"):
        check_output(tmp_path / "talk.mp4", transparent=True)
    check_output(tmp_path / "Talk.WebM", "webm", transparent=True)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("form", "transparent"), KINDS[1:])
def test_a_write_that_fails_midway_leaves_nothing(tmp_path, form, transparent):
    code = f"""
import resource, signal, sys
sys.path.insert(0, {str(Path(__file__).parents[2])!r})
from pathlib import Path
import numpy as np
from talking.media.video import encode
from talking.errors import OutputError
from talking.types import Speech
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
rng = np.random.default_rng(0)
speech, path = Speech(rng.normal(0, 0.1, 24000).astype(np.float32), 24000), Path("talk.{form}")
def write():
    frames = (rng.integers(16, 235, ({5 if transparent else 3} * {H} // 2, {W}), np.uint8) for _ in range(25))
    encode(frames, speech, path, width={W}, height={H}, num_frames=25, format={form!r}, transparent={transparent})
write()
whole = path.stat().st_size
path.unlink()
for limit in (66_000, whole // 2, whole - 1000):
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
    try:
        write()
    except OutputError as error:
        print(error)
"""
    command = [sys.executable, "-W", "error", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, timeout=60)
    assert done.stdout.count("The video grew larger than a file may be there") == 3, done.stdout + done.stderr
    assert not done.stderr and not list(tmp_path.iterdir())


# Transparency


def disc():
    """A grey-blue subject on transparent ground with a soft edge: cut-out, its alpha and its colours unmultiplied."""
    y, x = np.mgrid[0:H, 0:W]
    alpha = np.clip((24 - np.hypot(x - W / 2, y - H / 2)) * 40 + 128, 0, 255).astype(np.uint8)
    share = alpha / 255
    small = share.reshape(H // 2, 2, W // 2, 2).mean(axis=(1, 3))
    planes = [16 + (150 - 16) * share, 128 + 40 * small, 128 - 25 * small]
    return stacked(planes, alpha), alpha


def stacked(planes, alpha):
    """A cut-out of its planes."""
    flat = [np.round(plane).astype(np.uint8).ravel() for plane in planes]
    return np.concatenate([*flat, alpha.ravel()]).reshape(-1, alpha.shape[1])


def planes_of(picture):
    """The planes of a decoded picture as float (h, w), scaled to 8 bits."""
    bits = 16 if "12" in picture.format.name else 8
    found = []
    for plane in picture.planes:
        rows = np.frombuffer(plane, f"<u{bits // 8}").reshape(plane.height, -1)[:, : plane.width]
        found.append(rows / (16.0 if bits == 16 else 1.0))
    return found


@pytest.mark.parametrize("form", ["webm", "mov"])
def test_a_cut_out_comes_back_without_a_fringe(tmp_path, form):
    path = tmp_path / f"talk.{form}"
    cutout, alpha = disc()
    encode(iter([cutout] * 8), silence(8), path, num_frames=8, format=form, transparent=True, **SIZE)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        decoder = stream.codec_context
        if form == "webm":  # FFmpeg's own decoder of VP9 leaves the alpha channel out
            decoder = av.CodecContext.create("libvpx-vp9", "r")
        pictures = [picture for packet in container.demux(stream) if packet.size for picture in decoder.decode(packet)]
    y, u, _, a = planes_of(pictures[-1])
    assert np.abs(a * 255 / a.max() - alpha).max() <= 10 and np.abs(a * 255 / a.max() - alpha).mean() < 1
    shown = alpha > 25
    assert np.abs(y[shown] - 150).max() <= 8, "a subject of one colour has one colour up to its edge"
    # Over white the edge goes evenly from the subject to the ground: darker than both would be a fringe.
    share = alpha / 255
    over_white = share * y + (1 - share) * 235
    assert over_white.min() >= 150 - 8
    assert np.abs(u[u.shape[0] // 2] - 168)[u.shape[1] // 2 - 8 : u.shape[1] // 2 + 8].max() <= 4


@pytest.mark.parametrize("size", [(64, 64), (66, 98), (98, 66), (16, 16)])
def test_straight_colours_times_alpha_are_the_cut_out(size):
    width, height = size
    rng = np.random.default_rng(1)
    alpha = rng.integers(0, 256, (height, width), np.uint8)
    alpha[:8], alpha[8:16, :8] = 0, 255
    colours = [rng.integers(16, 236, (height, width)) * 1.0]
    colours += [rng.integers(16, 241, (height // 2, width // 2)) * 1.0 for _ in range(2)]
    small = (alpha.reshape(height // 2, 2, width // 2, 2).sum(axis=(1, 3)) + 2) // 4
    veils = [alpha / 255, small / 255, small / 255]
    planes = [np.round((c - b) * a + b) for c, a, b in zip(colours, veils, (16, 128, 128), strict=True)]
    picture = straight(stacked(planes, alpha))
    assert (picture.width, picture.height, picture.format.name) == (width, height, "yuva420p")
    found = planes_of(picture)
    for got, sent, veil, black in zip(found, planes, veils, (16, 128, 128), strict=False):
        error = np.abs((got - black) * veil + black - sent)
        assert error[veil >= 28 / 255].max() <= 1.01
        assert error.max() <= 12, "what hardly shows may be off, and hardly shows"
    np.testing.assert_array_equal(found[3], alpha)
    np.testing.assert_array_equal(found[0][alpha == 255], colours[0][alpha == 255])


# GIF


def test_a_gif_is_small_loops_and_says_what_it_lacks(tmp_path):
    path, size = tmp_path / "talk.gif", (1024, 768)
    video = encode(
        flat(120, 100, 150, 3, size), silence(3), path, width=1024, height=768, num_frames=3, format="gif",
        captions=spoken(),
    )  # fmt: skip
    assert (video.width, video.height) == (512, 384) == gif.gif_size(*size)
    assert video.notes == (
        "A GIF has no sound: it was left out.",
        "A GIF has no captions to switch on: they were left out.",
        "The GIF was scaled down to 512 x 384 pixels, to keep it small.",
    )
    with PIL.Image.open(path) as picture:
        facts = picture.size, picture.n_frames, picture.info["loop"], picture.info["duration"]
    assert facts == ((512, 384), 3, 0, 40)


def test_a_gif_changes_its_colours_when_the_film_does(tmp_path):
    def tinted(u):
        """A ramp of grey with some blue, or its opposite."""
        frame = np.full((H * 3 // 2, W), 128, np.uint8)
        frame[:H], frame[H : H * 5 // 4] = np.linspace(60, 180, W), u
        return frame

    def frames():
        for index in range(3 * gif.CHUNK):
            yield tinted(90 if index < gif.CHUNK else 150)

    path = tmp_path / "talk.gif"
    encode(frames(), silence(3 * gif.CHUNK), path, num_frames=3 * gif.CHUNK, format="gif", **SIZE)
    with open_video(path) as film:
        pictures = [picture for _, picture in film.frames]
    sent = av.VideoFrame.from_ndarray(tinted(150), format="yuv420p")
    blue = sent.reformat(format="rgb24", src_colorspace="ITU709").to_ndarray().mean(axis=(0, 1))
    for index in (gif.CHUNK, 3 * gif.CHUNK - 1):
        assert np.abs(pictures[index].mean(axis=(0, 1)) - blue).max() < 4
        assert len(np.unique(pictures[index][:, :, 1])) > 20, "a ramp keeps its steps"
    assert len(pictures) == 3 * gif.CHUNK


# Captions


def spoken(language="de-DE", gap=0.0):
    text = "Grüße & <Küsse>. Das hier ist der zweite Satz, und er ist länger. Ende."
    words = text.split()
    marks = [Mark(0.2 + 0.3 * i + gap * (i > 10), 0.45 + 0.3 * i + gap * (i > 10), w.strip(".,"), "word")
             for i, w in enumerate(words) if w != "&"]  # fmt: skip
    samples = np.zeros(round((marks[-1].end + 0.3) * 24000), np.float32)
    return Speech(samples, 24000, tuple(marks), text, language)


@pytest.mark.parametrize(("form", "gap"), [("mp4", 0.0), ("mov", 0.0), ("webm", 0.0), ("mp4", 14.0), ("webm", 14.0)])
def test_the_words_are_a_track_to_switch_on(tmp_path, form, gap):
    path, speech = tmp_path / f"talk.{form}", spoken(gap=gap)
    n = speech.num_frames
    video = encode(numbered(n), speech, path, num_frames=n, format=form, captions=speech, **SIZE)
    found = []
    with av.open(str(path)) as container:
        stream = container.streams.subtitles[0]
        assert stream.language == ("ger" if form == "mov" else "deu")
        assert stream.disposition == av.stream.Disposition.default, "alike everywhere, and never forced"
        if form != "webm":
            assert b"ftab" in stream.codec_context.extradata, "MP4 players need a description of the letters"
        for packet in container.demux(stream):
            text = bytes(packet)[0 if form == "webm" else 2 :].decode()
            if text:
                start = packet.pts * packet.time_base
                found.append((round(start * 1000), round((start + packet.duration * packet.time_base) * 1000), text))
    written = vtt(speech) if form == "webm" else srt(speech)
    expected = [(round(c.start * 1000), round(c.end * 1000)) for c in cues(speech)]
    assert [times[:2] for times in found] == expected and len(found) >= 2
    assert all(f"\n{text}\n" in written for _, _, text in found)
    facts = probe(path)
    assert facts.num_frames == n and facts.duration == pytest.approx(n / FPS, abs=0.01) and video.notes == ()


def test_captions_end_with_the_picture(tmp_path):
    speech = spoken()
    encode(numbered(30), speech, tmp_path / "talk.mp4", num_frames=30, captions=speech, **SIZE)
    assert probe(tmp_path / "talk.mp4").duration == 1.2
    with av.open(str(tmp_path / "talk.mp4")) as container:
        ends = [(p.pts + p.duration) * p.time_base for p in container.demux(subtitles=0) if p.size]
    assert ends and max(ends) <= Fraction(6, 5)


def test_without_words_there_are_no_captions(tmp_path):
    video = encode(numbered(5), silence(5), tmp_path / "talk.mp4", num_frames=5, captions=silence(5), **SIZE)
    assert video.notes == ("No words are known, so the video has no captions.",)
    with av.open(str(tmp_path / "talk.mp4")) as container:
        assert not container.streams.subtitles


@pytest.mark.parametrize(
    ("tag", "form", "code"),
    [("de-DE", "mp4", "deu"), ("de-DE", "mov", "ger"), ("zh-CN", "webm", "zho"), ("fil-PH", "mp4", "fil"),
     ("EN", "mov", "eng"), ("", "mp4", "und"), ("x", "mp4", "und")],
)  # fmt: skip
def test_languages_have_the_letters_of_their_container(tag, form, code):
    assert language_code(tag, form) == code


@pytest.mark.skipif(not Path("/sys").is_dir(), reason="there is no folder that nobody may write to")
@kinds
def test_a_place_that_cannot_be_written_is_refused_before_any_frame_is_made(form, transparent):
    asked = []

    def frames():
        asked.append(True)
        yield from numbered(5, transparent)

    with pytest.raises(OutputError, match="may not be written there"):
        encode(frames(), silence(5), Path(f"/sys/talk.{form}"), num_frames=5, format=form, transparent=transparent,
               **SIZE)  # fmt: skip
    assert not asked
