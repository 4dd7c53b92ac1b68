from __future__ import annotations

import base64
import struct
import tracemalloc
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from talking.errors import BadAudio
from talking.media.audio import RATES, load, normalise, resample
from talking.media.track import CONTAINERS
from talking.types import Floats

Make = Callable[..., Floats]
Wav = Callable[..., bytes]
SEND = "Send a WAV, MP3, FLAC, OGG or M4A."


def refusal(data: bytes, **limits: float) -> str:
    with pytest.raises(BadAudio) as caught:
        load(data, **limits)  # type: ignore[arg-type]
    return str(caught.value)


def likeness(one: Floats, other: Floats) -> float:
    size = min(len(one), len(other))
    return float(np.corrcoef(one[:size], other[:size])[0, 1])


@pytest.mark.parametrize(
    ("name", "rate", "like"),
    [
        ("wav", 24_000, 0.99999),
        ("flac", 24_000, 0.99999),
        ("alac.m4a", 24_000, 0.99999),
        ("mov", 24_000, 0.99999),
        ("mp3", 24_000, 0.97),
        ("vorbis.ogg", 24_000, 0.9),
        ("opus.ogg", 48_000, 0.9),
        ("webm", 48_000, 0.9),
        ("m4a", 24_000, 0.97),
        ("mp4", 24_000, 0.97),
        ("aac", 24_000, None),
    ],
)
def test_formats(sounds: Mapping[str, bytes], speech_like: Make, name: str, rate: int, like: float | None) -> None:
    speech = load(sounds[name])
    assert speech.rate == rate
    assert speech.samples.dtype == np.float32
    assert speech.samples.ndim == 1
    assert speech.duration == pytest.approx(1.5, abs=0.1)
    assert speech.notes == ()
    if like is not None:  # bare AAC keeps its encoder's delay
        assert likeness(speech.samples, speech_like(1.5, rate)) > like


def test_name_does_not_matter_and_base64_is_read(sounds: Mapping[str, bytes], tmp_path: Path) -> None:
    path = tmp_path / "voice.mp3"
    path.write_bytes(sounds["flac"])
    expected = load(sounds["flac"]).samples
    assert (load(path).samples == expected).all()
    assert (load(base64.b64encode(sounds["flac"]).decode()).samples == expected).all()


@pytest.mark.parametrize(
    ("width", "error"),
    [("u1", 0.008), ("<i2", 5e-5), ("<i3", 3e-7), ("<i4", 1e-7), ("<f4", 0), ("<f8", 1e-7)],
)
@pytest.mark.parametrize("rate", [8_000, 44_100])
def test_wav_widths(tone: Make, wav: Wav, width: str, error: float, rate: int) -> None:
    samples = tone(0.5, rate)
    speech = load(wav(samples, rate, width))
    assert speech.rate == rate
    assert np.abs(speech.samples - samples).max() <= error


@pytest.mark.parametrize(("code", "codec"), [(6, "a-law"), (7, "mu-law")])
def test_telephone_codes(wav_file: Wav, code: int, codec: str) -> None:
    """A ramp through all 256 codes covers the range, in the steps of each law."""
    body = np.tile(np.arange(256, dtype=np.uint8), 40).tobytes()
    speech = load(wav_file(body, rate=8_000, channels=1, bits=8, code=code))
    assert len(speech.samples) == 10_240, codec
    assert 0.95 < np.abs(speech.samples).max() <= 1
    assert len(np.unique(speech.samples)) >= 250


def test_channels_are_averaged(tone: Make, wav: Wav) -> None:
    left, right = tone(0.5, hertz=300), tone(0.5, hertz=500)
    for channels in ([left, right], [left, right, np.zeros_like(left)]):
        speech = load(wav(np.stack(channels, axis=1), 16_000, "<f4"))
        assert np.abs(speech.samples - np.mean(channels, axis=0)).max() < 1e-6


def test_channels_that_cancel_out_are_still_heard(tone: Make, wav: Wav) -> None:
    left = tone(0.5)
    speech = load(wav(np.stack([0.9 * left, -left], axis=1), 16_000, "<f4"))
    assert np.abs(speech.samples + left).max() < 1e-6


@pytest.mark.parametrize(("rate", "kept"), [(8_000, 8_000), (96_000, 96_000), (4_000, 48_000), (192_000, 48_000)])
def test_unusual_rates(tone: Make, wav: Wav, rate: int, kept: int) -> None:
    speech = load(wav(tone(0.5, rate), rate, "<f4"))
    assert speech.rate == kept
    assert speech.duration == pytest.approx(0.5, abs=1e-4)
    assert np.abs(speech.samples - tone(0.5, kept))[200:-200].max() < 1e-3


