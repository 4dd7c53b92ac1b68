"""Synthesisers that say when they speak each phone: espeak-ng, flite and festival."""

from __future__ import annotations

import ctypes
import subprocess
import tempfile
import wave
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import espeakng_loader
import numpy as np
import phonesets
import variants
from numpy.typing import NDArray
from scipy.signal import resample_poly

from talking.speech.espeak_worker import EVENT_PHONEME, EVENT_WORD, Event
from talking.types import Mark

RATE = 16000


@dataclass(frozen=True)
class Order:
    """One utterance to make. `voice` as the synthesiser calls it; `speed` 1 is its normal one; `pitch` and `span`
    (0 to 100) are understood by espeak alone."""

    synthesiser: str
    voice: str
    text: str
    speed: float = 1.0
    pitch: int = 50
    span: int = 50


@dataclass(frozen=True)
class Utterance:
    """`samples` int16 (N,) at 16 kHz; `marks` its phones in IPA, from espeak its words (without their text) too."""

    voice: str
    samples: NDArray[np.int16]
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Festival:
    """A festival voice: its phone names and the encoding its text analysis expects."""

    phones: dict[str, str]
    encoding: str = "latin-1"


FESTIVAL = {
    "ked_diphone": Festival(phonesets.ENGLISH),
    "kal_diphone": Festival(phonesets.ENGLISH),
    "cmu_us_slt_arctic_hts": Festival(phonesets.ENGLISH),
    "pc_diphone": Festival(phonesets.ITALIAN),
    "lp_diphone": Festival(phonesets.ITALIAN),
    "czech_dita": Festival(phonesets.CZECH, "iso8859-2"),
    "czech_machac": Festival(phonesets.CZECH, "iso8859-2"),
    "czech_ph": Festival(phonesets.CZECH, "iso8859-2"),
    "czech_krb": Festival(phonesets.CZECH, "iso8859-2"),
    "suo_fi_lj_diphone": Festival(phonesets.FINNISH),
    "hy_fi_mv_diphone": Festival(phonesets.FINNISH),
    "upc_ca_ona_hts": Festival(phonesets.CATALAN),
    "hindi_NSK_diphone": Festival(phonesets.INDIC, "utf-8"),
    "telugu_NSK_diphone": Festival(phonesets.INDIC, "utf-8"),
    "msu_ru_nsh_clunits": Festival(phonesets.RUSSIAN, "utf-8"),
}
MAX_PAUSE = 0.6
"""Seconds that a pause at the end of an utterance may last; some voices add more."""


def speak(orders: Sequence[Order]) -> Iterator[Utterance]:
    """Synthesise orders that share one synthesiser, for festival one voice, for drawn voices one shelf; those it
    cannot say are left out."""
    kind = orders[0].synthesiser
    if kind == "espeak":
        yield from _espeak(orders)
    elif kind == "flite":
        yield from _flite(orders)
    else:
        yield from _festival(orders)


def _utterance(name: str, samples: NDArray[np.int16], rate: int, phones: list[tuple[float, float, str]]) -> Utterance:
    if phones and phones[-1][2] == "" and phones[-1][1] - phones[-1][0] > MAX_PAUSE:
        phones[-1] = (phones[-1][0], phones[-1][0] + MAX_PAUSE, "")
    samples = samples[: int(phones[-1][1] * rate)]
    if rate != RATE:
        resampled = resample_poly(samples.astype(np.float32), RATE, rate)
        samples = np.clip(np.round(resampled), -32768, 32767).astype(np.int16)
    return Utterance(name, samples, tuple(Mark(start, end, text, "phone") for start, end, text in phones))


def _from_ends(ends: list[tuple[float, str]], phones: dict[str, str]) -> list[tuple[float, float, str]]:
    starts = [0.0] + [end for end, _ in ends]
    return [(start, end, phones[name]) for start, (end, name) in zip(starts, ends, strict=False)]


def _read_wave(path: Path) -> tuple[NDArray[np.int16], int]:
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), np.int16), file.getframerate()


def _flite(orders: Sequence[Order]) -> Iterator[Utterance]:
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.wav"
        for order in orders:
            command = ["flite", "-voice", order.voice, "-psdur", "--setf", f"duration_stretch={1 / order.speed:.3f}"]
            told = subprocess.run(
                [*command, "-t", order.text, "-o", str(out)], capture_output=True, text=True, check=True
            )
            pairs = (item.rpartition(":") for item in told.stdout.split())
            ends = [(float(end), name) for name, _, end in pairs]
            samples, rate = _read_wave(out)
            yield _utterance(f"flite {order.voice}", samples, rate, _from_ends(ends, phonesets.ENGLISH))


