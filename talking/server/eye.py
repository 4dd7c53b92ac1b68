"""A child process that looks at strangers' pictures and sounds, so that a hostile one harms nothing but it."""

from __future__ import annotations

import io
import math
import multiprocessing
import os
import threading
from concurrent.futures import ProcessPoolExecutor, TimeoutError
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from talking.errors import BadAudio, BadImage, TalkingError, Unavailable

if TYPE_CHECKING:
    from talking.pipeline.preview import Outlook
    from talking.request import Options

SECONDS = 30.0
"""The most that a look may take, however busy the machine is."""

CPU_SECONDS = 10
"""The most that a look may use of a processor, whole seconds: most take a fraction of one. Whoever takes longer without
using so much waits for the machine, which is not the file's fault.
"""

START_SECONDS = 90.0
"""The most that a new child may take to load what finds faces, before it sees the first: a second or two, or far longer
where everything starts at once.
"""

_MAX_FILE = 1 << 20
_MAX_MEMORY = 6 << 30
"""Address space of the child, most of which the face model's libraries only reserve."""


@dataclass(frozen=True)
class Seen:
    """A picture: its `width` and `height` in px, upright, and the box of each face, largest first, as
    (left, top, right, bottom) in px of it.
    """

    width: int
    height: int
    faces: tuple[tuple[int, int, int, int], ...]


@dataclass(frozen=True)
class Shown:
    """What was `seen` in a picture, and a `preview` of it, a JPEG of at most PREVIEW_SIDE px."""

    seen: Seen
    preview: bytes


PREVIEW_SIDE = 960
"""Longest side of a picture as the page shows it, px."""

COPY_RATE = 16_000
"""Of the WAV that is made of a sound, Hz: what the hosted service keeps of an upload."""

_JPEG_QUALITY = 82


class Eye:
    """Looks at files in one child process, which is started when it is first needed, and anew when it dies."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pool: ProcessPoolExecutor | None = None
        self._finds_faces = False

    @property
    def pid(self) -> int | None:
        """Of the child, None when there is none now."""
        processes = self._pool._processes if self._pool is not None else None
        return next(iter(processes), None) if processes else None

    def close(self) -> None:
        """End the child."""
        with self._lock:
            self._end()

    def picture(self, data: bytes, *, faces: bool = True) -> Seen:
        """What is in a picture. Raises BadImage."""
        found = self._ask(_see, data, faces, error=_unreadable(), faces=faces)
        assert isinstance(found, Seen)
        return found

    def shown(self, data: bytes) -> Shown:
        """What is in a picture, and the picture for a page. Raises BadImage."""
        found = self._ask(_show, data, error=_unreadable(), faces=True)
        assert isinstance(found, Shown)
        return found

    def glimpse(self, data: bytes, face: int) -> tuple[bytes, bytes]:
        """A portrait with its mouth closed and open, as JPEGs. Raises what filming it would raise for this picture."""
        found: tuple[bytes, bytes] = self._ask(_glimpse, data, face, error=_unreadable(), faces=True)
        return found

    def seconds(self, data: bytes, max_seconds: float) -> float:
        """How long a sound lasts. Raises BadAudio."""
        error = BadAudio("The sound cannot be read. Save it again as a WAV.")
        return float(self._ask(_hear, data, max_seconds, error=error))

    def heard(self, data: bytes, max_seconds: float) -> tuple[float, bytes]:
        """How long a sound lasts, and it as a WAV at COPY_RATE. Raises BadAudio."""
        error = BadAudio("The sound cannot be read. Save it again as a WAV.")
        found: tuple[float, bytes] = self._ask(_listen, data, max_seconds, error=error)
        return found

    def outlook(self, data: bytes, options: Options) -> Outlook:
        """What a film of a portrait would be. Raises what making it would raise for this picture."""
        from talking.pipeline.preview import outlook

        found: Outlook = self._ask(outlook, data, options, error=_unreadable(), faces=True)
        return found

    def _ask(self, work: Any, *arguments: Any, error: TalkingError, faces: bool = False) -> Any:
        # One at a time: a second look would only take the first one's processor.
        if not self._lock.acquire(timeout=SECONDS if self._finds_faces else START_SECONDS):
            raise Unavailable("So many files are being looked at that yours has to wait. Try again in a while.")
        try:
            return self._look(work, *arguments, faces=faces)
        except (BrokenProcessPool, MemoryError) as reason:
            self._end()
            raise error from reason
        except TimeoutError as reason:
            self._end()
            raise Unavailable("This machine is too busy to look at your file now. Try again in a while.") from reason
        finally:
            self._lock.release()

    def _look(self, work: Any, *arguments: Any, faces: bool) -> Any:
        """Have the child do it; a new one once more if that died which had been there, as it may have before."""
        for fresh in (self._pool is None, True):
            if self._pool is None:
                self._pool = ProcessPoolExecutor(1, multiprocessing.get_context("spawn"), _confine)
            try:
                if faces and not self._finds_faces:
                    self._pool.submit(_learn_faces).result(START_SECONDS)
                    self._finds_faces = True
                return self._pool.submit(_within, CPU_SECONDS, work, *arguments).result(SECONDS)
            except BrokenProcessPool:
                if fresh:
                    raise
                self._end()
        raise AssertionError("a fresh child either looks or raises")

    def _end(self) -> None:
        pool, self._pool, self._finds_faces = self._pool, None, False
        if pool is None:
            return
        for process in list((pool._processes or {}).values()):
            process.kill()
        pool.shutdown(wait=True, cancel_futures=True)


def _unreadable() -> BadImage:
    return BadImage("The picture cannot be read. Save it again as a JPG.")


def _confine() -> None:
    """Limit what the child may take, and end it with its parent. Where there are no limits the time-out alone holds."""
    threading.Thread(target=_follow, daemon=True).start()
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (_MAX_MEMORY, _MAX_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (_MAX_FILE, _MAX_FILE))


def _within(seconds: int, work: Any, *arguments: Any) -> Any:
    """Do it, unless it uses more than so many seconds of a processor: then this process ends."""
    try:
        import resource
    except ImportError:
        return work(*arguments)
    used = resource.getrusage(resource.RUSAGE_SELF)
    most = math.ceil(used.ru_utime + used.ru_stime) + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (most, resource.RLIM_INFINITY))
    return work(*arguments)


def _follow() -> None:
    """Leave when the parent is gone, even if that was killed: nobody else would end this process then."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(0)


