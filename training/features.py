"""Utterances to what the network trains on: normalised features and the mouth shape of every row."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

import numpy as np
from augment import roughen
from numpy.typing import NDArray
from voices import Utterance

from talking.motion.listen import ROWS_PER_SECOND, log_mel, normalised
from talking.motion.phonemes import SIL, visemes
from talking.types import Mark

UNKNOWN = -1
"""Label of rows that the loss passes over."""


@dataclass(frozen=True)
class Clip:
    """`voice` that speaks; `features` float16 (2 M, 65); `labels` int8 (M,), indices of VISEMES."""

    voice: str
    features: NDArray[np.float16]
    labels: NDArray[np.int8]


def labels(marks: Sequence[Mark], rows: int) -> NDArray[np.int8]:
    """The mouth shape at the centre of each row, silence outside the marks: int8 (rows,)."""
    out = np.full(rows, SIL, np.int8)
    for segment in visemes(marks):
        first, last = (int(np.ceil(t * ROWS_PER_SECOND - 0.5)) for t in (segment.start, segment.end))
        out[max(first, 0) : max(last, 0)] = segment.viseme
    return out


def clips(batches: list[list[Utterance]], copies: Sequence[int], *, workers: int, seed: int) -> list[Clip]:
    """`copies[i]` spoiled copies of every utterance of batch i."""
    pool = [utterance for batch in batches for utterance in batch[:4]]
    jobs = [
        (batch[i : i + 50], count)
        for batch, count in zip(batches, copies, strict=True)
        for i in range(0, len(batch), 50)
    ]
    with ProcessPoolExecutor(workers, initializer=_remember, initargs=(pool,)) as executor:
        made = executor.map(_clips, jobs, range(seed, seed + len(jobs)))
        return [clip for part in made for clip in part]


_babble: list[NDArray[np.float64]] = []


def _remember(others: list[Utterance]) -> None:
    """Give a worker process the voices that babble in the background."""
    _babble[:] = [other.samples / 32768 for other in others]


def _clips(job: tuple[list[Utterance], int], seed: int) -> list[Clip]:
    rng = np.random.default_rng(seed)
    utterances, copies = job
    made = []
    for utterance in utterances:
        for _ in range(copies):
            samples, marks = roughen(utterance.samples / 32768, utterance.marks, _babble, rng)
            seen = normalised(log_mel(samples))
            if np.isfinite(seen).all():
                made.append(Clip(utterance.voice, seen.astype(np.float16), labels(marks, len(seen) // 2)))
    return made
