"""Test clips with the true times of their phones."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from phonesets import ENGLISH
from voices import RATE, Order, Utterance, speak

from talking.media.audio import load, resample
from talking.types import Floats, Mark


@dataclass(frozen=True)
class Clip:
    """`samples` at 16 kHz; `marks` the true phones; `spelled` the text's words and phones as espeak-ng says them, or
    as the synthesiser did, with times of no meaning."""

    samples: Floats
    marks: tuple[Mark, ...]
    spelled: tuple[Mark, ...]


def synthetic(utterance: Utterance) -> Clip:
    """A held-out utterance: its text is what its synthesiser said, every pause included."""
    return Clip(utterance.samples.astype(np.float32) / 32768, utterance.marks, utterance.marks)


def textgrid(mfa: Path, name: str) -> Clip:
    """A test recording of the Montreal Forced Aligner, with its own phone times."""
    data = mfa / "tests/data"
    tiers = _tiers(data / f"textgrid/{name}.TextGrid")
    text = " ".join(mark.text for mark in tiers["words"] if mark.text.isascii() and not set(mark.text) & set("[]<>{}"))
    return Clip(_read(data / f"wav/{name}.wav"), tiers["phones"], spell(" ".join(text.split())))


def pocketsphinx(repository: Path) -> list[Clip]:
    """The LibriVox and card clips; their times are what pocketsphinx finds for their text, no independent judge."""
    found: list[Clip] = []
    librivox = repository / "test/data/librivox"
    texts = {path.with_suffix(".wav"): path.read_text() for path in sorted(librivox.glob("sense*.txt"))}
    for line in (repository / "test/data/cards/cards.transcription").read_text().splitlines():
        words, _, name = line.rpartition("(")
        texts[repository / f"test/data/cards/{name.rstrip(')')}.wav"] = words.replace("<s>", "").replace("</s>", "")
    for path, text in texts.items():
        samples = _read(path)
        marks = _forced(samples, " ".join(text.split()))
        if marks:
            found.append(Clip(samples, marks, spell(text)))
    return found


def noisy(clip: Clip, decibels: float) -> Clip:
    """The clip in white noise at this ratio of signal to noise."""
    noise = np.random.default_rng(0).standard_normal(len(clip.samples))
    level = np.sqrt(np.mean(clip.samples**2)) * 10 ** (-decibels / 20)
    return replace(clip, samples=(clip.samples + level * noise).astype(np.float32))


def spell(text: str) -> tuple[Mark, ...]:
    """The words and phones of an English text, as espeak-ng says them."""
    (utterance,) = speak([Order("espeak", "en-us", text)])
    return utterance.marks


def _read(path: Path) -> Floats:
    speech = load(path)
    return resample(speech.samples, speech.rate, RATE)


def _tiers(path: Path) -> dict[str, tuple[Mark, ...]]:
    """The interval tiers of a TextGrid in the short form; ARPAbet becomes IPA."""
    lines = path.read_text().splitlines()[7:]
    tiers: dict[str, tuple[Mark, ...]] = {}
    while len(lines) > 4:
        name, count = lines[1].strip('"'), int(lines[4])
        rows = [lines[5 + 3 * i : 8 + 3 * i] for i in range(count)]
        lines = lines[5 + 3 * count :]
        marks = [Mark(float(start), float(end), label.strip('"'), "phone") for start, end, label in rows]
        tiers[name] = tuple(replace(mark, text=_ipa(mark.text)) for mark in marks) if name == "phones" else tuple(marks)
    return tiers


def _forced(samples: Floats, text: str) -> tuple[Mark, ...]:
    """pocketsphinx's alignment; empty where it refuses."""
    from pocketsphinx import Decoder

    decoder = Decoder(lm=None, cmn="batch", loglevel="FATAL")
    sound = (np.clip(samples, -1, 1) * 32767).astype(np.int16).tobytes()
    try:
        decoder.set_align_text(text)
        for again in (True, False):
            decoder.start_utt()
            decoder.process_raw(sound, False, True)
            decoder.end_utt()
            if again:
                decoder.set_alignment()
    except (RuntimeError, ValueError):
        return ()
    phones = [phone for word in decoder.get_alignment() for phone in word]
    return tuple(Mark(p.start / 100, (p.start + p.duration) / 100, _ipa(p.name), "phone") for p in phones)


def _ipa(arpabet: str) -> str:
    name = arpabet.strip("0123456789").lower()
    return "" if name in ("sil", "sp", "spn", "", "+spn+", "+nsn+", "+breath+") else ENGLISH[name]
