"""A film that is ready to be drawn, in one go or in stretches that are drawn apart and joined."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from talking.compose.fonts import has_shaping
from talking.engines import ENGINES
from talking.media.formats import find_format
from talking.media.join import can_be_joined
from talking.media.video import encode
from talking.pipeline.finish import Finish
from talking.pipeline.scene import Scene
from talking.types import FPS, Frames, Motion, Speech, Video


@dataclass(frozen=True)
class Shoot:
    """All that the frames of a film are drawn from, whole or from one frame to another.

    `scene` and `motion`, planned for the whole film; `last` what is done to its frames; `sound` that is heard with
    them, or a silent one of its length and with its words; `engine` by name, and the `form` of the file; `seed` of
    what is left to chance.
    """

    scene: Scene
    motion: Motion
    last: Finish
    sound: Speech
    engine: str
    form: str
    seed: int

    @property
    def num_frames(self) -> int:
        return self.motion.num_frames

    @property
    def divisible(self) -> bool:
        """Whether stretches of it can be drawn apart and joined, and look as if drawn in one go.

        Not when a frame depends on those before it, as in engines that look at windows of sound; nor before a video,
        of which every stretch would have to be read from the start; nor in a format whose packets cannot be joined.
        """
        form = find_format(self.form, transparent=self.scene.transparent)
        return ENGINES[self.engine].framewise and self.scene.footage is None and can_be_joined(form)

    def frames(self, first: int = 0, end: int | None = None) -> Frames:
        """The frames from `first` to before `end`, as they are encoded; all of them when nothing is said."""
        part = self.motion if (first, end) == (0, None) else stretch(self.motion, first, end)
        return self.last.frames(self.scene.frames(part, self.sound, self.seed), first)

    def film(self, first: int, end: int, path: Path, on_frame: Callable[[int], None]) -> Video:
        """Encode the frames from `first` to before `end` alone, for `talking.media.join`, to `path`.

        `on_frame(n)` is called when `n` of them are encoded; it may raise to give up. Raises OutputError.
        """
        size = self.scene.framing.size
        return encode(
            self.frames(first, end), self.sound, path, width=size.width, height=size.height, num_frames=end - first,
            on_frame=lambda index: on_frame(index + 1), format=self.form, transparent=self.scene.transparent, mute=True,
        )  # fmt: skip


class Crew(Protocol):
    """Who may take part in drawing a film."""

    def parts(self, shoot: Shoot) -> Iterator[Path] | None:
        """The film in stretches, as `Shoot.film` encodes them, in order, each there until the next is asked for; None
        when it is better drawn in one go. Closing it ends the drawing.
        """


def stretch(motion: Motion, first: int, end: int | None) -> Motion:
    """The rows of a motion from `first` to before `end`."""
    part = slice(first, end)
    return Motion(motion.blendshapes[part], motion.pose[part], motion.shift[part], motion.breath[part])


def spans(num_frames: int, seconds: float) -> tuple[tuple[int, int], ...]:
    """A film of `num_frames` cut into stretches of about `seconds`: (first frame, one after the last) of each.

    All but the last have the same length, which is a whole number of frames; the last is half to one and a half of it.
    """
    length = max(1, round(seconds * FPS))
    count = max(1, round(num_frames / length))
    starts = [index * length for index in range(count)]
    return tuple(zip(starts, [*starts[1:], num_frames], strict=True))


def letters(last: Finish) -> str:
    """The hash of what the letters in the picture are set with, since fonts differ from machine to machine; empty for a
    picture without letters.
    """
    fonts = last.captions.fonts if last.captions else ()
    digest = hashlib.sha256(b"shaped" if has_shaping() else b"")
    for font in fonts:
        digest.update(font.path.read_bytes() + font.index.to_bytes(4, "big"))
    return digest.hexdigest() if fonts else ""
