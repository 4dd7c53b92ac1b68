"""The components that Gradio has not: the Stage, strips of pictures, and expressions over time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import gradio as gr

from talking.types import EXPRESSIONS
from talking.ui import words
from talking.ui.assets import asset
from talking.ui.machines import Machine

_STAGE_WORDS = (
    *("stage_", "portrait_alt", "uploading", "looking", "faces_label", "face_", "tip_", "first_look", "look_", "back"),
    *("sent", "queued_", "filming", "percent", "percent_left", "plays_in", "tap_for_sound", "done", "download"),
    *("share", "shared", "cancel", "canceling", "canceled", "timed_out", "failed", "again", "offline", "gone"),
    *("captions", "need_", "unplayable", "make_", "fault_"),
)


def stage(value: dict[str, Any]) -> gr.HTML:
    """The rectangle in which everything is seen. `value` has a `kind`: "portrait" (image, width, height, faces as x, y,
    width and height in px, face), "look" (closed, open), "job" (id, title), "error" (key of the words, or text and
    fault; again where a film can be tried again, unreadable where the portrait is wrong) or "empty".

    Its events: `upload` {path}, `select` {index}, `look`, `began`, `finished` {id}, `retry`.
    """
    return gr.HTML(
        value, html_template=asset("stage.html"), css_template=asset("stage.css"), apply_default_css=False,
        js_on_load=asset("words.js", "root.js", "player.js", "film.js", "stage.js"), elem_id="stage",
        words=words.only(*_STAGE_WORDS),
    )  # fmt: skip


def strip(items: Sequence[dict[str, str]], value: str, named: str, elem_id: str) -> gr.HTML:
    """A row of pictures of which one is chosen; its event is `pick` {id}, and its value the id.

    An item has `id`, `title` (a key of the words, or a name), `image` or a `letter`, and may have a `number` that its
    title names and a `clip`. Image and clip are addresses, under the page's root when they name no other.
    """
    titles = [item["title"] for item in items]
    return gr.HTML(
        value, html_template=asset("strip.html"), css_template=asset("strip.css"), apply_default_css=False,
        js_on_load=asset("words.js", "root.js", "strip.js"), elem_id=elem_id, items=list(items), named=named,
        words=words.only(named, *titles),
    )  # fmt: skip


def heard() -> gr.HTML:
    """Plays what it is given: `sound`, an address. Not gr.Audio, which brings a player of streams of 160 kB along."""
    return gr.HTML(
        {}, html_template="<audio></audio>", apply_default_css=False, js_on_load=asset("heard.js"), elem_id="heard",
        visible="hidden",
    )  # fmt: skip


def timeline() -> gr.HTML:
    """Expressions over time: its value is a list of {second, expression, intensity}; its event is `change`."""
    return gr.HTML(
        [], html_template=asset("timeline.html"), css_template=asset("timeline.css"), apply_default_css=False,
        js_on_load=asset("words.js", "timeline.js"), elem_id="timeline", expressions=list(EXPRESSIONS),
        words=words.only("expression_"),
    )  # fmt: skip


def history() -> gr.HTML:
    """The films of this browser, which keeps them itself; its event is `use` {id}."""
    return gr.HTML(
        "", html_template=asset("history.html"), css_template=asset("history.css"), apply_default_css=False,
        js_on_load=asset("words.js", "history.js"), elem_id="history",
        words=words.only("history", "history_empty", "use_again"),
    )  # fmt: skip


def machines(found: Sequence[Machine]) -> gr.HTML:
    """A list of the engines to be read, which asks the API how they stand now, and has their weights fetched. Its event
    is `turned`: one of them can film here now, or cannot any more.
    """
    return gr.HTML(
        "", html_template=asset("machines.html"), css_template=asset("machines.css"), apply_default_css=False,
        js_on_load=asset("words.js", "root.js", "machines.js"), elem_id="machines",
        machines=[asdict(each) for each in found],
        words=words.only("engine_", "weights_"),
    )  # fmt: skip
