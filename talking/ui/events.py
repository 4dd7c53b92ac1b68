"""What happens on the page: each event reads its fields as if a stranger had sent them, and answers in plain values."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.utils import get_upload_folder

from talking.errors import InvalidRequest, TalkingError
from talking.request import Request, parse_request
from talking.ui import voices
from talking.ui.filled import filled, preset_of
from talking.ui.films import Films
from talking.ui.form import PRESETS, Form, Missing, document, read, split
from talking.ui.handlers import told_plainly
from talking.ui.machines import Machine, offered
from talking.ui.pictures import data_url
from talking.ui.said import API_STYLES, api_call
from talking.ui.shown import report_html
from talking.ui.sights import Sights, Stored
from talking.ui.words import LANGUAGES, language_of, t, table

logger = logging.getLogger(__name__)

_KNOBS = ("mouth", "head", "blink", "gaze", "breathing", "expression")
_ID = re.compile(r"tlk_[\w-]{4,64}")
_MOST_FACES = 99
Stage = dict[str, Any]


class Events:
    """The page's handlers. `films`, `sights` and `engines` are the service behind it, `examples` the pictures to try by
    name.
    """

    def __init__(
        self, films: Films, sights: Sights, engines: Callable[[], Sequence[Machine]], examples: Mapping[str, Path],
        voices_folder: Path | None,
    ) -> None:  # fmt: skip
        self._films = films
        self._sights = sights
        self._engines = engines
        self._examples = dict(examples)
        self._folder = voices_folder

    async def on_open(self, portrait: str | None) -> tuple[Stage, Any]:
        """The Stage of a page that opens, unless a film is on it already; and the engines as they stand now."""
        seen = await self._seen(portrait, 0)
        if seen["kind"] == "portrait":
            # The portrait's own field shows this file, too: it comes over the line once.
            seen["image"] = f"gradio_api/file={portrait}"
        return {**seen, "opening": True}, await asyncio.to_thread(self.on_engines)

    async def on_example(self, name: Any) -> tuple[str, Stage, int]:
        """The picture of the example that was picked, on the Stage. Raises gr.Error for one that there is not."""
        if not isinstance(name, str) or name not in self._examples:
            raise gr.Error("There is no such example.", print_exception=False)
        path = str(self._examples[name])
        return path, await self._seen(path, 0), 0

    async def on_portrait(self, portrait: str | None) -> tuple[Stage, int, str]:
        """The Stage with a portrait and its faces, the face that speaks, and the example that it is: none."""
        return await self._seen(portrait, 0), 0, ""

    def on_no_portrait(self) -> tuple[Stage, int, str]:
        """The Stage without a portrait, the face that speaks, and the example that it is: none."""
        return _told({"kind": "empty"}, time.time()), 0, ""

    async def on_upload(self, event: gr.EventData) -> tuple[str, Stage, int, str]:
        """A picture that was dropped on the Stage. Raises gr.Error for a file that is none of the page's."""
        path = Path(_fact(event, "path", str))
        folder = Path(get_upload_folder()).resolve()
        if "\0" in str(path) or not path.is_file() or folder not in path.resolve().parents:
            raise gr.Error("The picture did not arrive. Choose it again.", print_exception=False)
        return str(path), await self._seen(str(path), 0), 0, ""

    def on_face(self, event: gr.EventData) -> int:
        """The face that was chosen."""
        index: int = _fact(event, "index", int)
        return max(0, min(_MOST_FACES, index))

    async def on_look(self, portrait: str | None, face: float | None) -> Stage:
        """The portrait with its mouth closed and open."""
        asked = time.time()
        if not portrait:
            return _told(_missing("need_portrait"), asked)
        index = _index(face)
        return _told(await _staged(lambda: self._sights.first_look(Path(portrait), index)), asked)

    async def on_make(self, request: gr.Request, *fields: Any) -> Stage:
        """Send the form's request off: the Stage with its job, or with what is wrong."""
        asked = time.time()

        def ask() -> Stage:
            form = read(fields)
            plain, files = split(document(form), form)
            id = self._films.ask(plain, files, request.request)
            return {"kind": "job", "id": id, "title": str(plain.get("text") or files["audio"].stem)[:60]}

        return _told({**await _staged(ask), "again": True}, asked)

    def on_preset(self, preset: str) -> list[float]:
        """Where a preset puts the six knobs."""
        chosen = PRESETS.get(preset, {}) if isinstance(preset, str) else {}
        return [float(chosen.get(name, 1.0)) for name in _KNOBS]

    def on_engines(self) -> Any:
        """The engines to choose from, marked as they stand now: their weights may have come or gone."""
        return gr.update(choices=offered(self._engines()))

    def on_background(self, background: str) -> tuple[Any, Any]:
        """Whether a colour, or a file, is to be chosen."""
        return gr.update(visible=background == "colour"), gr.update(visible=background == "file")

    def on_language(self, language: str, who: str) -> Any:
        """The voices of a language, and of women or men."""
        wanted = who if who in voices.WHO else voices.ANYONE
        try:
            found = voices.choices(language if isinstance(language, str) else "", wanted, self._folder)
        except TalkingError:
            found = voices.choices("", wanted, self._folder)
        value = voices.AUTO if wanted == voices.ANYONE or not found else found[0][1]
        return gr.update(choices=[(str(t("voice_auto")), voices.AUTO), *found], value=value)

    async def on_hear(self, text: str, language: str, voice: str, rate: float, pitch: float) -> Stage:
        """The first sentence of the words as a sound. Raises gr.Error with what is wrong."""
        asked = time.time()
        with told_plainly():
            if not all(isinstance(each, str | None) for each in (text, language, voice)):
                raise InvalidRequest("The page sent something that cannot be read. Reload it, and try again.")
            sound, notes = await asyncio.to_thread(
                lambda: self._sights.hear(
                    text or "", language=language or "", voice=voice or voices.AUTO, rate=_number(rate, 1.0),
                    pitch=_number(pitch, 0.0),
                )
            )  # fmt: skip
        for note in notes:
            gr.Info(note)
        return _told({"sound": data_url("audio/wav", sound)}, asked)

    def on_began(self) -> Any:
        """A film is on its way: the last one's results go."""
        return gr.update(visible=False)

    async def on_finished(self, event: gr.EventData, request: gr.Request) -> tuple[Any, str, Any, Any, Any]:
        """What came of a film: the card of results, its report, its captions as files, or that there are none."""
        id = _film(event)
        hidden = gr.update(visible=False)
        try:
            made = await asyncio.to_thread(self._sights.results, id, request.request)
        except TalkingError:
            return hidden, "", hidden, hidden, hidden
        report = report_html(made.report, _words(request))
        srt, vtt = (
            gr.update(value=str(file) if file else None, visible=file is not None) for file in (made.srt, made.vtt)
        )
        return gr.update(visible=True), report, srt, vtt, gr.update(visible=made.srt is None)

    async def on_use(self, event: gr.EventData, request: gr.Request) -> list[Any]:
        """The form as it was when a film was asked for, where it is shown, and the Stage. Raises gr.Error."""
        id = _film(event)
        with told_plainly():
            stored = await asyncio.to_thread(self._sights.stored, id, request.request)
        form = filled(stored.document, stored.files)
        if _is_partly(form, stored):
            gr.Info(_words(request)["use_partly"])
        fields: dict[str, Any] = form._asdict()
        everyone = await asyncio.to_thread(voices.choices, "", voices.ANYONE, self._folder)
        fields["voice"] = gr.update(choices=[(str(t("voice_auto")), voices.AUTO), *everyone], value=form.voice)
        for name in ("sound", "own_driver"):
            fields[name] = gr.update(value=fields[name], visible=True)
        stage = await self._seen(form.portrait, _index(form.face))
        tabs = gr.update(selected=form.tab)
        return [*fields.values(), stage, tabs, voices.ANYONE, preset_of(form), *self.on_background(form.background), ""]

    def on_api(self, request: gr.Request, style: str, *fields: Any) -> Any:
        """The form's request as a program."""
        try:
            told = document(read(fields))
        except Missing as missing:
            return gr.update(value=f"# {_words(request)[missing.key]}", language="python")
        except TalkingError as error:
            return gr.update(value=f"# {error}", language="python")
        chosen = style if style in API_STYLES else API_STYLES[0]
        keyed = bool(request.request is not None and request.request.headers.get("authorization"))
        code = api_call(told, chosen, self._sights.base(request.request), keyed=keyed)
        return gr.update(value=code, language="python" if chosen == "Python" else "shell")

    async def _seen(self, portrait: str | None, face: int) -> Stage:
        """The Stage with a portrait, or with why it cannot be shown."""
        asked = time.time()
        if not portrait:
            return _told({"kind": "empty"}, asked)
        shown = await _staged(lambda: self._sights.portrait(Path(portrait)))
        if shown["kind"] == "error":
            return _told({**shown, "unreadable": True}, asked)
        return _told({**shown, "face": face if face < len(shown["faces"]) else 0}, asked)


