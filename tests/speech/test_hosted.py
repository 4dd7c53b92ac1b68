from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from talking.errors import Unavailable, Unknown
from talking.request import Options
from talking.speech import Provider
from talking.speech.choose import choose
from talking.speech.delivery import STYLES as OUR_STYLES
from talking.speech.edge import Edge
from talking.speech.espeak import Espeak
from talking.speech.hosted import TYPES, UNDEFINED, HostedVoice, resolve_hosted
from talking.speech.hosted_names import AMAZON, ELEVENLABS, EXPRESSIONS, OPENAI, STYLES
from talking.speech.languages import canonical
from talking.types import EXPRESSIONS as FACES

GUIDE = Path(__file__).parents[2] / "docs" / "voices.md"


@pytest.mark.parametrize(
    ("kind", "wish", "voice", "language"),
    [
        ("microsoft", "en-US-JennyNeural", "en-US-JennyNeural", ""),
        ("Microsoft", "Dmitry", "ru-RU-DmitryNeural", ""),
        (None, "JennyNeural", "en-US-JennyNeural", ""),
        ("microsoft", "Sara", "en-US-EmmaNeural", ""),
        ("microsoft", "fr-FR-YvetteNeural", "auto", "fr-FR"),
        ("microsoft", "espeak:de", "espeak:de", ""),
        ("microsoft", "", "auto", ""),
        ("elevenlabs", None, "female", ""),
        ("elevenlabs", "TxGEqnHWrfWFTfGW9XjX", "male", ""),
        ("elevenlabs", "rachel", "female", ""),
        ("elevenlabs", "SAz9YHcvj6GT2YYXdXww", "auto", ""),
        ("elevenlabs", "ownCloneOwnCloneOwn1", "auto", ""),
        ("amazon", "Vicki", "female", "de-DE"),
        ("amazon", "Léa", "female", "fr-FR"),
        ("amazon", "Brian", "male", "en-GB"),
        ("amazon", "Nobody", "auto", ""),
        ("google", None, "auto", "he-IL"),
        ("google", "de-DE-Wavenet-B", "auto", "de-DE"),
        ("google", "cmn-CN-Neural2-A", "auto", "zh-CN"),
        ("azure-openai", "nova", "female", ""),
        ("azure-openai", "en-US-OnyxMultilingualNeural", "male", ""),
        ("azure-openai", "alloy", "auto", ""),
        ("azure-openai", "de-DE-KatjaNeural", "de-DE-KatjaNeural", ""),
        ("mirako", "abcd", "auto", ""),
    ],
)
def test_names_there_become_voices_here(kind: str | None, wish: str | None, voice: str, language: str) -> None:
    found = resolve_hosted(kind, wish, {})
    assert (found.voice, found.language) == (voice, language)
    assert bool(found.notes) == ((voice in ("auto", "female", "male") and wish != "") or wish == "Sara")


@pytest.mark.parametrize("config", [None, {}, dict.fromkeys(("rate", "pitch", "style", "language"), "undefined")])
@pytest.mark.parametrize("kind", TYPES)
def test_settings_that_are_none_do_nothing(kind: str, config: dict[str, Any] | None) -> None:
    found = resolve_hosted(kind, "", config)
    assert (found.rate, found.pitch, found.style, found.not_applied) == (1.0, 0.0, "", ())


def test_all_that_stands_for_nothing_stands_for_nothing() -> None:
    for nothing in UNDEFINED:
        assert resolve_hosted("microsoft", "Jenny", {"rate": nothing}).rate == 1.0


@pytest.mark.parametrize(
    ("config", "rate", "pitch", "style"),
    [
        ({"rate": "0.5"}, 0.5, 0.0, ""),
        ({"rate": 1.5}, 1.5, 0.0, ""),
        ({"rate": "x-fast"}, 2.0, 0.0, ""),
        ({"rate": "-20%"}, 0.8, 0.0, ""),
        ({"pitch": "+2st"}, 1.0, 2.0, ""),
        ({"pitch": "+20Hz"}, 1.0, 1.65, ""),
        ({"pitch": "200Hz"}, 1.0, 0.0, ""),
        ({"pitch": "high"}, 1.0, 3.16, ""),
        ({"style": "Cheerful"}, 1.0, 0.0, "cheerful"),
        ({"style": "customer service"}, 1.0, 0.0, "customerservice"),
        ({"style": "narration-professional"}, 1.0, 0.0, "newscast"),
        ({"style": "Default"}, 1.0, 0.0, ""),
    ],
)
def test_settings_of_microsoft(config: dict[str, Any], rate: float, pitch: float, style: str) -> None:
    found = resolve_hosted("microsoft", "en-US-JennyNeural", config)
    assert (found.rate, found.style, found.not_applied) == (rate, style, ())
    assert found.pitch == pytest.approx(pitch, abs=0.01)
    assert resolve_hosted("azure-openai", "nova", config).style == style


def test_hertz_count_from_the_voice_that_speaks() -> None:
    low = resolve_hosted("microsoft", "en-US-GuyNeural", {"pitch": "+20Hz"}).pitch
    assert low == pytest.approx(2.78, abs=0.01)


