"""How something is said: speed, pitch, and styles as what they do to both."""

from __future__ import annotations

from dataclasses import dataclass

from talking.errors import InvalidRequest, Unknown

RATE = (0.5, 2.0)
"""Slowest and fastest, as factors of a voice's normal speed; both providers keep them exactly."""

PITCH = (-7.0, 7.0)
"""Lowest and highest, in semitones: what espeak-ng's pitch control spans on its default voices."""

STYLES: dict[str, tuple[float, float]] = {
    "angry": (1.08, 1.0),
    "assistant": (1.0, 0.5),
    "calm": (0.92, -0.5),
    "chat": (1.04, 0.5),
    "cheerful": (1.06, 1.5),
    "customerservice": (1.0, 0.5),
    "empathetic": (0.94, -0.5),
    "excited": (1.12, 2.0),
    "fearful": (1.1, 1.5),
    "friendly": (1.02, 0.8),
    "gentle": (0.93, 0.3),
    "happy": (1.06, 1.5),
    "hopeful": (1.0, 1.0),
    "lyrical": (0.9, 0.5),
    "newscast": (1.05, -0.3),
    "sad": (0.88, -1.5),
    "serious": (0.95, -1.0),
    "shouting": (1.05, 3.0),
    "terrified": (1.15, 2.5),
    "unfriendly": (0.98, -0.8),
    "whispering": (0.9, -1.0),
}
"""Style -> (factor on the rate, semitones). Chosen by us: emotional speech in these directions, kept small."""

PLAIN_STYLES = ("default", "neutral", "general", "none")


@dataclass(frozen=True)
class Delivery:
    """`rate` a factor, `pitch` in semitones, `style` left for the provider to act, `notes` on what was applied."""

    rate: float
    pitch: float
    style: str | None = None
    notes: tuple[str, ...] = ()


def delivery(rate: float, pitch: float, style: str | None, *, acted: tuple[str, ...] = ()) -> Delivery:
    """Rate, pitch and style as the provider gets them; styles other than the `acted` ones become rate and pitch.

    Raises InvalidRequest for a rate or pitch out of range and Unknown for a style that nobody knows.
    """
    if not RATE[0] <= rate <= RATE[1]:
        raise InvalidRequest(f"The rate must lie between {RATE[0]:g} and {RATE[1]:g} (1 is normal), not {rate:g}.")
    if not PITCH[0] <= pitch <= PITCH[1]:
        raise InvalidRequest(f"The pitch must lie between {PITCH[0]:g} and {PITCH[1]:g} semitones, not {pitch:g}.")
    name = (style or "").strip().casefold()
    if not name or name in PLAIN_STYLES:
        return Delivery(rate, pitch)
    native = {item.casefold(): item for item in acted}
    if name in native:
        return Delivery(rate, pitch, native[name], (f"The voice acts the style '{native[name]}'.",))
    if name not in STYLES:
        raise Unknown.name("style", style or "", [*STYLES, *acted], hint=f"Styles are {', '.join(STYLES)}.")
    factor, semitones = STYLES[name]
    applied = Delivery(_clamp(rate * factor, RATE), _clamp(pitch + semitones, PITCH))
    return Delivery(applied.rate, applied.pitch, None, (_note(name, applied.rate / rate, applied.pitch - pitch),))


def _clamp(value: float, span: tuple[float, float]) -> float:
    return min(max(value, span[0]), span[1])


def _note(name: str, factor: float, semitones: float) -> str:
    percent = round(abs(factor - 1) * 100)
    speed = f"{percent} % {'faster' if factor > 1 else 'slower'}" if percent else "the normal speed"
    tone = f"{abs(semitones):.1f} semitones {'higher' if semitones > 0 else 'lower'}"
    return f"The style '{name}' was applied as {speed} and {tone}."
