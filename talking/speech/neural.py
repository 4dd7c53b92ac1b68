"""What the neural voices of this machine share: a process for each utterance, a shift of pitch, and spelling."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np

from talking.errors import BadScript, ProviderDown, TalkingError, Unavailable
from talking.media.audio import resample
from talking.speech.espeak import Espeak
from talking.types import Floats, Mark

logger = logging.getLogger(__name__)

MAX_SECONDS = 3600
"""Longest speech. The process stops there."""

BASE_SECONDS, SECONDS_PER_CHARACTER = 60.0, 0.2
"""How long an utterance may take, on a machine that is slower than the speech itself by half."""

_LENGTH = 4


def default_folder() -> Path:
    """Where voices are kept unless told otherwise."""
    return Path.home() / ".local" / "share" / "talking" / "voices"


def ask(worker: str, request: dict[str, Any], *, voice: str) -> tuple[Floats, dict[str, Any]]:
    """Samples float32 (N,) and the answer of a fresh process that runs the file `worker` of this folder.

    Its standard input holds the request as JSON; its standard output the length of a JSON answer as little-endian
    uint32, the answer, then the samples. `voice` names the voice in messages. Raises BadScript for a text that
    takes too long, Unavailable for files that cannot be used and ProviderDown otherwise. Nothing is left running.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-I", str(Path(__file__).with_name(worker))],
            input=json.dumps(request | {"max_seconds": MAX_SECONDS}).encode(),
            capture_output=True,
            timeout=BASE_SECONDS + SECONDS_PER_CHARACTER * len(request["text"]),
        )
    except subprocess.TimeoutExpired as error:
        raise ProviderDown(f"The voice {voice} took too long: try a shorter text.") from error
    if done.returncode != 0 or len(done.stdout) < _LENGTH:
        logger.warning("%s ended with %d: %s", worker, done.returncode, done.stderr[-400:].decode(errors="replace"))
        raise ProviderDown(f"The voice {voice} stopped while it was speaking: try again, or try another voice.")
    start = _LENGTH + int.from_bytes(done.stdout[:_LENGTH], "little")
    answer: dict[str, Any] = json.loads(done.stdout[_LENGTH:start])
    if answer["error"] == "too long":
        raise BadScript(f"The text would take more than {MAX_SECONDS // 60} minutes to speak: split it.")
    if answer["error"]:
        logger.warning("%s cannot use its files: %s", worker, answer["error"])
        raise Unavailable(f"The files of the voice {voice} cannot be used here: pull it again, or try another voice.")
    return np.frombuffer(done.stdout, np.float32, offset=start), answer


def shifted(samples: Floats, rate: int, factor: float) -> Floats:
    """`samples` with all frequencies times `factor`, which makes them as much shorter."""
    return samples if factor == 1 else resample(samples, round(rate * factor), rate)


def spelled(text: str, language: str) -> tuple[Mark, ...]:
    """The words and phones of a text as the built-in voice of the language says them; empty when there is none."""
    source = Espeak()
    voice = source.find(f"espeak:{language}")
    if voice is None:
        return ()
    try:
        return source.synthesize(text, voice, rate=1.0, pitch=0.0, style=None).marks
    except TalkingError:
        return ()
