from __future__ import annotations

import pytest

from talking.errors import InvalidRequest, Unknown
from talking.speech.delivery import PITCH, RATE, STYLES, Delivery, delivery


@pytest.mark.parametrize("style", [None, "", "Default", "neutral"])
def test_no_style_changes_nothing_and_says_nothing(style: str | None) -> None:
    assert delivery(1.2, -1.0, style) == Delivery(1.2, -1.0)


def test_a_style_becomes_rate_and_pitch_and_is_noted() -> None:
    how = delivery(1.0, 0.0, "Cheerful")
    assert how.rate == pytest.approx(1.06)
    assert how.pitch == pytest.approx(1.5)
    assert how.notes == ("The style 'cheerful' was applied as 6 % faster and 1.5 semitones higher.",)


def test_every_style_stays_in_range_from_any_start() -> None:
    for style in STYLES:
        for rate in RATE:
            for pitch in PITCH:
                how = delivery(rate, pitch, style)
                assert RATE[0] <= how.rate <= RATE[1]
                assert PITCH[0] <= how.pitch <= PITCH[1]


def test_a_style_that_the_voice_acts_is_left_to_it() -> None:
    assert delivery(1.0, 0.0, "sad", acted=("Sad",)).style == "Sad"


def test_out_of_range_and_unknown_are_refused_by_name() -> None:
    with pytest.raises(InvalidRequest, match=r"rate .* not 2\.5"):
        delivery(2.5, 0.0, None)
    with pytest.raises(InvalidRequest, match=r"pitch .* not -8"):
        delivery(1.0, -8.0, None)
    with pytest.raises(InvalidRequest):
        delivery(float("nan"), 0.0, None)
    with pytest.raises(Unknown, match="Did you mean cheerful"):
        delivery(1.0, 0.0, "cheerfull")
