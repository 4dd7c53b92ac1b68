"""What each stage of a film costs on this machine, as ratios to the encoder alone in the same run.

Times of one machine at one moment say little about another; the ratio to libx264 on the same frames in the same
minute says how much the rest adds.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path
from typing import TypeVar

import av
import cv2
import numpy as np

from talking import engines, examples, motion, speech
from talking.articulation import articulate
from talking.engines import Engine, Stage
from talking.errors import InvalidRequest
from talking.face.detect import find_portrait
from talking.media import image
from talking.media.video import encode, wrapped
from talking.types import FPS, Frame, Frames, Image, Motion, Speech

T = TypeVar("T")

SIZES = ("512x512", "1080x1080", "1920x1080")

SENTENCES = (
    "A picture that talks is only as good as its lips. Every time I say maybe, my mouth must meet, and when I pause, "
    "it must rest. People see in a moment whether a face belongs to its voice. "
)

FIRST_FRAMES = 12
"""Frames in the first chunk of a film that is played while it is made."""


@dataclass(frozen=True)
class Row:
    """One stage at one size: `ms` per frame, or in all for `once`; `ratio` its frames per second over the
    reference encoder's; `peak_mb` the peak memory of this process so far, None where unknown.
    """

    size: str
    stage: str
    ms: float
    fps: float | None = None
    ratio: float | None = None
    peak_mb: float | None = None


@dataclass(frozen=True)
class Bench:
    """All rows, and what they were measured on."""

    cores: int
    frames: int
    rows: tuple[Row, ...]


def bench(*, portrait: str | None = None, seconds: float = 8.0, sizes: Sequence[str] | None = None) -> Bench:
    """Measure every engine without networks at every size.

    Raises InvalidRequest for a size that is not WxH or a length out of range.
    """
    if not 2.0 <= seconds <= 60.0:
        raise InvalidRequest(f"A benchmark takes 2 to 60 seconds of video, not {seconds:g}.")
    shapes = [_shape(size) for size in sizes or SIZES]
    picture = image.load(Path(portrait) if portrait else examples.portraits()[0].path).image
    spoken, rows = _words(seconds)
    known = articulate(spoken)
    plan = motion.plan(known.speech, known.segments, posteriors=known.posteriors, seed=1)
    for name in (name for name, card in engines.ENGINES.items() if not card.neural):
        with closing(engines.load(name)) as engine:
            for width, height in shapes:
                rows += _rows(engine, _fitted(picture, width, height), spoken, plan)
    return Bench(os.cpu_count() or 1, plan.num_frames, tuple(rows))


def as_json(result: Bench) -> str:
    """The result as JSON."""
    return json.dumps(asdict(result), indent=2)


def as_table(result: Bench) -> str:
    """The result for people, one row a line."""
    lines = [
        f"{result.cores} cores, {result.frames} frames; ratio: fps over libx264 veryfast alone on 2 threads",
        f"{'size':<10} {'stage':<34} {'ms':>9} {'fps':>8} {'ratio':>6} {'peak MB':>8}",
    ]
    for row in result.rows:
        fps = "" if row.fps is None else f"{row.fps:.1f}"
        ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
        peak = "" if row.peak_mb is None else f"{row.peak_mb:.0f}"
        lines.append(f"{row.size:<10} {row.stage:<34} {row.ms:>9.2f} {fps:>8} {ratio:>6} {peak:>8}".rstrip())
    return "\n".join(lines)


def _shape(size: str) -> tuple[int, int]:
    match = re.fullmatch(r"(\d{2,4})x(\d{2,4})", size)
    if not match or any(int(side) % 2 for side in match.groups()):
        raise InvalidRequest(f"'{size}' is no frame size. Write it like 512x512, with even numbers.")
    return int(match[1]), int(match[2])


def _words(seconds: float) -> tuple[Speech, list[Row]]:
    """Speech of exactly `seconds` by the built-in voice, and what speaking and listening cost."""
    start = time.perf_counter()
    spoken = speech.synthesize(SENTENCES * (1 + round(seconds / 10)), voice="espeak:en-us").speech
    spoke = time.perf_counter() - start
    samples = spoken.samples[: round(seconds * spoken.rate)]
    cut = Speech(samples, spoken.rate)
    start = time.perf_counter()
    articulate(cut)
    listened = time.perf_counter() - start
    marks = tuple(mark for mark in spoken.marks if mark.end <= seconds)
    rows = [
        Row("", f"speak {spoken.duration:.0f} s of text", spoke * 1000),
        Row("", f"listen to {cut.duration:.0f} s of sound", listened * 1000),
    ]
    return Speech(samples, spoken.rate, marks), rows


def _fitted(picture: Image, width: int, height: int) -> Image:
    """The picture filling width x height, cut around its middle."""
    scale = max(width / picture.shape[1], height / picture.shape[0])
    size = (max(width, round(picture.shape[1] * scale)), max(height, round(picture.shape[0] * scale)))
    resized = cv2.resize(picture, size, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    left, top = (size[0] - width) // 2, (size[1] - height) // 3
    return np.ascontiguousarray(resized[top : top + height, left : left + width]).astype(np.uint8, copy=False)


def _rows(engine: Engine, picture: Image, spoken: Speech, plan: Motion) -> Iterator[Row]:
    height, width = picture.shape[:2]
    size = f"{width}x{height}"
    found, find_seconds = _timed(lambda: find_portrait(picture))
    yield Row(size, "find the face, once", find_seconds * 1000)
    stage, first_seconds = _timed(lambda: engine.prepare(found))
    yield Row(size, f"{engine.name}: set-up, once", first_seconds * 1000)
    frames = [frame.copy() for frame in islice(stage.animate(plan), min(100, plan.num_frames))]
    reference = len(frames) / _timed(lambda: _encode_reference(frames, width, height))[1]
    yield _row(size, "reference: libx264 veryfast alone", reference, reference)
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "bench.mp4"
        short = Speech(spoken.samples[: spoken.rate * len(frames) // FPS], spoken.rate)
        alone = len(frames) / _timed(lambda: _encode(iter(frames), short, out, width, height, len(frames)))[1]
        yield _row(size, "our encoder alone, with AAC", alone, reference)
        drawn = plan.num_frames / _timed(lambda: _drain(stage.animate(plan)))[1]
        yield _row(size, f"{engine.name}: frames alone", drawn, reference)
        _, first = _timed(lambda: _first_chunk(stage, plan))
        yield Row(size, f"{engine.name}: first {FIRST_FRAMES} frames, once", first * 1000)
        total = plan.num_frames
        whole = total / _timed(lambda: _encode(stage.animate(plan), spoken, out, width, height, total))[1]
        yield _row(size, f"{engine.name}: film end to end", whole, reference, peak_mb=peak_mb())


def _row(size: str, stage: str, fps: float, reference: float, peak_mb: float | None = None) -> Row:
    return Row(size, stage, 1000.0 / fps, fps, fps / reference, peak_mb)


def _timed(work: Callable[[], T]) -> tuple[T, float]:
    """What `work` returns, and how many seconds it took."""
    start = time.perf_counter()
    result = work()
    return result, time.perf_counter() - start


def _drain(frames: Frames) -> None:
    for _ in frames:
        pass


def _first_chunk(stage: Stage, plan: Motion) -> None:
    frames = stage.animate(plan)
    for _ in islice(frames, FIRST_FRAMES):
        pass
    close = getattr(frames, "close", None)
    if close:
        close()


def _encode(frames: Frames, spoken: Speech, out: Path, width: int, height: int, total: int) -> None:
    encode(frames, spoken, out, width=width, height=height, num_frames=total)


def _encode_reference(frames: Sequence[Frame], width: int, height: int) -> None:
    """libx264 veryfast crf 18 on two threads, thrown away."""
    context = av.CodecContext.create("libx264", "w")
    assert isinstance(context, av.VideoCodecContext)
    context.width, context.height, context.pix_fmt = width, height, "yuv420p"
    context.framerate, context.thread_count = Fraction(FPS), 2
    context.options = {"preset": "veryfast", "crf": "18"}
    for index, frame in enumerate(frames):
        picture = wrapped(frame)
        picture.pts = index
        context.encode(picture)
    context.encode(None)


def peak_mb() -> float | None:
    """Peak memory of this process in MB, render processes not counted; None where the system does not tell."""
    try:
        import resource
    except ImportError:
        return None
    unit = 1024.0 if os.uname().sysname == "Linux" else 1024.0 * 1024.0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit
