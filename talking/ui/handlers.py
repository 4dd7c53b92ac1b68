"""What happens behind the page: what is asked for goes into the queue, and its progress comes back in plain words."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gradio as gr

from talking.errors import BadImage, InvalidRequest, TalkingError
from talking.ui.films import Films, Look, Made, words
from talking.ui.leavings import Leavings

logger = logging.getLogger(__name__)

_SHORTEST, _LONGEST = 0.05, 0.25
"""Seconds between looks: short films are told of at once, and long ones cost nothing."""


class Handlers:
    """Takes requests from the page and its clients, and words what happens. Waiting costs no thread."""

    def __init__(self, films: Films) -> None:
        self._films = films
        self._leavings = Leavings()

    async def on_call(
        self,
        portrait: str | None,
        text: str = "",
        audio: str | None = None,
        voice: str = "auto",
        options: dict[str, Any] | None = None,
        request: gr.Request = None,  # type: ignore[assignment]  # Gradio gives it
        progress: gr.Progress = gr.Progress(),  # noqa: B008  (Gradio finds its progress bar by this default)
    ) -> tuple[str, str | None, dict[str, Any]]:
        """The endpoint: video, captions (None where no words are known) and report."""
        with told_plainly():
            if (text or "").strip() and audio:
                raise InvalidRequest(
                    "Give either text or audio, not both; what the audio says goes into options.transcript."
                )
            id = await self._ask(portrait, text or "", audio, voice, options, request)
            async for look in self._follow(id):
                _show(look, progress)
            made = await self._fetch(id)
        return str(made.video), None if made.captions is None else str(made.captions), made.report

    async def _ask(
        self, portrait: str | None, text: str, audio: str | None, voice: str, options: Any, request: gr.Request
    ) -> str:
        """Put a request into the queue; the id of its film."""
        if not portrait:
            raise BadImage("There is no portrait yet: choose a picture of a face first.")
        document: dict[str, Any] = {"voice": voice or "auto", "options": {} if options is None else options}
        files = {"portrait": Path(portrait)}
        if audio:
            files["audio"] = Path(audio)
        else:
            document["text"] = text
        return await asyncio.to_thread(self._films.ask, document, files, request.request)

    async def _follow(self, id: str) -> AsyncIterator[Look]:
        """How the film goes on, until it is done. Raises TalkingError when it fails. Whoever stops following leaves."""
        over, pause = False, _SHORTEST
        try:
            while True:
                look = await asyncio.to_thread(self._films.look, id)
                if look.over:
                    over = True
                    break
                yield look
                await asyncio.sleep(pause)
                pause = min(_LONGEST, pause * 1.5)
        finally:
            if not over:
                # Not awaited: a generator that is being closed may not wait.
                asyncio.get_running_loop().run_in_executor(None, self._leave, id)
        if look.error:
            raise TalkingError(look.error)

    def _leave(self, id: str) -> None:
        try:
            self._films.leave(id)
        except TalkingError as error:
            logger.warning("a film whose visitor left goes on: %s", error)

    async def _fetch(self, id: str) -> Made:
        return await asyncio.to_thread(lambda: self._films.fetch(id, self._leavings.folder()))


def _show(look: Look, progress: gr.Progress) -> None:
    part = (look.done, look.total) if look.stage == "film" and look.total else 0.0
    progress(part, desc=words(look), unit="frames")


@contextmanager
def told_plainly() -> Iterator[None]:
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
