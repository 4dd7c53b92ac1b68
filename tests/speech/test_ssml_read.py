"""From markup to parts: what is understood, what is refused and how the refusal reads."""

from __future__ import annotations

import random

import pytest

from talking import speech
from talking.errors import BadScript, InvalidRequest, Unknown
from talking.speech.ssml.parts import Anchor, Bleep, Border, Manner, Pause, Reading, Words
from talking.speech.ssml.read import EMPHASIS, read

PLAIN = Manner()


def pauses(markup: str) -> list[float]:
    return [part.seconds for part in read(markup).parts if isinstance(part, Pause)]


def manner(markup: str) -> Manner:
    """Of the first words."""
    return next(part.manner for part in read(markup).parts if isinstance(part, Words) and part.written.strip())


@pytest.mark.parametrize(
    "markup",
    [
        "<speak>Hello there</speak>",
        "Hello there",
        '<?xml version="1.0" encoding="utf-16"?>\n<speak version="1.0" xmlns="http://www.w3.org/2001/10/synthesis">'
        "Hello there</speak>",
        "<ssml:speak xmlns:ssml='http://www.w3.org/2001/10/synthesis'>Hello there</ssml:speak>",
        "<speak><!-- a remark -->Hello <![CDATA[there]]></speak>",
        "\ufeffHello <w role='x'>there</w>",
        "<speak><metadata>by nobody</metadata>Hello there</speak>",
        "Hello &#116;here\x00 😀",
    ],
)
def test_documents_and_fragments_say_the_same(markup: str) -> None:
    script = read(markup)
    assert (script.text, script.notes) == ("Hello there", ())


@pytest.mark.parametrize(
    ("markup", "seconds"),
    [
        ('<break time="300ms"/>Hello', [0.3]),
        ('<break time="1.5s"/>', [1.5]),
        ('<break time="250"/>', [0.25]),
        ('<break strength="x-weak"/><break strength="x-strong"/>', [0.25, 1.25]),
        ("<break/>", [0.75]),
        ('a<break strength="none"/>b', [0.0]),
        ('<break time="5s"/><break time="5s"/><break time="5s"/>', [5.0, 5.0, 5.0]),
        ('a<mstts:silence type="Leading-exact" value="200ms"/>b', [0.2]),
    ],
)
def test_breaks(markup: str, seconds: list[float]) -> None:
    assert pauses(markup) == seconds


@pytest.mark.parametrize(
    ("attributes", "expected"),
    [
        ('rate="80%"', Manner(rate=0.8)),
        ('rate="+10%"', Manner(rate=1.1)),
        ('rate="-20%"', Manner(rate=0.8)),
        ('rate="1.25"', Manner(rate=1.25)),
        ('rate="x-slow"', Manner(rate=0.5)),
        ('rate="x-fast"', Manner(rate=2.0)),
        ('rate="default"', PLAIN),
        ('pitch="+2st"', Manner(pitch=2.0)),
        ('pitch="+20Hz"', Manner(hertz=20.0)),
        ('pitch="150Hz"', Manner(tone=150.0)),
        ('pitch="+100%"', Manner(pitch=12.0)),
        ('volume="-6dB"', Manner(gain=-6.0)),
        ('volume="silent"', Manner(gain=-120.0)),
        ('volume="x-loud"', Manner(gain=8.0)),
        ('volume="100"', PLAIN),
        ('volume="0"', Manner(gain=-120.0)),
    ],
)
def test_prosody(attributes: str, expected: Manner) -> None:
    assert manner(f"<prosody {attributes}>Hello</prosody>") == expected


def test_prosody_adds_up_and_ends_with_its_element() -> None:
    nested = '<prosody rate="80%" volume="-3dB"><prosody rate="50%" pitch="low" volume="-3dB">in</prosody></prosody>out'
    first, second = (part.manner for part in read(nested).parts if isinstance(part, Words))
    assert (first.rate, first.gain) == (pytest.approx(0.4), -6.0)
    assert first.pitch == pytest.approx(-3.86, abs=0.01)
    assert second == PLAIN


@pytest.mark.parametrize("level", ["strong", "moderate", "reduced"])
def test_emphasis_changes_the_tone_and_is_marked(level: str) -> None:
    parts = read(f'<emphasis level="{level}">now</emphasis>').parts
    rate, pitch, gain = EMPHASIS[level]
    assert parts == (
        Anchor("open", level),
        Words("now", Manner(rate=rate, pitch=pitch, gain=gain)),
        Anchor("close", level),
    )


