from __future__ import annotations

import hashlib
import io
import struct
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import PIL.Image
import pytest
from PIL import ImageCms

from talking.errors import BadImage
from talking.media import image
from talking.media.image import load, load_clear

Save = Callable[..., bytes]
Pictures = Mapping[str, bytes]
NAMES = ("png", "palette.png", "jpg", "progressive.jpg", "webp", "lossless.webp")


def refusal(data: bytes, **limits: int) -> str:
    with pytest.raises(BadImage) as caught:
        load(data, **limits)
    return str(caught.value)


def distance(picture: np.ndarray, expected: np.ndarray) -> float:
    return float(np.abs(picture.astype(int) - expected.astype(int)).mean())


def colours(array: np.ndarray) -> PIL.Image.Image:
    return PIL.Image.fromarray(array.astype(np.uint8))


@pytest.mark.parametrize("name", NAMES)
def test_formats(pictures: Pictures, scene: np.ndarray, name: str) -> None:
    picture = load(pictures[name])
    assert picture.image.dtype == np.uint8
    assert picture.image.flags.c_contiguous
    assert picture.image.shape == scene.shape
    assert distance(picture.image, scene) < (9 if "palette" in name else 4)
    assert picture.digest == hashlib.sha256(pictures[name]).hexdigest()


def test_lossless_pictures_keep_every_value(pictures: Pictures, scene: np.ndarray) -> None:
    assert (load(pictures["png"]).image == scene).all()
    assert (load(pictures["lossless.webp"]).image == scene).all()


def test_name_does_not_matter(pictures: Pictures, tmp_path: Path, scene: np.ndarray) -> None:
    path = tmp_path / "portrait.gif"
    path.write_bytes(pictures["png"])
    assert (load(path).image == scene).all()


def test_a_real_photograph_is_untouched(portrait_path: Path) -> None:
    picture = load(portrait_path)
    with PIL.Image.open(portrait_path) as expected:
        assert (picture.image == np.asarray(expected.convert("RGB"))).all()
    assert picture.notes == ()


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_exif_orientation(scene: np.ndarray, save: Save, form: str, orientation: int) -> None:
    undo = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}[orientation]  # Pillow's number of the inverse turn
    stored = colours(scene) if undo is None else colours(scene).transpose(PIL.Image.Transpose(undo))
    exif = PIL.Image.Exif()
    exif[0x0112] = orientation
    picture = load(save(stored, form, exif=exif, quality=95))
    assert picture.image.shape == scene.shape
    assert distance(picture.image, scene) < 3


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_broken_exif_is_ignored(scene: np.ndarray, save: Save) -> None:
    data = save(colours(scene), "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff")
    assert load(data).image.shape == scene.shape


@pytest.mark.parametrize(("width", "height"), [(121, 90), (120, 91), (65, 67), (64, 64)])
def test_odd_sizes_lose_a_row_and_nothing_else(save: Save, width: int, height: int) -> None:
    array = np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)
    result = load(save(colours(array), "PNG")).image
    assert (result == array[: height & ~1, : width & ~1]).all()


@pytest.mark.parametrize(
    ("before", "after"),
    [((3000, 2000), (1920, 1280)), ((1000, 1921), (1000, 1920)), ((4001, 1001), (1920, 480)), ((1920, 1080), None)],
)
@pytest.mark.parametrize("form", ["PNG", "JPEG"])
def test_large_pictures_are_scaled(save: Save, form: str, before: tuple[int, int], after: tuple[int, int]) -> None:
    ramp = np.linspace(0, 255, before[0]).astype(np.uint8)
    picture = load(save(colours(np.broadcast_to(ramp[None, :, None], (before[1], before[0], 3))), form))
    width, height = after or before
    assert picture.image.shape == (height, width, 3)
    assert distance(picture.image, np.broadcast_to(np.linspace(0, 255, width)[None, :, None], (height, width, 3))) < 2
    sizes = f"from {before[0]} x {before[1]} to {width} x {height}"
    assert picture.notes == (() if after is None else (f"The picture was scaled {sizes} pixels.",))


