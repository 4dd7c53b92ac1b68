"""The quality report of a finished film: a few seconds of it looked at again, and a score with its reason."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from talking.articulation import Articulation
from talking.errors import InvalidRequest, PoorQuality
from talking.evaluate import figures as measured
from talking.evaluate.likeness import Likeness
from talking.evaluate.opening import OPENING_STEP, heard_opening
from talking.evaluate.sync import sync
from talking.evaluate.tracks import FaceTracks, face_tracks
from talking.face.identity import Embedder
from talking.media.loudness import clipping
from talking.media.readback import open_video, sound_of
from talking.motion import listen
from talking.motion.phonemes import SIL, Segment
from talking.types import Image, Portrait, Speech

QUICK_SECONDS, CAREFUL_SECONDS = 6.0, 30.0
"""How much of a film is looked at: half of it at the beginning and half at the end where the film is longer."""

LEAST_SECONDS = 2.0
LEAST_CLOSURES = 4
LEAST_SPEECH = 0.25
"""Share of a window that must be speech for lips and sound to be compared."""

GRADES: dict[str, tuple[tuple[float, float], ...]] = {
    # First, because the first of equals is the reason: lips that rest have no offset that means anything.
    "range": ((0.03, 0), (0.1, 0.5), (0.15, 1), (0.5, 1), (0.6, 0.5), (0.9, 0)),
    "av_offset_ms": ((-240, 0), (-120, 0.5), (-80, 1), (0, 1), (40, 0.5), (160, 0)),
    "av_drift_ms": ((-120, 0), (-40, 0.5), (-20, 1), (20, 1), (40, 0.5), (120, 0)),
    "av_corr": ((0, 0), (0.4, 0.5), (0.7, 1)),
    "closure_hit": ((0.5, 0), (0.9, 0.5), (1, 1)),
    "jitter": ((0.02, 1), (0.04, 0.5), (0.12, 0)),
    "mouth_sharpness": ((0.2, 0), (0.5, 0.5), (0.8, 1)),
    "identity_drift": ((0.02, 1), (0.04, 0.5), (0.08, 0)),
    "face_missing": ((0, 1), (0.05, 0.5), (0.3, 0)),
    "clipping": ((0, 1), (0.001, 0.5), (0.02, 0)),
}
"""Figure -> (value, grade) points that a straight line joins; a grade of .5 is the limit of `talking evaluate` or, for
likeness and clipping, what is just not disturbing. Figures without a line here only inform."""

_WORDS = {
    "av_offset_ms": ("the lips are {value:.0f} ms off the sound", "check the sound file for a damaged start"),
    "av_drift_ms": ("lips and sound drift apart by {value:.0f} ms", "check the sound file for gaps"),
    "av_corr": ("the lips follow the sound with a correlation of {value:.2f}", "use a larger, frontal face"),
    "closure_hit": ("the lips meet for {value:.0%} of the sounds m, b and p", "use a portrait with its mouth closed"),
    "range": ("the lips move by {value:.2f} of the distance between the eyes", "turn the knob 'mouth'"),
    "jitter": ("the mouth trembles by {value:.3f} of the distance between the eyes", "use a larger face"),
    "mouth_sharpness": ("the mouth is {value:.2f} times as sharp as in the portrait", "use a sharper portrait"),
    "identity_drift": ("the face strays from the portrait by {value:.2f}", "use a frontal portrait"),
    "face_missing": ("no face is seen in {value:.0%} of the frames", "use a larger, frontal face"),
    "clipping": ("{value:.2%} of the sound is clipped", "record it more quietly"),
}


@dataclass(frozen=True)
class Track:
    """The mouth and the sound of a part of the film, a value for each frame: it begins at `start` seconds and has `fps`
    frames a second; `opening` in distances of the eyes, None where no face was seen; `loudness` as RMS, 0 to 1.
    """

    start: float
    fps: float
    opening: tuple[float | None, ...]
    loudness: tuple[float, ...]


@dataclass(frozen=True)
class Quality:
    """`values` by figure, NaN left out; `grades` in [0, 1] of those that count; `seconds` of film looked at; `tracks`
    of each part that was looked at, to be drawn.
    """

    values: dict[str, float]
    grades: dict[str, float]
    seconds: float
    tracks: tuple[Track, ...] = ()

    @property
    def score(self) -> float:
        """The worst grade, 0 to 1; .5 and more means that every limit holds."""
        return min(self.grades.values(), default=0.0)

    @property
    def reason(self) -> str:
        """What the score comes from, in words, and what to do about it."""
        if not self.grades:
            return "nothing of it could be measured"
        worst = min(self.grades, key=lambda name: self.grades[name])
        words, advice = _WORDS[worst]
        return f"{words.format(value=self.values[worst])}; {advice}"

    def document(self) -> dict[str, Any]:
        """JSON-safe: score, grades, values and tracks."""
        return {
            "score": round(self.score, 3),
            "reason": self.reason if self.score < 1 else "",
            "grades": {name: round(grade, 3) for name, grade in self.grades.items()},
            "values": {name: round(value, 4) for name, value in self.values.items()},
            "seconds_looked_at": round(self.seconds, 2),
            "tracks": [
                {**asdict(track), "opening": list(track.opening), "loudness": list(track.loudness)}
                for track in self.tracks
            ],
        }


def require(quality: Quality, least: float) -> None:
    """Raise PoorQuality, with the reason, when the score is below `least`."""
    if quality.score < least:
        raise PoorQuality(
            f"The film's quality is {quality.score:.2f} and at least {least:.2f} was asked for: {quality.reason}."
        )


def assess(
    path: Path,
    known: Articulation,
    portrait: Portrait,
    *,
    seconds: float = QUICK_SECONDS,
    original: Speech | None = None,
    identity_model: Path | None = None,
) -> Quality:
    """Look at up to `seconds` of the film at `path` again.

    `known` is the speech it was made from with its visemes, `portrait` what the engine got. A film without sound is
    held against `known.speech`. `original` is the sound as it came, when its loudness was changed since.
    `identity_model` (`talking.face.identity`) adds "identity_similarity", which only informs. Raises InvalidRequest
    when the film cannot be read, Unavailable when that model cannot.
    """
    likeness = Likeness(portrait, Embedder(identity_model) if identity_model else None)
    parts = _parts(known.speech, seconds)
    windows = [_Window.of(path, known, start, length, likeness) for start, length in parts]
    values: dict[str, float] = {}
    rows = [window.figures() for window in windows]
    for name in dict.fromkeys(itertools.chain.from_iterable(rows)):
        found = [row[name] for row in rows if math.isfinite(row.get(name, np.nan))]
        if found:
            values[name] = float(np.mean(found))
    offsets = [row["av_offset_ms"] for row in rows if math.isfinite(row.get("av_offset_ms", np.nan))]
    if len(offsets) > 1:
        values["av_drift_ms"] = offsets[-1] - offsets[0]
    values["mouth_sharpness"], values["identity_drift"] = likeness.sharpness, likeness.drift
    values["identity_similarity"] = likeness.similarity
    values["clipping"] = clipping(original or known.speech)
    values = {name: value for name, value in values.items() if math.isfinite(value)}
    grades = {
        name: float(np.interp(values[name], [value for value, _ in points], [grade for _, grade in points]))
        for name, points in GRADES.items()
        if name in values
    }
    looked_at = sum(len(window.tracks.times) / window.tracks.fps for window in windows)
    drawn = tuple(window.track(start) for window, (start, _) in zip(windows, parts, strict=True))
    return Quality(values, grades, looked_at, drawn)


def _parts(speech: Speech, seconds: float) -> list[tuple[float, float]]:
    """(start, length) of what is looked at, on whole frames."""
    frames, budget = speech.num_frames, round(seconds * 25)
    if frames <= budget:
        return [(0.0, frames / 25)]
    half = budget // 2
    return [(0.0, half / 25), ((frames - half) / 25, half / 25)]


@dataclass(frozen=True)
class _Window:
    """A part of the film: its tracks, its own sound, and the visemes that were expected in it, from 0 on."""

    tracks: FaceTracks
    speech: Speech
    segments: Sequence[Segment]

    @classmethod
    def of(cls, path: Path, known: Articulation, start: float, length: float, likeness: Likeness) -> _Window:
        with open_video(path, start=start) as video:
            near = ((time - start, image) for time, image in _until(video.frames, start + length))
            tracks = face_tracks(near, video.fps or 25.0, observe=likeness.observe)
        if not len(tracks.times):
            raise InvalidRequest("The film has no frames to look at.")
        sound = sound_of(path, start=start, seconds=length) or _slice(known.speech, start, length)
        segments = [
            replace(segment, start=segment.start - start, end=segment.end - start)
            for segment in known.segments
            if segment.end > start + 0.2 and segment.start < start + length - 0.2
        ]
        return cls(tracks, sound, segments)

    def track(self, start: float) -> Track:
        """What can be drawn of this part, which begins at `start` seconds."""
        fps, samples = self.tracks.fps, self.speech.samples
        edges = np.minimum(np.arange(len(self.tracks.times) + 1) * self.speech.rate / fps, len(samples)).astype(int)
        heard = (samples[first:last] for first, last in itertools.pairwise(edges))
        return Track(
            round(start, 2),
            round(fps, 3),
            tuple(round(float(gap), 3) if math.isfinite(gap) else None for gap in self.tracks.aperture),
            tuple(round(float(np.sqrt(np.mean(part**2))), 3) if len(part) else 0.0 for part in heard),
        )

    def figures(self) -> dict[str, float]:
        """The values of this part; those that it is too short or too silent for are left out."""
        tracks = self.tracks
        rows = {"face_missing": 1.0 - float(np.mean(tracks.seen))}
        if rows["face_missing"] > 0.5:
            return rows
        rows |= {figure.name: figure.value for figure in measured.liveliness(tracks)}
        if self.speech.duration < LEAST_SECONDS or not np.abs(self.speech.samples).max(initial=0.0) > 1e-4:
            return rows
        posteriors = listen.posteriors(self.speech)
        if float(np.mean(posteriors[:, SIL] < 0.5)) < LEAST_SPEECH:
            return rows
        found = sync(tracks.aperture, tracks.times, heard_opening(posteriors), OPENING_STEP)
        closures = {figure.name: figure.value for figure in measured.closures(tracks, self.segments, from_text=True)}
        rows |= {"av_offset_ms": np.nan if found.at_edge else found.offset_ms, "av_corr": found.corr}
        if closures["closures"] >= LEAST_CLOSURES:
            rows["closure_hit"] = closures["closure_hit"]
        reach = {figure.name: figure.value for figure in measured.articulation(tracks)}
        return {**rows, "range": reach["range"], "jitter": measured.jitter(tracks).value}


def _until(frames: Iterator[tuple[float, Image]], end: float) -> Iterator[tuple[float, Image]]:
    return itertools.takewhile(lambda pair: pair[0] < end - 0.001, frames)


def _slice(speech: Speech, start: float, length: float) -> Speech:
    first = round(start * speech.rate)
    return Speech(speech.samples[first : first + round(length * speech.rate)], speech.rate)
