"""What happens behind the page: requests become films one at a time, and everything is told in plain words."""

from __future__ import annotations

import logging
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gradio as gr

from talking.errors import BadImage, InvalidRequest, TalkingError
from talking.pipeline import Limits, Studio
from talking.request import Options, parse_options
from talking.settings import Settings
from talking.types import Video
from talking.ui.filming import Filming, Reporter

logger = logging.getLogger(__name__)

KEPT_SECONDS = 600.0
"""How long our own copy of a film stays."""


class Desk:
    """Takes requests from the page and its clients, one film at a time, and words what happens."""

    def __init__(self, settings: Settings) -> None:
        self._limits = Limits(
            max_seconds=settings.max_seconds,
            max_bytes=round(settings.max_megabytes * 1e6),
            local_files=False,
            private_urls=settings.private_urls,
            cache=settings.cache,
            voices=settings.voices,
            allow_noncommercial=settings.allow_noncommercial,
        )
        self._studio = Studio(self._limits)
        self._lock = threading.Lock()
        self._folder = tempfile.TemporaryDirectory(prefix="talking-")

    def on_call(
        self,
        portrait: str | None,
        text: str = "",
        audio: str | None = None,
        voice: str = "auto",
        options: dict[str, Any] | None = None,
        progress: gr.Progress = gr.Progress(),  # noqa: B008  (Gradio finds its progress bar by this default)
    ) -> tuple[str, str | None, dict[str, Any]]:
        """The endpoint: video, captions (None where no words are known) and report."""
        with _told_plainly():
            text = text or ""
            if text.strip() and audio:
                raise InvalidRequest(
                    "Give either text or audio, not both; what the audio says goes into options.transcript."
                )
            video = self._film(portrait, text, audio, voice, parse_options(options), Reporter(progress))
            return str(video.path), _captions_file(video), {**video.report, "notes": list(video.notes)}

    def on_page(
        self,
        portrait: str | None,
        tab: str,
        text: str,
        audio: str | None,
        voice: str,
        seed: float | None,
        progress: gr.Progress = gr.Progress(),  # noqa: B008
    ) -> Iterator[tuple[Any, Any, str]]:
        """The page's button: video, captions and a sentence about it, again and again until it is made.

        A generator, because Gradio closes it when the visitor leaves: then filming stops.
        """
        tell = Reporter(progress)

        def make() -> Video:
            if tab == "audio" and not audio:
                raise InvalidRequest("There is no sound yet: upload or record one, or type the words instead.")
            spoken, sound = ("", audio) if tab == "audio" else (text or "", None)
            return self._film(portrait, spoken, sound, voice, parse_options({"seed": int(seed or 0)}), tell)

        filming = Filming(make)
        yield None, gr.update(visible=False), "Starting …"
        try:
            filming.start()
            while not filming.wait(0.25):
                yield gr.skip(), gr.skip(), tell.words
        finally:
            tell.stop()
        try:
            with _told_plainly():
                video = filming.result()
        except gr.Error as error:
            yield None, gr.update(visible=False), f"⚠️ {error.message}"
            return
        speed = video.report["frames_per_second"]
        made = f"Done: {video.duration:.1f} s of video, filmed at {speed:.0f} frames per second."
        notes = "".join(f"\n\n{note}" for note in video.notes)
        captions = _captions_file(video)
        yield str(video.path), gr.update(value=captions, visible=captions is not None), made + notes

    def _film(
        self, portrait: str | None, text: str, audio: str | None, voice: str, options: Options, tell: Reporter
    ) -> Video:
        if not portrait:
            raise BadImage("There is no portrait yet: choose a picture of a face first.")
        folder = Path(tempfile.mkdtemp(dir=self._folder.name))
        try:
            with self._lock:
                self._sweep()
                return self._studio.generate(
                    Path(portrait),
                    text=None if audio else text,
                    audio=Path(audio) if audio else None,
                    voice=voice or "auto",
                    options=options,
                    out=folder / f"talking.{options.result_format or 'mp4'}",
                    on_progress=tell,
                )
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise

    def _sweep(self) -> None:
        """Remove films that Gradio has long since copied to its own cache, which it empties itself."""
        for folder in Path(self._folder.name).iterdir():
            if time.time() - folder.stat().st_mtime > KEPT_SECONDS:
                shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _told_plainly() -> Iterator[None]:
    """Errors reach the user as one sentence; what nobody foresaw is logged and told without details."""
    try:
        yield
    except TalkingError as error:
        raise gr.Error(str(error), print_exception=False, duration=20) from error
    except Exception as error:
        logger.exception("a request failed")
        raise gr.Error(
            "Something went wrong here, and it was logged. Please try again.", print_exception=False
        ) from error


def _captions_file(video: Video) -> str | None:
    """The SubRip file beside the video."""
    return next((str(path) for path in video.files if path.suffix == ".srt"), None)
