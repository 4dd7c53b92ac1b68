"""Pictures, sounds and films that are broken, or made to break what reads them."""

from __future__ import annotations

import functools
import io
import random
import struct
import zipfile
import zlib
from collections.abc import Callable, Sequence
from fractions import Fraction

import av
import numpy as np
import PIL.Image

PICTURES = ("png", "jpeg", "webp", "gif", "svg", "heic", "text", "html", "zip", "mp4", "tiff", "bmp")
SOUNDS = ("wav", "mp3", "flac", "ogg", "m4a", "mp4", "webm", "playlist", "concat", "dash", "sdp", "text", "png")


@functools.cache
def originals() -> dict[str, bytes]:
    """Files of every kind that are as they should be, or nearly."""
    rng = np.random.default_rng(0)
    picture = PIL.Image.fromarray(rng.integers(0, 255, (96, 96, 3), np.uint8))
    made = {name: _saved(picture, name) for name in ("png", "jpeg", "webp", "gif", "tiff", "bmp")}
    made["large png"] = _saved(PIL.Image.new("RGB", (512, 512), (90, 80, 70)), "png")
    for name, codec in (("wav", "pcm_s16le"), ("mp3", "mp3"), ("flac", "flac"), ("ogg", "libopus"), ("ipod", "aac")):
        made["m4a" if name == "ipod" else name] = _sound(name, codec)
    made["mp4"], made["webm"] = _film("mp4", "libx264"), _film("webm", "libvpx")
    made["svg"] = (
        b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"><image href="file:///etc/passwd"/></svg>'
    )
    made["heic"] = b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(200)
    made["html"] = b"<!doctype html><script>alert(document.cookie)</script>"
    made["text"] = b"just words, nothing else" * 20
    made["playlist"] = b"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\nfile:///etc/passwd\nhttp://127.0.0.1:1/a.ts\n"
    made["concat"] = b"ffconcat version 1.0\nfile /etc/passwd\nfile 'http://127.0.0.1:1/a.wav'\n"
    made["dash"] = (
        b'<!--wide --><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" profiles='
        b'"urn:mpeg:dash:profile:isoff-on-demand:2011"><Period><AdaptationSet><Representation id="1" bandwidth="1">'
        b"<BaseURL>/etc/passwd</BaseURL></Representation></AdaptationSet></Period></MPD>"
    )
    made["sdp"] = b"v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 0\r\n"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../../evil", bytes(1_000_000))
    made["zip"] = packed.getvalue()
    return made


def _saved(picture: PIL.Image.Image, name: str) -> bytes:
    file = io.BytesIO()
    picture.save(file, name)
    return file.getvalue()


def _sound(container: str, codec: str) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format=container) as out:
        stream = out.add_stream(codec, rate=48_000, layout="mono")
        samples = (6000 * np.sin(np.arange(24_000) / 9)).astype(np.int16)[None]
        resampler = av.AudioResampler(format=stream.codec_context.format, layout="mono", rate=48_000)
        frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="mono")
        frame.sample_rate, frame.pts = 48_000, 0
        size = getattr(stream.codec_context, "frame_size", 0) or 24_000
        fifo = av.AudioFifo()
        for each in resampler.resample(frame):
            fifo.write(each)
        while block := fifo.read(size, partial=True):
            out.mux(stream.encode(block))
        out.mux(stream.encode(None))
    return file.getvalue()


def _film(container: str, codec: str) -> bytes:
    file = io.BytesIO()
    with av.open(file, "w", format=container) as out:
        stream = out.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
        for index in range(8):
            frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), index * 30, np.uint8), format="rgb24")
            frame.pts, frame.time_base = index, Fraction(1, 25)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return file.getvalue()


def broken(chance: random.Random, kind: str) -> tuple[str, bytes]:
    """A file of this kind with something done to it, and what that is."""
    data = originals()[kind]
    own = _OWN.get(kind, ())
    if own and chance.random() < 0.35:
        trick = chance.choice(own)
        return trick.__name__.strip("_"), trick(data, chance)
    trick = chance.choice(_GENERAL)
    return trick.__name__.strip("_"), trick(data, chance)


def _as_it_is(data: bytes, _chance: random.Random) -> bytes:
    return data


def _cut(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data))]


def _beheaded(data: bytes, chance: random.Random) -> bytes:
    return data[chance.randrange(1, min(64, len(data))) :]


