"""What becomes of every field of D-ID's POST /talks: the rows of docs/did-fields.md.

`python tests/server/did_fields.py` prints that page.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from talking.request import Request
from talking.types import ExpressionCue

HONOURED, NO_MEANING = "honoured", "without meaning here"

C = "pipeline/test_controls.py::"


@dataclass(frozen=True)
class Row:
    """`field` of the body, its `outcome`, `how` in words, `sent` that shows it, what the request must `give` for it,
    and the test that proves the effect.
    """

    field: str
    outcome: str
    how: str
    sent: dict[str, Any]
    give: Callable[[Request], bool]
    proof: str = "server/test_did_body.py::test_every_field_is_honoured_or_told"


def script(**more: Any) -> dict[str, Any]:
    """A body with a text and more in its script."""
    return {"script": {"type": "text", "input": "Hello there.", **more}}


def voice(kind: str = "microsoft", name: str = "en-US-JennyNeural", **config: Any) -> dict[str, Any]:
    """A body with a voice and its configuration."""
    return script(provider={"type": kind, "voice_id": name, "voice_config": config})


def config(**more: Any) -> dict[str, Any]:
    """A body with a configuration."""
    return {**script(), "config": more}


def told(name: str) -> Callable[[Request], bool]:
    """Whether a request says that `name` was not applied."""
    return lambda request: any(item.startswith(f"{name}:") for item in request.not_applied)


SOUND = {"script": {"type": "audio", "audio_url": "https://example.org/a.wav"}}
CUES = {"expressions": [{"start_frame": "10", "expression": "happy", "intensity": 0.5}], "transition_frames": 20}

ROWS = (
    Row(
        "source_url",
        HONOURED,
        "a picture by its content, http or https; without one, the server's own portrait",
        {**script(), "source_url": "https://example.org/me"},
        lambda r: r.portrait == "https://example.org/me",
        "net/test_fetch.py::test_only_web_addresses_are_resolved",
    ),
    Row(
        "driver_url",
        HONOURED,
        "a driver of the bank or a video; a name that does not exist falls back to `auto` and is told",
        {**script(), "driver_url": "bank://lively/driver-03/flipped"},
        lambda r: r.options.driver == "bank://lively/driver-03/flipped",
        C + "test_the_driver_is_told_and_the_automatic_one_is_no_chance",
    ),
    Row(
        "user_data",
        HONOURED,
        "1 to 1000 characters; comes back in the report",
        {**script(), "user_data": "order 7"},
        lambda r: r.user_data == "order 7",
        C + "test_a_whole_request_is_performed",
    ),
    Row(
        "name",
        HONOURED,
        "title in the film's metadata, and in the report",
        {**script(), "name": "A"},
        lambda r: r.name == "A",
        C + "test_a_whole_request_is_performed",
    ),
    Row(
        "webhook",
        HONOURED,
        "one signed POST when the job is over, tried for a day: see webhooks.md",
        {**script(), "webhook": "https://example.org/hook"},
        lambda r: r.webhook == "https://example.org/hook",
        "server/test_webhooks.py::test_a_talk_is_handed_over_and_told_of",
    ),
    Row(
        "result_url",
        HONOURED,
        "the film is PUT to this signed https address before the webhook; s3:// is refused by name",
        {**script(), "result_url": "https://example.org/put"},
        lambda r: r.result_url == "https://example.org/put",
        "server/test_webhooks.py::test_a_talk_is_handed_over_and_told_of",
    ),
    Row(
        "persist",
        HONOURED,
        "job and film stay when others are deleted; also taken from `config`",
        {**script(), "config": {"persist": "true"}},
        lambda r: r.persist,
        "jobs/test_store.py::test_what_has_expired_goes_with_its_files_unless_it_is_to_persist",
    ),
    Row(
        "face.top_left, face.size",
        HONOURED,
        "the face at the middle of that square speaks",
        {**script(), "face": {"top_left": [100, 50], "size": 200}},
        lambda r: r.options.face == (200, 150),
        C + "test_another_face_speaks_when_it_is_chosen",
    ),
    Row(
        "face.detection",
        HONOURED,
        "the face at the middle of that box speaks",
        {**script(), "face": {"detection": {"left": 10, "right": 30, "top": 0, "bottom": 40}}},
        lambda r: r.options.face == (20, 20),
        C + "test_another_face_speaks_when_it_is_chosen",
    ),
    *(
        Row(
            f"face.{key}",
            NO_MEANING,
            "tells of a face and picks none; named in the report",
            {**script(), "face": {key: "no"}},
            told(f"face.{key}"),
        )
        for key in ("overlap", "face_id", "detect_confidence")
    ),
    Row(
        "script.type",
        HONOURED,
        "`text` or `audio`; `text` when missing",
        SOUND,
        lambda r: r.audio == "https://example.org/a.wav" and r.text is None,
    ),
    Row(
        "script.input",
        HONOURED,
        "3 to 40,000 characters, 10,000 without tags; a sentence of ours when missing",
        script(),
        lambda r: r.text == "Hello there.",
        "pipeline/test_generate.py::test_captions_hold_the_words",
    ),
    Row(
        "script.ssml",
        HONOURED,
        "documents, fragments and scripts of nothing but breaks; docs/ssml.md lists the elements",
        script(ssml="true"),
        lambda r: r.options.ssml,
        "speech/test_ssml_speech.py::test_breaks_last_as_long_as_they_say",
    ),
    Row(
        "script.subtitles",
        HONOURED,
        "a track in the film that players can show, beside the SRT and WebVTT files",
        script(subtitles="true"),
        lambda r: r.options.captions == "soft",
        C + "test_captions_stand_beside_the_film_or_in_it",
    ),
    Row(
        "script.audio_url",
        HONOURED,
        "any sound by its content, http or https",
        SOUND,
        lambda r: r.audio == "https://example.org/a.wav",
        "pipeline/test_generate.py::test_a_recording_is_heard",
    ),
    Row(
        "script.reduce_noise",
        HONOURED,
        "for sounds; beside a text it is named in the report",
        {"script": {**SOUND["script"], "reduce_noise": True}},
        lambda r: r.options.reduce_noise,
        C + "test_noise_is_taken_out_of_a_recording_only",
    ),
    *(
        Row(
            f"script.{key} beside a sound",
            NO_MEANING,
            "left over by clients; named in the report",
            {"script": {**SOUND["script"], key: ""}},
            told(f"script.{key}"),
        )
        for key in ("input", "provider", "ssml")
    ),
    *(
        Row(
            f"script.provider.type {kind}",
            HONOURED,
            "a voice of that name, language or gender; docs/voices.md",
            voice(kind, name),
            lambda r: bool(r.voice),
            "speech/test_hosted.py::test_names_there_become_voices_here",
        )
        for kind, name in (
            ("microsoft", "en-US-JennyNeural"),
            ("elevenlabs", "21m00Tcm4TlvDq8ikWAM"),
            ("amazon", "Amy"),
            ("google", "he-IL-Wavenet-A"),
            ("azure-openai", "nova"),
        )
    ),
    Row(
        "script.provider.voice_id",
        HONOURED,
        "full and short names",
        voice(name="en-US-GuyNeural"),
        lambda r: "Guy" in r.voice,
        "speech/test_hosted.py::test_names_there_become_voices_here",
    ),
    Row(
        "voice_config.style",
        HONOURED,
        "as speed, pitch and the face's expression; an unknown one is named in the report",
        voice(style="Cheerful"),
        lambda r: r.options.style == "cheerful",
        "speech/test_hosted.py::test_settings_of_microsoft",
    ),
    Row(
        "voice_config.rate",
        HONOURED,
        "0.5 to 2, words and percent",
        voice(rate="0.5"),
        lambda r: r.options.rate == 0.5,
        "speech/test_hosted.py::test_settings_of_microsoft",
    ),
    Row(
        "voice_config.pitch",
        HONOURED,
        "hertz, semitones and words, within 7 semitones",
        voice(pitch="+2st"),
        lambda r: r.options.pitch == 2,
        "speech/test_hosted.py::test_settings_of_microsoft",
    ),
    Row(
        "voice_config.language",
        HONOURED,
        "of the text, where the voice is not bound to one",
        voice("elevenlabs", "21m00Tcm4TlvDq8ikWAM", language="de"),
        lambda r: "de" in (r.options.language + r.voice),
        "speech/test_hosted.py::test_an_accent_counts_where_its_language_is_spoken",
    ),
    *(
        Row(
            f"voice_config.{key} (elevenlabs)",
            NO_MEANING,
            "no voice here has it; named in the report",
            voice("elevenlabs", "21m00Tcm4TlvDq8ikWAM", **{key: value}),
            told(f"script.provider.voice_config.{key}"),
            "speech/test_hosted.py::test_every_setting_of_elevenlabs_is_honoured_or_told",
        )
        for key, value in (
            ("stability", 0.5),
            ("similarity_boost", 0.5),
            ("style", "0.3"),
            ("use_speaker_boost", True),
            ("apply_language_text_normalization", True),
            ("model_id", "eleven_multilingual_v2"),
        )
    ),
    Row(
        "config.stitch",
        HONOURED,
        "whole picture, or a square around the face (the default of this call)",
        config(stitch="true"),
        lambda r: r.options.stitch,
        C + "test_the_film_is_cut_to_the_face_and_scaled",
    ),
    Row(
        "config.result_format",
        HONOURED,
        "mp4, mov, gif and webm, with or without a dot",
        config(result_format=".mov"),
        lambda r: r.options.result_format == "mov",
        C + "test_a_film_in_another_format",
    ),
    Row(
        "config.fluent",
        HONOURED,
        "the last frame leads on to the first",
        config(fluent="true"),
        lambda r: r.options.fluent,
        "motion/test_acting.py::test_a_fluent_film_leads_from_its_last_frame_to_its_first",
    ),
    Row(
        "config.pad_audio",
        HONOURED,
        "0 to 60 s of silence at the end",
        config(pad_audio="2.0"),
        lambda r: r.options.pad_audio == 2,
        C + "test_sound_is_left_out_lengthened_and_made_louder",
    ),
    Row(
        "config.driver_expressions",
        HONOURED,
        "neutral, happy, serious, surprise and four more; each holds until the next",
        config(driver_expressions=CUES),
        lambda r: r.options.expressions == (ExpressionCue(10, "happy", 0.5),) and r.options.transition_frames == 20,
        C + "test_expressions_come_from_the_request_and_from_the_script",
    ),
    Row(
        "config.logo",
        HONOURED,
        "position negative from the far edge; the hosted service's own mark, `ai`, is named in the report",
        config(logo={"url": "https://example.org/l.png", "position": ["-10", 5]}),
        lambda r: r.options.logo is not None and r.options.logo.position == (-10, 5),
        C + "test_a_logo_and_captions_are_drawn_into_the_picture",
    ),
    Row(
        "config.align_driver",
        HONOURED,
        "start and end at the portrait's own pose",
        config(align_driver="false"),
        lambda r: not r.options.align_driver,
        "motion/test_acting.py::test_a_bank_driver_eases_from_the_portraits_pose_into_its_own",
    ),
    Row(
        "config.align_expand_factor",
        HONOURED,
        "growth of the square around the face, 0 to 2",
        config(align_expand_factor=0.5),
        lambda r: r.options.align_expand_factor == 0.5,
        "compose/test_framing.py::test_the_crop_grows_with_its_factor",
    ),
    Row(
        "config.auto_match",
        HONOURED,
        "fits the driver's range to the portrait",
        config(auto_match="false"),
        lambda r: not r.options.auto_match,
        "motion/test_acting.py::test_auto_match_holds_back_where_the_portrait_cannot_follow",
    ),
    Row(
        "config.motion_factor",
        HONOURED,
        "0 to 2, head and pose only",
        config(motion_factor="0.5"),
        lambda r: r.options.motion_factor == 0.5,
        "motion/test_acting.py::test_motion_factor_moves_head_and_pose_only",
    ),
    Row(
        "config.normalization_factor",
        HONOURED,
        "0 to 1, how much of a driver's resting pose is taken out",
        config(normalization_factor=0),
        lambda r: r.options.normalization_factor == 0,
        "motion/test_acting.py::test_a_recordings_rest_pose_is_taken_out_as_far_as_asked",
    ),
    Row(
        "config.sharpen",
        HONOURED,
        "on unless it is turned off, as there",
        config(sharpen="false"),
        lambda r: not r.options.sharpen,
        "compose/test_sharpen.py::test_texture_gains_contrast_with_strength",
    ),
    Row(
        "config.reduce_noise",
        HONOURED,
        "as in the script, for sounds",
        {**SOUND, "config": {"reduce_noise": True}},
        lambda r: r.options.reduce_noise,
        C + "test_noise_is_taken_out_of_a_recording_only",
    ),
    Row(
        "config.show_watermark",
        NO_MEANING,
        "there is no watermark; named in the report",
        config(show_watermark=True),
        told("config.show_watermark"),
    ),
    Row(
        "config.output_resolution",
        HONOURED,
        "longest side in px",
        config(output_resolution=640),
        lambda r: r.options.output_resolution == 640,
        C + "test_the_film_is_cut_to_the_face_and_scaled",
    ),
    Row(
        "config.mute",
        HONOURED,
        "no sound in the film",
        config(mute=True),
        lambda r: r.options.mute,
        C + "test_sound_is_left_out_lengthened_and_made_louder",
    ),
    Row(
        "config.overlay",
        NO_MEANING,
        "belongs to animations of several faces; named in the report",
        config(overlay=True),
        told("config.overlay"),
    ),
    Row(
        "config.max_animated_faces",
        NO_MEANING,
        "one face speaks; more are named in the report",
        config(max_animated_faces=3),
        told("config.max_animated_faces"),
    ),
    Row(
        "any other key",
        NO_MEANING,
        "the schema there forbids it and clients send it: taken, and named in the report",
        {**script(stitch=True), "text": "x"},
        lambda r: told("body.text")(r) and told("body.script.stitch")(r),
    ),
)


def page() -> str:
    """docs/did-fields.md."""
    lines = [
        "# What becomes of every field of D-ID's POST /talks",
        "",
        "`talking.server.did_body.read_talk` puts such a body into a request of ours. Each field is honoured, or has",
        "no meaning here; then the report's `not_applied` names it. Text such as `true` or `0.0` counts as what it",
        "says.",
        "",
        "| field | outcome | how | proof |",
        "| --- | --- | --- | --- |",
        *(f"| `{row.field}` | {row.outcome} | {row.how} | `tests/{row.proof}` |" for row in ROWS),
    ]
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    import sys

    sys.stdout.write(page())
