"""What a painter of lips hears of a film: for each frame the states of whisper around it, however long the film is."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, TypeAlias

import torch
from torch import Tensor

from talking.media.audio import resample
from talking.nets.whisper import PIECE, RATE, STEPS, STEPS_PER_SECOND, hidden_states, mel
from talking.types import FPS, Floats, Speech

SEEN = 10
"""Steps that a frame sees: 80 ms back and 120 ms ahead of its beginning."""

_HOP = 1_000
"""Steps from one piece to the next. They overlap by 10 s: near its edges, where whisper guesses, no piece is used."""

_MEET, _FADE = 200, 100
"""Steps into an overlap at which one piece begins to become the next, and over how many."""

_KEPT = 2
"""Pieces in memory: where two meet, both are needed."""

_SAMPLES = RATE // STEPS_PER_SECOND

Mel: TypeAlias = Callable[[Floats, int, int], Tensor]
"""The log-mel spectrogram [1, 80, 3000] of samples `first` to `last` of a sound float32 (N,) at 16 kHz."""


def own_mel(samples: Floats, first: int, last: int) -> Tensor:
    """Each piece on its own, as whisper itself does it."""
    return mel(samples[first:last])


class Ear:
    """Hears a speech with whisper's encoder `network`, which it does not own.

    `normed` says whether the last state comes after the final normalisation (`hidden_states`), `held` whether beyond
    the sound its first and last states go on, else there is nothing. `spectrum` turns sound into what is heard.
    """

    def __init__(
        self, network: Any, speech: Speech, *, normed: bool, held: bool = False, spectrum: Mel = own_mel
    ) -> None:
        self._network, self._normed, self._held, self._spectrum = network, normed, held, spectrum
        self._samples = resample(speech.samples, speech.rate, RATE)
        self._pieces: OrderedDict[int, Tensor] = OrderedDict()
        self.steps = len(self._samples) // _SAMPLES
        """Whole steps in the sound, 50 a second."""

    def tokens(self, start: int, stop: int) -> Tensor:
        """What frames `start` to `stop` see, [stop - start, 50, D]: ten steps of five layers, step by step.

        On the network's device and in its precision. Meant to be asked in order: two pieces of sound are kept.
        """
        first, last = seen_by(start)[0], seen_by(stop - 1)[-1] + 1
        low, high = (min(max(edge, 0), self.steps) for edge in (first, last))
        states = self._padded(self._states(low, high), low - first, last - high)
        rows = [states[seen_by(frame)[0] - first :][:SEEN].flatten(0, 1) for frame in range(start, stop)]
        return torch.stack(rows)

    def _padded(self, states: Tensor, before: int, after: int) -> Tensor:
        """States with as many more on either side."""
        if self._held and self.steps:
            ends = self._states(0, 1), self._states(self.steps - 1, self.steps)
        else:
            ends = self._nothing(1), self._nothing(1)
        return torch.cat([ends[0].expand(before, -1, -1), states, ends[1].expand(after, -1, -1)])

    def _states(self, first: int, last: int) -> Tensor:
        """Steps `first` to `last` of the sound, [last - first, layers + 1, D], of one piece or of two that meet."""
        found = self._nothing(last - first)
        for number in range(self._number):
            begin, end = _span(number, self._number, self.steps)
            low, high = max(first, begin), min(last, end)
            if low >= high:
                continue
            weight = _weight(torch.arange(low, high), number, self._number).to(found)
            part = self._piece(number)[low - number * _HOP : high - number * _HOP]
            found[low - first : high - first] += weight[:, None, None] * part
        return found

    def _nothing(self, steps: int) -> Tensor:
        """Zeros in place of states, [steps, layers + 1, D]."""
        weight: Tensor = self._network.conv1.weight
        return weight.new_zeros(steps, len(self._network.layers) + 1, weight.shape[0])

    @property
    def _number(self) -> int:
        """Pieces that the sound is heard in."""
        return 1 + max(0, -(-(self.steps - STEPS) // _HOP))

    def _piece(self, number: int) -> Tensor:
        """The states of a piece of 30 s, [1500, layers + 1, D]."""
        if number in self._pieces:
            self._pieces.move_to_end(number)
            return self._pieces[number]
        first = number * _HOP * _SAMPLES
        heard = self._spectrum(self._samples, first, min(first + PIECE, len(self._samples)))
        weight = self._network.conv1.weight
        with torch.inference_mode():
            states = hidden_states(self._network, heard.to(weight), normed=self._normed)[0]
        self._pieces[number] = states
        while len(self._pieces) > _KEPT:
            self._pieces.popitem(last=False)
        return states


def seen_by(frame: int, fps: int = FPS) -> range:
    """The steps that a frame sees in a film of `fps`, some of them before or after the sound."""
    first = frame * STEPS_PER_SECOND // fps - 2 * -(-STEPS_PER_SECOND // fps)
    return range(first, first + SEEN)


def _span(number: int, pieces: int, steps: int) -> tuple[int, int]:
    """First step and the one after the last in which a piece is heard."""
    begin = 0 if number == 0 else number * _HOP + _MEET
    return begin, steps if number == pieces - 1 else (number + 1) * _HOP + _MEET + _FADE


def _weight(steps: Tensor, number: int, pieces: int) -> Tensor:
    """How much of a piece is heard at each step."""
    weight = torch.ones(len(steps))
    if number:
        weight *= ((steps - number * _HOP - _MEET + 0.5) / _FADE).clamp(0, 1)
    if number < pieces - 1:
        weight *= 1 - ((steps - (number + 1) * _HOP - _MEET + 0.5) / _FADE).clamp(0, 1)
    return weight
