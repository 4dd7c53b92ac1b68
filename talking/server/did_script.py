"""The `script` of D-ID's POST /talks: words with a voice, or a sound."""

from __future__ import annotations

import re
from dataclasses import dataclass

from talking.errors import TalkingError
from talking.request import Options
from talking.server.coerce import Reading
from talking.speech.hosted import resolve_hosted

SAMPLE = "Hello! I am a picture, and now I can talk."
"""Spoken when a text script brings no input, where the hosted service has a sentence of its own, too."""

LENGTHS = (3, 40_000)
MAX_WITHOUT_TAGS = 10_000
_TAG = re.compile(r"<[^>]{0,2000}>")
_TEXT_KEYS = ("input", "provider", "ssml")


@dataclass(frozen=True)
class Spoken:
    """`text` with `voice`, or `audio`; `options` for the speech; `not_applied` what had no effect and why;
    `leftovers` paths that `not_applied` already names.
    """

    text: str | None = None
    audio: str | None = None
    voice: str = "auto"
    options: Options = Options()  # noqa: RUF009  (frozen)
    not_applied: tuple[str, ...] = ()
    leftovers: tuple[str, ...] = ()


def read_script(script: Reading) -> Spoken:
    """The script as a voice and words, or a sound; faults are added to the reading's."""
    kind = script.text("type", "text").casefold()
    captions = "soft" if script.flag("subtitles", False) else "files"
    if kind == "audio":
        return _sound(script, captions)
    if kind != "text":
        script.faults.add(f"{script.path}.type", "'type' must be text or audio")
        return Spoken()
    if "audio_url" in script.values:
        ignored: tuple[str, ...] = ("script.audio_url: the script is of type text",)
        script.raw("audio_url")
    else:
        ignored = ()
    return _words(script, captions, ignored)


def _sound(script: Reading, captions: str) -> Spoken:
    address = script.text("audio_url").strip()
    if not address:
        script.faults.add(f"{script.path}.audio_url", "'audio_url' is required")
    noise = script.flag("reduce_noise", False)
    present = [key for key in _TEXT_KEYS if key in script.values]  # clients leave them there, the service ignores them
    return Spoken(
        audio=address,
        options=Options(captions=captions, reduce_noise=noise),
        not_applied=tuple(f"script.{key}: the script is of type audio" for key in present),
        leftovers=tuple(f"{script.path}.{key}" for key in present),
    )


def _words(script: Reading, captions: str, ignored: tuple[str, ...]) -> Spoken:
    ssml = script.flag("ssml", False)
    if script.flag("reduce_noise", False):
        ignored = (*ignored, "script.reduce_noise: a voice that speaks has no noise")
    text = script.text("input", SAMPLE)
    plain = _TAG.sub("", text) if ssml else text
    if not LENGTHS[0] <= len(text) <= LENGTHS[1] or len(plain) > MAX_WITHOUT_TAGS:
        script.faults.add(
            f"{script.path}.input",
            f"'input' must be {LENGTHS[0]} to {LENGTHS[1]:,} characters, {MAX_WITHOUT_TAGS:,} without SSML tags",
        )
    elif not text.strip():
        script.faults.add(f"{script.path}.input", "'input' must not be blank")
    provider = script.inner("provider")
    config = provider.inner("voice_config")
    others = {key: provider.raw(key) for key in ("language", "model_id") if key in provider.values}
    try:
        voice = resolve_hosted(
            provider.text("type", "microsoft"),
            provider.text("voice_id"),
            {**dict(config.values), **others},
            text=plain,
        )
        options = Options(
            ssml=ssml, captions=captions, rate=voice.rate, pitch=voice.pitch, style=voice.style, language=voice.language
        )
    except TalkingError as error:
        script.faults.add(f"{script.path}.provider", str(error))
        return Spoken(text=text)
    skipped = tuple(f"script.provider.{item}" for item in voice.not_applied)
    unknown = tuple(f"script.{path.split('.', 2)[2]}: not a field of this call" for path in provider.leftovers())
    return Spoken(text, None, voice.voice, options, (*ignored, *voice.notes, *skipped, *unknown))
