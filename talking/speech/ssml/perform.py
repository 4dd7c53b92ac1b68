"""A script from markup to speech: read, cast, spoken line by line and joined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from talking.errors import BadScript, TalkingError
from talking.speech.choose import best
from talking.speech.delivery import delivery
from talking.speech.ladder import Manner, Spoken, say
from talking.speech.languages import primary
from talking.speech.ssml.casting import Cast, Wish
from talking.speech.ssml.join import Scene, join
from talking.speech.ssml.lines import Item, Line, Rest, compose
from talking.speech.ssml.parts import Anchor, Bleep, Pause, Script
from talking.speech.ssml.read import MAX_SECONDS, read_script, too_long
from talking.speech.ssml.takes import Take, take, written_marks
from talking.speech.voice import CACHED, Provider, Voice
from talking.types import Mark

NOBODY = Voice("", "Nobody", "", "unknown", "")
"""Who speaks a script of pauses alone."""

_CLOSING = ",.;:!?…)]}”’»"
"""Signs that no blank stands before."""

MIN_SECONDS = 0.04
"""One frame of film."""


def perform(
    markup: str, wish: Wish, providers: Mapping[str, Provider], *, fallback: bool, max_seconds: float = MAX_SECONDS
) -> Spoken:
    """The SSML document or fragment as speech of at most `max_seconds`.

    The voice of the result is the one with the most words. Raises what reading, choosing and speaking raise.
    """
    script = read_script(markup, max_seconds)
    if not script.has_words:
        return _silent(script)
    cast = Cast(script, wish, providers)
    styled = delivery(wish.rate, wish.pitch, wish.style, acted=cast.lead.voice.styles if wish.style else ())
    items, remarks = compose(script, cast, wish)
    if not any(isinstance(item, Line) for item in items):
        return _silent(script)
    takes, spoken = _speak(items, providers, fallback=fallback, max_seconds=max_seconds)
    speech = join(takes)
    if speech.duration > max_seconds:
        raise too_long(speech.duration, max_seconds)
    voice = _main_voice(spoken)
    speech = replace(
        speech,
        text=_text(items),
        language=voice.language,
        spelled=() if speech.of_kind("phone") else _spelled(takes, providers),
    )
    said = [note for one in spoken for note in one.notes if note != CACHED]
    cached = [CACHED] if spoken and all(CACHED in one.notes + one.speech.notes for one in spoken) else []
    chosen = [note for one in _takes(takes) for note in one.line.choice.notes]
    notes = [*script.notes, *chosen, *styled.notes, *cast.overruled(), *cast.notes, *remarks, *said, *cached]
    return Spoken(speech, voice, tuple(dict.fromkeys(notes)))


def _speak(
    items: Sequence[Item], providers: Mapping[str, Provider], *, fallback: bool, max_seconds: float
) -> tuple[list[Scene], list[Spoken]]:
    """Every line spoken, once more from the beginning when a voice was lost on the way, so that one voice says all."""
    lost: set[str] = set()
    for _ in range(3):
        scenes: list[Scene] = []
        spoken: list[Spoken] = []
        clock = 0.0
        for item in items:
            if not isinstance(item, Line):
                scenes.append(item)
                clock += item.seconds
                continue
            for one, answer in take(item, lambda line, how: _by(line, how, providers, fallback=fallback)):
                scenes.append(one)
                spoken.append(answer)
                clock += one.speech.duration
            if clock > max_seconds + 60:
                raise too_long(clock, max_seconds)
        wanted = {
            (scene.line.choice.voice.id, answer.voice.id) for scene, answer in zip(_takes(scenes), spoken, strict=True)
        }
        torn = {asked for asked, got in wanted if asked != got and (asked, asked) in wanted} - lost
        if not torn:
            break
        lost |= torn
    return scenes, spoken


def _takes(scenes: Sequence[Scene]) -> list[Take]:
    return [scene for scene in scenes if isinstance(scene, Take)]


def _by(line: Line, how: Manner, providers: Mapping[str, Provider], *, fallback: bool) -> Spoken:
    choice = replace(line.choice, notes=())
    try:
        return say(line.text, choice, how, providers, fallback=fallback)
    except BadScript as error:
        raise BadScript(f"'{line.written[:40]}' cannot be spoken. {error}") from error


def _silent(script: Script) -> Spoken:
    """Pauses, tones and what is marked between them, without a voice."""
    scenes: list[Scene] = []
    for part in script.parts:
        if isinstance(part, Anchor):
            scenes.append(Rest(0.0, (part,)))
        elif isinstance(part, (Pause, Bleep)):
            scenes.append(Rest(part.seconds) if isinstance(part, Pause) else part)
    speech = join(scenes)
    if speech.duration < MIN_SECONDS:
        raise BadScript(
            "The SSML has no words, and its pauses are shorter than one frame of the film: make them longer."
        )
    return Spoken(speech, NOBODY, script.notes)


def _main_voice(spoken: Sequence[Spoken]) -> Voice:
    length: dict[str, float] = {}
    for one in spoken:
        length[one.voice.id] = length.get(one.voice.id, 0.0) + one.speech.duration
    longest = max(length, key=lambda name: length[name])
    return next(one.voice for one in spoken if one.voice.id == longest)


def _text(items: Sequence[Item]) -> str:
    text = ""
    for item in items:
        if isinstance(item, (Line, Bleep)):
            text += item.written if not text or item.written[:1] in _CLOSING else f" {item.written}"
    return text


def _spelled(scenes: Sequence[Scene], providers: Mapping[str, Provider]) -> tuple[Mark, ...]:
    """The words and phones of every line as the built-in voice of its language says them, one after the other.

    Empty when that would be what the text itself tells, or when a line cannot be spelled.
    """
    takes = _takes(scenes)
    languages = {primary(one.speech.language) for one in takes}
    if len(languages) == 1 and not any(run.replaced for one in takes for run in one.line.runs):
        return ()
    marks: list[Mark] = []
    clock = 0.0
    for one in takes:
        speller = providers.get("espeak")
        voice = best(speller.voices(), one.speech.language) if speller else None
        if speller is None or voice is None:
            return ()
        try:
            speech = speller.synthesize(one.line.text, voice, rate=1.0, pitch=0.0, style=None)
        except TalkingError:
            return ()
        found = [*written_marks(one.line, speech.of_kind("word")), *speech.of_kind("phone")]
        found.sort(key=lambda mark: (mark.start, mark.kind == "phone"))
        marks += [replace(mark, start=mark.start + clock, end=mark.end + clock) for mark in found]
        clock += speech.duration
    return tuple(marks)
