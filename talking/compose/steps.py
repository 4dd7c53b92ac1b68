"""Steps that frames go through on their way to the encoder."""

from __future__ import annotations

from collections.abc import Callable

from talking.types import Frame, Frames


def through(frames: Frames, change: Callable[[int, Frame], Frame]) -> Frames:
    """Every frame as `change(index, frame)` gives it back, which must leave the one it is given as it is.

    The frames are closed in any case. What comes out may be overwritten as soon as the next one is asked for.
    """
    try:
        for index, frame in enumerate(frames):
            yield change(index, frame)
    finally:
        close = getattr(frames, "close", None)
        if close:
            close()
