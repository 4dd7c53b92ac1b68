"""The engines there are, and what each needs: known without importing any of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

_GIB = 1 << 30
_NEURAL = ("torch", "diffusers", "transformers")


@dataclass(frozen=True)
class Tunable:
    """A number that an engine can be told: its least, its most, what it is otherwise, and what it does. Whole numbers
    when `default` is one.
    """

    low: float
    high: float
    default: float
    does: str


@dataclass(frozen=True)
class Card:
    """What is known of an engine.

    `target` "module:attribute" of its maker, called with the engine's name and the Means; `does` a sentence for
    people; `checkpoints` that it cannot do without; `packages` that must be installed;
    `memory` bytes that it takes on its device in half and in full precision; `rank` in the choice of "auto", the
    highest that works is taken, None for one that must be asked for; `cpu_seconds` that a second of film takes
    without a GPU; `framewise` whether a frame depends on its row of the motion alone, so that several machines can draw
    stretches of one film; `tuning` its numbers by name.
    """

    target: str
    does: str
    checkpoints: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()
    memory: tuple[int, int] = (0, 0)
    rank: int | None = None
    cpu_seconds: float = 0.0
    framewise: bool = False
    tuning: Mapping[str, Tunable] = field(default_factory=dict)

    @property
    def neural(self) -> bool:
        """Whether it runs networks with torch."""
        return bool(self.packages)


_DIFFUSION = {
    "steps": Tunable(1, 50, 20, "steps of diffusion: fewer are faster and rougher"),
    "guidance": Tunable(1.0, 3.0, 1.5, "how strongly sound leads: more moves the lips more, 1 takes half the time"),
    "reuse": Tunable(1, 5, 1, "keep deep features over so many steps: 3 takes about half the time of 1"),
    "overlap": Tunable(0, 4, 4, "frames that clips of 16 share: fewer are faster, and lips twitch where clips meet"),
}

ENGINES: dict[str, Card] = {
    "mesh": Card(
        "talking.engines.mesh:make",
        "moves the portrait's own pixels with a face mesh; fast on any computer",
        rank=0,
        framewise=True,
    ),
    "musetalk": Card(
        "talking.engines.musetalk:make",
        "paints lips with MuseTalk 1.5 in one pass; keeps up with playing on a GPU",
        checkpoints=("musetalk", "sd-vae-ft-mse", "whisper-tiny"),
        packages=_NEURAL,
        memory=(3 * _GIB, 6 * _GIB),
        rank=2,
        cpu_seconds=240.0,
    ),
    "latentsync": Card(
        "talking.engines.latentsync:make",
        "paints lips with LatentSync 1.6 by diffusion at 512 pixels; slow, for quality",
        checkpoints=("latentsync-1.6", "sd-vae-ft-mse", "whisper-tiny"),
        packages=_NEURAL,
        memory=(10 * _GIB, 16 * _GIB),
        rank=1,
        cpu_seconds=18_500.0,
        tuning=_DIFFUSION,
    ),
    "latentsync-1.5": Card(
        "talking.engines.latentsync:make",
        "paints lips with LatentSync 1.5 by diffusion at 256 pixels; slow, in less memory",
        checkpoints=("latentsync-1.5", "sd-vae-ft-mse", "whisper-tiny"),
        packages=_NEURAL,
        memory=(6 * _GIB, 9 * _GIB),
        cpu_seconds=4_900.0,
        tuning=_DIFFUSION,
    ),
    "wav2lip": Card(
        "talking.engines.wav2lip:make",
        "paints lips with Wav2Lip at 96 pixels, from weights of your own, for non-commercial use only",
        checkpoints=("wav2lip",),
        packages=("torch",),
        memory=(_GIB, 2 * _GIB),
        cpu_seconds=5.0,
    ),
}
"""Every engine by its name."""