def _learn_faces() -> None:
    import numpy as np

    from talking.face.detect import find_faces

    find_faces(np.zeros((256, 256, 3), np.uint8))


def _see(data: bytes, faces: bool) -> Seen:
    from talking.media import image

    picture = image.load(data)
    width, height = picture.size
    if not faces:
        return Seen(width, height, ())
    from talking.face.detect import find_faces

    scale_x, scale_y = width / picture.image.shape[1], height / picture.image.shape[0]
    boxes = [[float(side) for side in face.box] for face in find_faces(picture.image)]
    return Seen(width, height, tuple(
        (round(left * scale_x), round(top * scale_y), round(right * scale_x), round(bottom * scale_y))
        for left, top, right, bottom in boxes
    ))  # fmt: skip


def _show(data: bytes) -> Shown:
    from PIL import Image

    from talking.media import image

    seen = _see(data, True)
    preview = Image.fromarray(image.load(data).image)
    preview.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE))
    return Shown(seen, _jpeg(preview))


def _glimpse(data: bytes, face: int) -> tuple[bytes, bytes]:
    from PIL import Image

    from talking.pipeline.glimpse import glimpse

    closed, opened = (_jpeg(Image.fromarray(drawn)) for drawn in glimpse(data, face))
    return closed, opened


def _jpeg(picture: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=_JPEG_QUALITY)
    return file.getvalue()


def _listen(data: bytes, max_seconds: float) -> tuple[float, bytes]:
    from talking.media import audio
    from talking.types import Speech

    sound = audio.load(data, max_seconds=max_seconds)
    file = io.BytesIO()
    audio.write_wav(Speech(audio.resample(sound.samples, sound.rate, COPY_RATE), COPY_RATE), file)
    return sound.duration, file.getvalue()


def _hear(data: bytes, max_seconds: float) -> float:
    from talking.media import audio

    return audio.load(data, max_seconds=max_seconds).duration
