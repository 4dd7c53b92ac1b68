"""The words of a request as speech, with the mouth shapes they call for."""

from __future__ import annotations

from dataclasses import dataclass, replace

from talking import speech as voices
from talking.articulation import Articulation, articulate
from talking.errors import BadScript, InvalidRequest
from talking.media import audio as sound
from talking.media.denoise import reduce_noise
from talking.media.loudness import Loudness, normalise
from talking.media.padding import with_room, with_silence
from talking.media.source import Source
from talking.pipeline.limits import Limits
from talking.request import Options
from talking.types import Speech

LEAD_IN, LEAD_OUT = 0.2, 0.35
"""Seconds of silence around a text that is spoken: the film opens and closes with the lips at rest."""

SPEECH_CACHE = "speech"


@dataclass(frozen=True)
class Script:
    """`articulation` of the speech; `original` the sound as it came, `sound` as it will be heard; `voice` that spoke
    it, empty for a recording; `loudness` before and after when it was set.
    """

    articulation: Articulation
    original: Speech
    sound: Speech
    voice: str
    loudness: Loudness | None = None


def check_words(text: str | None, audio: Source | None, voice: str, options: Options) -> None:
    """Refuse early what cannot be spoken: before a face is looked for or a service is asked."""
    if (text is None) == (audio is None):
        raise InvalidRequest("Give either a text or an audio file to speak, and not both.")
    if not isinstance(voice, str) or not isinstance(text, (str, type(None))):
        raise InvalidRequest("The text and the name of the voice are given as text.")
    if options.language:
        voices.check_language(options.language)
    if text is None:
        _refuse_voice_options(voice, options)
        return
    if options.transcript:
        raise InvalidRequest("A transcript belongs to an audio file; with a text to speak there is none.")
    if options.reduce_noise:
        raise InvalidRequest("Noise is taken out of audio files; a voice that speaks a text has none.")
    voices.check_text(text, ssml=options.ssml)


def read(text: str | None, audio: Source | None, voice: str, options: Options, limits: Limits) -> Script:
    """The speech of a request and its mouth shapes; refused when it is too long."""
    if text is not None:
        heard, spoken_by = _spoken(text, voice, options, limits)
    else:
        assert audio is not None
        heard, spoken_by = _recorded(audio, options, limits), ""
    known = articulate(heard)
    if options.loudness is None:
        return Script(known, known.speech, known.speech, spoken_by)
    louder, loudness = normalise(known.speech, options.loudness)
    return Script(replace(known, speech=louder), known.speech, louder, spoken_by, loudness)


def _spoken(text: str, voice: str, options: Options, limits: Limits) -> tuple[Speech, str]:
    spoken = voices.synthesize(
        text, voice=voice, language=options.language or None, rate=options.rate, pitch=options.pitch,
        style=options.style or None, ssml=options.ssml, cache=limits.cache and limits.cache / SPEECH_CACHE,
        folder=limits.voices, max_seconds=limits.max_seconds,
    )  # fmt: skip
    heard = replace(spoken.speech, notes=(*spoken.speech.notes, *spoken.notes))
    heard = with_silence(with_room(heard, before=LEAD_IN, after=LEAD_OUT), after=options.pad_audio)
    if heard.duration > limits.max_seconds:
        raise BadScript(
            f"The text takes {heard.duration / 60:.1f} minutes to speak and "
            f"{limits.max_seconds / 60:.1f} are allowed: split it."
        )
    return heard, spoken.voice.id


def _recorded(audio: Source, options: Options, limits: Limits) -> Speech:
    source = limits.opened(audio, "sound")
    seconds = max(0.1, limits.max_seconds - options.pad_audio)
    recording = sound.load(source, max_bytes=limits.max_bytes, max_seconds=seconds)
    if options.reduce_noise:
        recording = reduce_noise(recording)
    recording = with_silence(recording, after=options.pad_audio)
    return replace(recording, text=options.transcript, language=options.language)


def _refuse_voice_options(voice: str, options: Options) -> None:
    """A recording has its own voice: what would change it cannot be honoured, so it is refused by name."""
    given = {
        "voice": voice not in ("", "auto"),
        "rate": options.rate != 1.0,
        "pitch": options.pitch != 0.0,
        "style": bool(options.style),
        "ssml": options.ssml,
    }
    named = [name for name, is_given in given.items() if is_given]
    if named:
        raise InvalidRequest(
            f"An audio file speaks with its own voice: leave out {' and '.join(named)}, or give a text."
        )
