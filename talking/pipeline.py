"""From a request to a video: the whole trip, in one process, without queue or database."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, TypeAlias

from talking import engines, motion, speech
from talking.articulation import Articulation, articulate
from talking.errors import BadScript, InvalidRequest
from talking.face.detect import find_portrait
from talking.media import audio as sound
from talking.media import captions, image
from talking.media.output import check_output
from talking.media.padding import with_room
from talking.media.source import Source
from talking.media.video import encode
from talking.request import Options
from talking.types import Portrait, Speech, Video

logger = logging.getLogger(__name__)

LEAD_IN, LEAD_OUT = 0.2, 0.35
"""Seconds of silence around a text that is spoken: the film opens and closes with the lips at rest."""

OnProgress: TypeAlias = Callable[[str, int, int], None]
"""Called with a stage ("portrait", "speech", "motion", "film"), frames done and frames in all; it may raise to stop."""


@dataclass(frozen=True)
class Limits:
    """What a request may ask for: `max_seconds` of video, `max_bytes` of its sound file, and of its picture as far as
    the intake takes that many.
    """

    max_seconds: float = 3600.0
    max_bytes: int = sound.MAX_BYTES


@dataclass(frozen=True)
class _Script:
    """The speech of a request, how its mouth shapes are known, and the voice that spoke, empty for a recording."""

    articulation: Articulation
    voice: str

    @property
    def speech(self) -> Speech:
        return self.articulation.speech


def generate(
    portrait: Source,
    *,
    text: str | None = None,
    audio: Source | None = None,
    voice: str = "auto",
    engine: str | None = None,
    seed: int | None = None,
    options: Options | None = None,
    out: str | Path = "talking.mp4",
    on_progress: OnProgress | None = None,
) -> Video:
    """Make a lip-synced video of `portrait` saying `text`, or lip-synced to `audio`, and write it to `out`.

    `portrait` and `audio` are paths, bytes or base64 text. `engine` and `seed` win over the same fields of
    `options`. `on_progress` is told about stages and frames. Raises errors of talking.errors, never others, for
    input that cannot be used; then nothing is left at `out` but what was there before.
    """
    wanted = _checked(options)
    wanted = replace(
        wanted, engine=wanted.engine if engine is None else engine, seed=wanted.seed if seed is None else seed
    )
    with Studio() as studio:
        return studio.generate(
            portrait, text=text, audio=audio, voice=voice, options=wanted, out=out, on_progress=on_progress
        )


class Studio:
    """Makes videos one after the other and keeps what the next one can use: warm render processes, known portraits."""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()
        self._engines: dict[str, engines.Engine] = {}

    def __enter__(self) -> Studio:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the processes and free the memory. The studio can be used again; it then starts anew."""
        while self._engines:
            self._engines.popitem()[1].close()

    def generate(
        self,
        portrait: Source,
        *,
        text: str | None = None,
        audio: Source | None = None,
        voice: str = "auto",
        options: Options | None = None,
        out: str | Path = "talking.mp4",
        on_progress: OnProgress | None = None,
    ) -> Video:
        """As the function of the same name."""
        options = _checked(options)
        _check_words(text, audio, voice, options)
        place = _place(out)
        check_output(place)
        tell = on_progress or _ignore
        clock = _Clock()
        engine = self._engine(options.engine)
        with clock("portrait"):
            tell("portrait", 0, 0)
            picture = image.load(portrait, max_bytes=min(image.MAX_BYTES, self._limits.max_bytes))
            who = find_portrait(picture.image, picture.notes)
            stage = engine.prepare(who)
        with clock("speech"):
            tell("speech", 0, 0)
            script = self._script(text, audio, voice, options)
        with clock("motion"):
            tell("motion", 0, 0)
            known = script.articulation
            plan = motion.plan(known.speech, known.segments, posteriors=known.posteriors, seed=options.seed)
        height, width = who.image.shape[:2]
        with clock("film"):
            total = plan.num_frames
            tell("film", 0, total)
            video = encode(
                stage.animate(plan), known.speech, place, width=width, height=height, num_frames=total,
                on_frame=lambda index: tell("film", index + 1, total), comment=f"engine {engine.name}",
            )  # fmt: skip
        report = _report(video, who, script, engine.name, options, clock.seconds)
        notes = (*who.notes, *known.speech.notes, *stage.notes)
        return replace(video, notes=notes, captions=captions.srt(known.speech), report=report)

    def _engine(self, name: str) -> engines.Engine:
        chosen = engines.choose(name)
        if chosen not in self._engines:
            self._engines[chosen] = engines.load(chosen)
        return self._engines[chosen]

    def _script(self, text: str | None, audio: Source | None, voice: str, options: Options) -> _Script:
        """The speech of the request and its mouth shapes; refused when it is too long."""
        if text is not None:
            spoken = speech.synthesize(
                text, voice=voice, language=options.language or None, rate=options.rate, pitch=options.pitch,
                style=options.style or None,
            )  # fmt: skip
            if spoken.speech.duration > self._limits.max_seconds:
                raise BadScript(
                    f"The text takes {spoken.speech.duration / 60:.1f} minutes to speak and "
                    f"{self._limits.max_seconds / 60:.1f} are allowed: split it."
                )
            heard = replace(spoken.speech, notes=(*spoken.speech.notes, *spoken.notes))
            return _Script(articulate(with_room(heard, before=LEAD_IN, after=LEAD_OUT)), spoken.voice.id)
        assert audio is not None
        recording = sound.load(audio, max_bytes=self._limits.max_bytes, max_seconds=self._limits.max_seconds)
        return _Script(articulate(replace(recording, text=options.transcript, language=options.language)), "")


