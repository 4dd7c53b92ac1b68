"""A process of its own for Kokoro's network: what it takes of memory goes with it, and its noise starts anew each time.

Run by path. The answer on standard output is described in `neural.ask`; "samples" are those of each id of each
chunk, null when a model tells none.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any

import numpy as np
import onnxruntime

RATE = 24_000
SEED = 1
THREADS = 4
STYLE = 256  # numbers that tell one voice from another, a row of them for each length of text


def main() -> int:
    request = json.load(sys.stdin.buffer)
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the library prints must not get between
    answer, parts = _speak(request)
    text = json.dumps(answer).encode()
    out.write(len(text).to_bytes(4, "little") + text)
    for part in parts:
        out.write(part.tobytes())
    out.close()
    return 0


def _speak(request: dict[str, Any]) -> tuple[dict[str, Any], list[np.ndarray[Any, np.dtype[np.float32]]]]:
    try:
        session = _session(request["model"])
        styles = np.fromfile(request["style"], "<f4").reshape(-1, STYLE)
    except Exception as error:  # whatever a foreign or damaged file makes the libraries raise
        return {"error": f"{type(error).__name__}: {error}"}, []
    parts: list[np.ndarray[Any, np.dtype[np.float32]]] = []
    told: list[list[int] | None] = []
    for ids in request["chunks"]:
        feed = {
            "input_ids": np.array([[0, *ids, 0]], np.int64),
            "style": styles[min(len(ids), len(styles) - 1)][None],
            "speed": np.array([request["speed"]], np.float32),
        }
        waveform, *others = session.run(None, feed)
        parts.append(np.asarray(waveform, np.float32).reshape(-1))
        told.append(_samples(others, len(ids) + 2, len(parts[-1])))
        if sum(map(len, parts)) > request["max_seconds"] * RATE:
            return {"error": "too long"}, []
    return {"error": "", "rate": RATE, "samples": told if all(told) else None}, parts


def _session(model: str) -> onnxruntime.InferenceSession:
    onnxruntime.set_seed(SEED)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = min(THREADS, os.cpu_count() or 1)
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _samples(others: list[Any], count: int, total: int) -> list[int] | None:
    """The samples of each id, from the output that has one number for each; None when there is no such output."""
    for other in others:
        durations = np.asarray(other, np.float64).reshape(-1)
        if len(durations) == count and durations.sum() > 0:
            ends = np.round(np.cumsum(durations) * total / durations.sum()).astype(int)
            return [int(samples) for samples in np.diff(ends, prepend=0)]
    return None


if __name__ == "__main__":
    sys.exit(main())
