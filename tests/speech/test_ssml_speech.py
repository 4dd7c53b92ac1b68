"""SSML as it is heard: measured on the samples of the built-in voice and of the network voice's recorded form."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from functools import cache
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from read_aloud import TICKS, mp3

from talking.articulation import articulate
from talking.errors import BadScript, ProviderDown, Unknown
from talking.media.phrases import pieces
from talking.speech import Provider, Spoken, Voice, synthesize
from talking.speech.edge import Edge
from talking.speech.espeak import Espeak
from talking.speech.speak import speak
from talking.types import Mark, Speech


@cache
def said(markup: str, voice: str = "espeak:en-us", **options: Any) -> Spoken:
    return synthesize(markup, voice=voice, ssml=True, **options)


def say(markup: str, voice: str = "espeak:en-us") -> Speech:
    return said(markup, voice).speech


def words(speech: Speech) -> list[str]:
    return [mark.text for mark in speech.of_kind("word")]


def silences(speech: Speech) -> list[tuple[float, float]]:
    """(start, length) of all stretches of 0.1 s and more below -50 dBFS, to 5 ms."""
    size = speech.rate // 200
    blocks = speech.samples[: len(speech.samples) // size * size].reshape(-1, size)
    quiet = np.concatenate([[False], np.square(blocks).mean(axis=1) < 1e-5, [False]])
    starts, ends = np.flatnonzero(~quiet[:-1] & quiet[1:]), np.flatnonzero(quiet[:-1] & ~quiet[1:])
    return [(a / 200, (b - a) / 200) for a, b in zip(starts, ends, strict=True) if b - a >= 20]


def level(speech: Speech, mark: Mark) -> float:
    part = speech.samples[round(mark.start * speech.rate) : round(mark.end * speech.rate)]
    return float(10 * np.log10(np.square(part).mean()))


def tone(speech: Speech, start: float, end: float) -> float:
    """Median fundamental in hertz by autocorrelation."""
    found = []
    for at in range(round(start * speech.rate), round(end * speech.rate) - 1024, 256):
        part = speech.samples[at : at + 1024] * np.hanning(1024)
        curve = np.fft.irfft(np.abs(np.fft.rfft(part, 4096)) ** 2)[:400]
        lag = 44 + int(curve[44:].argmax())
        if curve[lag] > 0.4 * curve[0] > 1e-3:
            found.append(speech.rate / lag)
    return float(np.median(found))


def test_three_breaks_are_fifteen_seconds_of_silence_that_no_voice_is_asked_for() -> None:
    spoken = speak(
        '<break time="5s"/><break time="5s"/><mark name="late"/><break time="5s"/>', ssml=True, providers={},
        voice="auto", language=None, rate=1.0, pitch=0.0, style=None, fallback=True,
    )  # fmt: skip
    speech = spoken.speech
    assert speech.duration == 15.0
    assert not speech.samples.any()
    assert (spoken.voice.id, speech.text, spoken.notes) == ("", "", ())
    assert speech.marks == (Mark(0.0, 15.0, "", "phone"), Mark(10.0, 10.0, "late", "event"))
    assert articulate(speech).known_from == "phonemes"


def test_breaks_last_as_long_as_they_say() -> None:
    speech = say(
        '<break time="300ms"/>One <break time="700ms"/> two. <break strength="strong"/> Nine<break time="2s"/>'
    )
    found = silences(speech)
    assert [length for _, length in found] == [pytest.approx(want, abs=0.02) for want in (0.3, 0.7, 1.0, 2.0)]
    assert speech.of_kind("word")[1].start == pytest.approx(found[1][0] + found[1][1], abs=0.02)
    assert words(speech) == ["One", "two", "Nine"]
    assert speech.text == "One two. Nine"
    tight = say('One <break time="0ms"/> two')
    assert all(start > tight.of_kind("word")[1].start for start, _ in silences(tight))


def test_marks_are_in_order_inside_the_sound_and_phones_have_no_gaps() -> None:
    speech = say('One. <break time="1s"/><lang xml:lang="de">Zwei Bier</lang>, <emphasis>three</emphasis> four.')
    assert all(0 <= mark.start <= mark.end <= speech.duration for mark in speech.marks)
    assert [mark.start for mark in speech.marks] == sorted(mark.start for mark in speech.marks)
    phones = speech.of_kind("phone")
    assert phones[0].start == 0.0
    assert phones[-1].end == pytest.approx(speech.duration)
    assert all(a.end == pytest.approx(b.start, abs=1e-6) for a, b in pairwise(phones))


@pytest.mark.parametrize(
    ("attributes", "longer", "higher"),
    [
        ('rate="0.7"', 1 / 0.7, 0.0),
        ('rate="150%"', 1 / 1.5, 0.0),
        ('pitch="+4st"', 1.0, 4.0),
        ('pitch="-4st"', 1.0, -4.0),
        ('pitch="high" rate="80%"', 1.25, 3.16),
    ],
)
def test_prosody_within_a_sentence_changes_those_words_and_no_others(
    attributes: str, longer: float, higher: float
) -> None:
    text = "Yesterday <prosody {}>my mother and I were walking</prosody> along the river again."
    plain, changed = say(text.format("")), say(text.format(attributes))
    a, b = (speech.of_kind("word") for speech in (plain, changed))
    assert b[6].end - b[1].start == pytest.approx((a[6].end - a[1].start) * longer, rel=0.03)
    assert b[-1].end - b[7].start == pytest.approx(a[-1].end - a[7].start, abs=0.002)
    ratio = tone(changed, b[1].start, b[6].end) / tone(plain, a[1].start, a[6].end)
    assert 12 * np.log2(ratio) == pytest.approx(higher, abs=0.35)
    assert tone(changed, b[7].start, b[-1].end) == pytest.approx(tone(plain, a[7].start, a[-1].end), rel=0.02)
    assert np.abs(np.diff(changed.samples)).max() < 1.1 * np.abs(np.diff(plain.samples)).max()  # no clicks


def test_a_whole_sentence_is_left_to_the_voice_itself() -> None:
    plain, slow = (
        say("A sentence of its own."),
        say('<prosody rate="50%" pitch="+3st">A sentence of its own.</prosody>'),
    )
    assert slow.duration == pytest.approx(2 * plain.duration, rel=0.15)
    ratio = tone(slow, 0, slow.duration) / tone(plain, 0, plain.duration)
    assert 12 * np.log2(ratio) == pytest.approx(3, abs=0.6)


def test_volume_moves_the_level_of_its_words_only() -> None:
    text = "We say <prosody volume='{}'>many words</prosody> here today."
    plain, soft, silent = (say(text.format(volume)) for volume in ("medium", "-12dB", "silent"))
    change = [
        level(soft, b) - level(plain, a) for a, b in zip(plain.of_kind("word"), soft.of_kind("word"), strict=True)
    ]
    assert change == [pytest.approx(want, abs=0.5) for want in (0, 0, -12, -12, 0, 0)]
    assert level(silent, silent.of_kind("word")[3]) < -60
    loud = say('<prosody volume="x-loud">Everything is loud, very loud indeed.</prosody>')
    assert level(loud, Mark(0, loud.duration, "", "word")) > -16
    assert np.abs(loud.samples).max() <= 10 ** (-1 / 20) + 1e-4


def test_emphasis_is_slower_louder_higher_and_marked() -> None:
    text = "I <emphasis level='{}'>really</emphasis> mean it."
    plain, strong = say(text.format("none")), say(text.format("strong"))
    a, b = plain.of_kind("word")[1], strong.of_kind("word")[1]
    assert (b.end - b.start) / (a.end - a.start) == pytest.approx(1 / 0.85, rel=0.05)
    assert level(strong, b) - level(plain, a) == pytest.approx(3, abs=0.7)
    assert [(m.text, m.start, m.end) for m in strong.of_kind("stress")] == [("strong", b.start, b.end)]
    assert plain.of_kind("stress") == ()
    assert all(start > strong.of_kind("word")[-1].start for start, _ in silences(strong))  # in one breath


def test_events_come_with_the_word_they_stand_before() -> None:
    speech = say('<mark name="first"/>Now <expression name="happy" intensity="0.7"/>smile, <mark name="late"/>')
    now, smile = speech.of_kind("word")
    assert [(m.text, m.start) for m in speech.of_kind("event")] == [
        ("first", pytest.approx(now.start)),
        ("expression:happy:0.7", pytest.approx(smile.start)),
        ("late", pytest.approx(smile.end)),
    ]
    assert say("Now smile,").samples.tobytes() == speech.samples.tobytes()  # marks do not chop the sentence
    between = say('One.<mark name="a"/><break time="1s"/><mark name="b"/><break time="1s"/><mark name="c"/>Two.')
    one, two = between.of_kind("word")
    assert [m.start for m in between.of_kind("event")] == [
        pytest.approx(want, abs=0.02) for want in (one.end, one.end + 1, two.start)
    ]


def test_captions_show_what_is_written_while_the_voice_says_something_else() -> None:
    speech = say(
        'Call <say-as interpret-as="telephone">555 0100</say-as>, on <say-as interpret-as="date" format="mdy">5/1/2020'
        '</say-as>, by <sub alias="World Wide Web Consortium">W3C</sub>!'
    )
    assert speech.text == "Call 555 0100, on 5/1/2020, by W3C!"
    assert words(speech) == ["Call", "555 0100", "on", "5/1/2020", "by", "W3C"]
    shown = pieces(speech)
    assert "".join(piece.text + " " * piece.space for piece in shown).strip() == speech.text
    phones = [mark for mark in speech.of_kind("phone") if mark.text]
    assert len(phones) > 60  # "five five five", "May first", "World Wide Web Consortium"
    last = speech.of_kind("word")[-1]
    assert sum(last.start <= phone.start < last.end for phone in phones) > 12


def test_other_languages_and_voices_speak_their_parts() -> None:
    spoken = said('Hello. <lang xml:lang="de-DE">Guten Morgen.</lang> And <voice gender="male">I am Bob</voice> now.')
    assert spoken.voice.id == "espeak:en-us+f5"
    assert spoken.notes == ("German, female spoke the words in German.",)
    assert "ɡ" in [m.text for m in spoken.speech.of_kind("phone")]
    found = {mark.text: mark for mark in spoken.speech.of_kind("word")}
    high = tone(spoken.speech, found["Hello"].start, found["Hello"].end)
    assert high / tone(spoken.speech, found["I"].start, found["Bob"].end) > 1.4
    with pytest.raises(Unknown, match="no voice called 'Nobodyx'"):
        said('<voice name="Nobodyx">Hi</voice>')


def test_sounds_in_ipa_are_said_where_the_voice_can() -> None:
    spoken = said('I say <phoneme alphabet="ipa" ph="bəˈnɑːnə">tomato</phoneme>.')
    assert "".join(m.text for m in spoken.speech.of_kind("phone")).endswith("bənˈɑːnə")
    assert (spoken.speech.text, words(spoken.speech)[-1], spoken.notes) == ("I say tomato.", "tomato", ())
    assert "takes no phonemes" in said('<phoneme ph="ba">dom</phoneme>', "espeak:pl").notes[0]
    assert "'ʘǁ' are unknown" in said('<phoneme ph="ʘǁ">click</phoneme>').notes[0]


def test_a_bleep_covers_what_is_not_for_all_ears() -> None:
    speech = say('What a <say-as interpret-as="expletive">beastly</say-as> day')
    bleep = speech.of_kind("word")[2]
    assert (speech.text, bleep.text) == ("What a [bleep] day", "bleep")
    assert tone(speech, bleep.start + 0.05, bleep.end - 0.05) == pytest.approx(
        1000 / 2, rel=0.03
    )  # the lag of two periods
    assert level(speech, bleep) == pytest.approx(-20, abs=0.5)
    assert say('You <say-as interpret-as="expletive">fool</say-as>, go <break/>!').text == "You [bleep], go!"


def test_what_was_not_done_is_told_in_few_words() -> None:
    spoken = said(
        '<foo>Hi</foo> &amp; <prosody rate="4">very</prosody> '
        '<mstts:express-as style="cheerful">good</mstts:express-as> <say-as interpret-as="date">someday</say-as>'
    )
    assert spoken.notes == (
        "Not used: <foo>; the words inside were spoken.",
        "Speed and pitch were limited to 0.5 to 2 times and 7 semitones.",
        "The style 'cheerful' was applied as speed and pitch.",
        "'someday' was spoken as written, not as 'date'.",
    )


def test_sentences_and_paragraphs_pause() -> None:
    speech = say("<p>One paragraph</p><p><s>Two lines</s><s>three lines</s></p>")
    assert words(speech) == ["One", "paragraph", "Two", "lines", "three", "lines"]
    assert len([start for start, length in silences(speech) if length > 0.2]) >= 2
    assert speech.text == "One paragraph Two lines three lines"


def test_a_plain_text_is_plain_unless_it_is_a_whole_document() -> None:
    plain = synthesize("Fish & <b>chips</b>", voice="espeak:en-us")
    assert (plain.speech.text, plain.notes) == ("Fish & <b>chips</b>", ())
    document = synthesize("<speak>Fish</speak>", voice="espeak:en-us")
    assert document.speech.text == "Fish"
    assert document.notes == ("The text begins with <speak> and was read as SSML.",)


def test_the_script_is_held_to_the_length_that_is_allowed() -> None:
    with pytest.raises(BadScript, match=r"takes 0\.1 minutes with its pauses and 0\.1 are allowed"):
        said('Hello <break time="4s"/> there', max_seconds=4.5)
    with pytest.raises(BadScript, match="changes between voices, tones and pauses 401 times"):
        said("a<break/>" * 401)


class Service:
    """The network service in its recorded form: a tone of half a second for each word, with word marks or none."""

    def __init__(self, *, marks: bool = True, fails_after: int = 99) -> None:
        self.marks = marks
        self.fails_after = fails_after
        self.asked: list[tuple[str, ...]] = []

    async def __call__(self, *asked: str) -> AsyncIterator[Mapping[str, Any]]:
        self.asked.append(asked)
        if len(self.asked) > self.fails_after:
            raise ConnectionError("the line is dead")
        said_words = asked[0].split()
        yield {"type": "audio", "data": mp3(0.5 * len(said_words) + 0.5)}
        for index, word in enumerate(said_words if self.marks else []):
            at = TICKS // 10 + index * TICKS // 2
            yield {"type": "WordBoundary", "offset": at, "duration": TICKS // 3, "text": word.strip(".,!?")}
            await asyncio.sleep(0)


def over_network(markup: str, service: Service, voice: str = "en-US-JennyNeural", **options: Any) -> Spoken:
    providers: dict[str, Provider] = {"edge": Edge(stream=service, reach=lambda _: ""), "espeak": Espeak()}
    request = {"language": None, "rate": 1.0, "pitch": 0.0, "style": None, "fallback": True, **options}
    return speak(markup, voice=voice, providers=providers, ssml=True, **request)


def test_the_network_voice_gets_plain_words_and_its_own_speed() -> None:
    service = Service()
    spoken = over_network(
        'Good <emphasis>old</emphasis> times. <prosody rate="-10%" pitch="+2st">So slow.</prosody> <break time="1s"/> '
        '<mark name="x"/>Bye now.',
        service,
        rate=1.2,
    )
    assert [(text, rate) for text, _, rate, _ in service.asked] == [
        ("Good old times.", "+20%"),
        ("So slow.", "+8%"),
        ("Bye now.", "+20%"),
    ]
    speech = spoken.speech
    assert words(speech) == ["Good", "old", "times", "So", "slow", "Bye", "now"]
    found = speech.of_kind("word")
    assert found[1].end - found[1].start == pytest.approx(1 / 3 / 0.92, abs=0.01)
    assert [(m.text, m.start) for m in speech.of_kind("event")] == [("x", pytest.approx(found[5].start))]
    assert len([note for note in spoken.notes if "was sent to its service" in note]) == 1


def test_a_network_voice_without_word_marks_is_asked_part_by_part() -> None:
    service = Service(marks=False)
    speech = over_network('Good <prosody rate="80%">old</prosody> times.', service).speech
    assert [asked[0] for asked in service.asked] == ["Good old times.", "Good", "old", "times."]
    assert speech.text == "Good old times."


def test_words_that_the_text_does_not_tell_are_spelled_for_the_lips() -> None:
    markup = 'The <sub alias="World Wide Web">WWW</sub> is <lang xml:lang="de">wunderbar</lang>.'
    speech = over_network(markup, Service()).speech
    assert speech.of_kind("phone") == ()
    spelled = [mark for mark in speech.spelled if mark.kind == "word"]
    assert [mark.text for mark in spelled] == ["The", "WWW", "is", "wunderbar"] == words(speech)
    web, german = spelled[1], spelled[3]
    inside = [mark.text for mark in speech.spelled if mark.kind == "phone" and web.start <= mark.start < web.end]
    assert inside.count("w") == 3
    assert "v" in [mark.text for mark in speech.spelled if mark.kind == "phone" and mark.start >= german.start]
    assert over_network("Just words.", Service()).speech.spelled == ()


def test_when_a_service_breaks_off_one_voice_says_it_all() -> None:
    service = Service(fails_after=1)
    spoken = over_network('One. <break time="1s"/> Two.', service)
    assert spoken.voice.id == "espeak:en-us+f5"
    assert spoken.speech.of_kind("phone")
    assert len([note for note in spoken.notes if "spoke instead" in note]) == 1
    with pytest.raises(ProviderDown):
        over_network("One.", Service(fails_after=0), fallback=False)


def test_a_network_speaker_hands_foreign_words_to_a_sister_voice() -> None:
    service = Service()
    over_network('Hi. <lang xml:lang="fr">Bonjour.</lang>', service, voice="en-US-GuyNeural")
    assert [asked[1] for asked in service.asked][1].startswith("fr-FR-")
    service = Service()
    over_network('Hi. <lang xml:lang="fr">Bonjour.</lang>', service, voice="en-US-AvaMultilingualNeural")
    assert {asked[1] for asked in service.asked} == {"en-US-AvaMultilingualNeural"}


def test_a_script_that_names_its_voices_needs_none_from_the_request() -> None:
    service = Service()
    spoken = over_network('<voice name="espeak:de">Hallo Welt.</voice>', service, voice="en-US-JennyNeural")
    assert (spoken.voice.id, service.asked) == ("espeak:de+f5", [])
    assert spoken.notes == (
        "The script names its own voices, so the voice 'en-US-JennyNeural' of the request was not used.",
    )


def test_marks_survive_when_the_words_are_laid_over_a_voice_without_phones() -> None:
    known = say(
        'The <mark name="here"/><sub alias="World Wide Web">WWW</sub> is <emphasis>great</emphasis>, my friend.'
    )
    others = tuple(mark for mark in known.marks if mark.kind != "phone")
    spelled = tuple(mark for mark in known.marks if mark.kind in ("word", "phone"))
    found = articulate(replace(known, marks=others, spelled=spelled))
    assert found.known_from == "text"
    for kind in ("event", "stress"):
        assert found.speech.of_kind(kind) == known.of_kind(kind)
    assert words(found.speech) == words(known) == ["The", "WWW", "is", "great", "my", "friend"]
    for heard, true in zip(found.speech.of_kind("word"), known.of_kind("word"), strict=True):
        assert heard.start == pytest.approx(true.start, abs=0.12)


def test_voices_of_different_rates_meet_at_the_higher_one_and_at_one_level() -> None:
    speech = over_network('Hi there, Tom. <voice name="espeak:en-us">Bob is here now.</voice>', Service()).speech
    alone = say("Bob is here now.")
    assert (speech.rate, alone.rate) == (24_000, 22_050)
    found = speech.of_kind("word")
    assert words(speech) == ["Hi", "there", "Tom", "Bob", "is", "here", "now"]
    assert found[-1].end - found[3].start == pytest.approx(
        alone.of_kind("word")[-1].end - alone.of_kind("word")[0].start, abs=0.002
    )
    first, second = Mark(0.1, 1.5, "", "word"), Mark(found[3].start, found[-1].end, "", "word")
    assert level(speech, first) == pytest.approx(level(speech, second), abs=2.5)
    join = round(found[3].start * speech.rate)
    assert np.abs(np.diff(speech.samples[join - 4800 : join])).max() < 0.05  # silence, then words, and no click


def test_a_request_asks_for_every_script_at_its_own_speed_and_style() -> None:
    plain, fast = say("A sentence of its own."), said("A sentence of its own.", rate=2.0, style="cheerful")
    assert fast.speech.duration == pytest.approx(plain.duration / 2, rel=0.15)
    assert fast.notes == (
        "The style 'cheerful' was applied as the normal speed and 1.5 semitones higher.",
        "Speed and pitch were limited to 0.5 to 2 times and 7 semitones.",
    )
    with pytest.raises(Unknown, match="no style called 'groovy'"):
        said("Hi", style="groovy")


class Actor(Espeak):
    """The built-in voices, were they able to shout."""

    def __init__(self) -> None:
        self.styles: list[str | None] = []

    def find(self, name: str) -> Voice | None:
        found = super().find(name)
        return found and replace(found, styles=("Shouting",))

    def synthesize(self, text: str, voice: Voice, *, rate: float, pitch: float, style: str | None) -> Speech:
        self.styles.append(style)
        return super().synthesize(text, voice, rate=rate, pitch=pitch, style=None)


def test_styles_that_a_voice_acts_are_left_to_it() -> None:
    actor = Actor()
    spoken = speak(
        'Hear me. <mstts:express-as style="shouting" styledegree="2">Fire!</mstts:express-as> Thank you.',
        voice="espeak:en-us", language=None, rate=1.0, pitch=0.0, style=None, fallback=True, ssml=True,
        providers={"espeak": actor},
    )  # fmt: skip
    assert actor.styles == [None, "Shouting", None]
    assert "The voice acts the style 'Shouting' at its own degree, not at 2." in spoken.notes


def test_a_pause_that_no_frame_shows_is_told_for_what_it_is() -> None:
    with pytest.raises(BadScript, match="shorter than one frame"):
        synthesize('<break time="10ms"/>', voice="espeak", ssml=True)
