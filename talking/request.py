"""One request in full, as the JSON document that every entrance takes: Python, command line, page and client."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from talking.errors import InvalidRequest, Unknown

MAX_SEED = 999_999_999


@dataclass(frozen=True)
class Options:
    """What a request may ask for beyond portrait, words and voice.

    `engine` "auto" or a name of ENGINES; `seed` >= 0 makes head, lids and brows repeatable; `language` BCP 47 of
    the text, guessed when empty; `rate` of speech, 0.5 to 2; `pitch` in semitones, -7 to 7; `style` of the
    voice ("cheerful"), mapped to rate and pitch; `transcript` what an audio file says, for exact lips and captions.
    """

    engine: str = "auto"
    seed: int = 0
    language: str = ""
    rate: float = 1.0
    pitch: float = 0.0
    style: str = ""
    transcript: str = ""

    def __post_init__(self) -> None:
        """Refuse values of the wrong type or out of range, by name."""
        for field in fields(self):
            object.__setattr__(self, field.name, _typed(field.name, getattr(self, field.name), type(field.default)))
        _between("seed", self.seed, 0, MAX_SEED)
        _between("rate", self.rate, 0.5, 2.0)
        _between("pitch", self.pitch, -7.0, 7.0)


def parse_options(document: Mapping[str, Any] | None) -> Options:
    """The options in a JSON object; a missing key keeps its default.

    Raises Unknown for a key that does not exist and InvalidRequest for a value of the wrong type or range.
    """
    if document is None:
        return Options()
    if not isinstance(document, Mapping):
        raise InvalidRequest('The options are not a JSON object. Write them like {"seed": 7}.')
    known = [field.name for field in fields(Options)]
    for key in document:
        if key not in known:
            raise Unknown.name("option", str(key), known)
    return Options(**document)


def _typed(key: str, value: Any, kind: type) -> Any:
    """The value as its field wants it; whole numbers pass for a fraction, nothing else is converted."""
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(max(min(value, 10**9), -(10**9)))  # beyond any limit, and never too large for a float
    if not isinstance(value, kind) or isinstance(value, bool):
        wanted = {int: "a whole number", float: "a number", str: "text"}[kind]
        raise InvalidRequest(f"The option '{key}' takes {wanted}.")
    return value


def _between(name: str, value: float, low: float, high: float) -> None:
    if not low <= value <= high:
        raise InvalidRequest(f"The option '{name}' must lie between {low:,g} and {high:,g}.")