def test_events_are_named_in_three_ways_and_expressions_are_checked() -> None:
    parts = read('<mark name="a"/><bookmark mark="b"/><expression name="Happy" intensity="0.70"/>x').parts[:3]
    assert parts == (Anchor("event", "a"), Anchor("event", "b"), Anchor("event", "expression:happy:0.7"))
    assert read('<mark name="expression:happy:0.7"/>x').parts[0] == parts[2]
    with pytest.raises(Unknown, match="Did you mean happy"):
        read('<expression name="hapy"/>x')
    with pytest.raises(BadScript, match=r"intensity '2' at line 1, column 1.*from 0 to 1"):
        read('<expression name="happy" intensity="2"/>x')


def test_voices_languages_styles_and_readings() -> None:
    assert manner('<voice name="Jenny"><lang xml:lang="de_DE">x</lang></voice>') == Manner(
        voice="Jenny", language="de-DE"
    )
    assert manner('<voice gender="Male" xml:lang="fr">x</voice>') == Manner(gender="male", language="fr")
    assert manner('<p xml:lang="es">x</p>').language == "es"
    assert manner('<mstts:express-as style="Cheerful" styledegree="1.5">x</mstts:express-as>').degree == 1.5
    assert manner('<amazon:effect name="whispered">x</amazon:effect>').style == "whispering"
    assert manner('<amazon:emotion name="excited" intensity="low">x</amazon:emotion>') == Manner(
        style="excited", degree=0.5
    )
    assert read('<sub alias="World Wide Web">WWW</sub>').parts == (
        Words("WWW", PLAIN, Reading("alias", "World Wide Web")),
    )
    assert read("<say-as interpret-as='expletive'>blasted</say-as>").parts == (Bleep(0.525),)
    assert next(part for part in read("<s>a</s><p>b</p>").parts if isinstance(part, Border)) == Border("sentence")
    assert read('<speak xml:lang="en_us">x</speak>').language == "en-US"


@pytest.mark.parametrize(
    ("markup", "note"),
    [
        ("this & that", "A sign & was read as it stands"),
        ("<foo>a</foo><bar>b</bar>", "Not used: <foo>, <bar>; the words inside were spoken."),
        ('<audio src="x.mp3">a</audio>', "its sound is not played"),
        ('<prosody contour="(0%,+5Hz)" range="high">a</prosody>', "contour of <prosody>"),
        ('<mstts:express-as style="poetry-reading">a</mstts:express-as>', "the style 'poetry-reading'"),
        ('<phoneme alphabet="x-sampa" ph="a">a</phoneme>', "the alphabet 'x-sampa'"),
        ('<speak xml:lang="string">a</speak>', "The language 'string' of <speak> is unknown"),
        ('<lexicon uri="x"/>a', "<lexicon>"),
        ('<amazon:effect vocal-tract-length="+10%">a</amazon:effect>', "the effect"),
    ],
)
def test_what_is_not_done_is_noted(markup: str, note: str) -> None:
    script = read(markup)
    assert any(note in told for told in script.notes)
    assert script.has_words


def test_names_that_html_knows_are_signs_without_a_note() -> None:
    script = read("caf&eacute; &lt;&amp;&gt; R&D;")
    assert script.text.startswith("café <&> R&D;")
    assert read("caf&eacute;").notes == ()