def _checked(options: Options | None) -> Options:
    if options is not None and not isinstance(options, Options):
        raise InvalidRequest("The options are an object of talking.Options, such as talking.Options(seed=7).")
    return options or Options()


def _place(out: str | Path) -> Path:
    if not isinstance(out, (str, Path)) or not str(out):
        raise InvalidRequest("The output is a file name that ends in .mp4.")
    return Path(out)


def _check_words(text: str | None, audio: Source | None, voice: str, options: Options) -> None:
    """Refuse early what cannot be spoken: before a face is looked for or a service is asked."""
    if (text is None) == (audio is None):
        raise InvalidRequest("Give either a text or an audio file to speak, and not both.")
    if not isinstance(voice, str) or not isinstance(text, (str, type(None))):
        raise InvalidRequest("The text and the name of the voice are given as text.")
    if options.language:
        speech.check_language(options.language)
    if text is None:
        _refuse_voice_options(voice, options)
    elif options.transcript:
        raise InvalidRequest("A transcript belongs to an audio file; with a text to speak there is none.")
    else:
        speech.check_text(text)


def _refuse_voice_options(voice: str, options: Options) -> None:
    """A recording has its own voice: what would change it cannot be honoured, so it is refused by name."""
    given = {
        "voice": voice not in ("", "auto"),
        "rate": options.rate != 1.0,
        "pitch": options.pitch != 0.0,
        "style": bool(options.style),
    }
    named = [name for name, is_given in given.items() if is_given]
    if named:
        raise InvalidRequest(
            f"An audio file speaks with its own voice: leave out {' and '.join(named)}, or give a text."
        )


def _report(
    video: Video, who: Portrait, script: _Script, engine: str, options: Options, seconds: dict[str, float]
) -> dict[str, Any]:
    """What was made, how and how fast, JSON-safe."""
    return {
        "engine": engine,
        "voice": script.voice,
        "lips_known_from": script.articulation.known_from,
        "seed": options.seed,
        "width": video.width,
        "height": video.height,
        "num_frames": video.num_frames,
        "duration": video.duration,
        "bytes": video.size,
        "faces": who.num_faces,
        "face_box": [round(float(value), 1) for value in who.face.box],
        "seconds": {
            **{name: round(value, 3) for name, value in seconds.items()},
            "total": round(sum(seconds.values()), 3),
        },
        "frames_per_second": round(video.num_frames / max(seconds["film"], 1e-6), 1),
        "version": _version(),
    }


def _version() -> str:
    try:
        return version("talking")
    except PackageNotFoundError:
        return "unknown"


class _Clock:
    """Seconds spent in each stage, and one log line for each."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}

    @contextmanager
    def __call__(self, stage: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.seconds[stage] = time.perf_counter() - start
        logger.info("%s took %.2f s", stage, self.seconds[stage])


def _ignore(_stage: str, _done: int, _total: int) -> None:
    pass
