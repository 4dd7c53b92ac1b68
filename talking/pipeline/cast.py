"""Who the head moves like: a driver of the bank, or somebody in a video, and the feelings to show."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from zlib import crc32

from talking.driver import load_driver
from talking.motion import drivers
from talking.motion.acting import Acting
from talking.motion.facts import portrait_facts
from talking.pipeline.limits import Limits
from talking.request import Options
from talking.speech.hosted_names import EXPRESSIONS
from talking.types import ExpressionCue, Portrait

DRIVER_CACHE = "drivers"


@dataclass(frozen=True)
class Cast:
    """`acting` for the motion, `driver` as the report names it, and `notes` for the user."""

    acting: Acting
    driver: str
    notes: tuple[str, ...] = ()


def cast(options: Options, portrait: Portrait, limits: Limits, tell: Callable[[int, int], None]) -> Cast:
    """The performance that a request asks for. `tell` hears how many frames of a driver's video were tracked.

    Raises Unknown for a driver that does not exist, and InvalidRequest and FetchError for a video that cannot be used.
    """
    facts = portrait_facts(portrait)
    expressions, styled = _expressions(options)
    shared: dict[str, Any] = {
        "expressions": expressions,
        "transition_frames": options.transition_frames,
        "knobs": options.knobs,
        "motion_factor": options.motion_factor,
        "aligned": options.align_driver,
        "normalization": options.normalization_factor,
        "matched": options.auto_match,
        "facts": facts,
        "fluent": options.fluent,
    }
    if not drivers.is_bank_name(options.driver):
        limits.check(options.driver, "driver's video")
        recording = load_driver(
            options.driver, cache=limits.cache and limits.cache / DRIVER_CACHE, allow_private=limits.private_urls,
            on_progress=tell,
        )  # fmt: skip
        notes = (*recording.notes, *styled)
        return Cast(Acting(recording=recording, **shared), f"video {recording.name}", notes)
    key = crc32(portrait.image.tobytes())
    name = drivers.auto(facts, key) if options.driver.strip().casefold() in ("", "auto") else options.driver
    style, full, notes = drivers.resolve(name, key)
    return Cast(Acting(style=style, **shared), full, (*notes, *styled))


def _expressions(options: Options) -> tuple[tuple[ExpressionCue, ...], tuple[str, ...]]:
    """The expressions on the timeline; where there are none, that of the speaking style, which a note tells."""
    style = options.style.strip().casefold()
    if options.expressions or style not in EXPRESSIONS:
        return options.expressions, ()
    name, intensity = EXPRESSIONS[style]
    return (ExpressionCue(0, name, intensity),), (f"The style '{style}' shows in the face as {name}, {intensity:g}.",)
