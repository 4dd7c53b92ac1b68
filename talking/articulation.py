"""Which mouth shapes a speech calls for: from its phoneme marks, from its words, or by ear."""

from __future__ import annotations

from dataclasses import dataclass, replace

from talking import speech as voices
from talking.errors import TalkingError
from talking.motion import align, listen
from talking.motion.phonemes import Segment, visemes
from talking.types import Floats, Mark, Speech


@dataclass(frozen=True)
class Articulation:
    """`speech` with all the marks that are known now; `segments` its visemes in time order; `posteriors` float32
    (M, 15) at 50 Hz when the shapes were heard and not known, else None; `known_from` "phonemes", "text" or "sound".
    """

    speech: Speech
    segments: list[Segment]
    posteriors: Floats | None
    known_from: str


def articulate(speech: Speech) -> Articulation:
    """The mouth shapes of `speech`, by the surest way there is.

    Phoneme marks are taken as they are. Words (`speech.text`) are spelled out by the built-in voice and laid over
    the sound; words that no voice can spell, and sound alone, are left to the ear.
    """
    if speech.of_kind("phone"):
        return Articulation(speech, visemes(speech.marks), None, "phonemes")
    posteriors = listen.posteriors(speech)
    if speech.text:
        marks = _laid_over(speech, posteriors)
        if marks:
            return Articulation(replace(speech, marks=marks), visemes(marks), None, "text")
    return Articulation(speech, listen.segments(posteriors), posteriors, "sound")


def _laid_over(speech: Speech, posteriors: Floats) -> tuple[Mark, ...]:
    """Word and phone marks of the text on the sound; empty when the text cannot be spelled or does not fit."""
    try:
        spelled = voices.spell(speech.text, language=speech.language)
    except TalkingError:
        return ()
    return align.align(posteriors, spelled, words=speech.of_kind("word"))
