"""The embedded voices: espeak-ng out of a wheel, one worker process per utterance, phoneme and word marks."""

from __future__ import annotations

import json
import logging
import re
import struct
import subprocess
from collections.abc import Sequence
from functools import lru_cache
from importlib import metadata
from pathlib import Path
from typing import Any

import numpy as np

from talking.errors import BadScript, ProviderDown, Unavailable
from talking.media.audio import normalise
from talking.speech import espeak_process
from talking.speech.espeak_ipa import LANGUAGES, mnemonics
from talking.speech.espeak_marks import Event, marks
from talking.speech.languages import canonical, match, primary
from talking.speech.voice import SOUNDS, Gender, Voice
from talking.types import Floats, Speech

logger = logging.getLogger(__name__)

WORDS_PER_MINUTE = 160
"""Normal speed. espeak-ng's own 175 sounds hurried."""

VARIANTS: dict[Gender, str] = {"female": "f5", "male": "adam"}
"""The variants whose speech a recogniser trained on people understands best: 0.71 and 0.53 of the sounds,
against 0.43 for the bare voice."""

_MUTE = ("fo", "kaa", "xex")
"""Listed by the wheel without their dictionaries (Faroese, Karakalpak), and a language for espeak-ng's own tests."""

MAX_SECONDS = 3600
"""Longest speech. The worker stops there."""

_SEMITONES = (-7.06, -5.93, -3.77, -1.72, 0.0, 1.74, 4.34, 7.17, 8.85)
_PITCH_VALUES = (0, 10, 25, 40, 50, 60, 75, 90, 99)
"""Semitones and espeak-ng's pitch values for them, from the fundamental measured on `en-us+f2`."""

_SOUNDS = re.compile(f"{SOUNDS[0]}([^{SOUNDS[1]}]*){SOUNDS[1]}")
_KANJI = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u3005]")
_SWITCHES = re.compile(r"\([a-z^-]+\)")
"""Notes such as "(en)" around words that are read by another language's rules."""

_HEADER = struct.Struct("<cI")
_WORKER = Path(__file__).with_name("espeak_worker.py")
_TAGS = {
    "ca-ba": "ca-x-balear",
    "ca-nw": "ca-x-nw",
    "ca-va": "ca-valencia",
    "cmn": "zh-CN",
    "es": "es-ES",
    "pt": "pt-PT",
    "ru-cl": "ru-x-classic",
}
"""BCP 47 tags of the codes that are none, or that leave out their region."""


class Espeak:
    """The provider "espeak". Safe to use from several threads at once: each utterance has its own process."""

    network = False

    def voices(self) -> tuple[Voice, ...]:
        return tuple(
            _voice(code, name, language, variant, gender)
            for code, (name, language, _) in _languages().items()
            for gender, variant in VARIANTS.items()
        )

    def refresh(self) -> None:
        """Nothing to ask: the voices come with the wheel."""

    def reachable(self) -> bool:
        return True

    def trouble(self) -> str:
        return ""

    def version(self, voice: Voice) -> str:
        del voice
        return metadata.version("espeakng-loader")

    def find(self, name: str) -> Voice | None:
        """The voice for "espeak:CODE", "espeak:CODE+VARIANT" or the same without the prefix and with a variant.

        CODE is espeak-ng's own or any language tag it speaks; variants are the library's, such as "f2" or "Annie".
        """
        code, plus, variant = name.removeprefix("espeak:").partition("+")
        if not name.startswith("espeak:") and not plus:
            return None
        languages = _languages()
        code = code.casefold()
        if code not in languages:
            wanted = canonical(code)
            tags = {item: language for item, (_, language, _) in languages.items()}
            near = match(wanted, tags.values()) if wanted else None
            if near is None:
                return None
            code = next(item for item, language in tags.items() if language == near)
        variants = {item.name.casefold(): item.name for item in _variant_folder().iterdir()}
        chosen = variants.get(variant.casefold()) if plus else VARIANTS["female"]
        if chosen is None:
            return None
        label, language, _ = languages[code]
        return _voice(code, label, language, chosen, _gender_of(chosen))

    def phonemes(self, texts: Sequence[str], voice: Voice) -> list[str]:
        """The IPA of each text as a voice of this provider reads it: stress before its syllable, "^" between the parts
        of one sound, blanks between words. Raises ProviderDown when the worker fails twice.
        """
        code, _, variant = voice.id.removeprefix("espeak:").partition("+")
        request = {"voice": f"{_languages()[code][2]}+{variant}", "phonemes": list(texts)}
        _, answer = _ask(request, patience=20 + sum(map(len, texts)) / 400)
        return [_SWITCHES.sub("", said) for said in answer["phonemes"]]

    def synthesize(self, text: str, voice: Voice, *, rate: float, pitch: float, style: str | None) -> Speech:
        """Speak `text`; float32 at 22,050 Hz, phone and word marks. The same request gives the same bytes.

        `style` is ignored: these voices act none. Raises BadScript for text that the voice has no sounds for,
        Unavailable for Japanese that is not in kana and ProviderDown when the worker fails twice.
        """
        del style
        if voice.language.startswith("ja") and _KANJI.search(text):
            raise Unavailable(
                "The built-in Japanese voice cannot read kanji: write the text in hiragana or katakana, "
                "or use a network voice while online."
            )
        code, _, variant = voice.id.removeprefix("espeak:").partition("+")
        said = _with_sounds(text, voice.language)
        request = {
            "text": said,
            "sounds": said != text,
            "voice": f"{_languages()[code][2]}+{variant}",
            "rate": round(WORDS_PER_MINUTE * rate),
            "pitch": round(float(np.interp(pitch, _SEMITONES, _PITCH_VALUES))),
            "max_samples": MAX_SECONDS * 22050,
        }
        raw, answer = _ask(request, patience=20 + len(text) / 400)
        if answer["cut"]:
            raise BadScript(f"The text would take more than {MAX_SECONDS // 60} minutes to speak: split it.")
        found = marks(
            [Event(*event) for event in answer["events"]], said, num_samples=answer["samples"], rate=answer["rate"]
        )
        if not any(mark.kind == "phone" and mark.text for mark in found):
            raise BadScript(f"The voice {voice.name} has no sounds for this text: choose a voice of its language.")
        samples = normalise(raw)
        return Speech(samples, answer["rate"], found, text, voice.language)


