"""A drawing process: takes orders as JSON lines on its standard input, draws into shared memory, answers likewise.

Orders: `["job", number, facts]` makes the painter of a job, `["draw", start, stop]` draws frames, `["drop"]` frees the
painter. Answers: `["ready", number]`, `["drawn", number, start, stop]`, `["failed", number, facts]`. It ends with its
input, so it never outlives the process that started it by more than one order.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import cv2

from talking.engines.sharing import RingShape, shared_memory, shared_object
from talking.errors import TalkingError

_Draw: TypeAlias = Callable[[int, int], None]
_TRACE = 8000  # characters of a trace: the end is what counts, and it must fit into a pipe


def main() -> None:
    """Serve until the input ends or nobody listens any more."""
    cv2.setNumThreads(1)
    answers = os.dup(sys.stdout.fileno())
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what libraries print must not pass for an answer
    number = 0
    draw: _Draw = _no_job
    for line in sys.stdin.buffer:
        order, *values = json.loads(line)
        if order == "job":
            number, draw = values[0], _no_job
        try:
            if order == "job":
                draw = _open_job(values[1])
                answer = ["ready", number]
            elif order == "draw":
                draw(*values)
                answer = ["drawn", number, *values]
            else:
                draw = _no_job
                continue
        except Exception as error:
            answer = ["failed", number, _facts(error)]
        try:
            os.write(answers, json.dumps(answer).encode() + b"\n")
        except BrokenPipeError:
            return


def _open_job(facts: dict[str, Any]) -> _Draw:
    """The function that draws frames `start` to `stop` of a job."""
    ring = RingShape(**facts["shape"])
    memory = shared_memory(Path(facts["ring"]))
    painter = shared_object(Path(facts["painter"]), facts["sizes"])()

    def draw(start: int, stop: int) -> None:
        for index in range(start, stop):
            painter.draw(index, ring.frame(memory, index))

    return draw


def _no_job(start: int, stop: int) -> None:
    raise RuntimeError(f"frames {start} to {stop} belong to no job")


def _facts(error: Exception) -> dict[str, str]:
    """What the other side needs to raise `error` again, and to log it."""
    public = str(error) if isinstance(error, TalkingError) else ""
    return {"type": type(error).__name__, "public": public, "trace": traceback.format_exc()[-_TRACE:]}
