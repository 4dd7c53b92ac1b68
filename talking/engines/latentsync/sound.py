"""Sound as LatentSync's whisper was fed: what lies behind its end is no silence, but nothing."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional
from transformers import WhisperFeatureExtractor

from talking.nets.whisper import RATE
from talking.types import Floats

_COLUMNS = 3000
_SHORTEST = 400
"""Samples of one look at the spectrum."""


def spectrum(samples: Floats, first: int, last: int) -> Tensor:
    """The log-mel spectrogram [1, 80, 3000] of samples `first` to `last` of a sound float32 (N,) at 16 kHz.

    Columns behind the end are 0, where whisper itself has the figure of silence, about -0.7.
    """
    piece = samples[first:last]
    if len(piece) < _SHORTEST:
        piece = np.pad(piece, (0, _SHORTEST - len(piece)))
    found: Tensor = WhisperFeatureExtractor()(
        piece, sampling_rate=RATE, padding=False, truncation=False, return_tensors="pt"
    ).input_features.to(torch.float32)
    return functional.pad(found, (0, _COLUMNS - found.shape[-1]))