@pytest.mark.parametrize(
    ("markup", "message"),
    [
        ("", "empty"),
        ("<speak/>", "neither words to speak nor pauses"),
        ('<mark name="x"/>', "neither words to speak nor pauses"),
        ("<speak>Hello", r"line 1, column \d+.*<speak> is not closed. Write </speak> first"),
        ("Hello</speak>", "ends without having begun"),
        ("<p>one\ntwo <s>three</p>", r"line 2, column 15, near .*<s> is not closed"),
        ("3 < 4", "line 1, column 4, near '3 < 4'.*Write &lt;"),
        ("<break time=300ms/>", "quotes around values"),
        ('<break time="3s" time="4s"/>', "an attribute is given twice"),
        ("a&#0;b", "no character"),
        ("<![CDATA[a", "CDATA"),
        ('<break time="soon"/>', r"<break time='soon'> at line 1, column 1.*time takes a time such as"),
        ('<break time="-1s"/>', "time takes"),
        ('<break strength="huge"/>', "strength takes one of none"),
        ('<prosody rate="quick">a</prosody>', "rate takes a speed"),
        ('<prosody rate="-100%">a</prosody>', "rate takes a speed"),
        ('<prosody pitch="9e9">a</prosody>', "pitch takes a tone"),
        ('<prosody volume="101">a</prosody>', "volume takes a level"),
        ('<emphasis level="much">a</emphasis>', "level takes one of strong"),
        ('<voice gender="robot">a</voice>', "gender takes"),
        ("<sub>a</sub>", "has no alias"),
        ("<phoneme>a</phoneme>", "has no ph"),
        ("<lang>a</lang>", "names no language"),
        ("<mark/>a", "has no name"),
        ("<a>" * 50 + "x" + "</a>" * 50, "more than 40 levels"),
        ("<w/>" * 4100 + "x", "more than 4,000 elements"),
        ("x" * 40_001, "40,001 characters"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(markup: str, message: str) -> None:
    with pytest.raises(BadScript, match=message):
        read(markup)


BOMB = "<!ENTITY a 'ha'>" + "".join(f"<!ENTITY {chr(98 + i)} '{f'&{chr(97 + i)};' * 10}'>" for i in range(9))


@pytest.mark.parametrize(
    "markup",
    [
        "<!DOCTYPE speak SYSTEM 'file:///etc/passwd'><speak>x</speak>",
        '<!DOCTYPE s [<!ENTITY x SYSTEM "file:///etc/passwd">]><speak>&x;</speak>',
        f"<?xml version='1.0'?><!DOCTYPE s [{BOMB}]><speak>&j;</speak>",
    ],
)
def test_document_types_and_entities_are_refused(markup: str) -> None:
    with pytest.raises(BadScript, match="document types and entities are not allowed"):
        read(markup)
    assert "&xxe;" in read("a &xxe; b").text


def test_an_unknown_language_is_refused_with_near_matches() -> None:
    with pytest.raises(Unknown, match="Did you mean German"):
        read('<lang xml:lang="Germann">a</lang>')


def test_texts_are_checked_before_anybody_speaks() -> None:
    speech.check_text('<break time="5s"/>', ssml=True)
    speech.check_text("1 < 2 & <b>bold</b>")
    for text in ("<speak>a", " <?xml version='1.0'?><speak>a"):
        with pytest.raises(BadScript, match="SSML cannot be read"):
            speech.check_text(text)
    with pytest.raises(BadScript, match=r"takes 2\.0 minutes with its pauses and 1\.0 are allowed"):
        speech.check_text('<break time="60s"/>' * 2, ssml=True, max_seconds=60)


SEEDS = (
    '<speak xml:lang="en-US">Hi <break time="300ms"/> you <emphasis level="strong">all</emphasis>.</speak>',
    '<prosody rate="80%" pitch="+2st" volume="-6dB">slow &amp; low</prosody><![CDATA[<x>]]><!-- c -->',
    '<lang xml:lang="de">Gut</lang><voice name="male">me</voice><expression name="happy" intensity="0.7"/>',
    '<say-as interpret-as="date" format="mdy">5/1/2020</say-as> <sub alias="x y">z</sub><phoneme ph="a">b</phoneme>',
)
PIECES = ("<", ">", "&", '"', "'", "/", "&#0;", "&#x110000;", "<!DOCTYPE a>", "]]>", "\x00", "\ud800", "\ue026", "nan",
          "9" * 30, "-", "%", "inf", "<speak>", "</speak>", "😀", "\u202e", "<?pi?>", "<!--", "½", "²")  # fmt: skip


def mutated(rng: random.Random, text: str) -> str:
    for _ in range(rng.randint(1, 3)):
        at, way = rng.randrange(len(text) + 1), rng.random()
        if way < 0.4:
            text = text[:at] + rng.choice(PIECES) + text[at:]
        elif way < 0.7:
            text = text[:at] + text[at + rng.randint(1, 6) :]
        else:
            text = text[:at] + rng.choice(SEEDS) + text[at:]
    return text


def test_mutated_markup_is_read_or_refused_and_nothing_else() -> None:
    rng = random.Random(1)
    outcomes: list[str] = []
    for _ in range(1800):
        try:
            read(mutated(rng, rng.choice(SEEDS)))
            outcomes.append("read")
        except InvalidRequest as error:
            assert 20 < len(str(error)) < 400
            outcomes.append("refused")
    assert min(outcomes.count("read"), outcomes.count("refused")) > 30
