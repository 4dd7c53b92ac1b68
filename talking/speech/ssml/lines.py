"""The parts of a script as lines for one voice each: what is sent to it, what captions show, and where tones change."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from talking.errors import BadScript
from talking.speech.choose import Choice
from talking.speech.delivery import PITCH, RATE, STYLES
from talking.speech.espeak_ipa import mnemonics
from talking.speech.ssml.casting import Cast, Wish
from talking.speech.ssml.parts import Anchor, Bleep, Border, Manner, Pause, Script, Words
from talking.speech.ssml.say_as import say_as
from talking.speech.voice import SOUNDS, Gender

MAX_LINES = 400
"""Requests to voices for one script: a service takes up to a second for each."""

_HERTZ: dict[Gender, float] = {"female": 200.0, "male": 115.0, "unknown": 150.0}
"""Usual speaking pitch, for changes that are given in hertz."""

_FINAL = ".!?…。！？।؟"
_MIDDLE = ",;:、，；："
_CLOSING = "\"'”’»)]）」』 \n"


@dataclass(frozen=True)
class Tone:
    """`rate` a factor, `pitch` in semitones, `gain` in dB, all as the voice shall have them in the end."""

    rate: float
    pitch: float
    gain: float


@dataclass(frozen=True)
class Run:
    """`start` and `end` in the characters of the line's text; `written` what captions show for them when `replaced`."""

    start: int
    end: int
    written: str
    replaced: bool
    tone: Tone


@dataclass(frozen=True)
class Line:
    """`text` for one voice, cut into `runs`; `anchors` by their place in the text; `written` without markup.

    `style` is one that the voice acts, or None; `ending` "paragraph", "sentence", "comma" or "" when it goes on.
    """

    text: str
    runs: tuple[Run, ...]
    choice: Choice
    style: str | None
    written: str
    anchors: tuple[tuple[int, Anchor], ...] = ()
    ending: str = ""

    @property
    def tone(self) -> Tone:
        """The tone of most of the text."""
        share: dict[Tone, int] = {}
        for run in self.runs:
            share[run.tone] = share.get(run.tone, 0) + run.end - run.start
        return max(share, key=lambda tone: share[tone])


@dataclass(frozen=True)
class Rest:
    """Exactly so many `seconds` of silence, with the `anchors` that stand before it."""

    seconds: float
    anchors: tuple[Anchor, ...] = ()


Item: TypeAlias = Line | Rest | Bleep


def compose(script: Script, cast: Cast, wish: Wish) -> tuple[list[Item], list[str]]:
    """The items of a script in order, and notes on what is not done as asked."""
    composer = _Composer(cast, wish)
    for part in script.parts:
        if isinstance(part, Words):
            composer.words(part)
        elif isinstance(part, Border):
            composer.border = "paragraph" if "paragraph" in (part.kind, composer.border) else part.kind
        elif isinstance(part, Anchor):
            composer.anchor(part)
        else:
            composer.close("")
            composer.other(Rest(part.seconds) if isinstance(part, Pause) else part)
    composer.close("")
    composer.other(Rest(0.0))
    lines = sum(isinstance(item, Line) for item in composer.items)
    if lines > MAX_LINES:
        raise BadScript(f"The SSML changes between voices, tones and pauses {lines:,} times: at most {MAX_LINES} do.")
    return composer.items, list(composer.notes)


def split(line: Line) -> Iterator[Line]:
    """The line as one for each tone, for a voice that does not tell when it says which word."""
    first = 0
    for index, run in enumerate(line.runs):
        following = line.runs[index + 1] if index + 1 < len(line.runs) else None
        if following and following.tone == run.tone:
            continue
        runs = line.runs[first : index + 1]
        start = runs[0].start
        start += len(line.text[start:]) - len(line.text[start:].lstrip())
        end = max(start, len(line.text[: runs[-1].end].rstrip()))
        first = index + 1
        if not any(letter.isalnum() for letter in line.text[start:end]):
            continue
        yield replace(
            line,
            text=line.text[start:end],
            runs=tuple(
                replace(item, start=max(0, item.start - start), end=min(item.end, end) - start) for item in runs
            ),
            anchors=tuple(
                (place - start, anchor) for place, anchor in line.anchors if start <= place < end or not following
            ),
            ending="" if following else line.ending,
        )


