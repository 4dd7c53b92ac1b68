"""What programs may call by the Gradio client: `/generate`, `/voices`, `/faces` and `/preview`."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import gradio as gr

from talking import speech
from talking.errors import BadImage, TalkingError
from talking.ui.handlers import Handlers, told_plainly
from talking.ui.leavings import Leavings
from talking.ui.sights import Sights

_UNSEEN: dict[str, Any] = {"visible": False}
"""Of each field by itself: what is in a column that is not seen is fetched by browsers all the same."""

_QUICK: dict[str, Any] = {"concurrency_id": "look", "concurrency_limit": 4}


class Endpoints:
    """The quick calls; `sights` is the service behind them."""

    def __init__(self, sights: Sights, voices_folder: Path | None) -> None:
        self._sights = sights
        self._voices = voices_folder
        self._leavings = Leavings()

    def voices(self, language: str = "", provider: str = "") -> list[dict[str, Any]]:
        """All voices, or those of a language and a provider."""
        with told_plainly():
            found = speech.voices(language=language or None, provider=provider or None, folder=self._voices)
            return [
                {
                    "id": voice.id, "name": voice.name, "language": voice.language, "gender": voice.gender,
                    "provider": voice.provider, "styles": list(voice.styles),
                }
                for voice in found
            ]  # fmt: skip

    def faces(self, portrait: str | None) -> dict[str, Any]:
        """The size of a picture and the box of each face in it."""
        with told_plainly():
            seen = self._sights.portrait(_picture(portrait))
            boxes = [dict(zip(("x", "y", "width", "height"), box, strict=True)) for box in seen["faces"]]
            return {"width": seen["width"], "height": seen["height"], "faces": boxes}

    def preview(self, portrait: str | None, face: float = 0) -> str:
        """A face with its mouth open, as a file."""
        with told_plainly():
            if face is None or not 0 <= face <= 99:
                raise TalkingError("The face is a number from 0 on; 0 is the largest.")
            look = self._sights.first_look(_picture(portrait), int(face))
            file = self._leavings.folder() / "preview.jpg"
            file.write_bytes(base64.b64decode(look["open"].partition(",")[2]))
            return str(file)


def add_endpoints(handlers: Handlers, quick: Endpoints) -> None:
    """Hidden fields for the calls, so that their signatures stay the same while the page grows."""
    _add_generate(handlers)
    _add_voices(quick)
    _add_faces(quick)


def _add_generate(handlers: Handlers) -> None:
    inputs = [
        gr.File(type="filepath", label="portrait", **_UNSEEN),
        gr.Textbox("", label="text", **_UNSEEN),
        gr.File(type="filepath", label="audio", **_UNSEEN),
        gr.Textbox("auto", label="voice", **_UNSEEN),
        gr.JSON(None, label="options", **_UNSEEN),
    ]
    outputs = [
        gr.Video(label="video", **_UNSEEN), gr.File(label="captions", **_UNSEEN), gr.JSON(label="report", **_UNSEEN),
    ]  # fmt: skip
    gr.Button(**_UNSEEN).click(
        handlers.on_call, inputs, outputs, api_name="generate", concurrency_limit=None,
        api_description="Make a talking video of a portrait, with text or an audio file. Captions are SubRip.",
    )  # fmt: skip


def _add_voices(quick: Endpoints) -> None:
    inputs = [gr.Textbox("", label="language", **_UNSEEN), gr.Textbox("", label="provider", **_UNSEEN)]
    gr.Button(**_UNSEEN).click(
        quick.voices, inputs, gr.JSON(label="voices", **_UNSEEN), api_name="voices", **_QUICK,
        api_description="List the voices, of a language (de, en-GB, German) or a provider.",
    )  # fmt: skip


def _add_faces(quick: Endpoints) -> None:
    portrait = gr.File(type="filepath", label="portrait", **_UNSEEN)
    gr.Button(**_UNSEEN).click(
        quick.faces, portrait, gr.JSON(label="faces", **_UNSEEN), api_name="faces", **_QUICK,
        api_description="Find the faces in a picture, the largest first; boxes are in pixels of it.",
    )  # fmt: skip
    other = gr.File(type="filepath", label="portrait", **_UNSEEN)
    face = gr.Number(0, label="face", precision=0, **_UNSEEN)
    gr.Button(**_UNSEEN).click(
        quick.preview, [other, face], gr.File(label="preview", **_UNSEEN), api_name="preview", **_QUICK,
        api_description="Draw a face with its mouth open, to see how it will speak.",
    )  # fmt: skip


def _picture(portrait: str | None) -> Path:
    if not portrait:
        raise BadImage("There is no portrait yet: choose a picture of a face first.")
    return Path(portrait)
