"""Voices by the names of the hosted services: whom of those here a request means, and what of its settings counts."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from talking.errors import Unavailable, Unknown
from talking.speech.choose import best
from talking.speech.delivery import PITCH, PLAIN_STYLES, RATE
from talking.speech.delivery import STYLES as OUR_STYLES
from talking.speech.detect import detect
from talking.speech.edge import BASE_HERTZ, Edge
from talking.speech.espeak import Espeak
from talking.speech.hosted_names import AMAZON, ELEVENLABS, EXPRESSIONS, OPENAI, STYLES
from talking.speech.languages import canonical, name_of, primary
from talking.speech.ssml.values import pitch as read_pitch
from talking.speech.ssml.values import rate as read_rate
from talking.speech.voice import Gender

UNDEFINED = (None, "", "undefined", "null", "NaN", "None")
"""What clients send for a setting that they do not set."""

_ELSEWHERE = "the voices here have no such setting"
_LOCALE = re.compile(r"([a-z]{2,3}-(?:[A-Za-z]{4}-)?[A-Z]{2})-\w", re.ASCII)
_GOOGLE = re.compile(
    r"([a-z]{2,3}-[A-Z]{2})-(?:Wavenet|Standard|Neural2|News|Studio|Polyglot|Casual|Journey|Chirp)\b", re.I
)
_CHINESE = {"yue": "zh-HK", "mandarin": "zh-CN"}
_OURS = ("edge:", "espeak:", "piper:", "kokoro:")


@dataclass(frozen=True)
class HostedVoice:
    """What to ask `talking.speech.synthesize` for: `voice`, `language` (empty: the text tells), `rate`, `pitch` and
    `style` as it takes them. `expression` is the face that goes with the style, and how strong, or None. `notes` say
    who speaks instead of whom; `not_applied` each setting without effect and why, as "voice_config.stability: why".
    """

    voice: str
    language: str = ""
    rate: float = 1.0
    pitch: float = 0.0
    style: str = ""
    expression: tuple[str, float] | None = None
    notes: tuple[str, ...] = ()
    not_applied: tuple[str, ...] = ()


def resolve_hosted(
    provider_type: str | None, voice_id: str | None, voice_config: Mapping[str, Any] | None = None, *, text: str = ""
) -> HostedVoice:
    """The voice here for a voice there. `provider_type` is one of TYPES, "microsoft" when there is none.

    Settings may be missing, empty, undefined or unknown; whatever has no effect is reported. `text` helps to tell
    an accent; without it the language is told when the text is spoken. Asks no network.
    Raises Unknown for a service that does not exist and Unavailable for a language that nobody here speaks.
    """
    kind = (provider_type or "microsoft").strip().casefold()
    if kind not in TYPES:
        raise Unknown.name("voice service", provider_type or "", TYPES, hint=f"They are {', '.join(TYPES)}.")
    config = {str(key): value for key, value in (voice_config or {}).items() if value not in UNDEFINED}
    wish = (voice_id or "").strip()
    wanted, skipped = _language(config)
    found = TYPES[kind](wish if wish not in UNDEFINED else "", wanted, _plain(text))
    if found.language and found.voice in ("auto", "female", "male"):
        _check(found.language)
    return _with_settings(found, config, kind, skipped)


def _microsoft(wish: str, wanted: str, text: str) -> HostedVoice:
    """An id or the name of a person as they are offered here; otherwise somebody of the locale in the id."""
    del text
    if not wish:
        return HostedVoice("auto", wanted)
    if wish.startswith(_OURS):
        return HostedVoice(wish, wanted)
    voice = Edge().find(wish)
    if voice is not None:
        known = voice.id.casefold().endswith(wish.rpartition(":")[2].casefold().removesuffix("neural") + "neural")
        note = f"The voice {wish} is not offered here; {voice.id} speaks instead."
        return HostedVoice(voice.id, wanted, notes=() if known else (note,))
    return _somebody(f"The voice {wish}", "unknown", _of_id(_LOCALE, wish, wanted))


def _elevenlabs(wish: str, wanted: str, text: str) -> HostedVoice:
    """Its voices speak every language: the gender counts, and for English the accent."""
    named = {name.casefold(): voice for voice, (name, _, _) in ELEVENLABS.items()}
    voice = wish or "21m00Tcm4TlvDq8ikWAM"
    voice = named.get(voice.casefold(), voice)
    if voice not in ELEVENLABS:
        return _somebody(f"The elevenlabs voice {voice}", "unknown", wanted)
    name, gender, accent = ELEVENLABS[voice]
    spoken = wanted or (detect(text) if text else "")
    return _somebody(f"The elevenlabs voice {name}", gender, accent if spoken == "en" else wanted)


def _amazon(wish: str, wanted: str, text: str) -> HostedVoice:
    del text
    bare = "".join(sign for sign in unicodedata.normalize("NFD", wish) if not unicodedata.combining(sign))
    known = {name.casefold(): entry for name, entry in AMAZON.items()}
    locale, gender = known.get(bare.casefold(), ("", "unknown"))
    other = bool(wanted and locale) and primary(wanted) != primary(locale)
    found = _somebody(f"The amazon voice {wish}".rstrip(), gender, locale if other or not wanted else wanted)
    if other:
        told = f"voice_config.language: the voice {wish} speaks {name_of(locale)} and not {name_of(wanted)}"
        found = replace(found, not_applied=(told,))
    return found


def _google(wish: str, wanted: str, text: str) -> HostedVoice:
    """The letter at the end of its ids stands for a person, but nowhere for a gender."""
    del text
    voice = wish or "he-IL-Wavenet-A"
    return _somebody(f"The google voice {voice}", "unknown", _of_id(_GOOGLE, voice, wanted))


def _openai(wish: str, wanted: str, text: str) -> HostedVoice:
    """OpenAI's names, and the ids that Microsoft gives to the same voices."""
    person = re.sub(r"(multilingual)?(neural)?(hd)?$", "", wish.rpartition("-")[2].casefold())
    if person not in OPENAI:
        return _microsoft(wish, wanted, text)
    locale = _LOCALE.match(wish)
    language = wanted or (canonical(locale[1]) if locale and "Multilingual" not in wish else "") or ""
    return _somebody(f"The azure-openai voice {person}", OPENAI[person], language)


