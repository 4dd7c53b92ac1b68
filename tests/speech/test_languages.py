from __future__ import annotations

import pytest

from talking.errors import Unknown
from talking.speech.languages import canonical, language_of, match, name_of


@pytest.mark.parametrize(
    ("given", "tag"),
    [
        ("EN_us", "en-US"),
        ("German", "de"),
        ("cmn", "zh"),
        ("yue", "zh-HK"),
        ("no", "nb"),
        ("zh-hans", "zh-CN"),
        ("en-gb-x-rp", "en-GB-x-rp"),
        ("fa-latn", "fa-Latn"),
        ("es-419", "es-419"),
        ("xx", None),
        ("en-us+f2", None),
        ("en-US-JennyNeural", None),
        ("", None),
    ],
)
def test_tags_and_names_become_bcp_47(given: str, tag: str | None) -> None:
    assert canonical(given) == tag


def test_an_unknown_language_lists_near_ones() -> None:
    with pytest.raises(Unknown, match=r"no language called 'Germann'\. Did you mean German"):
        language_of("Germann")


@pytest.mark.parametrize(
    ("wanted", "offered", "found"),
    [
        ("en", ["en-029", "en-GB", "en-US"], "en-US"),
        ("en-AU", ["en-US", "en-GB"], "en-GB"),
        ("en-CA", ["en-GB", "en-US"], "en-US"),
        ("es-MX", ["es-ES", "es-419"], "es-419"),
        ("de-AT", ["fr", "de"], "de"),
        ("zh-TW", ["zh-HK", "zh-CN"], "zh-CN"),
        ("zh-TW", ["zh-CN", "zh-TW"], "zh-TW"),
        ("zu", ["en", "de"], None),
    ],
)
def test_a_wish_finds_the_nearest_region(wanted: str, offered: list[str], found: str | None) -> None:
    assert match(wanted, offered) == found


def test_names_of_tags() -> None:
    assert name_of("pt-BR") == "Portuguese"
