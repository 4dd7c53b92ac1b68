"""What the page shows and speaks: pictures by the child that looks at files, a sentence by the voice of choice."""

from __future__ import annotations

import hashlib
import io
import logging
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from talking import examples, speech
from talking.errors import BadImage, BadScript, NotFound, TalkingError
from talking.jobs.job import STORED
from talking.media.audio import write_wav
from talking.recent import Recent
from talking.server.gate import owner_of
from talking.server.service import Service
from talking.settings import Settings
from talking.speech.voice import CACHED
from talking.ui.leavings import Leavings
from talking.ui.pictures import data_url
from talking.ui.sights import Results, Stored

logger = logging.getLogger(__name__)

_SENTENCE = re.compile(r".+?[.!?…。！？؟।]+(?=\s|$|[^\x00-\x7f])", re.DOTALL)
_REMEMBERED = 24
"""Pictures whose faces are remembered: those to try among them, which every visitor is shown."""

_JPEG = "image/jpeg"
_LONGEST = 200
"""Characters of a text that is heard before it is filmed."""


class PageSights:
    """The Sights of the page. Files that it makes go with it. `expect` is told of portraits that may be filmed next."""

    def __init__(
        self, service: Service, settings: Settings, expect: Callable[[Path], None] = lambda _: None
    ) -> None:  # fmt: skip
        self._service = service
        self._settings = settings
        self._expect = expect
        self._known: Recent[dict[str, Any]] = Recent(_REMEMBERED, lambda _: 1)
        self._leavings = Leavings()

    def warm_up(self) -> None:
        """Look at the picture with which the page opens, so that its first visitor need not wait for that."""
        for example in examples.portraits()[:1]:
            try:
                self.portrait(example.path)
            except TalkingError as error:
                logger.warning("the first picture of the page could not be looked at: %s", error)

    def portrait(self, picture: Path) -> dict[str, Any]:
        data = _bytes(picture, self._service.rules.max_upload)
        known = self._known.get(hashlib.sha256(data).digest(), lambda: self._staged(data))
        if known["faces"]:
            self._expect(picture)
        return known

    def _staged(self, data: bytes) -> dict[str, Any]:
        shown = self._service.eye.shown(data)
        seen = shown.seen
        boxes = [[left, top, right - left, bottom - top] for left, top, right, bottom in seen.faces]
        return {
            "kind": "portrait", "image": data_url(_JPEG, shown.preview), "width": seen.width, "height": seen.height,
            "faces": boxes, "face": 0,
        }  # fmt: skip

    def first_look(self, picture: Path, face: int) -> dict[str, Any]:
        closed, opened = self._service.eye.glimpse(_bytes(picture, self._service.rules.max_upload), face)
        return {"kind": "look", "closed": data_url(_JPEG, closed), "open": data_url(_JPEG, opened)}

    def hear(self, text: str, *, language: str, voice: str, rate: float, pitch: float) -> tuple[bytes, tuple[str, ...]]:
        if not text.strip():
            raise BadScript("The text is empty: write what the portrait should say.")
        spoken = speech.synthesize(
            first_sentence(text), voice=voice, language=language or None, rate=rate, pitch=pitch,
            cache=self._settings.cache, folder=self._settings.voices,
        )  # fmt: skip
        file = io.BytesIO()
        write_wav(spoken.speech, file)
        return file.getvalue(), tuple(note for note in spoken.notes if note != CACHED)

    def results(self, id: str, call: Any) -> Results:
        job = self._service.engine.status(id, owner=owner_of(call.scope))
        folder = self._leavings.folder()
        srt, vtt = (
            self._service.fetch_artefact(job, kind, folder) if kind in job.artefacts else None
            for kind in ("srt", "vtt")
        )
        return Results(self._service.reports.of(job), srt, vtt)

    def base(self, call: Any) -> str:
        return self._service.base(call)

    def stored(self, id: str, call: Any) -> Stored:
        job = self._service.engine.status(id, owner=owner_of(call.scope))
        options = job.request.get("options", {})
        named = {
            "portrait": job.request["portrait"],
            "audio": job.request.get("audio"),
            "driver": options.get("driver"),
            "background": options.get("background"),
            "logo": (options.get("logo") or {}).get("url"),
        }
        files: dict[str, Path] = {}
        for field, reference in named.items():
            if isinstance(reference, str) and reference.startswith(STORED):
                key = reference.removeprefix(STORED)
                with suppress(NotFound):  # uploads are kept for less long than films
                    files[field] = self._service.storage.fetch(
                        key, self._leavings.folder() / f"{field}.{key.rpartition('.')[2]}"
                    )
        return Stored(job.request, files)


def first_sentence(text: str) -> str:
    """The first sentence of a text, at most 200 characters of it."""
    words = text.strip()
    found = _SENTENCE.match(words)
    return (found.group(0) if found else words)[:_LONGEST]


def _bytes(picture: Path, most: int) -> bytes:
    with picture.open("rb") as file:
        data = file.read(most + 1)
    if len(data) > most:
        raise BadImage(f"The picture is larger than {most / 1e6:g} MB. Save it smaller.")
    return data
