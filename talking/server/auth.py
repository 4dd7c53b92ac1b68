"""Who may ask: API keys, in every form in which clients of the hosted services send them."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

OPEN = ""
"""The owner of everything on a server without keys."""

_HASHED = re.compile(r"sha256:([0-9a-f]{64})")
_SCHEMES = ("basic", "bearer")
_MAX_HEADER = 4096
_REMEMBERED = 1000


class _Seen:
    """Headers that were found good, by a digest that nobody outside can make, and whose they are: clients that ask
    again and again send the same one, and to look through all its forms costs more than the rest of an answer.
    """

    def __init__(self) -> None:
        self._secret = secrets.token_bytes(32)
        self._owners: OrderedDict[bytes, str] = OrderedDict()

    def owner(self, header: str) -> str | None:
        return self._owners.get(self._digest(header))

    def remember(self, header: str, owner: str) -> None:
        self._owners[self._digest(header)] = owner
        while len(self._owners) > _REMEMBERED:
            self._owners.popitem(last=False)

    def _digest(self, header: str) -> bytes:
        return hashlib.blake2b(header.encode("utf-8", "surrogateescape"), key=self._secret, digest_size=32).digest()


@dataclass(frozen=True)
class Keys:
    """The keys of a server, as SHA-256 digests. Without any, everybody is let in."""

    digests: tuple[bytes, ...] = ()
    _seen: _Seen = field(default_factory=lambda: _Seen(), repr=False, compare=False)

    @classmethod
    def read(cls, keys: Iterable[str]) -> Keys:
        """Keys as an operator writes them: the key itself, or "sha256:" and its digest in 64 small hex digits."""
        named = (key.strip() for key in keys)
        return cls(tuple(dict.fromkeys(_digest_of(key) for key in named if key)))

    def owner(self, header: str | None) -> str | None:
        """Who sent this Authorization header, as a name that tells nothing of the key; None for a stranger.

        Every key is compared with every form, in a time that tells nothing of which one fits, or how nearly.
        """
        if not self.digests:
            return OPEN
        if not header or len(header) > _MAX_HEADER:
            return None
        known = self._seen.owner(header)
        if known is None and (known := self._compared(header)) is not None:
            self._seen.remember(header, known)
        return known

    def _compared(self, header: str) -> str | None:
        forms = [hashlib.sha256(form).digest() for form in _forms(header)]
        found = None
        for digest in self.digests:
            fits = False
            for form in forms:
                fits |= hmac.compare_digest(digest, form)
            if fits:
                found = digest
        return None if found is None else f"key-{hashlib.sha256(b'owner' + found).hexdigest()[:16]}"


def _digest_of(key: str) -> bytes:
    hashed = _HASHED.fullmatch(key)
    return bytes.fromhex(hashed.group(1)) if hashed else hashlib.sha256(key.encode()).digest()


def _forms(header: str) -> list[bytes]:
    """What the key may be that a client meant: as it came, without base64 around it (clients put it around what is
    base64 already), with base64 around it; each also without the colon before an empty password.
    """
    text = header.strip()
    while text.casefold().startswith(tuple(f"{scheme} " for scheme in _SCHEMES)):  # also pasted with its scheme
        text = text.split(" ", 1)[1].strip()
    forms = [text.encode("utf-8", "surrogateescape")]
    for _ in range(2):
        forms += [plain for form in list(forms) if (plain := _decoded(form.removesuffix(b":"))) is not None]
    forms += [form.removesuffix(b":") for form in forms]
    forms += [base64.b64encode(form) for form in forms]
    return [form for form in dict.fromkeys(forms) if form]


def _decoded(form: bytes) -> bytes | None:
    """What base64 text stands for, its padding missing or not; None when it is none."""
    body = form.rstrip(b"=").translate(bytes.maketrans(b"-_", b"+/"))
    try:
        return base64.b64decode(body + b"=" * (-len(body) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