def test_what_is_not_a_number_is_silenced(tone: Make, wav: Wav) -> None:
    samples = tone(0.5)
    broken = samples.copy()
    broken[[10, 2000, 7000]] = np.nan, np.inf, -np.inf
    speech = load(wav(broken, 16_000, "<f4"))
    samples[[10, 2000, 7000]] = 0
    assert np.abs(speech.samples - samples).max() == 0
    assert speech.notes == ("3 samples of the sound were not numbers and were silenced.",)


def test_range_is_limited(tone: Make, wav: Wav) -> None:
    peaks = load(wav(tone(0.5, level=1.3), 16_000, "<f4"))
    assert np.abs(peaks.samples - np.clip(tone(0.5, level=1.3), -1, 1)).max() == 0
    assert peaks.notes == ()
    integers = load(wav(tone(0.5, level=20_000), 16_000, "<f4"))
    assert likeness(integers.samples, tone(0.5)) > 0.9999
    assert np.abs(integers.samples).max() == pytest.approx(1, abs=1e-3)
    assert integers.notes == ("The sound was far too loud for its format and was turned down.",)


def test_one_wild_sample_does_not_turn_the_rest_down(tone: Make, wav: Wav) -> None:
    samples = tone(1.0)
    samples[5000] = 1e30
    assert np.abs(load(wav(samples, 16_000, "<f4")).samples[:4000] - samples[:4000]).max() == 0


def test_offset_is_removed(tone: Make, wav: Wav) -> None:
    speech = load(wav(tone(0.5) + 0.2, 16_000, "<f4"))
    assert np.abs(speech.samples - tone(0.5)).max() < 1e-4


@pytest.mark.parametrize("size", [0xFFFFFFFF, 0x7FFFFFFF, 0x7FFFF000, 0])
def test_wav_from_a_pipe_does_not_know_its_length(tone: Make, wav: Wav, size: int) -> None:
    data = bytearray(wav(tone(0.5), 16_000))
    data[4:8] = data[40:44] = struct.pack("<I", size)
    speech = load(bytes(data))
    assert speech.duration == 0.5
    assert speech.notes == ()


def test_truncated_wav_says_what_is_missing(tone: Make, wav: Wav) -> None:
    data = wav(tone(2.0), 16_000)
    speech = load(data[: 44 + 32_000])
    assert speech.duration == 1.0
    assert speech.notes == ("The sound file is damaged or cut off: 1 s of it is missing.",)


