"""Figures and letters in words."""

from __future__ import annotations

import pytest

from talking.speech.ssml.say_as import say_as


@pytest.mark.parametrize(
    ("text", "kind", "form", "language", "said"),
    [
        ("ABC", "characters", "", "en-US", "A. B C"),
        ("cab 3", "spell-out", "", "de-DE", "C A B 3"),
        ("12 34", "digits", "", "en-US", "1 2 3 4"),
        ("1,234,567", "cardinal", "", "en-US", "1234567"),
        ("1.234,5", "number", "", "de-DE", "1234,5"),
        ("007", "cardinal", "", "en-GB", "7"),
        ("3", "ordinal", "", "en-US", "third"),
        ("21st", "ordinal", "", "fr-FR", "vingt et unième"),
        ("3.", "ordinal", "", "de-DE", "dritte"),
        ("3", "ordinal", "", "nb", "tredje"),
        ("+1 (555) 010-9999", "telephone", "", "en-US", "+1, 5 5 5, 0 1 0, 9 9 9 9"),
        ("1/2", "fraction", "", "en-US", "one half"),
        ("2/9", "fraction", "", "en-US", "2 ninths"),
        ("3 1/2", "fraction", "", "en-US", "3 and a half"),
        ("10kg", "unit", "", "en-US", "10 kilograms"),
        ("3.5 km/h", "unit", "", "de-DE", "3,5 Kilometer pro Stunde"),
        ("$42.50", "currency", "", "en-US", "42.50 US dollars"),
        ("1.200 EUR", "currency", "", "de-DE", "1200 Euro"),
        ("2:30pm", "time", "hms12", "en-US", "2 30 P.M."),
        ("9:05", "time", "", "en-GB", "9 oh 5"),
        ("14:05", "time", "", "de-DE", "14:05"),
        ("1'21\"", "time", "", "en-US", "1 minute 21 seconds"),
        ("05/01/2020", "date", "mdy", "en-US", "May first, 2020"),
        ("05/01/2020", "date", "", "en-GB", "January fifth, 2020"),
        ("1.5.2020", "date", "dmy", "de-DE", "erster Mai 2020"),
        ("2020-05-01", "date", "", "fr-FR", "1 mai 2020"),
        ("20200501", "date", "", "ja-JP", "2020年5月1日"),
        ("1 May 1999", "date", "dmy", "en-US", "May first, 1999"),
        ("5/2020", "date", "my", "en-US", "May 2020"),
        ("5/1", "date", "md", "es-ES", "1 de mayo"),
        ("1999", "date", "y", "en-US", "1999"),
    ],
)
def test_in_words(text: str, kind: str, form: str, language: str, said: str) -> None:
    assert say_as(text, kind, form, language) == said


@pytest.mark.parametrize(
    ("text", "kind", "language"),
    [
        ("abc", "name", "en-US"),
        ("abc", "digits", "en-US"),
        ("abc", "cardinal", "en-US"),
        ("²", "ordinal", "en-US"),
        ("3", "ordinal", "th-TH"),
        ("0", "ordinal", "ca"),
        ("1/2", "fraction", "de-DE"),
        ("10 bananas", "unit", "en-US"),
        ("12", "currency", "en-US"),
        ("13/13/2020", "date", "en-US"),
        ("soon", "date", "en-US"),
        ("late", "time", "en-US"),
        ("", "digits", "en-US"),
        ("call", "telephone", "en-US"),
    ],
)
def test_what_does_not_look_like_it_is_left_as_it_is(text: str, kind: str, language: str) -> None:
    assert say_as(text, kind, "", language) is None
