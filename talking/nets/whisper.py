"""What an ear trained on speech makes of sound: all layers of whisper's encoder, fifty times a second."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import WhisperConfig, WhisperFeatureExtractor
from transformers.models.whisper.modeling_whisper import WhisperEncoder

from talking.nets.assembly import empty

RATE = 16_000
"""Hertz that it listens at."""

PIECE = 480_000
"""Samples that it hears at once: 30 s."""

STEPS = 1_500
"""States of such a piece."""

STEPS_PER_SECOND = 50

_OPENAI = {
    "positional_embedding": "embed_positions.weight",
    "blocks.": "layers.",
    ".attn.query.": ".self_attn.q_proj.",
    ".attn.key.": ".self_attn.k_proj.",
    ".attn.value.": ".self_attn.v_proj.",
    ".attn.out.": ".self_attn.out_proj.",
    ".attn_ln.": ".self_attn_layer_norm.",
    ".mlp.0.": ".fc1.",
    ".mlp.2.": ".fc2.",
    ".mlp_ln.": ".final_layer_norm.",
    "ln_post.": "layer_norm.",
}
"""What OpenAI's own files call the parts, in the order in which they are replaced."""


def empty_encoder(config: Mapping[str, Any]) -> WhisperEncoder:
    """The encoder of a published `config` of whisper, without values."""
    known = {name: value for name, value in config.items() if name in _SHAPE}
    return empty(lambda: WhisperEncoder(WhisperConfig(**known)))


_SHAPE = frozenset(
    ("d_model", "encoder_layers", "encoder_attention_heads", "encoder_ffn_dim", "num_mel_bins", "max_source_positions",
     "vocab_size")
)  # fmt: skip


def of_encoder(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The weights of the encoder out of those of it or of all of whisper, in either spelling."""
    for prefix in ("model.encoder.", "encoder."):
        part = {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}
        if part:
            return {_spelled(name): value for name, value in part.items()}
    return {_spelled(name): value for name, value in state.items()}


def _spelled(name: str) -> str:
    for old, new in _OPENAI.items():
        name = name.replace(old, new)
    return name


@cache
def _extractor() -> WhisperFeatureExtractor:
    return WhisperFeatureExtractor()


def mel(samples: np.ndarray[Any, np.dtype[np.float32]]) -> Tensor:
    """The log-mel spectrogram float32 [1, 80, 3000] of a piece of sound, float32 (N,) at RATE, N at most PIECE.

    The sound is filled up with silence to 30 s, and what is 80 dB below its loudest moment is cut off.
    """
    found: Tensor = _extractor()(samples, sampling_rate=RATE, return_tensors="pt").input_features
    return found


def hidden_states(network: WhisperEncoder, heard: Tensor, *, normed: bool) -> Tensor:
    """The states of all layers, [B, 1500, layers + 1, D]: what enters the first layer, then what leaves each.

    The last one comes after the final normalisation when `normed`, as MuseTalk was trained with, or before it, as
    LatentSync was. `heard` [B, 80, 3000] is what `mel` gives, on the network's device and in its precision.
    """
    states: list[Tensor] = []

    def keep(_module: Any, arguments: tuple[Any, ...]) -> None:
        states.append(arguments[0])

    watched = [layer.register_forward_pre_hook(keep) for layer in (*network.layers, network.layer_norm)]
    try:
        last = network(heard).last_hidden_state
    finally:
        for handle in watched:
            handle.remove()
    if normed:
        states[-1] = last
    return torch.stack(states, dim=2)