def _told(stage: Stage, asked: float) -> Stage:
    """The same with the time at which it was asked for: what is told twice is shown twice, and what was asked for
    before a film does not take that film's place.
    """
    return {**stage, "turn": asked}


async def _staged(work: Callable[[], Stage]) -> Stage:
    """What `work` puts on the Stage, or what keeps it from doing so."""
    try:
        return await asyncio.to_thread(work)
    except Missing as missing:
        return _missing(missing.key)
    except TalkingError as error:
        return {"kind": "error", "text": str(error), "fault": type(error).__name__}
    except Exception:
        logger.exception("an event of the page failed")
        return _missing("failed")


def _missing(key: str) -> Stage:
    return {"kind": "error", "key": key, "text": table()[LANGUAGES[0]][key]}


def _words(request: gr.Request) -> dict[str, str]:
    """The page's words in the language of whoever asks; what it lacks in English."""
    spoken = table()[language_of(request.headers.get("accept-language", ""))]
    return {**table()[LANGUAGES[0]], **spoken}


def _is_partly(form: Form, stored: Stored) -> bool:
    """Whether a request holds more than the form has fields for, or files that are not kept any more."""
    try:
        again, files = split(document(form), form)
    except TalkingError:
        return True
    return _plain(again, files) != _plain(stored.document, files)


