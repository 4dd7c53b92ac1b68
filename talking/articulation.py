"""Which mouth shapes a speech calls for: from its phoneme marks, from its words, or by ear."""

from __future__ import annotations

from dataclasses import dataclass, replace

from talking import speech as voices
from talking.errors import BadScript, Unavailable
from talking.motion import listen
from talking.motion.align import align
from talking.motion.phonemes import Segment, visemes
from talking.types import Floats, Speech


@dataclass(frozen=True)
class Articulation:
    """`speech` with all the marks that are known now; `segments` its visemes in time order; `posteriors` float32
    (M, 15) at 50 Hz when the shapes were heard and not known, else None; `known_from` "phonemes", "text" or "sound".
    """

    speech: Speech
    segments: list[Segment]
    posteriors: Floats | None
    known_from: str


def articulate(speech: Speech, posteriors: Floats | None = None) -> Articulation:
    """The mouth shapes of `speech`, by the surest way there is. `posteriors` of `listen` save listening once more.

    Phoneme marks are taken as they are. Words (`speech.text`) are spelled out by the built-in voice and laid over
    the sound. Sound alone, and words that cannot be spelled or do not fit, are left to the ear; the latter is noted
    in `speech.notes`. Raises Unknown for a language that does not exist.
    """
    if speech.of_kind("phone"):
        return Articulation(speech, visemes(speech.marks), None, "phonemes")
    if posteriors is None:
        posteriors = listen.posteriors(speech)
    if not speech.text:
        return Articulation(speech, listen.segments(posteriors), posteriors, "sound")
    try:
        spelled = speech.spelled or voices.spell(speech.text, language=speech.language)
        marks = align(posteriors, spelled, words=speech.of_kind("word"))
        reason = "" if marks else "they do not fit what is heard"
    except (BadScript, Unavailable) as error:
        marks, reason = (), str(error)
    if not marks:
        note = f"The words could not be laid over the sound, which was followed by ear instead: {reason.rstrip('.')}."
        by_ear = replace(speech, notes=(*speech.notes, note))
        return Articulation(by_ear, listen.segments(posteriors), posteriors, "sound")
    # What the script marks stays where it is: alignment is about words and phones only.
    others = [mark for mark in speech.marks if mark.kind in ("event", "stress")]
    everything = tuple(sorted([*others, *marks], key=lambda mark: mark.start))
    return Articulation(replace(speech, marks=everything), visemes(marks), None, "text")
