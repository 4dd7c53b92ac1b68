"""The page put together: its layout, its events, and the calls of its clients."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from talking import examples
from talking.speech.script import MAX_CHARACTERS
from talking.ui import pictures, voices, words
from talking.ui.assets import asset
from talking.ui.endpoints import Endpoints, add_endpoints
from talking.ui.events import Events
from talking.ui.films import Films
from talking.ui.handlers import Handlers
from talking.ui.layout import Offer, Parts, lay_out
from talking.ui.machines import Machine
from talking.ui.sights import Sights
from talking.ui.theme import theme

_LOOKS: dict[str, Any] = {"concurrency_id": "look", "concurrency_limit": 4}


@dataclass(frozen=True)
class Back:
    """What stands behind the page: its films, what it shows and speaks, how the engines stand when it is asked, a
    folder of voices.
    """

    films: Films
    sights: Sights
    engines: Callable[[], tuple[Machine, ...]] = tuple
    voices_folder: Path | None = None


def build(back: Back) -> gr.Blocks:
    """The page with its events, which asks `back` for everything."""
    shown = {example.name: example.path for example in examples.portraits()}
    handlers, events = Handlers(back.films), Events(back.films, back.sights, back.engines, shown, back.voices_folder)
    page: gr.Blocks
    with gr.Blocks(title="talking", analytics_enabled=False, delete_cache=(3600, 86_400)) as page:
        parts = lay_out(_offer(back, shown), page.load)
        _portrait_events(parts, events)
        _voice_events(parts, events)
        _act_events(parts, events)
        _film_events(parts, events)
        add_endpoints(handlers, Endpoints(back.sights, back.voices_folder))
    page.queue(max_size=100, default_concurrency_limit=4)
    return page


def dress(max_bytes: int) -> dict[str, Any]:
    """How the page is served, whether launched or mounted; `max_bytes` of an upload."""
    return {
        "theme": theme(),
        "css": asset("page.css"),
        "head": f"<script>{_script()}</script>",
        "i18n": words.translations(),
        # Errors of ours reach the visitor all the same; those of Gradio itself hold paths and objects.
        "show_error": False,
        "footer_links": ["api"],
        "run_history": False,
        "max_file_size": max_bytes,
        "ssr_mode": False,
    }


def _script() -> str:
    facts = (words.only("about_", "not_", "sentence"), voices.characters_a_second(), MAX_CHARACTERS)
    table, pace, most = (json.dumps(each, ensure_ascii=False) for each in facts)
    known = f"const TABLE = {table}, PACE = {pace}, MOST = {most};"
    return "\n".join([known, asset("words.js", "page.js", "opening.js", "choosing.js", "intake.js")])


def _offer(back: Back, shown: dict[str, Path]) -> Offer:
    first = next(iter(shown.values()), None)
    return Offer(
        examples=pictures.example_tiles(tuple(shown.items())),
        drivers=pictures.driver_tiles(),
        engines=back.engines(),
        languages=voices.languages(back.voices_folder),
        voices=voices.choices("", voices.ANYONE, back.voices_folder),
        stage={"kind": "empty"},
        portrait=str(first) if first else None,
    )


_STILL_THERE = """async (picture) => {
  await new Promise((shown) => setTimeout(shown));
  return [document.querySelector("#portrait img") ? picture : null];
}"""
_SHOW = "{__type__: 'update', visible: true}"
_QUIET: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
_LAST: dict[str, Any] = {"trigger_mode": "always_last"}
_EACH: dict[str, Any] = {"trigger_mode": "multiple"}
"""Of choices that come quickly one after the other: Gradio would else drop the second. The last is enough where fields
say it all; what an event itself tells would be told again with an earlier one's facts, so each of those is sent.
"""


def _portrait_events(parts: Parts, events: Events) -> None:
    form = parts.form
    portrait, face, stage = form["portrait"], form["face"], parts.stage
    looked = {**_QUIET, **_LOOKS, **_LAST}
    parts.load(events.on_open, portrait, [stage, form["engine"]], **_QUIET, **_LOOKS)
    parts.examples.pick(events.on_example, parts.examples, [portrait, stage, face], **looked)
    # Not `change`, which also tells of what was put there by another event. Both of these come with a picture that is
    # being removed still there.
    chosen = [stage, face, parts.examples]
    portrait.input(events.on_portrait, portrait, chosen, js=_STILL_THERE, **looked)
    portrait.clear(events.on_no_portrait, None, chosen, queue=False, **_QUIET)
    stage.upload(events.on_upload, None, [portrait, stage, face, parts.examples], **{**looked, **_EACH})
    stage.select(events.on_face, None, face, queue=False, **_QUIET, **_EACH)
    stage.look(events.on_look, [portrait, face], stage, **looked)


def _voice_events(parts: Parts, events: Events) -> None:
    form = parts.form
    for chosen in (form["language"], parts.who):
        chosen.input(
            events.on_language, [form["language"], parts.who], form["voice"], queue=False, **_QUIET, **_LAST
        )  # fmt: skip
    parts.hear.click(
        events.on_hear, [form[name] for name in ("text", "language", "voice", "rate", "pitch")], parts.heard,
        trigger_mode="once", concurrency_id="voice", concurrency_limit=4, api_visibility="private",
    )  # fmt: skip
    tab = form["tab"]
    parts.type_it.select(None, None, tab, js="() => 'text'", **_QUIET)
    parts.use_sound.select(None, None, [tab, form["sound"]], js=f"() => ['audio', {_SHOW}]", **_QUIET)
    spoken = [form["text"], form["language"], form["rate"]]
    parts.load(None, form["text"], form["text"], js="(text) => window.talking.sentence(text)", **_QUIET)
    for told in (*(field.change for field in spoken), parts.load):
        told(None, spoken, None, js="(...facts) => window.talking.length(...facts)", **_QUIET)


def _act_events(parts: Parts, events: Events) -> None:
    form = parts.form
    parts.own_driver_fold.expand(None, None, form["own_driver"], js=f"() => ({_SHOW})", **_QUIET)
    parts.machines.turned(events.on_engines, None, form["engine"], queue=False, **_QUIET)
    knobs = [form[name] for name in ("mouth", "head", "blink", "gaze", "breathing", "expression")]
    parts.preset.input(events.on_preset, parts.preset, knobs, queue=False, **_QUIET, **_LAST)
    form["background"].input(
        events.on_background, form["background"], [parts.colour_row, parts.background_row], queue=False, **_QUIET,
        **_LAST,
    )  # fmt: skip


def _film_events(parts: Parts, events: Events) -> None:
    form, stage = list(parts.form.values()), parts.stage
    asked = {"concurrency_limit": None, "trigger_mode": "once", "queue": False, **_QUIET}
    for begin in (parts.make.click, stage.retry, parts.form["text"].submit):
        begin(events.on_make, form, stage, **asked)
    stage.began(events.on_began, None, parts.after, queue=False, **_QUIET)
    results = [parts.after, parts.report, parts.srt, parts.vtt, parts.wordless]
    stage.finished(events.on_finished, None, results, **_QUIET)
    for ask in (parts.api_tab.select, parts.api_style.input):
        ask(events.on_api, [parts.api_style, *form], parts.api_code, queue=False, **_QUIET, **_LAST)
    chosen = [parts.tabs, parts.who, parts.preset, parts.colour_row, parts.background_row, parts.examples]
    parts.history.use(events.on_use, None, [*form, stage, *chosen], **_QUIET)
