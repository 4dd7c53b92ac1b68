"""Links to files that work without a key: nobody can guess them, and they end."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

from talking.errors import OutputError

PREFIX = "/files/"
DAY = 86_400
_SECRET_BYTES = 32


@dataclass(frozen=True)
class Links:
    """Signs addresses of stored files. `secret` at least 32 bytes; `seconds` that a link lives."""

    secret: bytes
    seconds: int = DAY

    def path(self, key: str, *, now: float | None = None) -> str:
        """The path and query under which anybody may read `key` for a while."""
        expires = int(time.time() if now is None else now) + self.seconds
        return f"{PREFIX}{quote(key)}?Expires={expires}&Signature={self._sign(key, expires)}"

    def allows(self, key: str, expires: str, signature: str, *, now: float | None = None) -> bool:
        """Whether this is a link of ours that has not ended."""
        if not (expires.isascii() and expires.isdigit()) or len(expires) > 12 or not signature.isascii():
            return False
        fits = hmac.compare_digest(self._sign(key, int(expires)), signature)
        return fits and (time.time() if now is None else now) <= int(expires)

    def key_in(self, url: str) -> str | None:
        """The key behind an address that we signed, whatever host it names; None for every other."""
        try:
            parts = urlsplit(url)
            query = parse_qs(parts.query, max_num_fields=10)
        except ValueError:
            return None
        key = parts.path.removeprefix(PREFIX)
        if key == parts.path:
            return None
        expires, signature = query.get("Expires", [""])[0], query.get("Signature", [""])[0]
        return key if self.allows(key, expires, signature) else None

    def derive(self, *words: str) -> bytes:
        """32 bytes that only this server can make of these words, the same every time."""
        message = "".join(f"{len(word)}:{word}" for word in words)
        return hmac.new(self.secret, f"derived:{message}".encode(), hashlib.sha256).digest()

    @property
    def name(self) -> str:
        """What tells this secret from others, and nothing of it."""
        return self.derive("name").hex()[:16]

    def _sign(self, key: str, expires: int) -> str:
        return hmac.new(self.secret, f"file:{expires}:{key}".encode(), hashlib.sha256).hexdigest()


def links_of(folder: Path, secret: str = "", seconds: int = DAY) -> Links:
    """The links of a server, signed with its `secret`, or with the one in its data `folder`. Raises OutputError."""
    return Links(hashlib.sha256(secret.encode()).digest() if secret else secret_in(folder), seconds)


def secret_in(folder: Path) -> bytes:
    """The server's secret, kept in a file of `folder` that only its user may read; made when there is none.

    Two processes that start at once end up with the same one. Raises OutputError when it cannot be kept.
    """
    place = folder / "secret.key"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not place.exists():
            part = folder / f".{secrets.token_hex(8)}.part"
            descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "wb") as file:
                file.write(secrets.token_bytes(_SECRET_BYTES))
                file.flush()
                os.fsync(file.fileno())
            try:
                os.link(part, place)  # fails when another process was first
            except FileExistsError:
                pass
            finally:
                part.unlink()
        secret = place.read_bytes()
    except OSError as error:
        raise OutputError("The data folder cannot be written. Give another one, or make room there.") from error
    if len(secret) != _SECRET_BYTES:
        raise OutputError("The file secret.key in the data folder is damaged. Remove it; links given out then end.")
    return secret
