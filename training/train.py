"""Train the network that hears mouth shapes, and write it to talking/motion/mouth.npz. Run from the repository root."""

from __future__ import annotations

import argparse
import logging
import time
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import corpus
import numpy as np
import torch
from features import UNKNOWN, Clip, clips
from network import Listener, export, widened, write_fixture
from numpy.typing import NDArray
from torch import Tensor, nn

from talking.motion.listen import WEIGHTS
from talking.motion.phonemes import VISEMES
from talking.types import Floats

logger = logging.getLogger("train")


@dataclass(frozen=True)
class Stage:
    """A part of the training."""

    minutes: float
    """Of processor time."""

    rate: float
    """Of learning, at its highest; a cosine takes it to 0."""

    width: int
    """Channels of the network; new ones begin without a say."""

    copies: dict[str, int]
    """How many spoiled copies of each kind of utterances (`_spoken`) are made for it; copies of other kinds made for
    earlier stages are heard again."""

    english: float
    """How many times as often as others clips of recorded English voices are drawn."""

    share: float | None
    """Part of the draws that are espeak-ng's; None for as many as there are of it."""

    kept: float
    """Part that the weights from before the stage have in those after it; chosen on the validation voices."""


STAGES = (
    Stage(10, 2.5e-3, 128, {"recorded": 3, "espeak": 2}, english=1, share=None, kept=0),
    Stage(6.5, 1.5e-3, 128, {"espeak": 2}, english=3, share=None, kept=0),
    Stage(11, 1.5e-3, 128, {"odd": 2}, english=3, share=0.5, kept=0.25),
    Stage(30, 1.5e-3, 144, {"recorded": 6, "bold": 2}, english=3, share=0.5, kept=0),
)
"""What the shipped network went through."""

BATCH, SECONDS = 16, 4
RECORDED_ENGLISH = {"flite slt", "flite rms", "flite kal16", "festival ked_diphone", "festival cmu_us_slt_arctic_hts"}

EMPHASIS = {"PP": 1.6, "FF": 1.8, "TH": 1.2}
"""Shapes that are rare and seen at once when they are missed."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pace", type=float, default=1, help="processor time of each stage, 1 as shipped (default)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=2, help="processes that make data")
    parser.add_argument("--cache", type=Path, default=Path("training/cache"), help="keeps the speech between runs")
    parser.add_argument("-o", "--out", type=Path, default=WEIGHTS)
    parser.add_argument("--fixture", type=Path, default=Path("tests/motion/listen_fixture.npz"), help="for the tests")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s")
    torch.set_num_threads(1)  # several threads on a busy machine wait for each other: 50 times slower here
    torch.manual_seed(options.seed)
    rng = np.random.default_rng(options.seed)
    network = Listener(STAGES[0].width)
    spoken = _spoken(options.cache, options.workers)
    kinds, batches = [kind for kind, _ in spoken], [batch for _, batch in spoken]
    heard: dict[str, list[Clip]] = {}
    for number, stage in enumerate(STAGES):
        for kind, copies in stage.copies.items():
            counts = [copies if other == kind else 0 for other in kinds]
            heard[kind] = clips(batches, counts, workers=options.workers, seed=options.seed + 1000 * number)
        data = [clip for made in heard.values() for clip in made]
        logger.info("stage %d: %d clips", number + 1, len(data))
        if stage.width > network.width:
            network = widened(network, stage.width)
        before = deepcopy(network.state_dict())
        _train(network, data, stage, options.pace, rng)
        _keep(network, before, stage.kept)
    export(network, options.out)
    write_fixture(network, options.fixture)
    logger.info("wrote %s, %d bytes", options.out, options.out.stat().st_size)


def _spoken(cache: Path, workers: int) -> list[tuple[str, list[corpus.Utterance]]]:
    """All utterances, voice by voice, and their kind: "recorded" voices, "espeak" with its usual ones, with "odd" and
    drawn ones, with "bold" ones."""
    usual = _speech(cache / "speech.pickle", corpus.training_orders, workers)
    odd = _speech(cache / "odd.pickle", corpus.odd_orders, workers)
    bold = _speech(cache / "bold.pickle", corpus.bold_orders, workers)
    return [
        *(("espeak" if batch[0].voice.startswith("espeak") else "recorded", batch) for batch in usual),
        *(("odd", batch) for batch in odd),
        *(("bold", batch) for batch in bold),
    ]


def _speech(path: Path, orders: Callable[[], list[list[corpus.Order]]], workers: int) -> list[list[corpus.Utterance]]:
    """The utterances ordered, from the cache if they are there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        corpus.save(path, corpus.synthesise(orders(), workers))
    return corpus.load(path)


