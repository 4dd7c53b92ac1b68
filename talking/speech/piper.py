"""Piper's voices: neural, on this machine, with the time of every phoneme. Their files are pulled from the hub."""

from __future__ import annotations

import functools
import importlib.util
import json
import re
from importlib import metadata
from pathlib import Path
from typing import Any

from talking.checkpoints.hub import Bundle
from talking.checkpoints.lock import read_lock, verify
from talking.errors import BadScript, Unavailable
from talking.media.audio import normalise
from talking.speech.languages import canonical, name_of
from talking.speech.neural import ask, default_folder, shifted, spelled
from talking.speech.piper_voices import SPEAKERS, VOICES
from talking.speech.symbols import marks, phones
from talking.speech.voice import Voice
from talking.types import Speech

REPO = "rhasspy/piper-voices"
NEEDS = "piper-tts"

_ID = re.compile(r"([a-z]{2,3})_([A-Z]{2})-([\w]+)-(x_low|low|medium|high)", re.ASCII)
"""Family, region, name and quality, as in "en_US-lessac-medium"."""


class Piper:
    """The provider "piper". Each utterance has a process of its own; equal requests give equal bytes.

    `folder` holds the pulled voices. What is listed is what is here and can speak.
    """

    network = False

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or default_folder()

    def voices(self) -> tuple[Voice, ...]:
        if not can_run():
            return ()
        places = [path.parent for path in (self._folder / "piper").glob("*/lock.json")]
        order = {name: rank for rank, name in enumerate(VOICES)}
        places.sort(key=lambda place: (order.get(place.name, len(order)), place.name))
        return tuple(_voice(place.name) for place in places if _ID.fullmatch(place.name) and read_lock(place))

    def refresh(self) -> None:
        """Nothing to ask: what is here is here."""

    def reachable(self) -> bool:
        return True

    def trouble(self) -> str:
        return ""

    def version(self, voice: Voice) -> str:
        lock = read_lock(self._place(voice))
        release = metadata.version(NEEDS) if can_run() else ""
        return f"{release} {lock.revision if lock else ''}"

    def find(self, name: str) -> Voice | None:
        """The voice for "piper:en_US-lessac-medium", the same without the prefix, or with "#SPEAKER" behind it.

        SPEAKER is a name or number of a voice with several speakers. Voices that were not pulled are found too, so
        that they can say what they need.
        """
        plain, mark, speaker = name.removeprefix("piper:").partition("#")
        found = next(
            (item for item in (plain, *VOICES) if item.casefold() == plain.casefold() and _ID.fullmatch(item)), ""
        )
        known = canonical(plain.partition("-")[0])
        if not found or known is None:
            return None
        return _voice(found, speaker if mark else "")

    def synthesize(self, text: str, voice: Voice, *, rate: float, pitch: float, style: str | None) -> Speech:
        """Speak `text`; float32 at the model's rate, phone and word marks where the model tells its times.

        The models have no control of pitch, so it is shifted by resampling, timbre included. `style` is ignored:
        these voices act none. Raises Unavailable when the package or the files are missing or damaged, BadScript for
        a text without sounds and ProviderDown when the process fails.
        """
        del style
        request = self._request(voice)
        factor = 2 ** (pitch / 12)
        request |= {"text": text.replace("[[", "[ ["), "stretch": factor / rate}  # [[ would begin raw phonemes
        raw, answer = ask("piper_worker.py", request, voice=voice.name)
        if not len(raw):
            raise BadScript(f"The voice {voice.name} has no sounds for this text: choose a voice of its language.")
        hertz = int(answer["rate"])
        samples = shifted(raw, hertz, factor)
        told = phones(answer["symbols"] or (), hertz)
        found = marks(told, spelled(text, voice.language), hertz, len(samples)) if told else ()
        return Speech(normalise(samples), hertz, found, text, voice.language)

    def _place(self, voice: Voice) -> Path:
        return self._folder / "piper" / voice.id.removeprefix("piper:").partition("#")[0]

    def _request(self, voice: Voice) -> dict[str, Any]:
        """The files of a voice that can speak, and the number of the speaker."""
        if not can_run():
            raise Unavailable(
                f"The voice {voice.name} needs a package that is not installed: run `pip install 'talking[piper]'`."
            )
        place = self._place(voice)
        lock = read_lock(place)
        if lock is None:
            raise Unavailable(f"The voice {voice.name} is not on this machine: run `talking voices pull {voice.id}`.")
        verify(place, lock)
        model = next(place / path for path in lock.files if path.endswith(".onnx"))
        config = next(place / path for path in lock.files if path.endswith(".onnx.json"))
        return {"model": str(model), "config": str(config), "speaker": _speaker(config, voice)}


def bundle(name: str) -> Bundle | None:
    """What to pull for "piper:en_US-lessac-medium", or the same without prefix; None when it is no such name."""
    plain = name.removeprefix("piper:").partition("#")[0]
    parts = _ID.fullmatch(plain)
    if parts is None:
        return None
    family, region, person, quality = parts.groups()
    folder = f"{family}/{family}_{region}/{person}/{quality}"
    slots = ((f"{folder}/{plain}.onnx",), (f"{folder}/{plain}.onnx.json",), (f"{folder}/MODEL_CARD",))
    return Bundle(f"piper:{plain}", REPO, f"piper/{plain}", slots)


def can_run() -> bool:
    """Whether the packages of the extra are installed."""
    return all(importlib.util.find_spec(name) for name in ("piper", "onnxruntime", "onnx"))


def _voice(name: str, speaker: str = "") -> Voice:
    code, person, quality = name.split("-")
    language = canonical(code) or code.replace("_", "-")
    label = f"{person.replace('_', ' ').title()}, {name_of(language)} ({code.partition('_')[2]}), {quality}"
    gender = "unknown" if speaker else SPEAKERS.get(f"{code}-{person}", "unknown")
    tail = f"#{speaker}" if speaker else ""
    return Voice(
        f"piper:{name}{tail}", label + (f", {speaker}" if speaker else ""), language, gender, "piper", aligned=True
    )


def _speaker(config: Path, voice: Voice) -> int | None:
    """The number of the speaker that the id names; None for the model's own choice."""
    wanted = voice.id.partition("#")[2]
    speakers, count = _speakers(config, config.stat().st_mtime_ns)
    if not wanted:
        return None
    if wanted.isdecimal() and int(wanted) < count:
        return int(wanted)
    if wanted in speakers:
        return speakers[wanted]
    known = ", ".join(list(speakers)[:8]) or f"0 to {count - 1}"
    raise Unavailable(f"The voice {voice.name} has no speaker '{wanted}': choose one of {known}.")


@functools.lru_cache(maxsize=16)
def _speakers(config: Path, _changed: int) -> tuple[dict[str, int], int]:
    told = json.loads(config.read_text(encoding="utf-8"))
    return {str(name): int(number) for name, number in told.get("speaker_id_map", {}).items()}, int(
        told["num_speakers"]
    )
