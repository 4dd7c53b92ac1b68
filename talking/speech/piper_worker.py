"""A process of its own for Piper, which is GPL-3 and carries an espeak-ng that bears no threads.

Run by path. A fresh process with a fixed seed makes equal requests give equal bytes. The answer on standard output
is described in `neural.ask`; its "symbols" are the phonemes with their samples, null when a model tells none.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from piper.config import PhonemeType, PiperConfig, SynthesisConfig
from piper.voice import AudioChunk, PiperVoice

SEED = 1
THREADS = 4
BREATH = 0.25
"""Seconds of silence between sentences, which the models do not make themselves."""


def main() -> int:
    request = json.load(sys.stdin.buffer)
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the libraries print must not get between
    answer, parts = _speak(request)
    text = json.dumps(answer).encode()
    out.write(len(text).to_bytes(4, "little") + text)
    for part in parts:
        out.write(part.tobytes())
    out.close()
    return 0


def _speak(request: dict[str, Any]) -> tuple[dict[str, Any], list[np.ndarray[Any, np.dtype[np.float32]]]]:
    try:
        voice = _voice(request["model"], request["config"])
    except Exception as error:  # whatever a foreign or damaged file makes the libraries raise
        return {"error": f"{type(error).__name__}: {error}"}, []
    if voice.config.phoneme_type not in (PhonemeType.ESPEAK, PhonemeType.TEXT):
        return {"error": f"phonemes of the kind {voice.config.phoneme_type}"}, []
    scale = voice.config.length_scale * request["stretch"]
    how = SynthesisConfig(length_scale=scale, speaker_id=request["speaker"])
    parts: list[np.ndarray[Any, np.dtype[np.float32]]] = []
    symbols: list[tuple[str, int]] = []
    timed = True
    spoken = 0
    for chunk in voice.synthesize(request["text"], how, include_alignments=True):
        if parts:
            parts.append(np.zeros(round(BREATH * chunk.sample_rate), np.float32))
            symbols.append((" ", len(parts[-1])))
        parts.append(chunk.audio_float_array.astype(np.float32).reshape(-1))
        symbols.extend(_symbols(chunk))
        timed = timed and chunk.phoneme_alignments is not None
        spoken += len(parts[-1])
        if spoken > request["max_seconds"] * chunk.sample_rate:
            return {"error": "too long"}, []
    return {"error": "", "rate": voice.config.sample_rate, "symbols": symbols if timed else None}, parts


def _voice(model: str, config: str) -> PiperVoice:
    """As `PiperVoice.load`, with few threads and a seed."""
    import onnx
    from piper.patch_voice_with_alignment import add_alignment_output

    graph = onnx.load(model)
    with contextlib.suppress(ValueError):  # it tells its times already, or cannot: then none come out
        add_alignment_output(graph)
    onnxruntime.set_seed(SEED)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = min(THREADS, os.cpu_count() or 1)
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(graph.SerializeToString(), options, providers=["CPUExecutionProvider"])
    told = json.loads(Path(config).read_text(encoding="utf-8"))
    return PiperVoice(session=session, config=PiperConfig.from_dict(told))


def _symbols(chunk: AudioChunk) -> Iterator[tuple[str, int]]:
    """The phonemes with as many samples as they fill, stretched to those that came out."""
    told = [(item.phoneme, int(item.num_samples)) for item in chunk.phoneme_alignments or ()]
    total = sum(count for _, count in told)
    scale = chunk.audio_float_array.size / total if total else 0.0
    ends = [round(scale * end) for end in np.cumsum([count for _, count in told])]
    for (symbol, _), start, end in zip(told, chain([0], ends), ends, strict=False):
        yield symbol, end - start


if __name__ == "__main__":
    sys.exit(main())