def _train(network: Listener, data: list[Clip], stage: Stage, pace: float, rng: np.random.Generator) -> None:
    """Train for the stage's processor time, `pace` times as long."""
    network.train()
    optimiser = torch.optim.AdamW(network.parameters(), lr=stage.rate, weight_decay=0.01)
    frequency = _frequency(data)
    weights = _class_weights(frequency)
    network.prior.copy_(weights * frequency / (weights * frequency).sum())
    loss_of = nn.CrossEntropyLoss(weights, label_smoothing=0.05, ignore_index=UNKNOWN)
    chances, seconds = _chances(data, stage), 60 * stage.minutes * pace
    began, step, mean_loss = time.process_time(), 0, 0.0
    while (progress := (time.process_time() - began) / seconds) < 1:
        for group in optimiser.param_groups:
            group["lr"] = stage.rate * min(1, (step + 1) / 200) * 0.5 * (1 + np.cos(np.pi * progress))
        features, labels = _batch(data, rng.choice(len(data), BATCH, p=chances), rng)
        with torch.autocast("cpu", torch.bfloat16):  # half the time where the processor multiplies bfloat16
            logits = network(features)
        loss = loss_of(logits.float().flatten(0, 1), labels.flatten())
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimiser.step()
        mean_loss = loss.item() if step == 0 else 0.99 * mean_loss + 0.01 * loss.item()
        step += 1
        if step % 500 == 0:
            logger.info("step %d, %.0f %%, loss %.3f", step, 100 * progress, mean_loss)
    network.eval()


def _keep(network: Listener, before: dict[str, Tensor], part: float) -> None:
    """Move the weights, norms included, a part of the way back to those from before; the prior stays."""
    for name, value in network.state_dict().items():
        if value.is_floating_point() and name != "prior":
            value.lerp_(before[name], part)


def _chances(data: list[Clip], stage: Stage) -> Floats:
    """How likely each clip is to be drawn, as the stage wants it; sums to 1."""
    chances = np.array([stage.english if clip.voice in RECORDED_ENGLISH else 1.0 for clip in data])
    if stage.share is not None:
        espeak = np.array([clip.voice.startswith("espeak") for clip in data])
        chances[espeak] *= stage.share / chances[espeak].sum()
        chances[~espeak] *= (1 - stage.share) / chances[~espeak].sum()
    chances /= chances.sum()
    return chances


def _class_weights(frequency: Floats) -> Tensor:
    weights = frequency**-0.3 * np.array([EMPHASIS.get(name, 1.0) for name in VISEMES], np.float32)
    return torch.from_numpy(weights / weights.mean())


def _frequency(data: list[Clip]) -> Floats:
    counts = np.bincount(np.concatenate([clip.labels for clip in data]), minlength=len(VISEMES))
    return (counts / counts.sum()).astype(np.float32)


def _batch(data: list[Clip], chosen: NDArray[np.intp], rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Pieces of the chosen clips: (BATCH, 100 x SECONDS, 65) and (BATCH, 50 x SECONDS)."""
    features = np.zeros((BATCH, 100 * SECONDS, 65), np.float32)
    labels = np.full((BATCH, 50 * SECONDS), UNKNOWN, np.int64)
    for row, index in enumerate(chosen):
        clip = data[index]
        first = rng.integers(0, max(1, len(clip.labels) - 50 * SECONDS + 1))
        piece = clip.labels[first : first + 50 * SECONDS]
        labels[row, : len(piece)] = piece
        features[row, : 2 * len(piece)] = _varied(clip.features[2 * first : 2 * (first + len(piece))], rng)
    return torch.from_numpy(features), torch.from_numpy(labels)


def _varied(features: NDArray[np.float16], rng: np.random.Generator) -> NDArray[np.float32]:
    """A throat of another length (the mel axis warped by up to 7 %), a voice up to 13 dB below the loudest of the
    recording, and two bands of up to 8 bins gone."""
    out = features.astype(np.float32)
    if rng.random() < 0.3:
        nats = rng.uniform(-3, 1)
        out += nats / 3
        out[:, 64] += nats / 5 - nats / 3
    if rng.random() < 0.5:
        places = np.clip(np.arange(64) * rng.uniform(0.93, 1.07) + rng.uniform(-1.5, 1.5), 0, 62.999)
        low = places.astype(int)
        part = (places - low).astype(np.float32)
        out[:, :64] = out[:, low] * (1 - part) + out[:, low + 1] * part
    for _ in range(2):
        first = rng.integers(0, 64)
        out[:, first : min(64, first + rng.integers(0, 9))] = 0
    return out


if __name__ == "__main__":
    main()
