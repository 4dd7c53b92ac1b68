"""What makes one drawn person differ from the next. Lengths are factors or eye distances, colours sRGB codes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Person:
    name: str
    seed: int
    # colours
    skin: str
    flush: str
    lip: str
    iris: str
    hair: str
    shine: str
    brow: str
    cloth: str
    backdrop: tuple[str, str]
    # shape
    jaw: float = 1.0
    chin: float = 1.0
    length: float = 1.0
    neck: float = 0.56
    nose: float = 1.0
    nose_lift: float = 0.0
    eye: float = 1.0
    tilt: float = 0.0
    crease: float = 0.055
    lips: float = 1.0
    mouth: float = 0.37
    smile: float = 0.02
    brow_weight: float = 1.0
    brow_arch: float = 1.0
    brow_height: float = 0.0
    lashes: float = 1.0
    # surface
    gloss: float = 1.0
    freckles: float = 0.0
    stubble: float = 0.0
    age: float = 0.0
    sideburn: float = 0.14
    style: str = "bob"
    collar: str = "crew"
