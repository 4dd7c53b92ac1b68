"""The bank of drivers: eighteen people of our own making, each of whom moves in a way of their own.

Figures lie inside what was measured on talking people: pose deviations of 1 to 6 degrees, 10 to 32 blinks a minute.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from zlib import crc32

from talking.errors import Unknown
from talking.motion.facts import PortraitFacts

SCHEME = "bank://"


@dataclass(frozen=True)
class Gaze:
    """How the eyes rest on the viewer: `spread` and `pace` of their small jumps, 1 as most people's; `aside` the share
    of jumps that leave the viewer for a second, `towards` which place, right and down in degrees.
    """

    spread: float = 1.0
    pace: float = 1.0
    aside: float = 0.0
    towards: tuple[float, float] = (0.0, 0.0)


_STEADY = Gaze()


@dataclass(frozen=True)
class HeadStyle:
    """How somebody moves while talking; the default is the plain natural manner.

    Factors, 1 for the plain manner: `amplitude` of the sway, `tempo` of the sway, `nod` how often and how deep,
    `brow` how often and how high, `mouth` how far it opens, `balance` of the sway in pitch, yaw and roll. `blinks` a
    minute while speaking. `idle` (pitch, yaw, roll) in degrees, how the head is held. `gaze` its habits. `seed` is
    added to the request's own, so that two drivers never move alike; `mirrored` swaps left and right.
    """

    amplitude: float = 1.0
    tempo: float = 1.0
    nod: float = 1.0
    brow: float = 1.0
    mouth: float = 1.0
    balance: tuple[float, float, float] = (1.0, 1.0, 1.0)
    blinks: float = 22.0
    idle: tuple[float, float, float] = (0.0, 0.0, 0.0)
    gaze: Gaze = _STEADY
    seed: int = 0
    mirrored: bool = False


PLAIN = HeadStyle()

_PITCH, _YAW, _ROLL, _EVEN = (1.5, 0.6, 0.8), (0.7, 1.35, 0.8), (0.8, 0.7, 1.8), (1.0, 1.0, 1.0)
"""Which axis somebody's sway prefers."""

_N, _L, _S = "natural/driver-", "lively/driver-", "subtle/driver-"

_BANK = {
    # name: amplitude, tempo, nod, brow, mouth, balance, blinks, (pitch, yaw, roll) at rest, gaze
    _N + "1": HeadStyle(1.00, 1.00, 1.15, 0.8, 1.00, _PITCH, 20, (0.0, -3.0, 1.0), Gaze(1.0, 1.0, 0.06, (-6, 2))),
    _N + "2": HeadStyle(1.10, 0.85, 0.85, 0.9, 0.98, _YAW, 17, (0.5, 3.0, -1.0), Gaze(0.8, 0.8, 0.10, (7, 1))),
    _N + "3": HeadStyle(0.85, 1.20, 1.30, 0.5, 1.03, _PITCH, 23, (1.5, -1.5, 2.2), Gaze(1.3, 1.3)),
    _N + "4": HeadStyle(1.05, 1.05, 0.65, 1.3, 1.00, _ROLL, 19, (-1.0, 1.5, -2.5), Gaze(0.9, 0.9, 0.12, (5, -4))),
    _N + "5": HeadStyle(0.75, 0.75, 1.00, 1.0, 0.96, _EVEN, 14, (-1.5, 0.0, 0.0), Gaze(0.6, 0.6)),
    _N + "6": HeadStyle(1.25, 0.95, 0.75, 0.7, 1.05, _YAW, 25, (1.0, -4.0, 1.2), Gaze(1.2, 1.4, 0.18, (-8, 0))),
    _N + "7": HeadStyle(0.95, 1.35, 1.55, 1.1, 1.02, _ROLL, 28, (-0.5, 4.0, -1.2), Gaze(1.5, 1.1, 0.05, (6, 3))),
    _N + "8": HeadStyle(1.15, 0.65, 0.50, 0.4, 0.94, _YAW, 14, (2.2, 0.0, 0.5), Gaze(0.8, 0.7, 0.22, (0, 5))),
    _L + "01": HeadStyle(1.60, 1.25, 1.50, 1.2, 1.10, _PITCH, 26, (0.0, -3.5, 1.5), Gaze(1.2, 1.2, 0.08, (-8, 0))),
    _L + "02": HeadStyle(1.65, 1.10, 1.10, 1.5, 1.08, _YAW, 22, (-1.0, 2.5, -1.5), Gaze(1.0, 1.0, 0.14, (9, -2))),
    _L + "03": HeadStyle(1.40, 1.60, 1.90, 0.9, 1.12, _EVEN, 31, (1.0, 0.0, 0.0), Gaze(1.6, 1.6)),
    _L + "04": HeadStyle(1.55, 1.35, 0.90, 1.9, 1.06, _ROLL, 24, (-2.0, 2.0, -1.6), Gaze(1.4, 1.2, 0.10, (6, -5))),
    _L + "05": HeadStyle(1.75, 0.95, 1.30, 1.0, 1.15, _YAW, 28, (0.5, -2.0, 2.0), Gaze(1.1, 1.3, 0.20, (-9, 1))),
    _L + "06": HeadStyle(1.45, 1.80, 1.60, 1.4, 1.05, _ROLL, 18, (2.0, 1.0, 1.5), Gaze(1.8, 1.8, 0.05, (5, 4))),
    _S + "01": HeadStyle(0.45, 0.80, 0.40, 0.4, 0.95, _PITCH, 14, (0.0, -1.5, 0.6), Gaze(0.7, 0.8)),
    _S + "02": HeadStyle(0.35, 0.95, 0.60, 0.7, 0.93, _YAW, 17, (1.0, 1.5, -0.8), Gaze(1.0, 1.0, 0.08, (5, 1))),
    _S + "03": HeadStyle(0.55, 0.60, 0.25, 0.2, 0.97, _ROLL, 11, (-0.8, 0.0, 1.5), Gaze(0.5, 0.5, 0.12, (-4, 3))),
    _S + "04": HeadStyle(0.60, 1.35, 0.80, 0.5, 0.90, _EVEN, 20, (1.8, -2.5, -0.8), Gaze(1.2, 1.3)),
}

