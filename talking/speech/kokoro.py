"""Kokoro's voices: neural, on this machine, Apache-2.0. Their network is pulled from the hub; espeak-ng spells."""

from __future__ import annotations

import functools
import importlib.util
import json
from importlib import metadata
from pathlib import Path

from talking.checkpoints.hub import Bundle
from talking.checkpoints.lock import Lock, read_lock, verify
from talking.errors import BadScript, Unavailable
from talking.media.audio import normalise
from talking.speech.espeak import Espeak
from talking.speech.kokoro_phonemes import chunks, in_letters, pieces, symbols
from talking.speech.languages import name_of
from talking.speech.neural import ask, default_folder, shifted, spelled
from talking.speech.symbols import marks, phones
from talking.speech.voice import Gender, Voice
from talking.types import Speech

BUNDLE = Bundle(
    "kokoro",
    "onnx-community/Kokoro-82M-v1.0-ONNX-timestamped",
    "kokoro",
    (
        ("onnx/model_quantized.onnx", "onnx/model.onnx"),
        ("tokenizer.json",),
        ("voices/[abefhip][fm]_*.bin",),
    ),
)
"""The export that also tells how long each phoneme takes, and the voices of the languages that espeak-ng can spell
for it: Japanese and Chinese are spelled by programs of their own, which are not here."""

NEEDS = "onnxruntime"
MOST = 510
"""Letters that the network takes at once."""

LANGUAGES = {"a": "en-US", "b": "en-GB", "e": "es-ES", "f": "fr-FR", "h": "hi-IN", "i": "it-IT", "p": "pt-BR"}
"""First letter of a voice's name -> language."""

_GENDERS: dict[str, Gender] = {"f": "female", "m": "male"}
_FIRST = ("af_heart", "af_bella", "am_michael", "am_fenrir", "am_puck", "bf_emma", "bm_george", "bm_fable")
"""Those that the model card grades best, in that order."""


class Kokoro:
    """The provider "kokoro". Each utterance has a process of its own. `folder` holds the pulled voices."""

    network = False

    def __init__(self, folder: Path | None = None) -> None:
        self._place = (folder or default_folder()) / BUNDLE.place

    def voices(self) -> tuple[Voice, ...]:
        lock = read_lock(self._place) if can_run() else None
        names = [Path(path).stem for path in lock.files if path.startswith("voices/")] if lock else []
        order = {name: rank for rank, name in enumerate(_FIRST)}
        return tuple(_voice(name) for name in sorted(names, key=lambda name: (order.get(name, len(order)), name)))

    def refresh(self) -> None:
        """Nothing to ask: what is here is here."""

    def reachable(self) -> bool:
        return True

    def trouble(self) -> str:
        return ""

    def version(self, voice: Voice) -> str:
        del voice
        lock = read_lock(self._place)
        release = metadata.version(NEEDS) if can_run() else ""
        return f"{release} {lock.revision if lock else ''} {metadata.version('espeakng-loader')}"

    def find(self, name: str) -> Voice | None:
        """The voice for "kokoro:af_heart" or "af_heart". Voices that were not pulled are found too, so that they can
        say what they need.
        """
        plain = name.removeprefix("kokoro:").casefold()
        start, _, person = plain.partition("_")
        fits = len(start) == 2 and start[0] in LANGUAGES and start[1] in _GENDERS and person.isalpha()
        return _voice(plain) if fits and person.isascii() else None

    def synthesize(self, text: str, voice: Voice, *, rate: float, pitch: float, style: str | None) -> Speech:
        """Speak `text`; float32 at 24,000 Hz, phone and word marks where the model tells its times.

        The network has no control of pitch, so it is shifted by resampling, timbre included. `style` is ignored:
        these voices act none. Raises Unavailable when the package or the files are missing or damaged, BadScript for
        a text without sounds and ProviderDown when the process fails.
        """
        del style
        lock = self._lock(voice)
        name = voice.id.removeprefix("kokoro:")
        paths = {Path(path).suffix: path for path in lock.files if not path.startswith("voices/")}
        vocabulary = _vocabulary(self._place / paths[".json"], lock.revision)
        letters = _letters(text, voice, vocabulary)
        if not letters:
            raise BadScript(f"The voice {voice.name} has no sounds for this text: choose a voice of its language.")
        factor = 2 ** (pitch / 12)
        request = {
            "text": text,
            "model": str(self._place / paths[".onnx"]),
            "style": str(self._place / "voices" / f"{name}.bin"),
            "chunks": [[vocabulary[letter] for letter in chunk] for chunk in letters],
            "speed": rate / factor,
        }
        raw, answer = ask("kokoro_worker.py", request, voice=voice.name)
        hertz = int(answer["rate"])
        samples = shifted(raw, hertz, factor)
        told = [part for pair in zip(letters, answer["samples"] or (), strict=False) for part in symbols(*pair)]
        found = marks(phones(told, hertz), spelled(text, voice.language), hertz, len(samples)) if told else ()
        return Speech(normalise(samples), hertz, found, text, voice.language)

    def _lock(self, voice: Voice) -> Lock:
        if not can_run():
            raise Unavailable(
                f"The voice {voice.name} needs a package that is not installed: run `pip install 'talking[kokoro]'`."
            )
        lock = read_lock(self._place)
        if lock is None:
            raise Unavailable(f"The voice {voice.name} is not on this machine: run `talking voices pull kokoro`.")
        if f"voices/{voice.id.removeprefix('kokoro:')}.bin" not in lock.files:
            raise Unavailable(f"Kokoro has no voice {voice.name}: `talking voices` lists those that it has.")
        verify(self._place, lock)
        return lock


def can_run() -> bool:
    """Whether the package of the extra is installed."""
    return importlib.util.find_spec(NEEDS) is not None


def _voice(name: str) -> Voice:
    language = LANGUAGES[name[0]]
    label = f"{name[3:].title()}, {name_of(language)} ({language[3:]})"
    return Voice(f"kokoro:{name}", label, language, _GENDERS[name[1]], "kokoro", aligned=True, person=name)


def _letters(text: str, voice: Voice, vocabulary: dict[str, int]) -> list[str]:
    """The text in the network's alphabet, in stretches that it takes at once; empty when nothing can be spelled."""
    parts = pieces(text)
    source = Espeak()
    speller = source.find(f"espeak:{voice.language}")
    assert speller is not None
    read = source.phonemes([words for words, _ in parts], speller)
    said = " ".join(
        in_letters(ipa, voice.language).strip() + signs
        for ipa, (_, signs) in zip(read, parts, strict=True)
        if ipa or signs
    )
    kept = "".join(letter for letter in said if letter in vocabulary)
    return [chunk for chunk in chunks(kept, MOST) if any(letter.isalpha() for letter in chunk)]


@functools.lru_cache(maxsize=2)
def _vocabulary(path: Path, _revision: str) -> dict[str, int]:
    """Letter -> number, as the pulled tokenizer says."""
    told = json.loads(path.read_text(encoding="utf-8"))
    return {str(letter): int(number) for letter, number in told["model"]["vocab"].items() if len(letter) == 1}
