"""The page: a portrait, words or a sound, one button, and the video; and the `/generate` endpoint of its clients."""

from __future__ import annotations

import contextvars
import logging
import shutil
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import gradio as gr

from talking import examples, speech
from talking.errors import BadImage, BadScript, InvalidRequest, TalkingError
from talking.pipeline import Limits, Studio
from talking.request import Options, parse_options
from talking.settings import Settings
from talking.types import Video

logger = logging.getLogger(__name__)

SENTENCE = "Hello! I am a picture, and now I can talk. Give me a face and some words, and I will say them for you."

STAGES = {
    "portrait": "Looking at the portrait",
    "speech": "Speaking",
    "motion": "Planning the motion",
    "film": "Filming",
}

KEPT_SECONDS = 600.0
"""How long our own copy of a film stays."""

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


def build(settings: Settings) -> gr.Blocks:
    """The page with its events; `launch` serves it."""
    desk = Desk(settings)
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
            desk.on_page, [portrait, tab, text, audio, voice, seed], [video, captions, status],
            concurrency_limit=1, concurrency_id="film", api_visibility="private", trigger_mode="once",
            show_progress_on=video,
        )  # fmt: skip
        _add_endpoint(desk)
    page.queue(max_size=100, default_concurrency_limit=4)
    return page


def launch(page: gr.Blocks, settings: Settings) -> None:
    """Serve the page until it is stopped."""
    page.launch(
        server_name=settings.host or None,
        server_port=None if settings.space else settings.port,
        theme=theme(),
        css=CSS,
        # Errors of ours reach the visitor all the same; those of Gradio itself hold paths and objects.
        show_error=False,
        footer_links=["api"],
        run_history=False,
        max_file_size=round(settings.max_megabytes * 1e6),
        ssr_mode=False,
    )


def _add_endpoint(desk: Desk) -> None:
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
            desk.on_call, inputs, outputs, api_name="generate", concurrency_limit=1, concurrency_id="film",
            api_description="Make a talking video of a portrait, with text or an audio file. Captions are SubRip.",
        )  # fmt: skip


class Desk:
    """Takes requests from the page and its clients, one film at a time, and words what happens."""

    def __init__(self, settings: Settings) -> None:
        self._limits = Limits(max_seconds=settings.max_seconds, max_bytes=round(settings.max_megabytes * 1e6))
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
            video = self._film(portrait, text, audio, voice, parse_options(options), _Reporter(progress))
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
        tell = _Reporter(progress)
        filming = Filming(lambda: self._on_page(portrait, tab, text, audio, voice, seed, tell))
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

    def _on_page(
        self,
        portrait: str | None,
        tab: str,
        text: str,
        audio: str | None,
        voice: str,
        seed: float | None,
        tell: _Reporter,
    ) -> Video:
        if tab == "audio" and not audio:
            raise InvalidRequest("There is no sound yet: upload or record one, or type the words instead.")
        options = parse_options({"seed": int(seed or 0)})
        spoken, sound = ("", audio) if tab == "audio" else (text or "", None)
        return self._film(portrait, spoken, sound, voice, options, tell)

    def _film(
        self, portrait: str | None, text: str, audio: str | None, voice: str, options: Options, tell: _Reporter
    ) -> Video:
        if not portrait:
            raise BadImage("There is no portrait yet: choose a picture of a face first.")
        if not audio and not text.strip():
            raise BadScript("The text is empty: write what shall be said.")
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
                    out=folder / "talking.mp4",
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


class _Reporter:
    """Turns the pipeline's progress into Gradio's and into `words`, with the time that is left; may stop a film."""

    def __init__(self, progress: gr.Progress) -> None:
        self.words = "Waiting for the film before this one …"
        self._progress = progress
        self._filming_since = 0.0
        self._told = 0.0
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Make the film give up at its next frame, if it is still being made."""
        self._stopped.set()

    def __call__(self, stage: str, done: int, total: int) -> None:
        if self._stopped.is_set():
            raise InvalidRequest("The film was given up because its visitor left.")
        now = time.monotonic()
        if stage == "film" and done <= 1:
            self._filming_since = now
        if stage == "film" and done < total and now - self._told < 0.2:
            return
        self._told = now
        self.words = f"{STAGES[stage]} …"
        if stage == "film" and done > 10:
            left = (now - self._filming_since) / done * (total - done)
            self.words = f"{STAGES[stage]}: {done / total:.0%}, about {max(1, round(left))} s left"
        self._progress((done, total) if total else 0.0, desc=self.words, unit="frames")


class Filming:
    """A film being made by a thread of its own, so that whoever asked for it can look elsewhere meanwhile."""

    def __init__(self, make: Callable[[], Video]) -> None:
        self._make = make
        self._outcome: Video | BaseException | None = None
        # Gradio's progress finds the visitor by context variables, which a new thread does not have by itself.
        context = contextvars.copy_context()
        self._thread = threading.Thread(target=context.run, args=(self._run,), name="film", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wait(self, seconds: float) -> bool:
        """Whether it is over, after waiting at most so long."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    def result(self) -> Video:
        """The film. Raises what kept it from being made."""
        if isinstance(self._outcome, Video):
            return self._outcome
        assert self._outcome is not None
        raise self._outcome

    def _run(self) -> None:
        try:
            self._outcome = self._make()
        except BaseException as error:
            self._outcome = error


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
    """The captions as a SubRip file beside the video."""
    if not video.captions:
        return None
    path = video.path.with_suffix(".srt")
    path.write_text(video.captions, encoding="utf-8")
    return str(path)


def _first_portrait() -> str | None:
    found = examples.portraits()
    return str(found[0].path) if found else None


def _voice_choices() -> list[tuple[str, str]]:
    """Label and id of every voice; the automatic choice first."""
    listed = [(f"{v.name} · {v.language} · {v.gender} · {_where(v.provider)}", v.id) for v in speech.voices()]
    return [("Automatic: fits the language of the words", "auto"), *listed]


def _where(provider: str) -> str:
    return {"espeak": "built in", "edge": "online"}.get(provider, provider)
