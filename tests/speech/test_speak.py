from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from talking import speech
from talking.errors import BadScript, InvalidRequest, ProviderDown, Unavailable, Unknown
from talking.speech import Provider, Spoken, Voice
from talking.speech.choose import choose
from talking.speech.espeak import Espeak
from talking.speech.piper import Piper
from talking.speech.speak import speak
from talking.types import Speech


@dataclass
class Studio:
    """A provider on a network that the test switches: reachable or not, answering or not."""

    up: bool = True
    answers: bool = True
    network: bool = True
    why: str = ""
    asked: list[tuple[str, str, float, float, str | None]] = field(default_factory=list)

    def voices(self) -> tuple[Voice, ...]:
        return (
            Voice("en-US-AvaNeural", "Ava, English (US)", "en-US", "female", "edge"),
            Voice("en-US-GuyNeural", "Guy, English (US)", "en-US", "male", "edge", styles=("Shouting",)),
            Voice("de-DE-KatjaNeural", "Katja, German (DE)", "de-DE", "female", "edge"),
            Voice("ja-JP-NanamiNeural", "Nanami, Japanese (JP)", "ja-JP", "female", "edge"),
            Voice("zu-ZA-ThandoNeural", "Thando, Zulu (ZA)", "zu-ZA", "female", "edge"),
        )

    def refresh(self) -> None:
        pass

    def find(self, name: str) -> Voice | None:
        return next((voice for voice in self.voices() if voice.id == name), None)

    def reachable(self) -> bool:
        return self.up

    def trouble(self) -> str:
        return self.why

    def version(self, voice: Voice) -> str:
        del voice
        return "1"

    def synthesize(self, text: str, voice: Voice, *, rate: float, pitch: float, style: str | None) -> Speech:
        self.asked.append((text, voice.id, rate, pitch, style))
        if not self.answers:
            raise ProviderDown("The studio did not answer: try again.")
        return Speech(np.zeros(2400, np.float32), 24_000, (), text, voice.language)


def ask(text: str, studio: Studio, **options: Any) -> Spoken:
    providers: dict[str, Provider] = {"edge": studio, "espeak": Espeak()}
    wish: dict[str, Any] = {
        "voice": "auto",
        "language": None,
        "rate": 1.0,
        "pitch": 0.0,
        "style": None,
        "fallback": True,
    }
    return speak(text, **(wish | options), providers=providers)


OFFLINE = Studio(up=False)


def test_auto_takes_a_network_voice_of_the_language_and_says_where_the_text_went() -> None:
    spoken = ask("Guten Morgen, wie geht es Ihnen?", Studio())
    assert spoken.voice.id == "de-DE-KatjaNeural"
    assert spoken.notes == ("Spoken by the network voice de-DE-KatjaNeural: the text was sent to its service.",)


def test_auto_speaks_with_a_built_in_voice_when_nothing_can_be_reached_and_says_so() -> None:
    spoken = ask("Guten Morgen, wie geht es Ihnen?", OFFLINE)
    assert spoken.voice.id == "espeak:de+f5"
    assert spoken.notes == ("No network voice could be reached, so the built-in voice German, female speaks.",)
    assert spoken.speech.of_kind("phone")


def test_auto_takes_a_language_that_only_the_built_in_voices_speak_without_a_note() -> None:
    assert ask("Bonjour à tous, je suis là.", Studio()).voice.id == "espeak:fr-fr+f5"
    assert ask("Bonjour à tous, je suis là.", Studio()).notes == ()


def test_the_language_of_the_request_wins_over_the_text() -> None:
    assert ask("Hello", OFFLINE, language="fr").voice.language == "fr-FR"
    assert ask("Hello", OFFLINE, language="Portuguese").voice.language == "pt-BR"
    assert ask("Hello", OFFLINE, language="en-AU").voice.language == "en-GB"


def test_a_network_voice_that_is_unreachable_is_replaced_and_announced() -> None:
    for studio in (Studio(up=False), Studio(answers=False)):
        spoken = ask("Hello", studio, voice="en-US-GuyNeural")
        assert spoken.voice.id == "espeak:en-us+adam"
        assert spoken.notes == (
            "The network voice en-US-GuyNeural could not be reached, "
            "so the built-in voice English (America), male spoke instead.",
        )
    assert len(studio.asked) == 1


def test_auto_falls_back_when_the_service_breaks_off() -> None:
    spoken = ask("Hello there", Studio(answers=False), fallback=False)
    assert spoken.voice.id == "espeak:en-us+f5"
    assert "could not be reached" in spoken.notes[-1]


def test_without_fallback_the_error_comes_through() -> None:
    with pytest.raises(ProviderDown, match="en-US-GuyNeural could not be reached: check the connection"):
        ask("Hello", OFFLINE, voice="en-US-GuyNeural", fallback=False)


