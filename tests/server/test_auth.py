"""Keys, in the forms that clients of the hosted services send."""

from __future__ import annotations

import base64
import hashlib

import pytest

from talking.server.auth import OPEN, Keys

SECRET = "aGVsbG9AZXhhbXBsZS5vcmc=:s3cr3t-part"
"""Like the keys that the hosted service's studio prints: base64 of an address, a colon, a secret."""


def b64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize(
    "header",
    [
        f"Basic {SECRET}",
        f"basic {SECRET}",
        f"Bearer {SECRET}",
        f"Basic {b64(SECRET)}",
        f"Basic {b64(SECRET).rstrip('=')}",
        f"Basic {b64(SECRET + ':')}",
        f"Basic {SECRET}:",
        f"Bearer {b64(SECRET)}",
        f"Basic {b64(b64(SECRET) + ':')}",
        f"Basic Basic {SECRET}",
        SECRET,
        f"  Bearer   {SECRET}  ",
    ],
)
@pytest.mark.parametrize("configured", [SECRET, b64(SECRET), "sha256:" + hashlib.sha256(SECRET.encode()).hexdigest()])
def test_a_key_is_known_in_every_form(header: str, configured: str) -> None:
    owner = Keys.read(["another-key", configured]).owner(header)
    assert owner is not None and owner.startswith("key-")
    assert "s3cr3t" not in owner


@pytest.mark.parametrize(
    "header",
    [
        None,
        "",
        "Basic",
        "Basic :",
        "Bearer s3cr3t-part",
        f"Basic {SECRET}x",
        f"Basic {SECRET[:-1]}",
        "Basic ====",
        "Bearer " + "a" * 5000,
        "Bearer \udcff\udcfe",
        "Basic aGVsbG9AZXhhbXBsZS5vcmc=",
        "sha256:" + hashlib.sha256(SECRET.encode()).hexdigest(),
    ],
)
def test_a_stranger_stays_one(header: str | None) -> None:
    assert Keys.read([SECRET]).owner(header) is None


def test_keys_have_owners_of_their_own_that_stay_the_same() -> None:
    keys = Keys.read(["one", " two ", ""])
    assert len(keys.digests) == 2
    assert keys.owner("Bearer one") != keys.owner("Bearer two")
    assert keys.owner("Bearer two") == Keys.read(["two"]).owner(f"Basic {b64('two:')}")


def test_without_keys_everybody_is_let_in() -> None:
    assert Keys.read([]).owner(None) == OPEN
    assert Keys.read([]).owner("Basic whatever") == OPEN
