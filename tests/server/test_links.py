"""Links that work without a key."""

from __future__ import annotations

import stat
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from talking.errors import OutputError
from talking.server.links import Links, links_of, secret_in

LINKS = Links(b"s" * 32, seconds=100)
KEY = "results/tlk_12345678/a/talking.mp4"


def parts(path: str) -> tuple[str, str]:
    query = dict(pair.split("=") for pair in path.split("?")[1].split("&"))
    return query["Expires"], query["Signature"]


def test_a_link_leads_to_its_file_until_it_ends() -> None:
    path = LINKS.path(KEY, now=1000)
    expires, signature = parts(path)
    assert path.startswith(f"/files/{KEY}?") and expires == "1100"
    assert LINKS.allows(KEY, expires, signature, now=1100)
    assert not LINKS.allows(KEY, expires, signature, now=1101)
    assert not LINKS.allows(KEY, "1101", signature, now=1000), "a link cannot be lengthened"
    assert not LINKS.allows("uploads/a/b", expires, signature, now=1000), "nor lead elsewhere"
    assert not Links(b"t" * 32).allows(KEY, expires, signature, now=1000)


@pytest.mark.parametrize("expires", ["", "-1", "1e9", "٣", "9" * 40, "1100 "])
@pytest.mark.parametrize("signature", ["", "x", "é", "0" * 64])
def test_what_nobody_signed_is_refused(expires: str, signature: str) -> None:
    assert not LINKS.allows(KEY, expires, signature, now=0)


def test_own_addresses_are_known_whatever_host_they_name() -> None:
    path = LINKS.path(KEY)
    assert LINKS.key_in(f"https://elsewhere.example{path}") == KEY
    assert LINKS.key_in(f"http://127.0.0.1:7860{path}") == KEY
    for url in (f"https://a{path}0", "https://a/files/x/y", "https://a/talks/x", "https://[", "", "s3://b/k"):
        assert LINKS.key_in(url) is None


def test_the_secret_is_made_once_and_kept_to_its_user(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"
    with ThreadPoolExecutor(8) as pool:
        secrets = set(pool.map(lambda _: secret_in(folder), range(16)))
    assert len(secrets) == 1 and len(secrets.pop()) == 32
    assert [file.name for file in folder.iterdir()] == ["secret.key"]
    if sys.platform != "win32":
        assert stat.S_IMODE((folder / "secret.key").stat().st_mode) == 0o600


def test_a_damaged_secret_is_told_without_its_place(tmp_path: Path) -> None:
    (tmp_path / "secret.key").write_bytes(b"short")
    with pytest.raises(OutputError) as refusal:
        secret_in(tmp_path)
    assert str(tmp_path) not in str(refusal.value)


def test_machines_that_are_given_one_secret_know_each_others_links(tmp_path: Path) -> None:
    one, two = (links_of(tmp_path / name, "a secret of thirty-two characters", 60) for name in ("one", "two"))
    assert two.key_in(one.path(KEY)) == KEY
    assert one.name == two.name
    assert links_of(tmp_path / "three").key_in(one.path(KEY)) is None
    assert [each.name for each in tmp_path.iterdir()] == ["three"]
