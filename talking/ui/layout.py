"""Where everything stands on the page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from talking.request import ASPECTS, CAPTIONS, FORMATS, MAX_SEED
from talking.ui import components, voices
from talking.ui.form import BACKGROUNDS, FRAMES, PRESETS, Form
from talking.ui.machines import Machine, offered
from talking.ui.words import LANGUAGES, t, table

MARK = (
    '<svg viewBox="0 0 40 40" width="40" height="40" aria-hidden="true">'
    '<rect width="40" height="40" rx="11" fill="#0f766e"/>'
    '<path d="M8 20q7-7 10-5 2 1.6 4 0 3-2 10 5-6 1-12 1T8 20z" fill="#fff"/>'
    '<path d="M8 21.5q6 1 12 1t12-1q-6 7.5-12 7.5T8 21.5z" fill="#e7bfae"/></svg>'
)

_LATER: dict[str, Any] = {"visible": False, "interactive": True}
"""Of fields behind a fold or a tab that bring players along, 200 kB in all: they come when that is opened."""


@dataclass(frozen=True)
class Offer:
    """What can be chosen: tiles of `examples` and `drivers`, `engines`, `languages` and `voices` as label and value;
    what the `stage` begins with, and the `portrait` of the first example as a path.
    """

    examples: Sequence[dict[str, str]]
    drivers: Sequence[dict[str, str]]
    engines: Sequence[Machine]
    languages: Sequence[tuple[str, str]]
    voices: Sequence[tuple[str, str]]
    stage: dict[str, Any]
    portrait: str | None


@dataclass(frozen=True)
class Parts:
    """The components that events speak of; `form` by the fields of Form, in their order; `load` of the page."""

    form: dict[str, Any]
    load: Any
    examples: Any
    stage: Any
    make: Any
    tabs: Any
    type_it: Any
    use_sound: Any
    who: Any
    hear: Any
    heard: Any
    preset: Any
    own_driver_fold: Any
    machines: Any
    colour_row: Any
    background_row: Any
    after: Any
    report: Any
    srt: Any
    vtt: Any
    wordless: Any
    api_tab: Any
    api_style: Any
    api_code: Any
    history: Any


def lay_out(offer: Offer, load: Any) -> Parts:
    """Put the page together; `load` is its own event."""
    field: dict[str, Any] = {}
    more: dict[str, Any] = {}
    _html(f'<a class="skip" href="#make">{t("skip")}</a>', elem_id="skip")
    _html(f"<header>{MARK}<div><h1>talking</h1><p>{t('tagline')}</p></div></header>", elem_id="brand")
    with gr.Row(elem_id="desk"):
        with gr.Column(scale=5, elem_id="left"):
            _who_speaks(offer, field, more)
            _what_it_says(offer, field, more)
            _how_it_acts(offer, field, more)
            _picture_and_file(offer, field, more)
        with gr.Column(scale=6, elem_id="right"):
            more["stage"] = components.stage(offer.stage)
            more["make"] = gr.Button(t("make"), variant="primary", size="lg", elem_id="make")
            _after(more)
    return Parts(form={name: field[name] for name in Form._fields}, load=load, **more)


def _who_speaks(offer: Offer, field: dict[str, Any], more: dict[str, Any]) -> None:
    with gr.Column(elem_classes="card"):
        _title("1", "who")
        with gr.Row(elem_id="who"):
            field["portrait"] = unopened(gr.Image(
                offer.portrait, type="filepath", image_mode=None, sources=["upload", "webcam", "clipboard"],
                height=150, label=t("portrait"), show_label=False, buttons=[], elem_id="portrait", scale=0, min_width=0,
            ))  # fmt: skip
            with gr.Column(elem_id="tries", min_width=0):
                gr.Markdown(t("examples"), elem_classes="aside")
                more["examples"] = components.strip(offer.examples, _first(offer.examples), "examples", "examples")
        _need_of_https()
        field["face"] = gr.Number(0, visible="hidden", precision=0)


def _what_it_says(offer: Offer, field: dict[str, Any], more: dict[str, Any]) -> None:
    with gr.Column(elem_classes="card"):
        _title("2", "what")
        field["tab"] = gr.Textbox("text", visible="hidden")
        with gr.Tabs() as more["tabs"]:
            with gr.Tab(t("type_it"), id="text") as more["type_it"]:
                field["text"] = gr.Textbox(
                    table()[LANGUAGES[0]]["sentence"], lines=3, max_lines=10, label=t("text"), max_length=None,
                    elem_id="text",
                )  # fmt: skip
                with gr.Row(elem_id="language-row"):
                    field["language"] = gr.Dropdown(
                        [(str(t("any_language")), ""), *offer.languages], value="", label=t("language"),
                        allow_custom_value=True, elem_id="language", min_width=140, scale=2,
                    )  # fmt: skip
                    more["who"] = gr.Dropdown(
                        [(str(t(who)), who) for who in voices.WHO], value=voices.ANYONE, label=t("spoken_by"),
                        elem_id="spoken-by", min_width=110, scale=1,
                    )  # fmt: skip
                with gr.Row(elem_id="voice-row"):
                    field["voice"] = gr.Dropdown(
                        [(str(t("voice_auto")), voices.AUTO), *offer.voices], value=voices.AUTO, label=t("voice"),
                        info=t("voice_hint"), allow_custom_value=True, elem_id="voice", scale=3, min_width=140,
                    )  # fmt: skip
                    more["hear"] = gr.Button(t("hear"), elem_id="hear", scale=0, min_width=104)
                more["heard"] = components.heard()
                with gr.Accordion(t("speaking"), open=False, elem_id="speaking"):
                    field["rate"] = gr.Slider(0.5, 2, 1, step=0.05, label=t("rate"))
                    field["pitch"] = gr.Slider(-7, 7, 0, step=0.5, label=t("pitch"))
            with gr.Tab(t("use_sound"), id="audio") as more["use_sound"]:
                field["sound"] = unopened(gr.Audio(
                    type="filepath", sources=["upload", "microphone"], label=t("sound"), elem_id="sound",
                    elem_classes="drop", **_LATER,
                ))  # fmt: skip
                _need_of_https()
                field["transcript"] = gr.Textbox("", lines=2, label=t("transcript"))
                field["reduce_noise"] = gr.Checkbox(False, label=t("reduce_noise"))
        with gr.Row(elem_id="below-words"):
            field["captions"] = gr.Dropdown(
                [(str(t(f"captions_{kind}")), kind) for kind in CAPTIONS], value="files", label=t("captions"),
                elem_id="captions-kind", min_width=150, scale=3,
            )  # fmt: skip
            _html('<p id="length"></p>', elem_id="length-box", min_width=0, scale=0)


def _how_it_acts(offer: Offer, field: dict[str, Any], more: dict[str, Any]) -> None:
    with gr.Accordion(t("acting"), open=False, elem_classes="card", elem_id="acting"):
        more["preset"] = gr.Radio(
            [(str(t(name)), name) for name in PRESETS], value="natural", label=t("preset"), elem_id="preset"
        )
        gr.Markdown(t("driver"), elem_classes="label")
        field["driver"] = components.strip(offer.drivers, "auto", "driver", "drivers")
        with gr.Accordion(t("own_driver"), open=False) as more["own_driver_fold"]:
            gr.Markdown(t("own_driver_hint"))
            field["own_driver"] = unopened(gr.Video(
                sources=["upload", "webcam"], label=t("own_driver"), height=190, elem_classes="drop",
                elem_id="own-driver", **_LATER,
            ))  # fmt: skip
            _need_of_https()
        gr.Markdown(t("expressions"), elem_classes="label")
        field["expressions"] = components.timeline()
        with gr.Accordion(t("knobs"), open=False, elem_id="knobs"):
            for name in ("mouth", "head", "blink", "gaze", "breathing", "expression"):
                field[name] = gr.Slider(0, 2, 1, step=0.05, label=t(f"knob_{name}"))


def _picture_and_file(offer: Offer, field: dict[str, Any], more: dict[str, Any]) -> None:
    with gr.Accordion(t("file"), open=False, elem_classes="card", elem_id="file"):
        with gr.Row():
            field["frame"] = _dropdown("frame", FRAMES, [f"frame_{name}" for name in FRAMES])
            field["shape"] = _dropdown("shape", ASPECTS, [_SHAPES[name] for name in ASPECTS])
            field["result_format"] = gr.Dropdown(list(FORMATS), value="mp4", label=t("format"), min_width=100)
        field["background"] = _dropdown("background", BACKGROUNDS, [f"background_{name}" for name in BACKGROUNDS])
        with gr.Row(visible=False) as more["colour_row"]:
            field["colour"] = gr.ColorPicker("#115e59", label=t("background_colour_label"))
        with gr.Row(visible=False) as more["background_row"]:
            field["background_file"] = gr.File(
                type="filepath", label=t("background_file_label"), height=140, elem_classes="drop"
            )  # fmt: skip
        field["logo"] = gr.File(
            type="filepath", label=t("logo"), file_types=["image"], height=140, elem_classes="drop", elem_id="logo"
        )  # fmt: skip
        with gr.Row(elem_classes="level"):
            field["seed"] = gr.Number(
                0, precision=0, minimum=0, maximum=MAX_SEED, label=t("seed"), info=t("seed_hint"), min_width=120
            )
            field["engine"] = gr.Dropdown(
                offered(offer.engines), value="auto", label=t("engine"), min_width=160, elem_id="engine",
            )  # fmt: skip
        with gr.Accordion(t("engines"), open=False, elem_id="engines"):
            more["machines"] = components.machines(offer.engines)
        with gr.Row(elem_classes="level"):
            field["pad"] = gr.Number(0, minimum=0, maximum=60, label=t("pad"), min_width=120)
            field["sharpen"] = gr.Checkbox(False, label=t("sharpen"), min_width=160, elem_id="sharpen")


_SHAPES = {"source": "shape_source", "1:1": "shape_square", "9:16": "shape_upright", "16:9": "shape_wide"}


def _after(more: dict[str, Any]) -> None:
    with gr.Column(visible=False, elem_classes="card", elem_id="after") as more["after"], gr.Tabs():
        with gr.Tab(t("quality")):
            more["report"] = gr.HTML("", elem_id="report")
        with gr.Tab(t("captions_tab")):
            more["wordless"] = gr.Markdown(t("no_captions"), visible=False)
            with gr.Row():
                more["srt"] = gr.DownloadButton(t("srt"), visible=False)
                more["vtt"] = gr.DownloadButton(t("vtt"), visible=False)
        with gr.Tab(t("api")) as more["api_tab"]:
            more["api_style"] = gr.Radio(["Python", "curl"], value="Python", label=t("api_language"))
            more["api_code"] = gr.Code(
                "", language="python", elem_id="api-code", interactive=False, buttons=["copy"]
            )  # fmt: skip
    more["history"] = components.history()


def unopened(field: Any) -> Any:
    """A field made to hand over its file unopened, so that our own intake judges it and words the error.

    Set on the object: for a subclass Gradio would write an interface file into the package.
    """
    field.preprocess = lambda payload: getattr(getattr(payload, "video", payload), "path", None) if payload else None
    return field


def _title(number: str, key: str) -> None:
    _html(f'<h2><b aria-hidden="true">{number}</b>{t(key)}</h2>', elem_classes="step")


def _need_of_https() -> None:
    """Why there is no camera and no microphone: seen where browsers keep them from pages."""
    _html(f"<p>{t('insecure')}</p>", elem_classes="insecure-note", min_width=0)


def _html(text: str, **more: Any) -> gr.HTML:
    """Words and drawings of our own, which take their looks from page.css."""
    return gr.HTML(text, apply_default_css=False, **more)


def _dropdown(key: str, values: Sequence[str], keys: Sequence[str]) -> gr.Dropdown:
    named = [(str(t(each)), value) for each, value in zip(keys, values, strict=True)]
    return gr.Dropdown(named, value=values[0], label=t(key), elem_id=key, min_width=120)


def _first(tiles: Sequence[dict[str, str]]) -> str:
    return tiles[0]["id"] if tiles else ""
