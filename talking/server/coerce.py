"""Values as clients really send them: booleans and numbers as text, objects that are missing or empty."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_TRUE, _FALSE = ("true", "1", "yes", "on"), ("false", "0", "no", "off", "")


@dataclass
class Faults:
    """What is wrong with a body, by path ("body.script.input"), all of it at once."""

    found: dict[str, str] = field(default_factory=dict)

    def add(self, path: str, sentence: str) -> None:
        """Note a fault; the first one of a path counts."""
        self.found.setdefault(path, sentence)


@dataclass
class Reading:
    """One JSON object being read: `values` at `path`. What is not taken out of it is named by `leftovers`."""

    values: Mapping[str, Any]
    path: str
    faults: Faults
    _taken: set[str] = field(default_factory=set)

    def raw(self, key: str) -> Any:
        """The value as it came, None when it is missing."""
        self._taken.add(key)
        return self.values.get(key)

    def text(self, key: str, default: str = "") -> str:
        """Text; null counts as missing, a number becomes text."""
        value = self.raw(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, (str, int, float)):
            self.faults.add(f"{self.path}.{key}", f"'{key}' must be text")
            return default
        return str(value)

    def flag(self, key: str, default: bool) -> bool:
        """True or false, also as "true" and "false"."""
        value = self.raw(key)
        if value is None:
            return default
        if isinstance(value, bool):
            return value
        word = str(value).strip().casefold() if isinstance(value, (str, int)) else "?"
        if word not in _TRUE + _FALSE:
            self.faults.add(f"{self.path}.{key}", f"'{key}' must be true or false")
            return default
        return word in _TRUE

    def number(self, key: str, default: float, low: float, high: float) -> float:
        """A finite number in a range, also as text such as "0.0"."""
        value = self.raw(key)
        if value is None or value == "":
            return default
        try:
            number = float(value) if not isinstance(value, bool) else math.nan
        except (TypeError, ValueError, OverflowError):
            number = math.nan
        if not low <= number <= high:
            self.faults.add(f"{self.path}.{key}", f"'{key}' must be a number from {low:g} to {high:g}")
            return default
        return number

    def inner(self, key: str) -> Reading:
        """The object at `key`; an empty one when it is missing."""
        value = self.raw(key)
        if value is not None and not isinstance(value, Mapping):
            self.faults.add(f"{self.path}.{key}", f"'{key}' must be an object")
            value = None
        return Reading(value or {}, f"{self.path}.{key}", self.faults)

    def leftovers(self) -> list[str]:
        """The keys that nobody took, with their path."""
        return [f"{self.path}.{key}" for key in self.values if key not in self._taken]