def _festival(orders: Sequence[Order]) -> Iterator[Utterance]:
    voice = FESTIVAL[orders[0].voice]
    with tempfile.TemporaryDirectory() as folder:
        lines = [f"(voice_{orders[0].voice})"]
        for i, order in enumerate(orders):
            lines += [
                f"(Parameter.set 'Duration_Stretch {1 / order.speed:.3f})",
                f'(unwind-protect (begin (set! u (Utterance Text "{order.text}")) (utt.synth u) '
                f'(utt.save.wave u "{folder}/{i}.wav") (utt.save.segs u "{folder}/{i}.seg")) nil)',
            ]
        script = Path(folder) / "all.scm"
        script.write_bytes("\n".join(lines).encode(voice.encoding, errors="ignore"))
        subprocess.run(["festival", "-b", str(script)], capture_output=True, check=False)
        for i, order in enumerate(orders):
            path = Path(folder) / f"{i}.seg"
            if not path.exists():
                continue
            fields = [line.split() for line in path.read_text().splitlines()[1:]]
            ends = [(float(row[0]), row[2]) for row in fields]
            samples, rate = _read_wave(path.with_suffix(".wav"))
            if len(ends) > 3 and {name for _, name in ends} <= set(voice.phones):
                yield _utterance(f"festival {order.voice}", samples, rate, _from_ends(ends, voice.phones))


_CALLBACK = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(Event))
_SYNCHRONOUS, _IPA_EVENTS, _UTF8 = 2, 3, 1
_SPEED, _PITCH, _RANGE = 1, 3, 4


def _espeak(orders: Sequence[Order]) -> Iterator[Utterance]:
    if not any("+drawn" in order.voice for order in orders):
        yield from _espeak_from(Path(espeakng_loader.get_data_path()), orders)
        return
    with tempfile.TemporaryDirectory() as folder:
        yield from _espeak_from(variants.install(Path(folder), variants.shelf(orders[0].voice)), orders)


def _espeak_from(data: Path, orders: Sequence[Order]) -> Iterator[Utterance]:
    library = ctypes.CDLL(espeakng_loader.get_library_path())
    rate = library.espeak_Initialize(_SYNCHRONOUS, 0, str(data).encode(), _IPA_EVENTS)
    chunks: list[NDArray[np.int16]] = []
    starts: list[tuple[float, str]] = []
    words: list[float] = []

    def on_audio(samples: ctypes._Pointer[ctypes.c_short], count: int, events: ctypes._Pointer[Event]) -> int:
        if samples and count > 0:
            chunks.append(np.ctypeslib.as_array(samples, (count,)).copy())
        i = 0
        while events[i].type:
            if events[i].type == EVENT_WORD:
                words.append(events[i].audio_position / 1000)
            if events[i].type == EVENT_PHONEME:
                starts.append((events[i].audio_position / 1000, events[i].text.decode(errors="ignore")))
            i += 1
        return 0

    callback = _CALLBACK(on_audio)
    library.espeak_SetSynthCallback(callback)
    for order in orders:
        chunks.clear()
        starts.clear()
        words.clear()
        if library.espeak_SetVoiceByName(order.voice.encode()) != 0:
            raise ValueError(f"espeak-ng has no voice {order.voice}")
        for parameter, value in ((_SPEED, round(170 * order.speed)), (_PITCH, order.pitch), (_RANGE, order.span)):
            library.espeak_SetParameter(parameter, value, 0)
        text = order.text.encode() + b"\0"
        library.espeak_Synth(text, len(text), 0, 1, 0, _UTF8, None, None)
        samples = np.concatenate(chunks) if chunks else np.zeros(0, np.int16)
        if len(starts) < 2 or samples.std() < 50:
            continue
        ends = [start for start, _ in starts[1:]] + [len(samples) / rate]
        phones = [(start, end, ipa) for (start, ipa), end in zip(starts, ends, strict=True) if end > start]
        made = _utterance(f"espeak {order.voice}", samples, rate, phones)
        spoken = [Mark(start, end, "", "word") for start, end in pairwise([*words, ends[-1]])]
        yield replace(made, marks=tuple(sorted([*spoken, *made.marks], key=lambda mark: mark.start)))
