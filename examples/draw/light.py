"""One soft key from the upper left, a cool fill, a rim behind: shading of a relief, with light inside the skin."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from canvas import Array, Canvas, smoothstep

KEY = np.array([-0.46, -0.52, 0.72], np.float32) / np.float32(np.sqrt(0.46**2 + 0.52**2 + 0.72**2))
FILL = np.array([0.75, -0.1, 0.65], np.float32) / np.float32(np.sqrt(0.75**2 + 0.1**2 + 0.65**2))
RIM = np.array([0.85, -0.35, -0.2], np.float32) / np.float32(np.sqrt(0.85**2 + 0.35**2 + 0.2**2))


@dataclass(frozen=True)
class Lit:
    """`diffuse` (H, W, 3) light arriving, white = 1; `gleam` (H, W) mirror light; `closed` (H, W) 1 in deep folds."""

    diffuse: Array
    gleam: Array
    closed: Array


def normals(canvas: Canvas, z: Array) -> Array:
    """Unit normals (H, W, 3) of a relief."""
    zu = cv2.Scharr(z, cv2.CV_32F, 1, 0) / 32 * canvas.unit
    zv = cv2.Scharr(z, cv2.CV_32F, 0, 1) / 32 * canvas.unit
    n = np.dstack([-zu, -zv, np.ones_like(z)])
    return np.asarray(n / np.linalg.norm(n, axis=2, keepdims=True), np.float32)


def shadow(canvas: Canvas, z: Array, reach: float = 0.7, steps: int = 22) -> Array:
    """1 where the key light reaches a relief, soft edges; marched at half size."""
    small = cv2.resize(z, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    h, w = small.shape
    deepest = np.zeros_like(small)
    slope = KEY[2] / np.hypot(KEY[0], KEY[1])
    for i in range(1, steps + 1):
        d = reach * (i / steps) ** 1.3
        offset = KEY[:2] / np.hypot(KEY[0], KEY[1]) * d * canvas.unit / 2
        shift = np.array([[1, 0, offset[0]], [0, 1, offset[1]]], np.float32)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        there = cv2.warpAffine(small, shift, (w, h), flags=flags, borderMode=cv2.BORDER_REPLICATE)
        rise = (there - small - d * slope) / (0.05 + 0.35 * d)
        deepest = np.maximum(deepest, np.asarray(rise, np.float32))
    lit = 1 - smoothstep(0.0, 0.55, np.asarray(deepest, np.float32))
    lit = canvas.blur(np.asarray(cv2.resize(lit, (z.shape[1], z.shape[0])), np.float32), 0.02)
    return np.asarray(lit, np.float32)


def shade(canvas: Canvas, z: Array, scatter: float = 1.0, rough: float = 0.3) -> Lit:
    """Light on a relief. `scatter` widens the glow under the skin, red most."""
    cast = shadow(canvas, z)
    closed = np.zeros_like(z)
    for sigma, gain in ((0.03, 2.4), (0.08, 2.2), (0.2, 1.6)):
        closed += gain * np.clip(canvas.blur(z, sigma) - z, 0, 0.2)
    open_ = np.exp(-1.9 * closed)
    layers = []
    for sigma, wrap, soft in ((0.05, 0.30, 0.10), (0.022, 0.16, 0.05), (0.012, 0.10, 0.03)):
        n = normals(canvas, canvas.blur(z, sigma * scatter))
        key = np.clip((n @ KEY + wrap) / (1 + wrap), 0, 1) ** 1.1 * canvas.blur(cast, soft * scatter)
        fill = np.clip((n @ FILL + 0.3) / 1.3, 0, 1)
        sky = 0.72 - 0.28 * n[..., 1]
        layers.append((key, fill, sky * canvas.blur(open_, 0.5 * sigma * scatter)))
    lights = np.array([[1.10, 1.01, 0.91], [0.17, 0.19, 0.22], [0.37, 0.36, 0.37]], np.float32)
    diffuse = np.dstack([sum(lights[k, c] * layers[c][k] for k in range(3)) for c in range(3)])
    n = normals(canvas, z)
    diffuse += (np.clip(n[..., 1], 0, 1) * open_)[..., None] * np.array([0.20, 0.11, 0.07], np.float32)
    rim = np.clip(n @ RIM, 0, 1) * (1 - n[..., 2]) ** 2 * 1.5
    diffuse += rim[..., None] * np.array([0.75, 0.8, 0.9], np.float32) * open_[..., None]
    gleam = np.zeros_like(z)
    for source, power in ((KEY, cast), (FILL, np.float32(0.25))):
        half = source + np.array([0, 0, 1], np.float32)
        half /= np.linalg.norm(half)
        facing = np.clip(n @ half, 0, 1)
        gleam += power * (facing ** (2 / rough**2) + 0.35 * facing ** (0.45 / rough**2)) * open_
    return Lit(np.asarray(diffuse, np.float32), np.asarray(gleam, np.float32), np.asarray(1 - open_, np.float32))


def develop(picture: Array) -> Array:
    """Linear light to sRGB uint8 with a soft shoulder."""
    x = np.clip(picture, 0, None)
    shoulder = np.where(x > 0.6, 0.6 + 0.4 * np.tanh((x - 0.6) / 0.4), x)
    srgb = np.where(shoulder < 0.0031308, 12.92 * shoulder, 1.055 * np.maximum(shoulder, 1e-6) ** (1 / 2.4) - 0.055)
    return np.asarray(np.clip(srgb * 255 + 0.5, 0, 255), np.float32)
