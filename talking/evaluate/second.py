"""A second opinion on what the mouth should do, made without our network: pocketsphinx' phone loop."""

from __future__ import annotations

import importlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter1d

from talking.media.audio import resample
from talking.motion.phonemes import VISEME
from talking.motion.visemes import COLUMNS, TABLE
from talking.types import Floats, Speech

RATE = 16_000
FRAME = 0.01
"""Seconds of a pocketsphinx frame."""

_PHONES = {
    "sil": "SIL +SPN+ +NSN+", "PP": "P B M", "FF": "F V", "TH": "TH DH", "DD": "T D", "kk": "K G NG HH",
    "CH": "CH JH SH ZH", "SS": "S Z", "nn": "N L", "RR": "R ER", "aa": "AA AH AE AY AW", "E": "EH EY",
    "I": "IH IY Y", "O": "AO OW OY", "U": "UW UH W",
}  # fmt: skip
_OPEN = {
    phone: float(TABLE[VISEME[v], COLUMNS.index("open")]) for v, phones in _PHONES.items() for phone in phones.split()
}


def second_opening(speech: Speech, step: float) -> Floats | None:
    """The opening that pocketsphinx hears, (M,), row k at k * `step` seconds; None when it is not installed."""
    if importlib.util.find_spec("pocketsphinx") is None:
        return None
    rows = round(speech.duration / step) + 1
    track = np.zeros(rows, np.float32)
    for phone, start, end in _phones(resample(speech.samples, speech.rate, RATE)):
        track[round(start / step) : round(end / step)] = _OPEN.get(phone, 0.0)
    smoothed: Floats = gaussian_filter1d(track, 0.04 / step, mode="nearest")
    return smoothed


def _phones(samples: Floats) -> Iterator[tuple[str, float, float]]:
    """Phone, start and end in seconds, of mono sound at 16 kHz."""
    sphinx: Any = importlib.import_module("pocketsphinx")
    model = Path(sphinx.get_model_path("en-us"))
    # Found best in measurements; context-dependent phones (allphone_ci off) do not end within minutes.
    decoder = sphinx.Decoder(
        allphone=str(model / "en-us-phone.lm.bin"), lw=2.0, pip=0.3, beam=1e-20, pbeam=1e-20, allphone_ci=True,
        cmn="batch", loglevel="FATAL",
    )  # fmt: skip
    decoder.start_utt()
    decoder.process_raw((np.clip(samples, -1, 1) * 32767).astype(np.int16).tobytes(), False, True)
    decoder.end_utt()
    for segment in decoder.seg():
        yield segment.word, segment.start_frame * FRAME, (segment.end_frame + 1) * FRAME