DRIVERS: Mapping[str, HeadStyle] = MappingProxyType(
    {name: replace(style, seed=crc32(name.encode())) for name, style in _BANK.items()}
)
"""The bank by name, without its scheme."""

GROUPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        group: tuple(name for name in DRIVERS if name.startswith(f"{group}/"))
        for group in ("natural", "lively", "subtle")
    }
)

_TURNED_YAW, _TURNED_PITCH = 16.0, 12.0  # degrees from which on a head shows too little of its far side to move freely
_FRONTAL, _STRAIGHT = 8.0, 4.0
_TIGHT, _WIDE = 0.42, 0.75  # of a face's width between the head and the picture's edge


def auto(facts: PortraitFacts, key: int) -> str:
    """The driver for a portrait, with its scheme and side; the same portrait always gets the same one.

    A turned head or a tight frame gets a subtle one, a frontal head with room around it a lively one, others a natural
    one; `key`, a hash of the picture, decides within the group, and the driver is flipped where it would hold the
    head still further to the side to which the portrait is turned.
    """
    turned = abs(facts.yaw) > _TURNED_YAW or abs(facts.pitch) > _TURNED_PITCH
    frontal = max(abs(facts.yaw), abs(facts.pitch)) < _FRONTAL
    group = "subtle" if turned or facts.room < _TIGHT else "lively" if frontal and facts.room >= _WIDE else "natural"
    name = _of_group(group, key)
    further = abs(facts.yaw) > _STRAIGHT and DRIVERS[name].idle[1] * facts.yaw > 0
    return _canonical(name, mirrored=further)


def resolve(name: str, key: int = 0) -> tuple[HeadStyle, str, tuple[str, ...]]:
    """A driver's manner, its full name ("bank://lively/driver-03/original") and notes for the user.

    The scheme may be left out, as may zeros before a number; a group alone ("lively") stands for one of its drivers,
    chosen by `key`; `/flipped` swaps left and right, `/original` does not. Raises Unknown for any other name.
    """
    path = name.strip().casefold().removeprefix(SCHEME).strip("/")
    path, mirrored = _side(path)
    notes: tuple[str, ...] = ()
    if path in GROUPS:
        path = _of_group(path, key)
        notes = (f"The driver {path} was chosen out of its group.",)
    else:
        path = _numbered(path)
    if path not in DRIVERS:
        raise Unknown.name(
            "driver", name, [*DRIVERS, *GROUPS], hint="A driver of the bank, a group of it, or a video can be named."
        )
    return replace(DRIVERS[path], mirrored=mirrored), _canonical(path, mirrored=mirrored), notes


def resolve_or_auto(name: str, facts: PortraitFacts, key: int) -> tuple[HeadStyle, str, tuple[str, ...]]:
    """As `resolve`, with "auto" or nothing for one that suits the portrait; a name that does not exist is taken for
    "auto", too, and noted: what clients of the hosted services expect.
    """
    chosen = auto(facts, key)
    if name.strip().casefold() in ("", "auto", SCHEME):
        style, full, _ = resolve(chosen)
        return style, full, (f"The driver {full} was chosen for this portrait.",)
    try:
        return resolve(name, key)
    except Unknown:
        style, full, _ = resolve(chosen)
        return style, full, (f"There is no driver called '{name[:80]}': {full} was chosen for this portrait.",)


def is_bank_name(name: str) -> bool:
    """Whether a request's driver speaks of the bank and not of somebody's own video."""
    path = name.strip().casefold()
    return path in ("", "auto") or path.startswith(SCHEME) or path.strip("/").partition("/")[0] in GROUPS


def _of_group(group: str, key: int) -> str:
    return GROUPS[group][key % len(GROUPS[group])]


def _canonical(name: str, *, mirrored: bool) -> str:
    return f"{SCHEME}{name}/{'flipped' if mirrored else 'original'}"


def _side(path: str) -> tuple[str, bool]:
    """The path without its side, and whether that is the other one."""
    for side in ("flipped", "original"):
        if path.endswith(f"/{side}"):
            return path.removesuffix(f"/{side}"), side == "flipped"
    return path, False


def _numbered(path: str) -> str:
    """The path as the bank spells it: some groups count with two digits."""
    stem, dash, number = path.rpartition("-")
    if not dash or not number.isascii() or not number.isdigit() or len(number) > 3:
        return path
    return f"{stem}-{int(number)}" if stem.startswith("natural/") else f"{stem}-{int(number):02d}"
