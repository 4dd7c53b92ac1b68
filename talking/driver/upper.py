"""Lids, gaze and brows of a followed face, as blendshapes."""

from __future__ import annotations

import numpy as np
from scipy.ndimage import gaussian_filter1d, median_filter

from talking.driver.rigid import Array, Turned
from talking.motion.eyes import look
from talking.types import BLENDSHAPES, CHANNEL, Floats

# The speaker's right eye and brow are on the picture's left; each row is right, left.
_CORNERS = ((33, 133), (362, 263))  # picture's left, right
_LIDS = (((159, 145), (158, 153), (160, 144)), ((386, 374), (385, 380), (387, 373)))
_IRISES = (468, 473)
_INNER_BROWS = ((107, 66), (336, 296))
_OUTER_BROWS = ((70, 63), (300, 293))

_OPEN_LEVEL = 75  # percentile of the gap that counts as open: people's eyes are open most of the time
_SHUT_GAP = (0.1, 0.35)  # of the open gap: what is measured on a closed eye of a person, and at most of any
_UNSURE_GAP = 0.15  # of the open gap, by which it varies without a blink
_WINK = 0.3  # difference of both lids from which it is meant; less is error, most of all on the far eye

_EYE_PER_RADIUS = 2.5  # width of the eye's opening, 30 mm, over the radius of the eyeball, 12 mm
_FULL_LOOK = 30.0  # degrees of a gaze blendshape at 1
_FARTHEST = 0.8  # of that
_STEADY = 0.8
"""Of the head's turn that eyes make up for when they rest on the camera: measured on a film of somebody who shakes the
head (0.84, with 93 % of the gaze explained by it), and what the mesh engine makes up for by itself."""

_SURE = 0.25  # share of the gaze that the head's turn has to explain to tell how well the eyes are read
_WORST_READ = 0.4  # of a turn, at least: irises behind glasses and in small pictures are seen to move less than they do

_HIDDEN = 0.35  # of a blink, from which on the iris is not seen well enough

_BROW_UP, _BROW_DOWN = 0.08, 0.05  # movement at 1, distances between the eyes
_BROW_STILL = 0.006  # by which brows that do nothing are measured to move
_SMOOTH = 1.5  # frames, standard deviation; symmetric, so nothing comes late


def upper_face(head: Turned) -> Floats:
    """The blendshapes of brows and eyes in T meshes, float32 (T, 53) in [0, 1], relative to the clip's own rest.

    Gaze is relative to the viewer: at 0 the eyes rest on the camera as the head turns, as the engine's do.
    """
    lids = _lids(head.faces)
    out = np.zeros((len(lids), len(BLENDSHAPES)), np.float32)
    out[:, CHANNEL["eyeBlinkRight"]], out[:, CHANNEL["eyeBlinkLeft"]] = lids.T
    look(out, _gaze(head, lids.max(axis=1)).astype(np.float32))
    _brows(out, head.faces)
    return out


def _lids(faces: Array) -> Array:
    """How far each lid is closed (T, 2), 0 at the clip's own open level."""
    sides = []
    for pairs, corners in zip(_LIDS, _CORNERS, strict=True):
        gap = np.mean([faces[:, low, 1] - faces[:, high, 1] for high, low in pairs], axis=0)
        gap = gap / _width(faces, corners)
        share = gap / max(float(np.percentile(gap, _OPEN_LEVEL)), 1e-6)
        shut = float(np.clip(np.percentile(share, 1), *_SHUT_GAP))
        sides.append(np.clip((1.0 - _UNSURE_GAP - share) / (1.0 - _UNSURE_GAP - shut), 0.0, 1.0))
    lids = np.stack(sides, axis=1)
    half = (lids[:, 0] - lids[:, 1]) / 2
    meant = np.sign(half) * np.maximum(np.abs(half) - _WINK / 2, 0.0) * (1.0 / (1.0 - _WINK))
    both: Array = lids.mean(axis=1)[:, None] + np.stack([meant, -meant], axis=1)
    return np.clip(both, 0.0, 1.0)


def _gaze(head: Turned, closed: Array) -> Array:
    """Where the eyes look, right and down, as shares of _FULL_LOOK (T, 2), 0 at the clip's own middle."""
    sides = []
    for iris, corners in zip(_IRISES, _CORNERS, strict=True):
        offset = head.faces[:, iris, :2] - head.faces[:, list(corners), :2].mean(axis=1)
        sides.append(np.degrees(np.arcsin(np.clip(offset / _width(head.faces, corners) * _EYE_PER_RADIUS, -1, 1))))
    gaze = np.mean(sides, axis=0)
    seen = closed < _HIDDEN
    if not seen.any():
        return np.zeros_like(gaze)
    frames = np.arange(len(gaze))
    gaze = np.stack([np.interp(frames, frames[seen], axis[seen]) for axis in gaze.T], axis=1)
    for axis, turn in zip(gaze.T, head.pose[:, [1, 0]].T, strict=True):
        axis /= _read(axis[seen], turn[seen])
        axis += _STEADY * turn
    gaze = (gaze - np.median(gaze[seen], axis=0)) / _FULL_LOOK
    smooth: Array = gaussian_filter1d(median_filter(gaze, (3, 1)), 0.6, axis=0)
    return np.clip(smooth, -_FARTHEST, _FARTHEST)


def _read(gaze: Array, turn: Array) -> float:
    """How much of the eyes' turning is seen, _WORST_READ to 1: by how much less than _STEADY they seem to make up for
    the head's, where that is what they mostly do.
    """
    gaze, turn = gaze - gaze.mean(), turn - turn.mean()
    both = float(gaze @ turn)
    explained = both**2 / max(float(gaze @ gaze) * float(turn @ turn), 1e-9)
    if explained < _SURE:
        return 1.0
    return float(np.clip(-both / float(turn @ turn) / _STEADY, _WORST_READ, 1.0)) if both < 0 else 1.0


def _brows(out: Floats, faces: Array) -> None:
    """Set the brow channels from the height of the brows over the corners of the eyes, which lids do not move."""
    inner = np.stack([_height(faces, *sides) for sides in zip(_INNER_BROWS, _CORNERS, strict=True)], axis=1)
    outer = np.stack([_height(faces, *sides) for sides in zip(_OUTER_BROWS, _CORNERS, strict=True)], axis=1)
    up, down = _risen(inner.mean(axis=1)) / _BROW_UP, _risen(-(inner + outer) / 2) / _BROW_DOWN
    out[:, CHANNEL["browInnerUp"]] = np.clip(up, 0.0, 1.0)
    for side, column in (("Right", 0), ("Left", 1)):
        out[:, CHANNEL[f"browOuterUp{side}"]] = np.clip(_risen(outer[:, column]) / _BROW_UP, 0.0, 1.0)
        out[:, CHANNEL[f"browDown{side}"]] = np.clip(down[:, column], 0.0, 1.0)


def _height(faces: Array, brow: tuple[int, ...], corners: tuple[int, ...]) -> Array:
    height = faces[:, list(corners), 1].mean(axis=1) - faces[:, list(brow), 1].mean(axis=1)
    smooth: Array = gaussian_filter1d(height - np.median(height), _SMOOTH, mode="nearest")
    return smooth


def _risen(height: Array) -> Array:
    """What of a height goes beyond what may be error."""
    return np.maximum(height - _BROW_STILL, 0.0)


def _width(faces: Array, corners: tuple[int, int]) -> float:
    left, right = corners
    return float(np.median(faces[:, right, 0] - faces[:, left, 0]))
