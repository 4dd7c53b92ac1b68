"""Readers of single fields: the value as its field wants it, or a refusal that names the field."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, TypeAlias

from talking.errors import InvalidRequest, Unknown
from talking.types import EXPRESSIONS, ExpressionCue, Knobs

Reader: TypeAlias = Callable[[str, Any], Any]
"""Called with a field's name and value; gives the value back as it is kept, or raises InvalidRequest."""

SCALARS = (bool, int, float, str)

MAX_CUES = 1000
MAX_OFFSET = 8192
"""Pixels from which on a position cannot lie in any picture that is taken."""

_WANTED = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}


@dataclass(frozen=True)
class Logo:
    """A picture laid over the film: `url` a path or a web address, `position` (x, y) of its corner in px of the film,
    negative counted from the right or lower edge.
    """

    url: str
    position: tuple[int, int] = (0, 0)


def reader(kind: type) -> Reader:
    """The reader of one plain kind; whole numbers pass for a fraction, nothing else is converted."""

    def read(name: str, value: Any) -> Any:
        if kind is float and isinstance(value, int) and not isinstance(value, bool):
            return float(max(min(value, 10**9), -(10**9)))  # beyond any limit, and never too large for a float
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise InvalidRequest(f"The option '{name}' takes {_WANTED[kind]}.")
        return value

    return read


def optional(inner: Reader) -> Reader:
    """The same, where None means that nothing was asked for."""
    return lambda name, value: None if value is None else inner(name, value)


def between(name: str, value: float, low: float, high: float) -> None:
    """Refuse a number out of range."""
    if not low <= value <= high:
        raise InvalidRequest(f"The option '{name}' must lie between {low:,g} and {high:,g}.")


def one_of(name: str, value: str, known: Iterable[str]) -> None:
    """Refuse a word that is not among those known."""
    if value not in known:
        named = ", ".join(word for word in known if word)
        raise InvalidRequest(f"The option '{name}' is one of {named}, not '{value[:40]}'.")


def expressions(name: str, value: Any) -> tuple[ExpressionCue, ...]:
    """Cues in the order of their frames, from objects like {"start_frame": 0, "expression": "happy"}."""
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise InvalidRequest(f"The option '{name}' takes a list of objects with start_frame, expression and intensity.")
    if len(value) > MAX_CUES:
        raise InvalidRequest(f"The option '{name}' holds at most {MAX_CUES:,} expressions.")
    return tuple(sorted((_cue(name, item) for item in value), key=lambda cue: cue.start_frame))


def _cue(name: str, value: Any) -> ExpressionCue:
    cue = _built(name, value, ExpressionCue)
    start = reader(int)(f"{name}.start_frame", cue.start_frame)
    feeling = reader(str)(f"{name}.expression", cue.expression)
    intensity = reader(float)(f"{name}.intensity", cue.intensity)
    between(f"{name}.start_frame", start, 0, 90_000)
    between(f"{name}.intensity", intensity, 0.0, 1.0)
    if feeling not in EXPRESSIONS:
        raise Unknown.name("expression", feeling, EXPRESSIONS, hint=f"There are: {', '.join(EXPRESSIONS)}.")
    return ExpressionCue(start, feeling, intensity)


def knobs(name: str, value: Any) -> Knobs:
    """The knobs, from an object like {"head": 0.5}."""
    given = _built(name, value, Knobs)
    turned = {}
    for field in fields(Knobs):
        turned[field.name] = reader(float)(f"{name}.{field.name}", getattr(given, field.name))
        between(f"{name}.{field.name}", turned[field.name], 0.0, 2.0)
    return Knobs(**turned)


def numbers(name: str, value: Any) -> tuple[tuple[str, float], ...]:
    """Numbers by name, from an object like {"steps": 20}, in the order of their names."""
    pairs = value.items() if isinstance(value, Mapping) else value
    try:
        given = {str(key): number for key, number in pairs}
    except (TypeError, ValueError) as error:
        raise InvalidRequest(f"The option '{name}' takes an object with numbers, such as {{\"steps\": 20}}.") from error
    return tuple(sorted((key, reader(float)(f"{name}.{key[:40]}", number)) for key, number in given.items()))


def logo(name: str, value: Any) -> Logo | None:
    """The logo, from an object like {"url": "logo.png", "position": [-10, 10]}."""
    if value is None:
        return None
    given = _built(name, value, Logo)
    url = reader(str)(f"{name}.url", given.url)
    if not url.strip():
        raise InvalidRequest(f"The option '{name}.url' is empty. Name the picture to lay over the film.")
    x, y = _pair(f"{name}.position", given.position)
    return Logo(url, (round(x), round(y)))


def face(name: str, value: Any) -> int | tuple[float, float] | None:
    """Which face: None, a number from 0, or a point."""
    if value is None:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        between(name, value, 0, 99)
        return value
    if isinstance(value, Sequence) and not isinstance(value, str):
        return _pair(name, value)
    raise InvalidRequest(f"The option '{name}' takes a number, 0 for the first face, or a point [x, y] in pixels.")


def _pair(name: str, value: Any) -> tuple[float, float]:
    if not isinstance(value, Sequence) or isinstance(value, str) or len(value) != 2:
        raise InvalidRequest(f"The option '{name}' takes two numbers, [x, y].")
    x, y = (reader(float)(name, number) for number in value)
    for number in (x, y):
        between(name, number, -MAX_OFFSET, MAX_OFFSET)
    return x, y


def _built(name: str, value: Any, kind: type) -> Any:
    """The dataclass `kind` from itself or from an object with its fields; values are not looked at yet."""
    if isinstance(value, kind):
        return value
    known = [field.name for field in fields(kind)]
    if not isinstance(value, Mapping):
        raise InvalidRequest(f"The option '{name}' takes an object with {', '.join(known)}.")
    for key in value:
        if key not in known:
            raise Unknown.name(f"field in '{name}'", str(key), known)
    try:
        return kind(**value)
    except TypeError as error:
        raise InvalidRequest(f"The option '{name}' lacks a field: it takes {', '.join(known)}.") from error
