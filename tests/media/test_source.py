from __future__ import annotations

import base64
import os
import threading
from pathlib import Path

import pytest

from talking.errors import BadImage
from talking.media.source import Source, decode_base64, read

DATA = bytes(range(256)) * 2


def get(source: object, max_bytes: int = 1000) -> bytes:
    return read(source, max_bytes=max_bytes, error=BadImage, noun="picture")  # type: ignore[arg-type]


def refusal(source: object, max_bytes: int = 1000) -> str:
    with pytest.raises(BadImage) as caught:
        get(source, max_bytes)
    return str(caught.value)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a portrait.bin"
    path.write_bytes(DATA)
    return path


def test_path_text_bytes_and_base64_give_the_same(file: Path) -> None:
    plain = base64.b64encode(DATA).decode()
    forms: list[Source] = [
        file,
        str(file),
        DATA,
        plain,
        f"data:image/png;base64,{plain}",
        f"DATA:image/png;name=x.png;Base64,{plain}",
        base64.encodebytes(DATA).decode(),
        f"  {plain}\r\n",
        plain.rstrip("="),
        base64.urlsafe_b64encode(DATA).decode(),
    ]
    assert [get(form) for form in forms] == [DATA] * len(forms)
    assert get(bytearray(DATA)) == get(memoryview(DATA)) == DATA


def test_size_limit_counts_bytes_not_letters(file: Path) -> None:
    plain = base64.b64encode(DATA).decode()
    assert all(get(form, 512) == DATA for form in (file, DATA, plain))
    for form in (file, DATA, plain, f"data:;base64,{plain}"):
        assert refusal(form, 511) == "The picture has 512 bytes; at most 511 bytes are read. Give a smaller file."


def test_base64_size_is_checked_before_decoding() -> None:
    damaged = "!" * 4000
    with pytest.raises(BadImage, match="at most 100 bytes"):
        decode_base64(damaged, max_bytes=100, error=BadImage, noun="picture")


@pytest.mark.parametrize("text", ["!" * 100, "A" * 65, "ä" * 70])
def test_damaged_base64(text: str) -> None:
    with pytest.raises(BadImage, match="base64 text of the picture is damaged"):
        decode_base64(text, max_bytes=1000, error=BadImage, noun="picture")


def test_decode_base64_never_opens_a_file(file: Path) -> None:
    with pytest.raises(BadImage):
        decode_base64(str(file), max_bytes=1000, error=BadImage, noun="picture")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("portrait.jpg", "There is no file called 'portrait.jpg'. Check the name and the folder."),
        ("AAAA", "There is no file called 'AAAA'. Check the name and the folder."),
        (Path("no/such.png"), "There is no file called 'no/such.png'. Check the name and the folder."),
        ("a\0b", "There is no file called 'a?b'. Check the name and the folder."),
        ("x" * 50 + ".png" * 2000, None),
        ("A" * 5000 + "?", None),
        ("", "No picture was given. Name a file, or give its bytes or base64 text."),
        (b"", "The picture is empty (0 bytes). Give another file."),
        ("data:image/png;base64,", "The picture is empty (0 bytes). Give another file."),
        ("data:image/png,hello", "The data address of the picture is not base64. Encode it as data:…;base64,…."),
        ("https://example.org/a.png", "Web addresses are not fetched. Download the picture first, then give the file."),
        ("FILE:///etc/passwd", "Web addresses are not fetched. Download the picture first, then give the file."),
        (None, "A picture is given as a path, as bytes or as base64 text."),
        (7, "A picture is given as a path, as bytes or as base64 text."),
    ],
)
def test_refusals_name_only_what_was_typed(source: object, message: str | None) -> None:
    text = refusal(source)
    assert text == message or (message is None and len(text) < 200 and text.startswith(("There is no", "The file '")))


def test_folder_pipe_and_device(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    answers: list[str] = []
    worker = threading.Thread(target=lambda: answers.extend(map(refusal, (tmp_path, pipe, "/dev/zero"))), daemon=True)
    worker.start()
    worker.join(5)
    assert answers == [
        f"'{shown(tmp_path)}' is a folder. Name the picture in it.",
        f"'{shown(pipe)}' is not an ordinary file. Save the picture as a file first.",
        "'/dev/zero' is not an ordinary file. Save the picture as a file first.",
    ]


def shown(path: Path) -> str:
    return str(path) if len(str(path)) <= 80 else f"{str(path)[:79]}…"


def test_empty_and_large_files(tmp_path: Path) -> None:
    empty, large = tmp_path / "empty.png", tmp_path / "large.png"
    empty.touch()
    with large.open("wb") as handle:
        handle.truncate(10**12)  # sparse: it takes no room, and must not be read to be refused
    assert refusal(empty) == "The picture is empty (0 bytes). Give another file."
    assert refusal(large, 25_000_000) == (
        "The picture has 1000000.0 MB; at most 25.0 MB are read. Give a smaller file."
    )


def test_unreadable_file(file: Path) -> None:
    file.chmod(0)
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)  # root may read everything
    try:
        assert "may not be read. Change its permissions" in refusal(file)
    finally:
        os.seteuid(user)


def test_link_to_nothing_and_name_behind_a_file(tmp_path: Path, file: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to("nowhere")
    assert "There is no file called" in refusal(str(link))
    assert "There is no file called" in refusal(file / "inside.png")
