"""How good a talking video is, measured on the file alone: lip-sync, closures, stillness, liveliness."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from talking.articulation import articulate
from talking.errors import FaceError, InvalidRequest
from talking.evaluate import figures as measured
from talking.evaluate.evaluation import Evaluation, as_json, as_table
from talking.evaluate.figures import Figure
from talking.evaluate.opening import OPENING_STEP, heard_opening, known_opening
from talking.evaluate.plot import plot
from talking.evaluate.second import second_opening
from talking.evaluate.sync import Sync, sync
from talking.evaluate.tracks import FaceTracks, face_tracks
from talking.media.readback import open_video, sound_of
from talking.motion import listen
from talking.motion.phonemes import SIL, Segment
from talking.types import Speech

__all__ = ["Evaluation", "as_json", "as_table", "evaluate", "plot"]

MIN_SECONDS = 2.0
MAX_MISSING = 0.05
DIGITAL_SILENCE = 1e-4

OFFSET_LIMITS_MS = (-120.0, 40.0)
"""Lips of real talkers run 90 ms ahead of their phonemes to 56 ms behind; the limits keep that range."""

MIN_CORRELATION = 0.40


def evaluate(path: str | Path, *, text: str = "", language: str = "") -> Evaluation:
    """Measure the video at `path`; `text` is what it says, the truth for lip closures.

    Raises InvalidRequest when the file is not a video, is shorter than 2 s or has no sound to speak of, and
    FaceError when no face is seen in more than 5 % of its frames.
    """
    path = Path(path)
    speech = _sound(path, text, language)
    posteriors = listen.posteriors(speech)
    known = articulate(speech, posteriors)
    with open_video(path) as video:
        tracks = face_tracks(video.frames, video.fps)
    missing = 1.0 - float(np.mean(tracks.seen)) if len(tracks.seen) else 1.0
    if missing > MAX_MISSING:
        raise FaceError(f"No face is seen in {missing:.0%} of the frames: there is no mouth to measure in this video.")
    opening = heard_opening(posteriors)
    first = sync(tracks.aperture, tracks.times, opening, OPENING_STEP)
    clock = (np.arange(len(posteriors)) + 0.5) * OPENING_STEP
    silent = np.interp(tracks.times, clock, posteriors[:, SIL]).astype(np.float32)
    rows = [
        *_sync_figures(first),
        *_second_figures(speech, known.segments if known.known_from == "text" else None, tracks),
        *measured.closures(tracks, known.segments, from_text=known.known_from == "text"),
        *measured.articulation(tracks),
        *measured.silence(tracks, silent),
        measured.jitter(tracks),
        *measured.liveliness(tracks),
        Figure("face_missing", missing, None, MAX_MISSING),
    ]
    return Evaluation(tuple(rows), tracks, speech, tuple(known.segments), opening, OPENING_STEP)


def _sound(path: Path, text: str, language: str) -> Speech:
    speech = sound_of(path)
    if speech is None or float(np.abs(speech.samples).max(initial=0.0)) < DIGITAL_SILENCE:
        raise InvalidRequest("The video has no sound to compare the lips with.")
    if speech.duration < MIN_SECONDS:
        raise InvalidRequest(f"The video is {speech.duration:.1f} s long; at least {MIN_SECONDS:.0f} s are needed.")
    return replace(speech, text=text, language=language)


def _sync_figures(found: Sync) -> list[Figure]:
    low, high = OFFSET_LIMITS_MS
    return [
        # A best lag at the edge of the search is no lag at all, whatever its height.
        Figure("av_offset_ms", np.nan if found.at_edge else found.offset_ms, low, high, "ms"),
        Figure("av_corr", found.corr, MIN_CORRELATION),
        Figure("av_conf", found.conf),
    ]


def _second_figures(speech: Speech, segments: list[Segment] | None, tracks: FaceTracks) -> list[Figure]:
    """The same comparison with tracks made otherwise: from the text, and by pocketsphinx where it is installed."""
    rows: list[Figure] = []
    openings = {"text": known_opening(segments, speech.duration) if segments else None}
    openings["sphinx"] = second_opening(speech, OPENING_STEP)
    for name, opening in openings.items():
        if opening is not None:
            found = sync(tracks.aperture, tracks.times, opening, OPENING_STEP)
            rows += [Figure(f"{name}_offset_ms", found.offset_ms, unit="ms"), Figure(f"{name}_corr", found.corr)]
    return rows