def _mirako(wish: str, wanted: str, text: str) -> HostedVoice:
    """Its profiles are the private voices of its users; Chinese is read as Cantonese unless told otherwise."""
    language = wanted
    if not wanted and text and primary(detect(text)) == "zh":
        language = "zh-HK"
    return _somebody(f"The mirako voice {wish}".rstrip(), "unknown", language)


TYPES: dict[str, Callable[[str, str, str], HostedVoice]] = {
    "microsoft": _microsoft,
    "elevenlabs": _elevenlabs,
    "amazon": _amazon,
    "google": _google,
    "azure-openai": _openai,
    "mirako": _mirako,
}
"""The services whose names are understood. Each is asked with a voice, a language and the text, any of them empty."""


def _of_id(pattern: re.Pattern[str], wish: str, wanted: str) -> str:
    """The language in an id, or else the wanted one. Raises Unavailable when it is one that nobody here knows."""
    found = pattern.match(wish)
    language = canonical(found[1]) if found else ""
    if language is None and not wanted:
        raise Unavailable(
            f"Nobody here speaks the language of the voice '{wish[:80]}': `talking voices` lists those there are."
        )
    return language or wanted


def _somebody(whose: str, gender: str, language: str) -> HostedVoice:
    """Anybody of this gender and language, and the note that says so."""
    who = f"a {gender} voice" if gender != "unknown" else "a voice"
    of = f"of its language, {name_of(language)}," if language else "of the text's language"
    note = f"{whose} is not here; {who} {of} speaks instead."
    return HostedVoice("auto" if gender == "unknown" else gender, language, notes=(note,))


def _check(language: str) -> None:
    voices = (*Edge().voices(), *Espeak().voices())
    if best(voices, language) is None:
        raise Unavailable(f"Nobody here speaks {name_of(language)}: `talking voices` lists the languages there are.")


def _language(config: dict[str, Any]) -> tuple[str, list[str]]:
    """The language that the settings name, and what is wrong with them."""
    told = str(config.pop("language", "") or "")
    dialect = str(config.pop("chinese_language", "")).casefold()
    tag = canonical(told) or canonical(told.partition("(")[0]) or "" if told else _CHINESE.get(dialect, "")
    return tag, [f"voice_config.language: there is no language '{told[:40]}'"] if told and not tag else []


def _with_settings(found: HostedVoice, config: dict[str, Any], kind: str, skipped: list[str]) -> HostedVoice:
    """The voice with speed, pitch and style as far as they are understood; the rest is told."""
    faults = [*found.not_applied, *skipped]
    rate, pitch, style = 1.0, 0.0, ""
    for key, value in config.items():
        if key == "rate":
            rate = _number(key, value, 1.0, RATE, read_rate, faults)
        elif key == "pitch" and kind != "elevenlabs":
            pitch = _number(key, value, 0.0, PITCH, lambda text: _semitones(text, found), faults)
        elif key == "style" and kind != "elevenlabs":
            style = _style(value, faults)
        else:
            faults.append(f"voice_config.{key}: {_ELSEWHERE}")
    return replace(
        found, rate=rate, pitch=pitch, style=style, expression=EXPRESSIONS.get(style), not_applied=tuple(faults)
    )


def _number(
    key: str, value: Any, plain: float, span: tuple[float, float], read: Callable[[str], float], faults: list[str]
) -> float:
    """A setting as a number within `span`; `plain` when it cannot be read. Both are told."""
    try:
        wanted = read(str(value))
    except ValueError:
        faults.append(f"voice_config.{key}: '{str(value)[:40]}' is not a {key}")
        return plain
    taken = min(max(wanted, span[0]), span[1])
    if not math.isclose(taken, wanted):
        faults.append(f"voice_config.{key}: '{str(value)[:40]}' was taken as {taken:g}, the most that these voices do")
    return taken


def _semitones(value: str, found: HostedVoice) -> float:
    """Semitones for a pitch; hertz count from the usual pitch of the voice's gender."""
    semitones, more, hertz = read_pitch(value)
    if not more and not hertz:
        return semitones
    voice = Edge().find(found.voice)
    gender: Gender = voice.gender if voice else "male" if found.voice == "male" else "female"
    base = BASE_HERTZ[gender]
    return 12 * math.log2(max((hertz or base + more) / base, 0.1))


def _style(value: Any, faults: list[str]) -> str:
    name = re.sub(r"[\s_]+", "-", str(value).strip().casefold())
    if name in PLAIN_STYLES:
        return ""
    known: Iterable[str] = (name, STYLES.get(name, ""), name.replace("-", ""))
    style = next((item for item in known if item in OUR_STYLES), "")
    if not style:
        faults.append(f"voice_config.style: the voices here have no style '{str(value)[:40]}'")
    return style


def _plain(text: str) -> str:
    return re.sub(r"<[^>]{0,2000}>", " ", text)