def _flipped(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 3, 20, 200))):
        changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _head_flipped(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(chance.choice((1, 2, 5))):
        changed[chance.randrange(4, min(120, len(changed)))] = chance.choice((0, 1, 0x7F, 0x80, 0xFF))
    return bytes(changed)


def _shuffled(data: bytes, chance: random.Random) -> bytes:
    pieces = [data[start : start + 97] for start in range(0, len(data), 97)]
    tail = pieces[1:]
    chance.shuffle(tail)
    return b"".join([*pieces[:1], *tail])


def _repeated(data: bytes, chance: random.Random) -> bytes:
    return data * chance.choice((2, 50))


def _padded(data: bytes, chance: random.Random) -> bytes:
    return data + bytes(chance.choice((1, 1000, 2_000_000)))


def _other_head(data: bytes, chance: random.Random) -> bytes:
    return originals()[chance.choice(list(originals()))][: chance.choice((4, 12, 64))] + data


def _two_in_one(data: bytes, chance: random.Random) -> bytes:
    return data + originals()[chance.choice(list(originals()))]


def _nothing(_data: bytes, _chance: random.Random) -> bytes:
    return b""


def _chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def _png_of(size: tuple[int, int], chunks: Sequence[bytes] = (), depth: int = 8, colour: int = 2) -> bytes:
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", *size, depth, colour, 0, 0, 0))
    pixels = _chunk(b"IDAT", zlib.compress(bytes(100_000), 9))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + pixels + _chunk(b"IEND", b"")


def _huge(_data: bytes, chance: random.Random) -> bytes:
    return _png_of(chance.choice(((2**31 - 1, 2**31 - 1), (65_535, 65_535), (1, 2**31 - 1), (0, 5), (30_000, 1600))))


def _text_bomb(_data: bytes, chance: random.Random) -> bytes:
    bomb = b"k\0\0" + zlib.compress(bytes(60_000_000), 9)
    name = chance.choice((b"zTXt", b"iTXt", b"iCCP"))
    return _png_of((128, 128), [_chunk(name, b"k\0\1\0\0\0" + bomb[3:] if name == b"iTXt" else bomb)] * 3)


def _pixel_bomb(_data: bytes, _chance: random.Random) -> bytes:
    rows = zlib.compress(bytes((6000 * 3 + 1) * 6000), 9)
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", 6000, 6000, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + _chunk(b"IDAT", rows) + _chunk(b"IEND", b"")


def _wrong_colours(_data: bytes, chance: random.Random) -> bytes:
    return _png_of((96, 96), depth=chance.choice((1, 3, 16, 200)), colour=chance.choice((0, 3, 4, 6, 9)))


def _many_scans(data: bytes, chance: random.Random) -> bytes:
    scan = b"\xff\xda\x00\x0c\x03\x01\x00\x02\x11\x03\x11\x00\x3f\x00" + bytes(4)
    return data[:-2] + scan * chance.choice((10, 499, 5000)) + b"\xff\xd9"


def _jpeg_size(data: bytes, chance: random.Random) -> bytes:
    at = data.find(b"\xff\xc0")
    size = struct.pack(">HH", *chance.choice(((65_535, 65_535), (0, 0), (1, 65_000), (7000, 7000))))
    return data[: at + 5] + size + data[at + 9 :]


def _absurd_tag(data: bytes, chance: random.Random) -> bytes:
    length = chance.choice((b"\x7f\x7f\x7f\x7f", b"\x00\x00\x7f\x7f", b"\xff\xff\xff\xff", b"\0\0\0\0"))
    return b"ID3" + chance.choice((b"\x03\0\0", b"\x04\0\xff", b"\xff\xff\xff")) + length + bytes(300) + data


def _riff_lengths(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    for at in (4, 16, 40):
        if chance.random() < 0.6:
            changed[at : at + 4] = struct.pack("<I", chance.choice((0, 1, 0x7FFFFFFF, 0xFFFFFFFF)))
    return bytes(changed)


def _riff_format(data: bytes, chance: random.Random) -> bytes:
    numbers = struct.pack(
        "<HHIIHH", chance.choice((0, 1, 2, 3, 17, 0xFFFE, 0x2001)), chance.choice((0, 1, 8, 64, 65_535)),
        chance.choice((0, 1, 96_001, 0x7FFFFFFF, 0xFFFFFFFF)), 0xFFFFFFFF, chance.choice((0, 1, 65_535)),
        chance.choice((0, 1, 16, 64, 65_535)),
    )  # fmt: skip
    return data[:20] + numbers + data[36:]


def _boxes(data: bytes, chance: random.Random) -> bytes:
    """Lengths and numbers in the boxes of an MP4 that cannot be: edit lists, durations, counts."""
    changed = bytearray(data)
    for name in chance.sample((b"elst", b"mvhd", b"mdhd", b"stsz", b"stco", b"stts", b"tkhd", b"moov", b"stsd"), 3):
        at = data.find(name)
        if at > 0:
            where = at + chance.choice((-4, 8, 12, 16, 20))
            changed[where : where + 4] = chance.choice(
                (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\0\0\0\1")
            )
    return bytes(changed)


Trick = Callable[[bytes, random.Random], bytes]
_GENERAL: tuple[Trick, ...] = (
    _as_it_is, _cut, _cut, _beheaded, _flipped, _flipped, _flipped, _head_flipped, _head_flipped, _shuffled, _repeated,
    _padded, _other_head, _two_in_one, _nothing,
)  # fmt: skip
_OWN: dict[str, tuple[Trick, ...]] = {
    "png": (_huge, _text_bomb, _pixel_bomb, _wrong_colours),
    "jpeg": (_many_scans, _jpeg_size),
    "mp3": (_absurd_tag,),
    "flac": (_absurd_tag,),
    "wav": (_riff_lengths, _riff_format, _absurd_tag),
    "m4a": (_boxes,),
    "mp4": (_boxes,),
}
