"""The page: a portrait, words or a sound, one button, and the video; and the `/generate` endpoint of its clients."""

from __future__ import annotations

from typing import Any

import gradio as gr

from talking import examples, speech
from talking.ui.films import Films
from talking.ui.handlers import Handlers

SENTENCE = "Hello! I am a picture, and now I can talk. Give me a face and some words, and I will say them for you."


CSS = """
.gradio-container, .gradio-container main {width: 100%; max-width: 1180px; margin: 0 auto}
#stage video, #stage .empty {background: #0c0a09; max-height: 66vh}
#brand h1 {margin: 0; font-size: 1.5rem} #brand p {margin: 0; opacity: .75}
@media (max-width: 760px) {#film, #film .wrap, #film .empty {height: 44vh !important; min-height: 0 !important}}
"""


def unopened(field: gr.Image) -> gr.Image:
    """The image field, made to hand over its file unopened, so that our own intake judges it and words the error.

    Set on the object: for a subclass Gradio would write an interface file into the package.
    """
    field.preprocess = lambda payload: payload.path if payload else None  # type: ignore[method-assign]
    return field


def theme() -> gr.themes.Base:
    """Stone greys, one teal accent, system fonts: nothing is fetched from the web."""
    fonts = ["ui-sans-serif", "system-ui", "sans-serif"]
    return gr.themes.Base(
        primary_hue="teal", neutral_hue="stone", radius_size="lg", font=fonts, font_mono=["ui-monospace", "monospace"]
    ).set(
        button_primary_background_fill="*primary_700",
        button_primary_background_fill_hover="*primary_800",
        button_primary_text_color="white",
        body_background_fill="#fafaf9",
        body_background_fill_dark="#141312",
        input_border_width="1px",
    )


def build(films: Films) -> gr.Blocks:
    """The page with its events, which has its films made by `films`."""
    handlers = Handlers(films)
    page: gr.Blocks
    with gr.Blocks(title="talking", analytics_enabled=False, delete_cache=(3600, 86_400)) as page:
        gr.HTML("<h1>talking</h1><p>A portrait and your words become a video.</p>", elem_id="brand")
        with gr.Row():
            with gr.Column(scale=5):
                gr.Markdown("### 1 · Who speaks?")
                portrait = unopened(gr.Image(
                    type="filepath", image_mode=None, sources=["upload", "webcam", "clipboard"], height=260,
                    label="Portrait", value=_first_portrait(),
                ))  # fmt: skip
                gr.Examples(
                    [[str(example.path)] for example in examples.portraits()], [portrait], label="Or try one of these",
                    api_visibility="private",
                )  # fmt: skip
                gr.Markdown("### 2 · What does it say?")
                tab = gr.Textbox("text", visible="hidden")
                with gr.Tab("Type it") as type_it:
                    text = gr.Textbox(SENTENCE, lines=3, max_lines=10, label="Words", max_length=None)
                    voice = gr.Dropdown(
                        _voice_choices(), value="auto", label="Voice", allow_custom_value=True, filterable=True
                    )
                with gr.Tab("Use my sound") as use_sound:
                    audio = gr.Audio(type="filepath", sources=["upload", "microphone"], label="Speech")
                with gr.Accordion("More", open=False):
                    seed = gr.Number(0, precision=0, minimum=0, label="Seed: another number, another performance")
            with gr.Column(scale=6, elem_id="stage"):
                video = gr.Video(label="Video", interactive=False, autoplay=True, height=480, elem_id="film")
                make = gr.Button("Make the video", variant="primary", size="lg", elem_id="make")
                status = gr.Markdown("Press the button: it takes a few seconds.", elem_id="status")
                captions = gr.File(label="Captions", visible=False, elem_id="captions")
        type_it.select(lambda: "text", None, tab, queue=False, api_visibility="private")
        use_sound.select(lambda: "audio", None, tab, queue=False, api_visibility="private")
        make.click(
            handlers.on_page, [portrait, tab, text, audio, voice, seed], [video, captions, status],
            concurrency_limit=None, api_visibility="private", trigger_mode="once",
            show_progress_on=video,
        )  # fmt: skip
        _add_endpoint(handlers)
    page.queue(max_size=100, default_concurrency_limit=4)
    return page


def dress(max_bytes: int) -> dict[str, Any]:
    """How the page is served, whether launched or mounted; `max_bytes` of an upload."""
    return {
        "theme": theme(),
        "css": CSS,
        # Errors of ours reach the visitor all the same; those of Gradio itself hold paths and objects.
        "show_error": False,
        "footer_links": ["api"],
        "run_history": False,
        "max_file_size": max_bytes,
        "ssr_mode": False,
    }


def _add_endpoint(handlers: Handlers) -> None:
    """`/generate` for clients: hidden fields, so that its signature stays the same while the page grows."""
    with gr.Column(visible=False):
        inputs = [
            gr.File(type="filepath", label="portrait"),
            gr.Textbox("", label="text"),
            gr.File(type="filepath", label="audio"),
            gr.Textbox("auto", label="voice"),
            gr.JSON(None, label="options"),
        ]
        outputs = [gr.Video(label="video"), gr.File(label="captions"), gr.JSON(label="report")]
        gr.Button().click(
            handlers.on_call, inputs, outputs, api_name="generate", concurrency_limit=None,
            api_description="Make a talking video of a portrait, with text or an audio file. Captions are SubRip.",
        )  # fmt: skip


def _first_portrait() -> str | None:
    found = examples.portraits()
    return str(found[0].path) if found else None


def _voice_choices() -> list[tuple[str, str]]:
    """Label and id of every voice; the automatic choice first."""
    listed = [(f"{v.name} · {v.language} · {v.gender} · {_where(v.provider)}", v.id) for v in speech.voices()]
    return [("Automatic, by language", "auto"), *listed]


def _where(provider: str) -> str:
    return {"espeak": "built in", "edge": "online"}.get(provider, "on this machine")