def _with_sounds(text: str, language: str) -> str:
    """`text` with sounds as espeak-ng writes them; square brackets of the text itself are set apart before."""
    if SOUNDS[0] not in text:
        return text
    safe = text.replace("[[", "[ [")
    return _SOUNDS.sub(lambda found: f"[[{mnemonics(found[1], language) or ''}]]", safe)


def _voice(code: str, name: str, language: str, variant: str, gender: Gender) -> Voice:
    label = gender if variant in VARIANTS.values() else variant
    return Voice(
        f"espeak:{code}+{variant}",
        f"{name}, {label}",
        language,
        gender,
        "espeak",
        aligned=True,
        phonetic=primary(language) in LANGUAGES,
    )


@lru_cache(maxsize=1)
def _languages() -> dict[str, tuple[str, str, str]]:
    """espeak-ng's code -> (display name, BCP 47 tag, identifier). Codes that two voices share take the file's name."""
    _, answer = _ask({}, patience=20)
    found: dict[str, tuple[str, str, str]] = {}
    for name, code, identifier in answer["voices"]:
        key = code if code not in found else identifier.rpartition("/")[2].casefold()
        if key in _MUTE:
            continue
        label = name.strip().replace(", latin as English", "")
        found[key] = (label, _TAGS.get(key) or canonical(key) or key, identifier)
    return found


def _variant_folder() -> Path:
    return Path(_locations()[1]) / "voices" / "!v"


def _gender_of(variant: str) -> Gender:
    """What the variant's file says; those that say nothing are male."""
    text = (_variant_folder() / variant).read_text(encoding="utf-8", errors="ignore")
    return "female" if re.search(r"^gender +female", text, re.MULTILINE) else "male"


def _locations() -> tuple[str, str]:
    """The library and its data folder. Raises Unavailable when the wheel is missing or damaged."""
    try:
        import espeakng_loader

        return espeakng_loader.get_library_path(), espeakng_loader.get_data_path()
    except (ImportError, RuntimeError) as error:
        raise Unavailable("The built-in voices are missing: run `pip install espeakng-loader`.") from error


def stand_by() -> None:
    """Have a worker begun and waiting for the next request. Raises Unavailable as `_locations` does."""
    espeak_process.stand_by(_WORKER, _place())


def _place() -> bytes:
    """The first line that a worker is told."""
    library, data = _locations()
    return json.dumps({"library": library, "data": data}).encode() + b"\n"


def _ask(request: dict[str, Any], *, patience: float) -> tuple[Floats, dict[str, Any]]:
    """Samples and answer of a fresh worker; a crash is tried once more. `patience` in seconds."""
    for attempt in (1, 2):
        try:
            status, said = espeak_process.ask(_WORKER, _place(), json.dumps(request).encode() + b"\n", patience)
        except subprocess.TimeoutExpired as error:
            raise ProviderDown("The built-in voice took too long: try a shorter text.") from error
        if status == 0:
            return _unpack(said)
        logger.warning("espeak worker ended with %d (attempt %d)", status, attempt)
    raise ProviderDown("The built-in voice stopped while it was speaking: try again, or try another voice.")


def _unpack(stream: bytes) -> tuple[Floats, dict[str, Any]]:
    """The blocks of the worker: all samples as float32 (N,) in [-1, 1], and the answer."""
    places: list[tuple[int, int]] = []
    answer: dict[str, Any] = {}
    offset = 0
    while offset < len(stream):
        kind, length = _HEADER.unpack_from(stream, offset)
        offset += _HEADER.size
        if kind == b"P":
            places.append((offset, length // 2))
        else:
            answer = json.loads(stream[offset : offset + length])
        offset += length
    samples = np.empty(sum(count for _, count in places), np.float32)
    filled = 0
    for start, count in places:
        samples[filled : filled + count] = np.frombuffer(stream, "<i2", count, start)
        filled += count
    samples /= 32768
    return samples, answer
