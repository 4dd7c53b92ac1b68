"""From a request to a film: the whole trip, in one process, without queue or database."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from talking import engines, motion
from talking.errors import InvalidRequest
from talking.evaluate import quality
from talking.face.identity import find_model
from talking.media import captions
from talking.media.live import Feed
from talking.media.output import check_output
from talking.media.publish import published
from talking.media.sidecar import check_captions, stale_captions, write_captions
from talking.media.source import Source
from talking.media.video import encode
from talking.pipeline.cast import cast
from talking.pipeline.finish import Finish, finish
from talking.pipeline.limits import Limits, OnProgress, keeping
from talking.pipeline.report import Clock, report
from talking.pipeline.scene import TRANSPARENT, Scene, set_scene
from talking.pipeline.script import Script, check_words, read
from talking.request import FORMATS, Options, Request
from talking.types import Motion, Video


def generate(
    portrait: Source,
    *,
    text: str | None = None,
    audio: Source | None = None,
    voice: str = "auto",
    engine: str | None = None,
    seed: int | None = None,
    options: Options | None = None,
    out: str | Path | None = None,
    on_progress: OnProgress | None = None,
) -> Video:
    """Make a lip-synced film of `portrait` saying `text`, or lip-synced to `audio`, and write it to `out`.

    `portrait` and `audio` are paths, web addresses, bytes or base64 text. `engine` and `seed` win over the same fields
    of `options`. `out` is "talking.mp4" when nothing is said, or ends as `options.result_format` asks. Captions are
    written beside it where words are known. `on_progress` is told about stages and frames. Raises errors of
    talking.errors, never others, for input that cannot be used; then nothing is left at `out` but what was there
    before.
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
    """Makes films one after the other and keeps what the next one can use: warm render processes, known portraits."""

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

    def perform(
        self,
        request: Request,
        out: str | Path,
        on_progress: OnProgress | None = None,
        max_seconds: float | None = None,
        live: Feed | None = None,
    ) -> Video:
        """Make the film of a request, of at most `max_seconds` where that is less than the studio's own limit. What it
        wants done with the film (`webhook`, `result_url`, `persist`) is for the service to do, and refused here; `name`
        becomes the film's title, `user_data` and `not_applied` come back in the report. `live` as in `encode`.
        """
        for name in ("webhook", "result_url", "persist"):
            if getattr(request, name):
                raise InvalidRequest(f"'{name}' is something the service does with a finished film: ask it instead.")
        video = self.generate(
            request.portrait, text=request.text, audio=request.audio, voice=request.voice, options=request.options,
            out=out, title=request.name, on_progress=on_progress, max_seconds=max_seconds, live=live,
        )  # fmt: skip
        extra = {"name": request.name, "user_data": request.user_data, "not_applied": list(request.not_applied)}
        return replace(video, report={**video.report, **extra})

    def generate(
        self,
        portrait: Source,
        *,
        text: str | None = None,
        audio: Source | None = None,
        voice: str = "auto",
        options: Options | None = None,
        out: str | Path | None = None,
        title: str = "",
        on_progress: OnProgress | None = None,
        max_seconds: float | None = None,
        live: Feed | None = None,
    ) -> Video:
        """As the function of the same name, with a `title` for the film's metadata, and as `perform` limited."""
        options = _checked(options)
        check_words(text, audio, voice, options)
        place, form = _place(out, options)
        check_output(place, form, transparent=options.background.strip().casefold() == TRANSPARENT)
        check_captions(place)
        tell = on_progress or _ignore
        clock = Clock()
        limits, kept = keeping(self._limits.shortened(max_seconds))
        engine = self._engine(options.engine)
        with clock("portrait"):
            tell("portrait", 0, 0)
            scene = set_scene(portrait, options, engine, limits)
        with clock("driver"):
            tell("driver", 0, 0)
            performance = cast(options, scene.portrait, limits, lambda done, total: tell("driver", done, total))
        with clock("speech"):
            tell("speech", 0, 0)
            script = read(text, audio, voice, options, limits)
            last = finish(scene, script, options, limits)
        with clock("motion"):
            tell("motion", 0, 0)
            known = script.articulation
            plan = motion.plan(
                known.speech, known.segments, posteriors=known.posteriors, seed=options.seed, acting=performance.acting
            )
        with published(place) as part:
            with clock("film"):
                video = _film(scene, script, plan, last, options, part, form, (title, engine.name), tell, live)
                files = write_captions(script.sound, part)
            with clock("quality"):
                tell("quality", 0, 0)
                careful = options.min_quality > 0
                seconds = quality.CAREFUL_SECONDS if careful else quality.QUICK_SECONDS
                judged = quality.assess(
                    part, known, scene.portrait, seconds=seconds, original=script.original,
                    identity_model=find_model() if limits.allow_noncommercial else None,
                )  # fmt: skip
                quality.require(judged, options.min_quality)
        beside = tuple(place.with_name(file.name) for file in files)
        notes = (
            *scene.notes, *script.sound.notes, *performance.notes, *last.notes, *video.notes,
            *stale_captions(place, beside), *kept,
        )  # fmt: skip
        return replace(
            video,
            path=place,
            notes=tuple(dict.fromkeys(notes)),
            captions=captions.srt(script.sound),
            files=beside,
            report=report(video, scene, script, performance, engine.name, options, judged, clock.seconds),
        )

    def _engine(self, name: str) -> engines.Engine:
        chosen = engines.choose(name)
        if chosen not in self._engines:
            self._engines[chosen] = engines.load(chosen)
        return self._engines[chosen]


def _film(
    scene: Scene, script: Script, plan: Motion, last: Finish, options: Options, part: Path, form: str,
    words: tuple[str, str], tell: OnProgress, live: Feed | None,
) -> Video:  # fmt: skip
    """Draw, finish and encode all frames."""
    total, size = plan.num_frames, scene.framing.size
    tell("film", 0, total)
    title, engine = words
    return encode(
        last.frames(scene.frames(plan)), script.sound, part, width=size.width, height=size.height, num_frames=total,
        on_frame=lambda index: tell("film", index + 1, total), title=title, comment=f"engine {engine}", format=form,
        transparent=scene.transparent, captions=script.sound if options.captions == "soft" else None, mute=options.mute,
        live=live,
    )  # fmt: skip


def _checked(options: Options | None) -> Options:
    if options is not None and not isinstance(options, Options):
        raise InvalidRequest("The options are an object of talking.Options, such as talking.Options(seed=7).")
    return options or Options()


def _place(out: str | Path | None, options: Options) -> tuple[Path, str]:
    """Where the film goes, and its format: the one that was asked for, else the one that the name ends with."""
    if out is not None and (not isinstance(out, (str, Path)) or not str(out)):
        raise InvalidRequest("The output is a file name that ends in .mp4, .mov, .webm or .gif.")
    place = Path(out if out is not None else f"talking.{options.result_format or FORMATS[0]}")
    suffix = place.suffix.lower().removeprefix(".")
    return place, options.result_format or (suffix if suffix in FORMATS else FORMATS[0])


def _ignore(_stage: str, _done: int, _total: int) -> None:
    pass
