"""Files of every format, made here."""

from __future__ import annotations

import io
import struct
from collections.abc import Callable, Mapping
from fractions import Fraction

import av
import numpy as np
import PIL.Image
import pytest

from talking.types import Floats


@pytest.fixture(scope="session")
def scene() -> np.ndarray:
    """A smooth picture without symmetry, uint8 (90, 120, 3)."""
    y, x = np.mgrid[0:90, 0:120]
    return np.stack([x * 2, y * 2, (x + y) % 256], axis=-1).astype(np.uint8)


@pytest.fixture(scope="session")
def pictures(scene: np.ndarray) -> Mapping[str, bytes]:
    """The scene as PNG, JPG and WebP, by name."""
    image = PIL.Image.fromarray(scene)
    return {
        "png": saved(image, "PNG"),
        "palette.png": saved(image.quantize(256), "PNG"),
        "jpg": saved(image, "JPEG", quality=92),
        "progressive.jpg": saved(image, "JPEG", progressive=True),
        "webp": saved(image, "WEBP", quality=90),
        "lossless.webp": saved(image, "WEBP", lossless=True),
    }


def saved(image: PIL.Image.Image, form: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


@pytest.fixture(scope="session")
def save() -> Callable[..., bytes]:
    """save(image, format, **options): a Pillow picture as bytes."""
    return saved


@pytest.fixture(scope="session")
def sounds(speech_like: Callable[..., Floats]) -> Mapping[str, bytes]:
    """1.5 s of speech-like sound in every format that is read, by name; at 24 or 48 kHz."""
    samples = speech_like(1.5, 24_000)
    full = speech_like(1.5, 48_000)
    return {
        "wav": riff(samples),
        "mp3": encoded(samples, 24_000, "mp3", "libmp3lame", "s16p"),
        "flac": encoded(samples, 24_000, "flac", "flac", "s16"),
        "vorbis.ogg": encoded(samples, 24_000, "ogg", "vorbis", "fltp", layout="stereo"),
        "opus.ogg": encoded(full, 48_000, "ogg", "libopus", "flt"),
        "m4a": encoded(samples, 24_000, "ipod", "aac", "fltp"),
        "alac.m4a": encoded(samples, 24_000, "ipod", "alac", "s16p"),
        "aac": encoded(samples, 24_000, "adts", "aac", "fltp"),
        "webm": encoded(full, 48_000, "webm", "libopus", "flt"),
        "mp4": encoded(samples, 24_000, "mp4", "aac", "fltp", has_picture=True),
        "mov": encoded(samples, 24_000, "mov", "pcm_s16le", "s16", has_picture=True),
    }


def riff(samples: np.ndarray, rate: int = 24_000, width: str = "<i2", code: int = 1) -> bytes:
    """A WAV file of float samples (N,) or (N, C), written as `width` ("u1", "<i2", "<i3", "<i4", "<f4", "<f8")."""
    channels = samples.shape[1] if samples.ndim > 1 else 1
    bits = 8 * int(width[-1])
    if width == "u1":
        body = np.round(samples * 127 + 128).astype(np.uint8).tobytes()
    elif width == "<i3":
        whole = np.round(samples.ravel() * 8_388_607).astype("<i4")
        body = whole.view(np.uint8).reshape(-1, 4)[:, :3].tobytes()
    elif "i" in width:
        body = np.round(samples * (2.0 ** (bits - 1) - 1)).astype(width).tobytes()
    else:
        body, code = samples.astype(width).tobytes(), 3
    return riff_file(body, rate=rate, channels=channels, bits=bits, code=code)


def riff_file(body: bytes, *, rate: int, channels: int, bits: int, code: int) -> bytes:
    block = channels * bits // 8
    form = struct.pack("<HHIIHH", code, channels, rate, rate * block, block, bits)
    chunks = b"WAVEfmt " + struct.pack("<I", len(form)) + form + b"data" + struct.pack("<I", len(body)) + body
    return b"RIFF" + struct.pack("<I", len(chunks)) + chunks


@pytest.fixture(scope="session")
def wav() -> Callable[..., bytes]:
    """wav(samples, rate=24000, width="<i2"): a WAV file of float samples (N,) or (N, C)."""
    return riff


@pytest.fixture(scope="session")
def wav_file() -> Callable[..., bytes]:
    """wav_file(body, rate=…, channels=…, bits=…, code=…): a WAV file around encoded samples."""
    return riff_file


@pytest.fixture(scope="session")
def encode_sound() -> Callable[..., bytes]:
    """encode_sound(samples, rate, container, codec, form, has_picture=…, layout=…, tags=…): a media file."""
    return encoded


def encoded(
    samples: Floats,
    rate: int,
    container: str,
    codec: str,
    form: str,
    has_picture: bool = False,
    layout: str = "mono",
    tags: Mapping[str, str] | None = None,
) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format=container) as output:
        output.metadata.update(tags or {})
        video = output.add_stream("libx264", rate=25) if has_picture else None
        if video is not None:
            video.width, video.height, video.pix_fmt = 64, 64, "yuv420p"
        sound = output.add_stream(codec, rate=rate, layout=layout, format=form, options={"strict": "experimental"})
        if video is not None:
            for _ in range(5):
                output.mux(video.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")))
            output.mux(video.encode(None))
        frame = av.AudioFrame.from_ndarray(samples[None], format="flt", layout="mono")
        frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), 0
        converter = av.AudioResampler(format=form, layout=layout, rate=rate, frame_size=sound.frame_size or 1024)
        for part in [*converter.resample(frame), *converter.resample(None)]:
            output.mux(sound.encode(part))
        output.mux(sound.encode(None))
    return file.getvalue()


@pytest.fixture(scope="session")
def silent_video() -> bytes:
    """An MP4 of five black pictures and no sound track."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as output:
        video = output.add_stream("libx264", rate=25)
        video.width, video.height, video.pix_fmt = 64, 64, "yuv420p"
        for _ in range(5):
            output.mux(video.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), format="rgb24")))
        output.mux(video.encode(None))
    return file.getvalue()
