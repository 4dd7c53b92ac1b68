"""From a request to a film: the whole trip, in one process, without queue or database."""

from __future__ import annotations

import itertools
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from talking import engines, motion, speech
from talking.errors import InvalidRequest, Unavailable
from talking.evaluate import quality
from talking.face.identity import find_model
from talking.media import captions
from talking.media.join import join
from talking.media.live import Feed
from talking.media.output import check_output
from talking.media.publish import published
from talking.media.sidecar import check_captions, stale_captions, write_captions
from talking.media.source import Source
from talking.media.video import encode
from talking.pipeline.cast import cast
from talking.pipeline.finish import finish
from talking.pipeline.found import Found
from talking.pipeline.limits import Limits, OnProgress, keeping
from talking.pipeline.reel import Reel
from talking.pipeline.report import Clock, report
from talking.pipeline.scene import TRANSPARENT, set_scene
from talking.pipeline.script import check_words, read
from talking.pipeline.shoot import Crew, Shoot, letters
from talking.request import FORMATS, Options, Request
from talking.types import Video

_WARM_UP_SIDE, _WARM_UP_WORDS, _WARM_UP_FRAMES = 256, "Good morning, everybody: this is a rehearsal.", 8


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
        self._found = Found()

    def __enter__(self) -> Studio:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End the processes and free the memory. The studio can be used again; it then starts anew."""
        while self._engines:
            self._engines.popitem()[1].close()
        self._found.clear()

    def warm_up(self, portrait: Source) -> None:
        """Draw a moment of `portrait`, so that the next film need not wait for models, libraries and processes. Raises
        what `generate` raises.
        """
        options, limits = Options(output_resolution=_WARM_UP_SIDE), self._limits
        engine = self._engine(engines.choose(options.engine, limits.means).name, limits.means)
        scene = set_scene(portrait, options, engine, limits, self._found)
        speech.choice(_WARM_UP_WORDS, folder=limits.voices)  # asks whether network voices can be reached
        script = read(_WARM_UP_WORDS, None, "espeak", options, limits)
        last, known = finish(scene, script.sound, options, limits), script.articulation
        plan = motion.plan(known.speech, known.segments, posteriors=known.posteriors)
        shoot = Shoot(scene, plan, last, script.sound, engine.name, FORMATS[0], 0)
        for _ in itertools.islice(shoot.frames(), _WARM_UP_FRAMES):
            pass
        speech.stand_by()

    def meet(self, portrait: Source) -> None:
        """Look at a portrait that may be filmed next, as far as the engine keeps what it finds: then its film, with
        options as usual, begins at once. Raises what `generate` raises for a picture.
        """
        limits, options = self._limits, Options()
        name = engines.choose(options.engine, limits.means).name
        if not engines.ENGINES[name].neural:  # those keep nothing of a portrait, and their memory is dear
            set_scene(portrait, options, self._engine(name, limits.means), limits, self._found)

    def perform(
        self,
        request: Request,
        out: str | Path,
        on_progress: OnProgress | None = None,
        max_seconds: float | None = None,
        live: Feed | None = None,
        crew: Crew | None = None,
    ) -> Video:
        """Make the film of a request, of at most `max_seconds` where that is less than the studio's own limit. What it
        wants done with the film (`webhook`, `result_url`, `persist`) is for the service to do, and refused here; `name`
        becomes the film's title, `user_data` and `not_applied` come back in the report. `live` as in `encode`. A `crew`
        may draw the film in stretches.
        """
        for name in ("webhook", "result_url", "persist"):
            if getattr(request, name):
                raise InvalidRequest(f"'{name}' is something the service does with a finished film: ask it instead.")
        video = self.generate(
            request.portrait, text=request.text, audio=request.audio, voice=request.voice, options=request.options,
            out=out, title=request.name, on_progress=on_progress, max_seconds=max_seconds, live=live, crew=crew,
        )  # fmt: skip
        speech.stand_by()  # where one request came, others will
        extra = {"name": request.name, "user_data": request.user_data, "not_applied": list(request.not_applied)}
        return replace(video, report={**video.report, **extra})

    def rehearse(self, reel: Reel, options: Options) -> Shoot:
        """The film of another studio's `reel`, to draw stretches of it here: the request's `options`, with files of
        this machine in the place of those that the reel names.

        Raises Unavailable when the frames would not be the same here, and what `generate` raises for an engine.
        """
        limits = self._limits
        engine = self._engine(reel.engine, limits.means)
        scene = set_scene(reel.portrait, options, engine, limits)
        last = finish(scene, reel.sound, options, limits)
        if letters(last) != reel.letters:
            raise Unavailable("This machine has other fonts than the one that makes the film.")
        return Shoot(scene, reel.motion, last, reel.sound, engine.name, reel.form, options.seed)

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
        crew: Crew | None = None,
    ) -> Video:
        """As the function of the same name, with a `title` for the film's metadata, and as `perform` limited, watched
        and helped.
        """
        options = _checked(options)
        check_words(text, audio, voice, options)
        place, form = _place(out, options)
        check_output(place, form, transparent=options.background.strip().casefold() == TRANSPARENT)
        check_captions(place)
        tell = on_progress or _ignore
        clock = Clock()
        limits, kept = keeping(self._limits.shortened(max_seconds))
        chosen = engines.choose(options.engine, limits.means)
        engine = self._engine(chosen.name, limits.means)
        with clock("portrait"):
            tell("portrait", 0, 0)
            scene = set_scene(portrait, options, engine, limits, self._found)
        with clock("driver"):
            tell("driver", 0, 0)
            performance = cast(options, scene.portrait, limits, lambda done, total: tell("driver", done, total))
        with clock("speech"):
            tell("speech", 0, 0)
            script = read(text, audio, voice, options, limits)
            last = finish(scene, script.sound, options, limits)
        with clock("motion"):
            tell("motion", 0, 0)
            known = script.articulation
            plan = motion.plan(
                known.speech, known.segments, posteriors=known.posteriors, seed=options.seed, acting=performance.acting
            )
        shoot = Shoot(scene, plan, last, script.sound, engine.name, form, options.seed)
        with published(place) as part:
            with clock("film"):
                tell("film", 0, plan.num_frames)
                video = _film(shoot, options, part, title, tell, live, crew)
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
            *chosen.notes, *scene.notes, *script.sound.notes, *performance.notes, *last.notes, *video.notes,
            *stale_captions(place, beside), *kept,
        )  # fmt: skip
        return replace(
            video,
            path=place,
            notes=tuple(dict.fromkeys(notes)),
            captions=captions.srt(script.sound),
            files=beside,
            report=report(video, scene, script, performance, chosen, options, judged, clock.seconds),
        )

    def _engine(self, name: str, means: engines.Means) -> engines.Engine:
        """The engine of that name, kept for the next film; of neural ones only the last, for their memory."""
        for other in [each for each in self._engines if each != name and engines.ENGINES[each].neural]:
            self._engines.pop(other).close()
        if name not in self._engines:
            self._engines[name] = engines.load(name, means)
        return self._engines[name]


def _film(
    shoot: Shoot, options: Options, path: Path, title: str, tell: OnProgress, live: Feed | None, crew: Crew | None
) -> Video:
    """Draw, finish and encode all frames, or have them drawn, and put them together with the sound."""
    total, size = shoot.num_frames, shoot.scene.framing.size
    look: dict[str, Any] = {
        "width": size.width,
        "height": size.height,
        "num_frames": total,
        "title": title,
        "comment": f"engine {shoot.engine}",
        "format": shoot.form,
        "transparent": shoot.scene.transparent,
        "captions": shoot.sound if options.captions == "soft" else None,
        "mute": options.mute,
        "live": live,
    }
    parts = crew.parts(shoot) if crew is not None else None
    if parts is not None:
        return join(parts, shoot.sound, path, **look)
    on_frame = partial(_told, tell, total)
    return encode(shoot.frames(), shoot.sound, path, on_frame=on_frame, **look)


def _told(tell: OnProgress, total: int, index: int) -> None:
    tell("film", index + 1, total)


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
