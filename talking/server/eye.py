"""Looks at strangers' pictures and sounds in a child process, so that a hostile one harms nothing but that.

The child answers in plain numbers and JSON, from which nothing is built here but what is written below.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from talking.errors import BadAudio, BadImage, TalkingError, Unavailable
from talking.media.confined import Children, Piece, Task
from talking.request import options_document

if TYPE_CHECKING:
    from talking.pipeline.preview import Outlook
    from talking.request import Options

T = TypeVar("T")

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

_MAX_FILE = 1 << 20  # what mediapipe writes to stderr passes through a file
_MAX_MEMORY = 6 << 30
"""Address space of the child, most of which the face model's libraries only reserve."""

_TOO_MANY = "So many files are being looked at that yours has to wait. Try again in a while."
_TOO_BUSY = "This machine is too busy to look at your file now. Try again in a while."
_NO_PICTURE = "The picture cannot be read. Save it again as a JPG."
_NO_SOUND = "The sound cannot be read. Save it again as a WAV."


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
    """What was `seen` in a picture, and a `preview` of it, a JPEG of at most 960 px."""

    seen: Seen
    preview: bytes


class Eye:
    """Looks at files in one child process, which is started when it is first needed, and anew when it dies."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._children: Children | None = None
        self._learned: int | None = None

    @property
    def pid(self) -> int | None:
        """Of the child, None when there is none now."""
        return next(iter(self._children.pids), None) if self._children is not None else None

    def close(self) -> None:
        """End the child."""
        with self._lock:
            children, self._children = self._children, None
            if children is not None:
                children.close()

    def picture(self, data: bytes, *, faces: bool = True) -> Seen:
        """What is in a picture. Raises BadImage."""
        return self._ask("see", data, {"faces": faces}, BadImage(_NO_PICTURE), _seen, faces=faces)

    def shown(self, data: bytes) -> Shown:
        """What is in a picture, and the picture for a page. Raises BadImage."""

        def read(told: Piece) -> Shown:
            (preview,) = _files(told)
            return Shown(_seen(told), preview)

        return self._ask("show", data, {}, BadImage(_NO_PICTURE), read, faces=True)

    def glimpse(self, data: bytes, face: int) -> tuple[bytes, bytes]:
        """A portrait with its mouth closed and open, as JPEGs. Raises what filming it would raise for this picture."""

        def read(told: Piece) -> tuple[bytes, bytes]:
            closed, opened = _files(told)
            return closed, opened

        return self._ask("glimpse", data, {"face": face}, BadImage(_NO_PICTURE), read, faces=True)

    def seconds(self, data: bytes, max_seconds: float) -> float:
        """How long a sound lasts. Raises BadAudio."""
        return self._ask("hear", data, {"max_seconds": max_seconds}, BadAudio(_NO_SOUND), _seconds)

    def heard(self, data: bytes, max_seconds: float) -> tuple[float, bytes]:
        """How long a sound lasts, and it as a WAV of 16 kHz. Raises BadAudio."""

        def read(told: Piece) -> tuple[float, bytes]:
            (wav,) = _files(told)
            return _seconds(told), wav

        return self._ask("listen", data, {"max_seconds": max_seconds}, BadAudio(_NO_SOUND), read)

    def outlook(self, data: bytes, options: Options) -> Outlook:
        """What a film of a portrait would be. Raises what making it would raise for this picture."""
        told = {"options": options_document(options)}
        return self._ask("outlook", data, told, BadImage(_NO_PICTURE), _outlook, faces=True)

    def _ask(
        self, look: str, data: bytes, arguments: Mapping[str, Any], error: TalkingError, read: Callable[[Piece], T],
        *, faces: bool = False,
    ) -> T:  # fmt: skip
        """What `read` makes of the answer of a function of talking.server.looks, or of another module that is named
        with it.
        """
        # One at a time: a second look would only take the first one's processor.
        if not self._lock.acquire(timeout=START_SECONDS if self._learned is None else SECONDS):
            raise Unavailable(_TOO_MANY)
        try:
            if self._children is None:
                self._children = Children(file_bytes=_MAX_FILE)
            if faces and self._learned != self.pid:
                self._children.ask(_task("learn", b"", {}, Unavailable(_TOO_BUSY), START_SECONDS, START_SECONDS))
                self._learned = self.pid
            told = self._children.ask(_task(look, data, arguments, error, SECONDS, CPU_SECONDS))
        finally:
            self._lock.release()
        try:
            return read(told)
        except (KeyError, TypeError, ValueError) as reason:  # a child that a file has taken over may say anything
            raise error from reason


def _task(
    look: str, data: bytes, arguments: Mapping[str, Any], error: TalkingError, seconds: float, cpu: float
) -> Task:  # fmt: skip
    work = look if ":" in look else f"talking.server.looks:{look}"
    return Task(work, data, arguments, error, seconds=seconds, cpu=cpu, memory=_MAX_MEMORY, late=Unavailable(_TOO_BUSY))


def _seen(told: Piece) -> Seen:
    width, height = map(int, told.facts["size"])
    faces = told.facts["faces"]
    return Seen(width, height, tuple((int(x0), int(y0), int(x1), int(y1)) for x0, y0, x1, y1 in faces))


def _seconds(told: Piece) -> float:
    return float(told.facts["seconds"])


def _files(told: Piece) -> tuple[bytes, ...]:
    return tuple(each.tobytes() for each in told.arrays)


def _outlook(told: Piece) -> Outlook:
    from talking.pipeline.preview import Outlook

    facts = told.facts
    left, top, right, bottom = map(float, facts["face_box"])
    return Outlook(
        int(facts["width"]), int(facts["height"]), int(facts["faces"]), (left, top, right, bottom),
        float(facts["face_score"]), str(facts["driver"]), tuple(map(str, facts["notes"])),
    )  # fmt: skip
