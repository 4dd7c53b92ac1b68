"""A stretch of film as clips that overlap: the network sees sixteen frames at once, and what it makes of neighbouring
clips differs where they meet."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor

CLIP = 16
"""Frames that the network was trained on."""

SHORTEST = 4
"""Frames of the shortest clip where memory is short, and the most that clips overlap by."""

Make = Callable[[int, int], Tensor]
"""The latents [F, 4, h, w] of frames from the first number to the one before the last, or, where memory is short, of
at least SHORTEST frames from the first on."""


def melted(start: int, stop: int, make: Make, *, size: Callable[[], int], overlap: int) -> Iterator[Tensor]:
    """The latents [n, 4, h, w] of frames `start` to `stop`, some at a time and in order, made in clips of `size`.

    Each clip begins with the last `overlap` frames of the one before, at most SHORTEST, over which that one fades into
    it. Clips are of about the same length, so that none ends up with a frame or two. Holds one clip.
    """
    held: Tensor | None = None
    while start < stop:
        latents = make(start, start + _length(stop - start, size(), overlap))
        end = start + len(latents) == stop
        if held is not None:
            latents = torch.cat([_faded(held, latents[: len(held)]), latents[len(held) :]])
        ready = len(latents) - (0 if end else min(overlap, len(latents) // 2))
        held = None if end else latents[ready:]
        yield latents[:ready]
        start += ready


def _length(left: int, size: int, overlap: int) -> int:
    """Frames of the next clip when `left` are to be made in clips of at most `size`."""
    if left <= size:
        return left
    shared = min(overlap, size // 2)
    clips = -(-(left - shared) // (size - shared))
    return -(-(left + (clips - 1) * shared) // clips)


def _faded(before: Tensor, after: Tensor) -> Tensor:
    weight = torch.linspace(0, 1, len(before) + 2, device=before.device, dtype=before.dtype)[1:-1]
    return before.lerp(after, weight[:, None, None, None])