def test_a_turned_large_picture_names_sizes_as_seen(save: Save) -> None:
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    picture = load(save(PIL.Image.new("RGB", (2400, 1200)), "JPEG", exif=exif))
    assert picture.image.shape == (1920, 960, 3)
    assert picture.notes == ("The picture was scaled from 1200 x 2400 to 960 x 1920 pixels.",)
    assert picture.size == (1200, 2400)


def test_the_size_is_that_of_the_picture_as_given(save: Save) -> None:
    assert load(save(PIL.Image.new("RGB", (301, 200)), "PNG")).size == (301, 200)


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_transparency_becomes_white(save: Save, form: str) -> None:
    array = np.zeros((300, 300, 4), np.uint8)
    array[..., 0] = 200
    array[:, :100, 3], array[:, 100:200, 3] = 255, 128
    picture = load(save(PIL.Image.fromarray(array), form, lossless=True))
    assert picture.image[150, 50].tolist() == [200, 0, 0]
    assert np.abs(picture.image[150, 150].astype(int) - (227, 127, 127)).max() <= 1
    assert picture.image[150, 250].tolist() == [255, 255, 255]
    assert picture.notes == ("Transparent parts of the picture were filled with white.",)


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_a_clear_picture_keeps_its_transparency_at_any_size(save: Save, form: str) -> None:
    array = np.zeros((6, 9, 4), np.uint8)
    array[..., 0] = 200
    array[:, :3, 3], array[:, 3:6, 3] = 255, 128
    assert np.array_equal(load_clear(save(PIL.Image.fromarray(array), form, lossless=True, exact=True)), array)


def test_a_clear_picture_is_upright_in_srgb_and_opaque_where_it_has_no_transparency(save: Save) -> None:
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    turned = load_clear(save(PIL.Image.new("RGBA", (30, 10), (10, 20, 30, 40)), "PNG", exif=exif))
    assert turned.shape == (30, 10, 4) and set(map(tuple, turned.reshape(-1, 4).tolist())) == {(10, 20, 30, 40)}
    plain = load_clear(save(PIL.Image.new("RGB", (12, 7), (10, 20, 30)), "PNG"))
    assert plain[0, 0].tolist() == [10, 20, 30, 255]
    palette = PIL.Image.new("P", (8, 8), 1)
    palette.putpalette([0, 0, 0, 10, 20, 30])
    assert load_clear(save(palette, "PNG", transparency=1))[0, 0].tolist() == [10, 20, 30, 0]
    with pytest.raises(BadImage, match="JPG, PNG or WebP"):
        load_clear(b"GIF89a" + bytes(100))
    with pytest.raises(BadImage, match="million"):
        load_clear(save(PIL.Image.new("RGB", (60, 60)), "PNG"), max_pixels=1000)


def test_opaque_alpha_and_palette_transparency(save: Save) -> None:
    opaque = load(save(PIL.Image.new("RGBA", (300, 300), (10, 20, 30, 255)), "PNG"))
    assert opaque.notes == ()
    assert opaque.image[0, 0].tolist() == [10, 20, 30]
    palette = PIL.Image.new("P", (300, 300), 1)
    palette.putpalette([0, 0, 0, 10, 20, 30])
    for transparency in (1, b"\xff\0"):
        assert load(save(palette, "PNG", transparency=transparency)).image[0, 0].tolist() == [255, 255, 255]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "I;16"])
def test_modes(save: Save, mode: str) -> None:
    ramp = np.broadcast_to(np.linspace(0, 255, 300).astype(np.uint8), (300, 300))
    if mode == "I;16":
        picture = PIL.Image.fromarray(ramp.astype(np.uint16) * 257)
    else:
        picture = PIL.Image.fromarray(ramp).convert(mode, **({"dither": 0} if mode == "1" else {}))
    result = load(save(picture, "PNG")).image
    assert result.shape == (300, 300, 3)
    expected = (ramp > 127) * 255 if mode == "1" else ramp
    assert distance(result, np.repeat(expected[..., None], 3, axis=2)) < (1.5 if mode == "1" else 0.5)