@pytest.mark.parametrize("name", ["mp3", "flac", "opus.ogg", "aac"])
def test_truncated_streams_give_what_is_there(sounds: Mapping[str, bytes], name: str) -> None:
    speech = load(sounds[name][: len(sounds[name]) * 2 // 3])
    assert 0.3 < speech.duration < 1.4
    if name == "flac":
        assert speech.notes[0].startswith("The sound file is damaged or cut off: 0.")


@pytest.mark.parametrize("name", ["m4a", "mp4", "mov"])
def test_truncated_mp4_has_lost_its_index(sounds: Mapping[str, bytes], name: str) -> None:
    assert "damaged" in refusal(sounds[name][: len(sounds[name]) // 2])


def test_damaged_stretch_is_left_out(sounds: Mapping[str, bytes]) -> None:
    data = bytearray(sounds["flac"])
    middle = len(data) // 2
    data[middle : middle + 400] = bytes(400)
    speech = load(bytes(data))
    assert 0.5 < speech.duration < 1.6


def test_tags_in_any_encoding(encode_sound: Callable[..., bytes], speech_like: Make) -> None:
    samples = speech_like(0.5, 24_000)
    data = encode_sound(samples, 24_000, "wav", "pcm_s16le", "s16", tags={"title": "Gruesse"})
    assert b"Gruesse" in data
    assert load(data.replace(b"Gruesse", b"Gr\xfc\xdfe\xe9!")).duration == 0.5


def test_no_sound_at_all(wav: Wav, tone: Make) -> None:
    assert "holds no samples" in refusal(wav(np.zeros(0, np.float32)))
    assert "damaged" in refusal(wav(tone(0.5))[:30])
    assert refusal(b"") == "The sound is empty (0 bytes). Give another file."


def test_length_limits(wav: Wav, tone: Make) -> None:
    assert "only 0.05 s long. Send at least 0.1 s" in refusal(wav(tone(0.05), 16_000))
    assert load(wav(tone(0.1), 16_000)).duration == 0.1
    two = wav(tone(2.0), 16_000)
    assert load(two, max_seconds=2).duration == 2
    message = "The sound is 2 s long; at most 1.5 s are taken. Cut it, or send a shorter one."
    assert refusal(two, max_seconds=1.5) == message
    hour = wav(np.zeros(3700 * 200, np.float32), 200, "u1")
    assert "is 61 min 40 s long; at most 60 min are taken" in refusal(hour)


def test_length_limit_holds_without_a_header(sounds: Mapping[str, bytes]) -> None:
    for name in ("mp3", "aac"):
        assert "too long; at most 1 s are taken" in refusal(sounds[name], max_seconds=1)


@pytest.mark.parametrize("level", [0, 1e-5, 5e-4])
def test_silence(wav: Wav, level: float) -> None:
    noise = level * np.random.default_rng(0).standard_normal(32_000)
    assert "silent: there is nothing to hear" in refusal(wav(noise, 16_000, "<f4"))


def test_silence_with_an_offset_or_a_click(wav: Wav) -> None:
    samples = np.full(16_000, 0.3, np.float32)
    assert "silent" in refusal(wav(samples, 16_000, "<f4"))
    click = np.zeros(16_000, np.float32)
    click[[3000, 9000]] = 1
    assert "silent" in refusal(wav(click, 16_000, "<f4"))


def test_faint_speech_is_not_silence(wav: Wav, speech_like: Make) -> None:
    faint = speech_like(1.0) * 0.02
    assert load(wav(faint, 16_000, "<f4")).duration == 1


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"just some words\n", "a text file"),
        (b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:///etc/passwd\n", "a playlist"),
        (b"ffconcat version 1.0\nfile '/etc/passwd'\n", "a playlist"),
        (b"[playlist]\nFile1=http://example.org/a.mp3\n", "a playlist"),
        (b"\x89PNG\r\n\x1a\n" + bytes(40), "a PNG picture"),
        (b"%PDF-1.4\n", "a PDF"),
        (b"RIFX\0\0\0\x10WAVEfmt ", "a WAV sound in big-endian form"),
        (b"FORM\0\0\0\x10AIFFCOMM", "an AIFF sound"),
        (b"MThd\0\0\0\6", "a MIDI file"),
        (b"RIFF\x10\0\0\0AVI LIST", "an AVI video"),
        (b"0&\xb2u\x8ef\xcf\x11" + bytes(8), "a Windows Media file"),
    ],
)
def test_other_files_are_called_by_their_name(data: bytes, name: str, tmp_path: Path) -> None:
    path = tmp_path / "voice.mp3"
    path.write_bytes(data)
    with pytest.raises(BadAudio) as caught:
        load(path)
    assert str(caught.value) == f"This is {name}. {SEND}"


def test_rubbish() -> None:
    for seed in range(20):
        rubbish = np.random.default_rng(seed).bytes(20_000)
        assert refusal(rubbish) == f"This is not a sound that can be read. {SEND}"


def test_rubbish_behind_every_magic() -> None:
    rubbish = np.random.default_rng(1).bytes(20_000)
    heads = (b"ID3\x04\0\0\0\0\0\0", b"OggS", b"fLaC", b"RIFF\0\0\0\0WAVE", b"\0\0\0\x18ftypM4A ", b"\x1aE\xdf\xa3")
    for head in heads:
        assert refusal(head + rubbish)


def test_rubbish_before_an_mp3(sounds: Mapping[str, bytes]) -> None:
    rubbish = np.random.default_rng(2).bytes(3000)
    assert load(rubbish + sounds["mp3"]).duration == pytest.approx(1.5, abs=0.1)


def test_video_without_sound(silent_video: bytes) -> None:
    assert refusal(silent_video) == f"There is no sound in this file. {SEND}"


def test_codecs_that_are_not_read(encode_sound: Callable[..., bytes], tone: Make) -> None:
    data = encode_sound(tone(0.5, 48_000), 48_000, "mp4", "ac3", "fltp")
    assert refusal(data) == f"The sound is coded as 'ac3', which is not read. {SEND}"


def test_more_channels_than_can_be_decoded(encode_sound: Callable[..., bytes], tone: Make, wav: Wav) -> None:
    message = "The sound has 8 channels; at most 7 are read. Mix it down to stereo."
    assert refusal(encode_sound(tone(0.5, 48_000), 48_000, "ipod", "aac", "fltp", layout="7.1")) == message
    assert refusal(wav(np.repeat(tone(0.5)[:, None], 8, axis=1), 16_000)) == message
    six = encode_sound(tone(0.5, 48_000), 48_000, "ipod", "aac", "fltp", layout="5.1")
    assert load(six).duration == pytest.approx(0.5, abs=0.05)


def test_a_high_rate_does_not_get_past_the_limit(wav: Wav) -> None:
    samples = np.zeros(400_000, np.float32)
    assert "too long; at most 1.2 s are taken" in refusal(wav(samples, 300_000, "u1"), max_seconds=3.9)


def test_other_files_are_never_opened(tmp_path: Path, tone: Make, wav: Wav, sounds: Mapping[str, bytes]) -> None:
    """A data reference of a MOV that names another file is not followed."""
    secret = tmp_path / "secret.wav"
    secret.write_bytes(wav(tone(1.0), 16_000))
    data = sounds["mov"].replace(b"url \0\0\0\1", b"alis\0\0\0\0")
    try:
        speech = load(data)
    except BadAudio:
        return
    assert likeness(speech.samples, load(sounds["mov"]).samples) > 0.99


def test_memory_of_a_long_sound(wav: Wav) -> None:
    rate, seconds = 8_000, 200
    noise = np.random.default_rng(0).integers(-9000, 9000, rate * seconds).astype("<i2")
    data = wav(np.zeros(1, np.float32), rate)
    data = (
        data[:4] + struct.pack("<I", 36 + noise.nbytes) + data[8:40] + struct.pack("<I", noise.nbytes) + noise.tobytes()
    )
    tracemalloc.start()
    speech = load(data)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert speech.duration == seconds
    assert peak < 1.8 * speech.samples.nbytes


def test_containers_and_rates() -> None:
    assert set(CONTAINERS.values()) == {"wav", "mp3", "aac", "flac", "ogg", "mov", "matroska"}
    assert 44_100 in RATES
    assert 7_999 not in RATES


@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 44_100, 48_000, 44_101])
@pytest.mark.parametrize("to", [16_000, 22_050, 48_000])
def test_resample_keeps_phase_and_length(tone: Make, rate: int, to: int) -> None:
    samples = tone(1.237, rate, hertz=500)
    result = resample(samples, rate, to)
    assert result.dtype == np.float32
    assert len(result) == round(len(samples) * to / rate)
    expected = 0.3 * np.sin(2 * np.pi * 500 * np.arange(len(result)) / to)
    edge = round(40 * max(1, to / rate))
    assert np.abs(result - expected)[edge:-edge].max() < 1e-4
    assert np.abs(result - expected).max() < 0.1  # the sine is mirrored at its ends