def test_no_built_in_voice_to_fall_back_to() -> None:
    with pytest.raises(ProviderDown, match="no built-in voice speaks Zulu"):
        ask("Sawubona", OFFLINE, voice="zu-ZA-ThandoNeural")
    with pytest.raises(Unavailable, match="network voices for Zulu cannot be reached"):
        ask("Sawubona", OFFLINE, language="zu")
    with pytest.raises(Unavailable, match=r"ja-JP-NanamiNeural could not be reached\. .* kanji"):
        ask("東京へようこそ", OFFLINE, voice="ja-JP-NanamiNeural")


@pytest.mark.parametrize(
    ("wish", "voice_id"),
    [
        ("", "espeak:en-us+f5"),
        ("AUTO", "espeak:en-us+f5"),
        ("male", "espeak:en-us+adam"),
        ("espeak", "espeak:en-us+f5"),
        ("espeak:en-gb+m1", "espeak:en-gb+m1"),
        ("German", "espeak:de+f5"),
        ("pt-BR", "espeak:pt-br+f5"),
        ("zh", "espeak:cmn+f5"),
    ],
)
def test_ways_to_wish_for_a_voice(wish: str, voice_id: str) -> None:
    assert ask("Hello", OFFLINE, voice=wish).voice.id == voice_id


def test_a_built_in_voice_by_name_asks_no_network() -> None:
    studio = Studio()
    spoken = ask("Hello", studio, voice="espeak:en-us")
    assert (spoken.notes, studio.asked) == ((), [])


def test_a_provider_without_voices_says_how_to_get_some(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="no voice of 'piper' on this machine: `talking voices pull`"):
        choose("Piper", "Hello", language=None, providers={"piper": Piper(tmp_path)})


def test_an_unknown_voice_lists_near_matches() -> None:
    with pytest.raises(Unknown, match=r"no voice called 'en-US-AvvaNeural'\. Did you mean en-US-AvaNeural"):
        ask("Hello", OFFLINE, voice="en-US-AvvaNeural")
    with pytest.raises(Unknown, match="espeak:de"):
        ask("Hello", OFFLINE, voice="espeak:dee")


def test_an_unknown_language_lists_near_matches() -> None:
    with pytest.raises(Unknown, match="Did you mean German"):
        ask("Hello", OFFLINE, language="Germann")


def test_styles_are_applied_or_acted_and_reported() -> None:
    studio = Studio()
    spoken = ask("Hello", studio, voice="en-US-AvaNeural", style="cheerful", rate=0.9)
    assert studio.asked[-1][2:] == (pytest.approx(0.954), 1.5, None)
    assert spoken.notes[0] == "The style 'cheerful' was applied as 6 % faster and 1.5 semitones higher."
    ask("Hello", studio, voice="en-US-GuyNeural", style="shouting")
    assert studio.asked[-1][2:] == (1.0, 0.0, "Shouting")


def test_a_voice_that_does_not_fit_the_words_is_pointed_out() -> None:
    assert "looks like Russian" in ask("Привет, как дела?", Studio(), voice="en-US-AvaNeural").notes[0]
    assert (
        "the language 'fr' was not used" in ask("Bonjour", Studio(), voice="de-DE-KatjaNeural", language="fr").notes[0]
    )


@pytest.mark.parametrize("text", ["", "  \n", "😀😀", "?!", "a" * 40_001])
def test_texts_that_cannot_be_spoken(text: str) -> None:
    with pytest.raises(BadScript):
        ask(text, OFFLINE)


def test_options_out_of_range() -> None:
    for options in ({"rate": 0.1}, {"pitch": 20.0}, {"style": "groovy"}):
        with pytest.raises(InvalidRequest):
            ask("Hello", OFFLINE, **options)


def test_the_public_functions() -> None:
    spoken = speech.synthesize("Hello world", voice="espeak:en-us")
    assert [mark.text for mark in spoken.speech.of_kind("word")] == ["Hello", "world"]
    built_in = speech.voices(provider="espeak")
    assert len(built_in) > 270
    assert {voice.language for voice in speech.voices(language="en-GB", provider="espeak")} >= {"en-GB"}
    assert {voice.language for voice in speech.voices(language="Portuguese", provider="espeak")} == {"pt-PT", "pt-BR"}
    with pytest.raises(Unknown, match=r"voice provider called 'espaek'\. Did you mean espeak"):
        speech.voices(provider="espaek")
    with pytest.raises(Unknown, match="language"):
        speech.voices(language="Germann")


def test_providers_load_on_demand() -> None:
    code = (
        "import sys, talking.speech; print([n for n in sys.modules if n in ('av', 'edge_tts', 'talking.speech.edge')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
