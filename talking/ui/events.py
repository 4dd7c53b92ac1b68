"""What happens on the page: each event reads its fields as if a stranger had sent them, and answers in plain values."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import get_upload_folder

from talking.errors import TalkingError
from talking.ui import voices
from talking.ui.films import Films
from talking.ui.form import PRESETS, Form, Missing, document, split
from talking.ui.kept import MOST_KEPT, read_films
from talking.ui.said import API_STYLES, api_call
from talking.ui.shown import report_html
from talking.ui.sights import Sights
from talking.ui.words import LANGUAGES, language_of, table

logger = logging.getLogger(__name__)

_FAILED = "Something went wrong here, and it was logged. Please try again."
_KNOBS = ("mouth", "head", "blink", "gaze", "breathing", "expression")
Stage = dict[str, Any]


class Events:
    """The page's handlers. `films` and `sights` are the service behind it, `examples` the pictures to try by name."""

    def __init__(self, films: Films, sights: Sights, examples: Mapping[str, Path], voices_folder: Path | None) -> None:
        self._films = films
        self._sights = sights
        self._examples = dict(examples)
        self._folder = voices_folder

    def on_example(self, event: gr.EventData) -> str:
        """The picture of the example that was picked. Raises gr.Error for one that there is not."""
        name = _fact(event, "id", str)
        if name not in self._examples:
            raise gr.Error("There is no such example.", print_exception=False)
        return str(self._examples[name])

    async def on_portrait(self, portrait: str | None) -> tuple[Stage, int]:
        """The Stage with a portrait and its faces, and the face that speaks: the first."""
        if not portrait:
            return {"kind": "empty"}, 0
        return await self._staged(lambda: self._sights.portrait(Path(portrait))), 0

    def on_upload(self, event: gr.EventData) -> str:
        """A picture that was dropped on the Stage. Raises gr.Error for a file that is none of the page's."""
        path = Path(_fact(event, "path", str))
        folder = Path(get_upload_folder()).resolve()
        if not path.is_file() or folder not in path.resolve().parents:
            raise gr.Error("The picture did not arrive. Choose it again.", print_exception=False)
        return str(path)

    def on_face(self, event: gr.EventData) -> int:
        """The face that was chosen."""
        index: int = _fact(event, "index", int)
        return max(0, min(99, index))

    async def on_look(self, portrait: str | None, face: float | None) -> Stage:
        """The portrait with its mouth closed and open."""
        if not portrait:
            return _missing("need_portrait")
        return await self._staged(lambda: self._sights.first_look(Path(portrait), int(face or 0)))

    async def on_make(self, request: gr.Request, *fields: Any) -> Stage:
        """Send the form's request off: the Stage with its job, or with what is wrong."""
        form = Form(*fields)
        try:
            plain, files = split(document(form), form)
        except Missing as missing:
            return _missing(missing.key)
        except TalkingError as error:
            return _wrong(str(error))

        def ask() -> Stage:
            id = self._films.ask(plain, files, request.request)
            return {"kind": "job", "id": id, "title": str(plain.get("text") or files["audio"].stem)[:60]}

        return await self._staged(ask)

    def on_preset(self, preset: str) -> list[float]:
        """Where a preset puts the six knobs."""
        chosen = PRESETS.get(preset, {})
        return [float(chosen.get(name, 1.0)) for name in _KNOBS]

    def on_background(self, background: str) -> tuple[Any, Any]:
        """Whether a colour, or a file, is to be chosen."""
        return gr.update(visible=background == "colour"), gr.update(visible=background == "file")

    def on_language(self, language: str, who: str) -> Any:
        """The voices of a language, and of women or men."""
        try:
            found = voices.choices(language or "", who or voices.ANYONE, self._folder)
        except TalkingError:
            found = voices.choices("", who or voices.ANYONE, self._folder)
        automatic = (table()["en"]["voice_auto"], voices.AUTO)
        value = voices.AUTO if who in ("", voices.ANYONE) or not found else found[0][1]
        return gr.update(choices=[automatic, *found], value=value)

    async def on_hear(self, text: str, language: str, voice: str, rate: float, pitch: float) -> str:
        """The first sentence of the words as a sound. Raises gr.Error with what is wrong."""

        def hear() -> tuple[Path, tuple[str, ...]]:
            return self._sights.hear(
                text or "", language=language or "", voice=voice or "auto", rate=float(rate), pitch=float(pitch)
            )

        try:
            sound, notes = await asyncio.to_thread(hear)
        except TalkingError as error:
            raise gr.Error(str(error), print_exception=False) from error
        except Exception as error:
            logger.exception("a sentence could not be heard")
            raise gr.Error(_FAILED, print_exception=False) from error
        for note in notes:
            gr.Info(note)
        return str(sound)

    def on_began(self, kept: Any, event: gr.EventData) -> tuple[list[dict[str, str]], Any]:
        """A film is on its way: it joins this browser's own, and the last one's results go."""
        id, title = _fact(event, "id", str), _fact(event, "title", str)
        others = [film for film in read_films(kept) if film["id"] != id]
        return [{"id": id, "title": title[:60], "thumb": ""}, *others][:MOST_KEPT], gr.update(visible=False)

    async def on_finished(
        self, kept: Any, event: gr.EventData, request: gr.Request
    ) -> tuple[list[dict[str, str]], Any, str, Any, Any]:
        """What came of a film: a small picture of it, the card of results, its report, and its captions as files."""
        id, thumb = _fact(event, "id", str), _fact(event, "thumb", str)
        films = [{**film, "thumb": thumb} if film["id"] == id else film for film in read_films(kept)]
        films = read_films(films)
        try:
            made = await asyncio.to_thread(self._sights.results, id, request.request)
        except TalkingError:
            return films, *(gr.update(visible=False), "", gr.update(visible=False), gr.update(visible=False))
        spoken = table()[language_of(request.headers.get("accept-language", ""))]
        report = report_html(made.report, {**table()[LANGUAGES[0]], **spoken})
        srt, vtt = (
            gr.update(value=str(file) if file else None, visible=file is not None) for file in (made.srt, made.vtt)
        )
        return films, gr.update(visible=True), report, srt, vtt

    def on_vanished(self, kept: Any, event: gr.EventData) -> list[dict[str, str]]:
        """A film that the server does not have any more is forgotten."""
        id = _fact(event, "id", str)
        return [film for film in read_films(kept) if film["id"] != id]

    def on_kept(self, kept: Any) -> list[dict[str, str]]:
        """The films of this browser, as far as they can be read."""
        return read_films(kept)

    def on_api(self, request: gr.Request, style: str, *fields: Any) -> Any:
        """The form's request as a program."""
        try:
            told = document(Form(*fields))
        except TalkingError as error:
            return gr.update(value=f"# {error}", language="python")
        chosen = style if style in API_STYLES else API_STYLES[0]
        base = _base(request)
        return gr.update(value=api_call(told, chosen, base), language="python" if chosen == "Python" else "shell")

    async def _staged(self, work: Callable[[], Stage]) -> Stage:
        """What `work` puts on the Stage, or what keeps it from doing so."""
        try:
            return await asyncio.to_thread(work)
        except TalkingError as error:
            return _wrong(str(error))
        except Exception:
            logger.exception("an event of the page failed")
            return _wrong(_FAILED)


def _wrong(text: str) -> Stage:
    return {"kind": "error", "text": text}


def _missing(key: str) -> Stage:
    return {"kind": "error", "key": key, "text": table()[LANGUAGES[0]][key]}


def _fact(event: gr.EventData, name: str, kind: type) -> Any:
    """A fact that a component told with its event. Raises gr.Error when it is not there: pages can be made to lie."""
    data = getattr(event, "_data", None)
    value = data.get(name) if isinstance(data, Mapping) else None
    if not isinstance(value, kind) or isinstance(value, bool):
        raise gr.Error("The page sent something that cannot be read. Reload it.", print_exception=False)
    return value


def _base(request: gr.Request) -> str:
    """The address under which the visitor reaches the page."""
    return str(request.request.base_url).rstrip("/") if request.request else ""