@pytest.mark.parametrize(
    ("kind", "config", "told"),
    [
        ("microsoft", {"style": "yodelling"}, "voice_config.style: the voices here have no style 'yodelling'"),
        ("microsoft", {"rate": "quick"}, "voice_config.rate: 'quick' is not a rate"),
        ("microsoft", {"rate": "5"}, "voice_config.rate: '5' was taken as 2, the most that these voices do"),
        ("microsoft", {"pitch": "-40st"}, "voice_config.pitch: '-40st' was taken as -7, the most that these voices do"),
        ("microsoft", {"language": "Klingonese"}, "voice_config.language: there is no language 'Klingonese'"),
        ("microsoft", {"volume": "11"}, "voice_config.volume: the voices here have no such setting"),
        ("elevenlabs", {"stability": 0.3}, "voice_config.stability: the voices here have no such setting"),
        ("elevenlabs", {"style": "0.4"}, "voice_config.style: the voices here have no such setting"),
        ("elevenlabs", {"model_id": "eleven_multilingual_v2"}, "voice_config.model_id: the voices here have no such"),
        ("google", {"speed": 2}, "voice_config.speed: the voices here have no such setting"),
        (
            "amazon",
            {"language": "English (US)"},
            "voice_config.language: the voice Vicki speaks German and not English",
        ),
    ],
)
def test_what_has_no_effect_is_told(kind: str, config: dict[str, Any], told: str) -> None:
    found = resolve_hosted(kind, "Vicki" if kind == "amazon" else "", config)
    assert len(found.not_applied) == 1
    assert found.not_applied[0].startswith(told)


def test_every_setting_of_elevenlabs_is_honoured_or_told() -> None:
    config = {
        "stability": 0.5,
        "similarity_boost": 0.75,
        "rate": "0.7",
        "style": "0.2",
        "use_speaker_boost": True,
        "apply_language_text_normalization": False,
        "model_id": "eleven_multilingual_v2",
        "language": "German",
    }
    found = resolve_hosted("elevenlabs", "21m00Tcm4TlvDq8ikWAM", config)
    assert (found.rate, found.language) == (0.7, "de")
    told = {item.partition(":")[0].removeprefix("voice_config.") for item in found.not_applied}
    assert told == set(config) - {"rate", "language"}


def test_an_accent_counts_where_its_language_is_spoken() -> None:
    daniel = "onwK4e9ZLuTAKqWW03F9"
    assert resolve_hosted("elevenlabs", daniel, text="Hello my friend, how are you today?").language == "en-GB"
    assert resolve_hosted("elevenlabs", daniel, text="<p>Guten Morgen, wie geht es Ihnen?</p>").language == ""
    assert resolve_hosted("mirako", "x", text="今天天气很好。").language == "zh-HK"
    assert resolve_hosted("mirako", "x", {"chinese_language": "mandarin"}).language == "zh-CN"


def test_a_service_or_a_language_that_does_not_exist_is_refused() -> None:
    with pytest.raises(Unknown, match=r"no voice service called 'elevenlab'\. Did you mean elevenlabs\?"):
        resolve_hosted("elevenlab", "x")
    for kind, voice in (("google", "xh-ZA-Standard-A"), ("microsoft", "tlh-QO-WorfNeural")):
        with pytest.raises(Unavailable, match=f"Nobody here speaks the language of the voice '{voice}'"):
            resolve_hosted(kind, voice)


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize(
    "wish", ["", "Jenny", "Matthew", "echo", "de-DE-Wavenet-A", "EXAVITQu4vr4xnSDxMaL", "?!", "a" * 300]
)
def test_whatever_comes_out_can_be_spoken(kind: str, wish: str) -> None:
    found = resolve_hosted(kind, wish, {"style": "cheerful", "rate": "0.1", "pitch": "+90st", "language": "en"})
    Options(rate=found.rate, pitch=found.pitch, style=found.style, language=found.language)
    offline = Edge(reach=lambda _: "the connection failed")
    providers: dict[str, Provider] = {"edge": offline, "espeak": Espeak()}
    voice = choose(found.voice, "Hello", language=found.language or None, providers=providers).voice
    assert found.voice not in ("female", "male") or voice.gender == found.voice


def test_the_tables_are_sound() -> None:
    assert {gender for _, gender, _ in ELEVENLABS.values()} == {"female", "male", "unknown"}
    assert all(re.fullmatch(r"[A-Za-z0-9]{20}", voice) for voice in ELEVENLABS)
    assert {"Amy", "Vicki"} <= set(AMAZON)
    assert len(AMAZON) > 24
    assert all(canonical(locale) for locale, _ in AMAZON.values())
    assert set(STYLES.values()) <= set(OUR_STYLES)
    assert not set(STYLES) & set(OUR_STYLES)
    assert set(EXPRESSIONS) <= set(OUR_STYLES)
    assert {face for face, _ in EXPRESSIONS.values()} <= set(FACES)


def rows(heading: str) -> list[tuple[str, ...]]:
    """The cells of the table below a heading of the guide."""
    text = (
        GUIDE.read_text(encoding="utf-8").partition(f"### {heading}\n")[2].partition("\n### ")[0].partition("\n## ")[0]
    )
    lines = [line for line in text.splitlines() if line.startswith("|")][2:]
    return [tuple(cell.strip().strip("`") for cell in line.strip("|").split("|")) for line in lines]


def test_the_guide_lists_the_tables_as_they_are() -> None:
    assert rows("ElevenLabs") == [(name, gender, accent, voice) for voice, (name, gender, accent) in ELEVENLABS.items()]
    amazon: dict[str, dict[str, list[str]]] = {}
    for name, (locale, gender) in AMAZON.items():
        amazon.setdefault(locale, {"female": [], "male": []})[gender].append(name)
    assert rows("Amazon") == [(x, " ".join(sides["female"]), " ".join(sides["male"])) for x, sides in amazon.items()]
    assert rows("OpenAI's names on Azure") == list(OPENAI.items())
    assert rows("Styles") == list(STYLES.items())


def test_the_type_says_what_to_speak() -> None:
    assert HostedVoice("auto").notes == ()