def test_16_bit_colour_is_scaled(scene: np.ndarray) -> None:
    height, width = scene.shape[:2]
    rows = b"".join(b"\0" + (row.astype(">u2") * 257).astype(">u2").tobytes() for row in scene)
    header = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
    assert (load(data).image == scene).all()


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def test_cmyk_jpg(save: Save) -> None:
    cyan = load(save(PIL.Image.new("CMYK", (300, 300), (255, 0, 0, 0)), "JPEG", quality=95)).image[150, 150]
    assert cyan[0] < 10
    assert cyan[1:].min() > 245


def test_colour_profiles(save: Save) -> None:
    """A profile in which red and blue are exchanged shows whether it was applied."""
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = srgb.replace(b"rXYZ", b"tmpX", 1).replace(b"bXYZ", b"rXYZ", 1).replace(b"tmpX", b"bXYZ", 1)
    swapped = swapped.replace("sRGB".encode("utf-16-be"), "test".encode("utf-16-be"))
    picture = PIL.Image.new("RGB", (300, 300), (200, 40, 10))
    assert load(save(picture, "PNG", icc_profile=srgb)).image[0, 0].tolist() == [200, 40, 10]
    turned = load(save(picture, "PNG", icc_profile=swapped)).image[0, 0].astype(int)
    assert np.abs(turned - (10, 40, 200)).max() <= 3
    for broken in (b"rubbish", srgb[:200]):
        assert load(save(picture, "PNG", icc_profile=broken)).image[0, 0].tolist() == [200, 40, 10]


def test_animations_give_their_first_frame(save: Save) -> None:
    frames = [PIL.Image.new("RGB", (300, 300), colour) for colour in ("red", "blue", "lime")]
    for form in ("PNG", "WEBP"):
        picture = load(save(frames[0], form, save_all=True, append_images=frames[1:], duration=100, lossless=True))
        assert picture.image[10, 10].tolist() == [255, 0, 0]
        assert picture.notes == ("The picture is animated: its first frame is used.",)


def test_phone_jpg_of_several_pictures(save: Save) -> None:
    frames = [PIL.Image.new("RGB", (300, 300), colour) for colour in ("red", "blue")]
    picture = load(save(frames[0], "MPO", save_all=True, append_images=frames[1:]))
    assert picture.image[10, 10, 0] > 250
    assert picture.notes == ()


def test_small_pictures() -> None:
    file = io.BytesIO()
    PIL.Image.new("RGB", (100, 80)).save(file, "PNG")
    note = "The picture is small (100 x 80): 512 pixels or more per side look better."
    assert load(file.getvalue()).notes == (note,)


@pytest.mark.parametrize(
    ("size", "words"),
    [((1, 1), "too small (1 x 1 pixels)"), ((63, 500), "too small"), ((9000, 200), "too narrow (9000 x 200 pixels)")],
)
@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
def test_too_small(save: Save, form: str, size: tuple[int, int], words: str) -> None:
    message = refusal(save(PIL.Image.new("RGB", size), form))
    assert words in message
    assert "at least 512 x 512" in message


def bomb(width: int, height: int) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def test_pixel_bombs_are_refused_by_their_header(pictures: Pictures) -> None:
    assert refusal(bomb(20_000, 20_000)) == (
        "The picture has 20000 x 20000 pixels (400.0 million); at most 50.0 million are read. Send a smaller one."
    )
    assert "10000 x 9500 pixels" in refusal(bomb(10_000, 9_500), max_pixels=10**9)
    webp = bytearray(pictures["webp"])
    webp[26:30] = struct.pack("<HH", 16_000, 16_000)
    assert "16000 x 16000 pixels" in refusal(bytes(webp))
    jpg = pictures["jpg"]
    at = jpg.index(b"\xff\xc0")
    assert "60000 x 50000 pixels" in refusal(jpg[: at + 5] + struct.pack(">HH", 50_000, 60_000) + jpg[at + 9 :])