def test_resample_takes_out_what_does_not_fit(tone: Make) -> None:
    assert np.abs(resample(tone(1.0, 48_000, hertz=10_000), 48_000, 16_000))[100:-100].max() < 1e-3


def test_resample_of_little(tone: Make) -> None:
    samples = tone(0.1)
    copy = resample(samples, 16_000, 16_000)
    copy[:] = 0
    assert samples.any()
    assert resample(np.zeros(0, np.float32), 16_000, 8_000).shape == (0,)
    assert resample(np.ones(1, np.float32), 16_000, 48_000).shape == (3,)


def active_level(samples: Floats) -> float:
    blocks = samples[: len(samples) // 400 * 400].reshape(-1, 400)
    power = np.square(blocks).mean(axis=1)
    return float(10 * np.log10(power[power > 0.1 * power.mean()].mean()))


@pytest.mark.parametrize("gain", [0.01, 0.3, 1.0])
@pytest.mark.parametrize("level", [-26.0, -20.0])
def test_normalise_levels_speech(speech_like: Make, gain: float, level: float) -> None:
    result = normalise(speech_like(3.0) * np.float32(gain), level)
    assert result.dtype == np.float32
    assert active_level(result) == pytest.approx(level, abs=0.7)
    assert np.abs(result).max() <= 10 ** (-1 / 20) + 1e-6


def test_normalise_does_not_count_pauses(speech_like: Make) -> None:
    spoken = speech_like(2.0)
    paused = np.concatenate([np.zeros(64_000, np.float32), spoken, np.zeros(64_000, np.float32)])
    assert active_level(normalise(paused)) == pytest.approx(active_level(normalise(spoken)), abs=0.2)


def test_normalise_holds_peaks_without_breaking_the_wave(tone: Make) -> None:
    samples = tone(2.0, level=0.05)
    samples[16_000:16_200] *= 20
    result = normalise(samples, -14.0)
    assert np.abs(result).max() <= 10 ** (-1 / 20) + 1e-6
    away = result[:14_000] / samples[:14_000].clip(1e-6) * (np.abs(samples[:14_000]) > 0.01)
    used = away[away > 0]
    assert used.std() / used.mean() < 1e-3
    assert np.abs(np.diff(result)).max() < 0.35  # no step larger than a sine of 440 Hz at full scale makes


def test_normalise_leaves_silence_and_its_input_alone(tone: Make) -> None:
    for silence in (np.zeros(0, np.float32), np.zeros(300, np.float32), np.full(5000, 1e-5, np.float32)):
        assert (normalise(silence) == silence).all()
    samples = tone(1.0)
    before = samples.copy()
    normalise(samples)
    assert (samples == before).all()