@dataclass
class _Draft:
    """A line that is still being written."""

    choice: Choice
    style: str | None
    text: str = ""
    written: str = ""
    runs: list[Run] = field(default_factory=list)
    anchors: list[tuple[int, Anchor]] = field(default_factory=list)


class _Composer:
    def __init__(self, cast: Cast, wish: Wish) -> None:
        self.items: list[Item] = []
        self.notes: dict[str, None] = {}
        self.border = ""
        self._cast = cast
        self._wish = wish
        self._draft: _Draft | None = None
        self._waiting: list[Anchor] = []

    def words(self, part: Words) -> None:
        if not part.written.strip() and part.reading is None:
            self._blank()
            return
        choice = self._cast.of(part.manner)
        tone, style = self._delivery(part.manner, choice)
        self._continue_or_close(part, choice, tone, style)
        draft = self._draft = self._draft or _Draft(choice, style)
        draft.anchors += [(len(draft.text), anchor) for anchor in self._waiting]
        self._waiting = []
        spoken = self._reading(part, choice)
        after_figure = bool(draft.runs) and draft.runs[-1].replaced
        glued = draft.text[-1:].isalnum() and spoken[:1].isalnum()
        if glued and (part.reading is not None or after_figure):
            draft.text += " "
        if not draft.text or draft.text[-1].isspace():
            spoken = spoken.lstrip()
        start = len(draft.text)
        draft.text += spoken
        draft.written += part.written
        if spoken:
            replaced = part.reading is not None and spoken != part.written
            draft.runs.append(Run(start, len(draft.text), part.written.strip(), replaced, tone))

    def anchor(self, anchor: Anchor) -> None:
        if self._draft is not None:
            self._draft.anchors.append((len(self._draft.text), anchor))
        else:
            self._waiting.append(anchor)

    def other(self, item: Rest | Bleep) -> None:
        """A pause or a tone, with the anchors that wait before it."""
        if self._waiting:
            self.items.append(Rest(0.0, tuple(self._waiting)))
            self._waiting = []
        if isinstance(item, Bleep) or item.seconds > 0:
            self.items.append(item)
            self.border = ""

    def close(self, ending: str) -> None:
        """The line ends here; one without a letter is not worth a voice, but its signs belong to the one before."""
        draft, self._draft = self._draft, None
        if draft is None:
            return
        text = draft.text.rstrip()
        if not any(letter.isalnum() for letter in text):
            self._waiting += [anchor for _, anchor in draft.anchors]
            for index, item in reversed(list(enumerate(self.items))):
                if not isinstance(item, Rest):
                    self.items[index] = replace(item, written=item.written + draft.written.rstrip())
                    break
            return
        runs = tuple(replace(run, end=min(run.end, len(text))) for run in draft.runs if run.start < len(text))
        anchors = tuple((min(place, len(text)), anchor) for place, anchor in draft.anchors)
        written = " ".join(draft.written.split())
        self.items.append(Line(text, runs, draft.choice, draft.style, written, anchors, ending or _ending(text)))

    def _continue_or_close(self, part: Words, choice: Choice, tone: Tone, style: str | None) -> None:
        """Go on with the open line where one breath could say both; else end it."""
        draft, border = self._draft, self.border
        self.border = ""
        if draft is None or not draft.runs:
            return
        same_voice = draft.choice.voice == choice.voice and draft.style == style
        finished = border or _ending(draft.text) == "sentence"
        if same_voice and (not finished or draft.runs[-1].tone == tone):
            if border:
                draft.text = _ended(draft.text.rstrip(), border, part)
                draft.written = draft.written.rstrip() + " "
            return
        moving = [a for place, a in draft.anchors if place == len(draft.text) and a.kind != "close"]
        draft.anchors = [(p, a) for p, a in draft.anchors if not (p == len(draft.text) and a.kind != "close")]
        self.close(border)
        self._waiting = moving + self._waiting

    def _blank(self) -> None:
        draft = self._draft
        if draft and draft.text and not draft.text[-1].isspace():
            draft.text += " "
        if draft:
            draft.written += " "

    def _delivery(self, manner: Manner, choice: Choice) -> tuple[Tone, str | None]:
        """The tone of some words, and a style that is left for the voice to act."""
        name = (manner.style or self._wish.style or "").strip().casefold()
        acted = {style.casefold(): style for style in choice.voice.styles}.get(name)
        factor, semitones = STYLES.get(name, (1.0, 0.0)) if acted is None else (1.0, 0.0)
        rate = self._wish.rate * manner.rate * (1 + (factor - 1) * manner.degree)
        pitch = self._wish.pitch + manner.pitch + semitones * manner.degree
        if manner.tone or manner.hertz:
            usual = _HERTZ[choice.voice.gender]
            hertz = (manner.tone or usual) * 2 ** (pitch / 12) + manner.hertz
            pitch = 12 * math.log2(max(hertz, 20.0) / usual)
        if manner.style and (factor, semitones) != (1.0, 0.0):
            self._note(f"The style '{name}' was applied as speed and pitch.")
        if acted is not None and manner.degree != 1.0:
            self._note(f"The voice acts the style '{acted}' at its own degree, not at {manner.degree:g}.")
        tone = Tone(_clamp(rate, RATE), _clamp(pitch, PITCH), manner.gain)
        if abs(tone.rate - rate) > 1e-6 or abs(tone.pitch - pitch) > 1e-6:
            self._note("Speed and pitch were limited to 0.5 to 2 times and 7 semitones.")
        return Tone(round(tone.rate, 4), round(tone.pitch, 3), round(tone.gain, 2)), acted

    def _reading(self, part: Words, choice: Choice) -> str:
        """What the voice gets for the words."""
        reading = part.reading
        if reading is None:
            return part.written
        if reading.kind == "alias":
            return reading.value
        if reading.kind == "phoneme":
            if choice.voice.phonetic and mnemonics(reading.value, choice.voice.language) is not None:
                return SOUNDS[0] + reading.value + SOUNDS[1]
            if choice.voice.phonetic:
                self._note(f"The sounds '{reading.value[:30]}' are unknown, so those words were spoken as written.")
                return part.written
            self._note(f"The voice {choice.voice.name} takes no phonemes: those words were spoken as written.")
            return part.written
        language = part.manner.language or choice.voice.language
        said = say_as(part.written, reading.value, reading.format, language)
        if said is None:
            what = " ".join(part.written.split())[:30]
            self._note(f"'{what}' was spoken as written, not as '{reading.value[:30]}'.")
        return said if said is not None else part.written

    def _note(self, note: str) -> None:
        self.notes[note] = None


def _ended(text: str, border: str, following: Words) -> str:
    """`text` with what makes a voice pause before the `following` words."""
    if border == "paragraph":
        return f"{text}\n\n"
    finished = _ending(text) == "sentence"
    if following.written.lstrip()[:1].islower():  # after a full stop this would pass for an abbreviation
        return f"{text}\n\n" if finished else f"{text}; "
    return f"{text} " if finished else f"{text}. "


def _ending(text: str) -> str:
    """ "sentence", "comma" or "", by the last sign of a text."""
    last = text.rstrip(_CLOSING)[-1:]
    return "sentence" if last and last in _FINAL else "comma" if last and last in _MIDDLE else ""


def _clamp(value: float, span: tuple[float, float]) -> float:
    return min(max(value, span[0]), span[1])