def test_a_second_header_does_not_get_past_the_limit(pictures: Pictures) -> None:
    data = bomb(9_000, 9_000)
    first = chunk(b"IHDR", struct.pack(">IIBBBBB", 100, 100, 1, 0, 0, 0, 0))
    with pytest.raises(BadImage):
        load(data[:8] + first + data[8:])
    jpg = pictures["jpg"]
    at = jpg.index(b"\xff\xc0")
    frame = jpg[at : at + 2 + int.from_bytes(jpg[at + 2 : at + 4], "big")]
    large = frame[:5] + struct.pack(">HH", 9_000, 9_000) + frame[9:]
    assert "9000 x 9000" in refusal(jpg[:at] + frame + large + jpg[at + len(frame) :])


def test_limits_are_arguments(pictures: Pictures) -> None:
    assert "10800" not in refusal(pictures["png"], max_pixels=10_799)
    assert load(pictures["png"], max_pixels=10_800).image.shape == (90, 120, 3)
    size = len(pictures["png"])
    assert f"at most {size - 1} bytes" in refusal(pictures["png"], max_bytes=size - 1)


def test_jpg_of_endless_scans(pictures: Pictures) -> None:
    jpg = pictures["progressive.jpg"]
    scans = jpg[jpg.rindex(b"\xff\xda") : -2]
    assert "damaged" in refusal(jpg[:-2] + scans * 600 + jpg[-2:])


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("share", [0.02, 0.3, 0.9])
def test_truncated(pictures: Pictures, name: str, share: float) -> None:
    data = pictures[name]
    message = refusal(data[: max(12, int(len(data) * share))])
    assert message == "The picture is damaged or cut off. Save it again, or send another one."


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"GIF89a" + bytes(30), "a GIF picture"),
        (b"%PDF-1.7\n", "a PDF"),
        (b"\n\n%PDF-1.7\n", "a PDF"),
        (b"just some words\n", "a text file"),
        ("Grüße\n".encode("utf-16"), "a text file"),
        (b"\n<!DOCTYPE html><html>", "a web page"),
        (b'<?xml version="1.0"?><svg/>', "an SVG drawing"),
        (b"version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer and not the file itself"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "a HEIC picture"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avif", "an AVIF picture"),
        (b"\0\0\0\x18ftypisom\0\0\0\0isommp42", "an MP4 file"),
        (b"II*\0" + bytes(8), "a TIFF picture"),
        (b"BM\x46\0\0\0\0\0\0\0" + bytes(8), "a BMP picture"),
        (b"PK\x03\x04" + b"\x14" + bytes(20) + b"word/document.xml", "an Office document"),
        (b"PK\x03\x04" + b"\x14" + bytes(20), "a ZIP archive"),
        (b"ID3\x04\0\0\0\0\0\0" + bytes(50), "an MP3 sound"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "a WAV sound"),
        (b"MZ\x90\0" + bytes(60), "a program"),
    ],
)
def test_other_files_are_called_by_their_name(data: bytes, name: str, tmp_path: Path) -> None:
    path = tmp_path / "portrait.jpg"
    path.write_bytes(data)
    with pytest.raises(BadImage) as caught:
        load(path)
    assert str(caught.value) == f"This is {name}. Send a JPG, PNG or WebP picture."


def test_rubbish() -> None:
    rubbish = np.random.default_rng(1).bytes(5000)
    assert refusal(rubbish) == "This is not a picture that can be read. Send a JPG, PNG or WebP."


def test_advice_fits_the_limits() -> None:
    assert image.MIN_SIDE < image.ADVISED_SIDE < 512 < image.MAX_SIDE
    assert (PIL.Image.MAX_IMAGE_PIXELS or 0) >= image.MAX_PIXELS
