"""What a file is, judged by its bytes and never by its name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Content:
    """A kind of file: `kind` a short key ("png", "mp3", "" when unknown), `name` the words for a sentence ("a PDF")."""

    kind: str
    name: str


UNKNOWN = Content("", "not a file that is known here")

_PREFIXES: tuple[tuple[bytes, Content], ...] = (
    (b"\x89PNG\r\n\x1a\n", Content("png", "a PNG picture")),
    (b"\xff\xd8\xff", Content("jpeg", "a JPG picture")),
    (b"GIF87a", Content("gif", "a GIF picture")),
    (b"GIF89a", Content("gif", "a GIF picture")),
    (b"II*\0", Content("tiff", "a TIFF picture")),
    (b"MM\0*", Content("tiff", "a TIFF picture")),
    (b"8BPS", Content("psd", "a Photoshop file")),
    (b"\0\0\1\0", Content("ico", "an icon file")),
    (b"\xff\x0a", Content("jxl", "a JPEG XL picture")),
    (b"\0\0\0\x0cJXL ", Content("jxl", "a JPEG XL picture")),
    (b"\0\0\0\x0cjP  ", Content("jp2", "a JPEG 2000 picture")),
    (b"fLaC", Content("flac", "a FLAC sound")),
    (b"OggS", Content("ogg", "an OGG file")),
    (b"RIFX", Content("rifx", "a WAV sound in big-endian form")),
    (b"RF64", Content("wav", "a WAV sound")),
    (b"BW64", Content("wav", "a WAV sound")),
    (b"\x1aE\xdf\xa3", Content("webm", "a WebM or Matroska file")),
    (b".snd", Content("au", "an AU sound")),
    (b"#!AMR", Content("amr", "an AMR sound")),
    (b"MThd", Content("midi", "a MIDI file")),
    (b"caff", Content("caf", "a CAF sound")),
    (b"0&\xb2u\x8ef\xcf\x11", Content("asf", "a Windows Media file")),
    (b"FLV\x01", Content("flv", "a Flash video")),
    (b"\0\0\1\xba", Content("mpeg", "an MPEG video")),
    (b"%!PS", Content("ps", "a PostScript document")),
    (b"{\\rtf", Content("rtf", "an RTF document")),
    (b"\x1f\x8b", Content("gzip", "a gzip archive")),
    (b"7z\xbc\xaf\x27\x1c", Content("7z", "a 7z archive")),
    (b"Rar!\x1a\x07", Content("rar", "a RAR archive")),
    (b"\xfd7zXZ\0", Content("xz", "an xz archive")),
    (b"BZh", Content("bzip2", "a bzip2 archive")),
    (b"\x7fELF", Content("elf", "a program")),
    (b"MZ", Content("exe", "a program")),
    (b"SQLite format 3\0", Content("sqlite", "a database")),
)

_RIFF = {
    b"WEBP": Content("webp", "a WebP picture"),
    b"WAVE": Content("wav", "a WAV sound"),
    b"AVI ": Content("avi", "an AVI video"),
}

_HEIC_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})
_QUICKTIME_ATOMS = frozenset({b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})

_TEXT_STARTS: tuple[tuple[str, Content], ...] = (
    ("#extm3u", Content("playlist", "a playlist")),
    ("[playlist]", Content("playlist", "a playlist")),
    ("ffconcat version", Content("playlist", "a playlist")),
    ("version https://git-lfs", Content("lfs", "a Git LFS pointer and not the file itself")),
    ("<!doctype html", Content("html", "a web page")),
    ("<html", Content("html", "a web page")),
    ("<svg", Content("svg", "an SVG drawing")),
    ("<?xml", Content("xml", "an XML document")),
)

_MP3_SEARCH = 65_536
"""Bytes of rubbish that may stand before the first MP3 frame; FFmpeg gives up there too."""

_MP3_RATES = (44100, 48000, 32000)
_MP3_KBPS_1 = (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320)
_MP3_KBPS_2 = (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160)


def identify(data: bytes) -> Content:
    """What `data` is. Only the kind is decided here: the rest of the file may still be damaged."""
    if data[:4] == b"RIFF":
        return _RIFF.get(data[8:12], UNKNOWN)
    if data[4:8] == b"ftyp":
        return _base_media(data)
    if data[4:8] in _QUICKTIME_ATOMS:
        return Content("mov", "a QuickTime file")
    if data[:3] == b"ID3":
        return _tagged(data)
    for prefix, content in _PREFIXES:
        if data.startswith(prefix):
            return content
    return _document(data) or _stream(data) or _text(data) or UNKNOWN


def _base_media(data: bytes) -> Content:
    """Tell the relatives of MP4 apart by their brands (ISO/IEC 14496-12 §4.3)."""
    brand = data[8:12]
    if brand in (b"avif", b"avis"):
        return Content("avif", "an AVIF picture")
    if brand in _HEIC_BRANDS:
        compatible = data[16 : min(int.from_bytes(data[:4], "big"), 256)]
        return Content("avif", "an AVIF picture") if b"avif" in compatible else Content("heic", "a HEIC picture")
    if brand in (b"M4A ", b"M4B "):
        return Content("m4a", "an M4A sound")
    return Content("mov", "a QuickTime file") if brand == b"qt  " else Content("mp4", "an MP4 file")


def _tagged(data: bytes) -> Content:
    """Look behind an ID3v2 tag, whose length is four bytes of seven bits; MP3 is what usually follows."""
    length = sum((byte & 0x7F) << shift for byte, shift in zip(data[6:10], (21, 14, 7, 0), strict=False))
    behind = data[10 + length : 10 + length + 4096]
    if behind.startswith(b"fLaC"):
        return Content("flac", "a FLAC sound")
    return Content("aac", "an AAC sound") if _is_adts(behind) else Content("mp3", "an MP3 sound")


def _document(data: bytes) -> Content | None:
    if b"%PDF-" in data[:1024]:
        return Content("pdf", "a PDF")
    if data.startswith(b"PK\x03\x04"):
        is_office = any(folder in data[:8192] for folder in (b"word/", b"xl/", b"ppt/"))
        return Content("office", "an Office document") if is_office else Content("zip", "a ZIP archive")
    if data[:4] == b"FORM" and data[8:12] in (b"AIFF", b"AIFC"):
        return Content("aiff", "an AIFF sound")
    if data[:2] == b"BM" and data[6:10] == bytes(4):
        return Content("bmp", "a BMP picture")
    if len(data) > 376 and data[0] == data[188] == data[376] == 0x47:
        return Content("ts", "an MPEG transport stream")
    return None


def _stream(data: bytes) -> Content | None:
    """Sounds without a header: AAC frames, or MP3 frames after some rubbish."""
    if _is_adts(data):
        return Content("aac", "an AAC sound")
    offset = data.find(b"\xff", 0, _MP3_SEARCH)
    while offset >= 0:
        if _is_mp3(data, offset):
            return Content("mp3", "an MP3 sound")
        offset = data.find(b"\xff", offset + 1, _MP3_SEARCH)
    return None


def _is_adts(data: bytes) -> bool:
    """Whether `data` starts with two AAC frames (ISO/IEC 13818-7 §6.2), or with one that fills it."""
    if len(data) < 7 or data[0] != 0xFF or data[1] & 0xF6 != 0xF0:
        return False
    length = (data[3] & 3) << 11 | data[4] << 3 | data[5] >> 5
    following = data[length : length + 2]
    return length > 7 and (not following or (following[0] == 0xFF and following[-1] & 0xF6 == 0xF0))


def _is_mp3(data: bytes, start: int) -> bool:
    """Whether three MP3 frames stand in a row at `start`, or up to the end of `data` two, or one that is all of it."""
    offset = start
    for count in range(1, 4):
        length = _mp3_frame_length(data[offset : offset + 4])
        if not length:
            return False
        offset += length
        if offset >= len(data):
            return count > 1 or start == 0
    return True


def _mp3_frame_length(header: bytes) -> int:
    """Bytes in the layer III frame that starts with these four bytes (ISO/IEC 11172-3 §2.4.2.3), 0 if it is none."""
    if len(header) < 4 or header[0] != 0xFF or header[1] & 0xE6 != 0xE2:
        return 0
    version, kbps, rate = header[1] >> 3 & 3, header[2] >> 4, header[2] >> 2 & 3
    if version == 1 or kbps in (0, 15) or rate == 3:
        return 0
    hertz = _MP3_RATES[rate] // {3: 1, 2: 2, 0: 4}[version]
    table, slots = (_MP3_KBPS_1, 144_000) if version == 3 else (_MP3_KBPS_2, 72_000)
    return slots * table[kbps] // hertz + (header[2] >> 1 & 1)


def _text(data: bytes) -> Content | None:
    head = data[:4096]
    encoding = "utf-16" if head[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        text = head.decode(encoding)
    except UnicodeDecodeError as error:
        if len(head) - error.start > 3 or len(data) == len(head):  # a character cut by the end of the head is fine
            return None
        text = head[: error.start].decode(encoding)
    if not text.strip() or any(letter < " " and letter not in "\t\n\r\f\x1b" for letter in text):
        return None
    start = text.lstrip().casefold()
    for prefix, content in _TEXT_STARTS:
        if start.startswith(prefix):
            return Content("svg", "an SVG drawing") if content.kind == "xml" and "<svg" in start else content
    return Content("text", "a text file")


def picture_size(kind: str, data: bytes) -> tuple[int, int] | None:
    """Width and height in px that the header of a "png", "jpeg" or "webp" declares; None when it is damaged."""
    if kind == "png":
        size = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    elif kind == "webp":
        size = _webp_size(data)
    else:
        size = _jpeg_size(data)
    return size if min(size) > 0 else None


def _webp_size(data: bytes) -> tuple[int, int]:
    """From the first chunk of a WebP file (RFC 9649 §2.5–2.7); no picture fits in less than 30 bytes."""
    if len(data) < 30:
        return 0, 0
    if data[12:16] == b"VP8X":
        return int.from_bytes(data[24:27], "little") + 1, int.from_bytes(data[27:30], "little") + 1
    if data[12:16] == b"VP8L":
        bits = int.from_bytes(data[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return int.from_bytes(data[26:28], "little") & 0x3FFF, int.from_bytes(data[28:30], "little") & 0x3FFF


def _jpeg_size(data: bytes) -> tuple[int, int]:
    """From the last frame header before the first scan, which is the one decoders use (ITU-T T.81 §B.2.2)."""
    size, offset = (0, 0), 2
    while offset + 9 <= len(data):
        if data[offset] != 0xFF or data[offset + 1] in (0x00, 0xFF):
            offset += 1
            continue
        marker = data[offset + 1]
        if marker == 0xDA:
            break
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            size = (
                int.from_bytes(data[offset + 7 : offset + 9], "big"),
                int.from_bytes(data[offset + 5 : offset + 7], "big"),
            )
        is_bare = marker == 0x01 or 0xD0 <= marker <= 0xD8
        offset += 2 if is_bare else 2 + int.from_bytes(data[offset + 2 : offset + 4], "big")
    return size