def _plain(told: Mapping[str, Any], files: Mapping[str, Path]) -> Request:
    """A request without the names of its files, to be compared."""
    named = {"portrait": "portrait", "audio": "audio"}
    options = {name: value for name, value in told.get("options", {}).items() if name not in files}
    return parse_request({**told, **{name: named[name] for name in files if name in named}, "options": options})


def _fact(event: gr.EventData, name: str, kind: type) -> Any:
    """A fact that a component told with its event. Raises gr.Error when it is not there: pages can be made to lie."""
    data = getattr(event, "_data", None)
    value = data.get(name) if isinstance(data, Mapping) else None
    if not isinstance(value, kind) or isinstance(value, bool):
        raise gr.Error("The page sent something that cannot be read. Reload it.", print_exception=False)
    return value


def _film(event: gr.EventData) -> str:
    """The film that an event tells of. Raises gr.Error for what is none."""
    id: str = _fact(event, "id", str)
    if not _ID.fullmatch(id):
        raise gr.Error("This video is no longer kept here.", print_exception=False)
    return id


def _index(face: Any) -> int:
    return int(face) if isinstance(face, int | float) and 0 <= face <= _MOST_FACES else 0


def _number(value: Any, usual: float) -> float:
    return float(value) if isinstance(value, int | float) and abs(value) < 1000 else usual
