"""What each element means: the tree of a script becomes its parts."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from talking.errors import BadScript, Unknown
from talking.speech.delivery import PLAIN_STYLES, STYLES
from talking.speech.languages import canonical, language_of
from talking.speech.script import tidy
from talking.speech.ssml import values
from talking.speech.ssml.markup import Node, parse
from talking.speech.ssml.parts import Anchor, Bleep, Border, Manner, Part, Pause, Reading, Script, Words
from talking.types import EXPRESSIONS

EMPHASIS = {
    "strong": (0.85, 1.5, 3.0),
    "moderate": (0.92, 0.8, 1.5),
    "reduced": (1.1, -0.5, -3.0),
    "none": (1.0, 0.0, 0.0),
}
"""Level -> factor on the rate, semitones, dB. Chosen by us, in the directions in which people stress words."""

_EFFECTS = {"whispered": "whispering", "soft": "gentle"}
_DOMAINS = {"news": "newscast", "conversational": "chat", "long-form": "default", "music": "cheerful"}
_EMOTIONS = {"excited": "excited", "disappointed": "sad"}
"""What Amazon calls things -> our styles."""

_BLEEP = 0.075
"""Seconds of tone for each letter that is bleeped out, about what saying it would take."""

_TRANSPARENT = ("speak", "w", "token", "seq", "par", "media", "switch")
_SILENT = ("metadata", "meta", "desc", "lexicon", "title")
"""Elements whose content is not meant to be spoken."""

_KNOWN_ATTRIBUTES = {
    "break": ("time", "strength"),
    "prosody": ("rate", "pitch", "volume"),
    "emphasis": ("level",),
    "voice": ("name", "gender", "lang", "languages"),
    "say-as": ("interpret-as", "format"),
    "phoneme": ("alphabet", "ph"),
    "sub": ("alias",),
    "express-as": ("style", "styledegree"),
    "silence": ("type", "value"),
    "expression": ("name", "intensity"),
    "mark": ("name",),
    "bookmark": ("mark", "name"),
}


MAX_SECONDS = 3600.0
"""Longest speech."""


def read_script(markup: str, max_seconds: float = MAX_SECONDS) -> Script:
    """As `read`; raises BadScript, too, when the pauses alone take longer than `max_seconds`."""
    script = read(markup)
    pauses = sum(part.seconds for part in script.parts if isinstance(part, (Pause, Bleep)))
    if pauses > max_seconds:
        raise too_long(pauses, max_seconds)
    return script


def too_long(seconds: float, limit: float) -> BadScript:
    """The error for a script that takes so many `seconds`."""
    return BadScript(
        f"The script takes {seconds / 60:.1f} minutes with its pauses and {limit / 60:.1f} are allowed: shorten it."
    )


def read(markup: str) -> Script:
    """The parts of an SSML document or fragment. Raises BadScript, or Unknown for a language or an expression."""
    root, notes = parse(markup)
    reader = _Reader(list(notes))
    language = reader.root_language(root)
    reader.content(root, Manner())
    parts = tuple(reader.parts)
    script = Script(parts, language, (*reader.notes, *reader.summary()))
    if not script.has_words and not any(isinstance(part, (Pause, Bleep)) for part in parts):
        raise BadScript("The SSML has neither words to speak nor pauses: write at least one word.")
    return script


class _Reader:
    """A walk over the tree that collects parts and notes."""

    def __init__(self, notes: list[str]) -> None:
        self.parts: list[Part] = []
        self.notes = notes
        self._unknown: dict[str, None] = {}
        self._unused: dict[str, None] = {}
        self._elements: dict[str, Callable[[Node, Manner], None]] = {
            "break": self._break,
            "prosody": self._prosody,
            "emphasis": self._emphasis,
            "say-as": self._say_as,
            "phoneme": self._phoneme,
            "sub": self._sub,
            "p": self._paragraph,
            "s": self._sentence,
            "lang": self._lang,
            "voice": self._voice,
            "mark": self._mark,
            "bookmark": self._mark,
            "expression": self._expression,
            "express-as": self._express_as,
            "silence": self._silence,
            "effect": self._effect,
            "domain": self._domain,
            "emotion": self._emotion,
            "audio": self._audio,
        }

    def root_language(self, root: Node) -> str:
        """The language of the whole, when it is one: copied examples say things like "string" there."""
        given = root.attributes.get("lang", "")
        if given and canonical(given) is None:
            self.notes.append(f"The language '{given[:40]}' of <speak> is unknown and was not used.")
        return canonical(given) or "" if given else ""

    def summary(self) -> list[str]:
        """What was passed over, each kind in one sentence."""
        found = []
        if self._unknown:
            names = ", ".join(f"<{name}>" for name in list(self._unknown)[:8])
            found.append(f"Not used: {names}; the words inside were spoken.")
        if self._unused:
            found.append(f"Not used: {', '.join(list(self._unused)[:8])}.")
        return found

    def content(self, node: Node, manner: Manner) -> None:
        """Text and elements inside of `node`."""
        for child in node.children:
            if isinstance(child, str):
                self._say(child, manner)
            else:
                self._element(child, manner)

    def _element(self, node: Node, manner: Manner) -> None:
        if node.name in _KNOWN_ATTRIBUTES:
            for name in set(node.attributes) - {*_KNOWN_ATTRIBUTES[node.name], "id", "lang"}:
                self._unused[f"{name} of <{node.name}>"] = None
        if node.name in self._elements:
            self._elements[node.name](node, self._spoken_in(node, manner))
        elif node.name not in _SILENT:
            if node.name not in _TRANSPARENT:
                self._unknown[node.name[:40]] = None
            self.content(node, self._spoken_in(node, manner))
        elif node.name == "lexicon":
            self._unused["<lexicon>"] = None

    def _spoken_in(self, node: Node, manner: Manner) -> Manner:
        """`manner` in the language that the element names, if it does."""
        given = node.attributes.get("lang", "").strip()
        return replace(manner, language=language_of(given)) if given else manner

    def _say(self, text: str, manner: Manner, reading: Reading | None = None) -> None:
        written = tidy(text)
        if written:
            self.parts.append(Words(written, manner, reading))

    def _break(self, node: Node, _manner: Manner) -> None:
        if "time" in node.attributes:
            pause = _value(node, "time", values.seconds, 'a time such as "300ms" or "1.5s"')
        elif "strength" in node.attributes:
            pause = _value(node, "strength", values.strength, f"one of {', '.join(values.BREAKS)}")
        else:
            pause = values.BREAKS["medium"]
        self.parts.append(Pause(pause))
        self.content(node, _manner)

    def _prosody(self, node: Node, manner: Manner) -> None:
        given = node.attributes
        if "rate" in given:
            factor = _value(node, "rate", values.rate, 'a speed such as "80%", "+10%", "1.2" or "slow"')
            manner = replace(manner, rate=manner.rate * factor)
        if "volume" in given:
            gain = _value(node, "volume", values.volume, 'a level such as "+6dB", "soft" or "80"')
            manner = replace(manner, gain=max(-120.0, min(12.0, manner.gain + gain)))
        if "pitch" in given:
            wanted = 'a tone such as "+2st", "+10%", "-20Hz" or "high"'
            semitones, hertz, tone = _value(node, "pitch", values.pitch, wanted)
            if tone:
                manner = replace(manner, tone=tone, hertz=0.0, pitch=0.0)
            manner = replace(manner, pitch=manner.pitch + semitones, hertz=manner.hertz + hertz)
        self.content(node, manner)

    def _emphasis(self, node: Node, manner: Manner) -> None:
        level = node.attributes.get("level", "moderate").strip().casefold()
        if level not in EMPHASIS:
            raise _wrong(node, "level", f"one of {', '.join(EMPHASIS)}")
        factor, semitones, gain = EMPHASIS[level]
        changed = replace(
            manner, rate=manner.rate * factor, pitch=manner.pitch + semitones, gain=max(-120.0, manner.gain + gain)
        )
        if level == "none":
            self.content(node, manner)
            return
        self.parts.append(Anchor("open", level))
        self.content(node, changed)
        self.parts.append(Anchor("close", level))

    def _say_as(self, node: Node, manner: Manner) -> None:
        kind = node.attributes.get("interpret-as", "").strip().casefold()
        if kind in ("expletive", "bleep"):
            self.parts.append(Bleep(min(max(_BLEEP * len(node.text.strip()), 0.25), 1.5)))
            return
        self._say(node.text, manner, Reading("say-as", kind, node.attributes.get("format", "").strip().casefold()))

    def _phoneme(self, node: Node, manner: Manner) -> None:
        alphabet = node.attributes.get("alphabet", "ipa").strip().casefold()
        sounds = node.attributes.get("ph", "").strip()
        if not sounds:
            raise BadScript(f"<phoneme> at {node.place} has no ph: write the sounds in IPA there.")
        if alphabet != "ipa":
            self._unused[f"the alphabet '{alphabet[:20]}' of <phoneme> (IPA is)"] = None
            self.content(node, manner)
            return
        self._say(node.text or sounds, manner, Reading("phoneme", sounds))

    def _sub(self, node: Node, manner: Manner) -> None:
        alias = tidy(node.attributes.get("alias", "")).strip()
        if not alias:
            raise BadScript(f"<sub> at {node.place} has no alias: write there what shall be said.")
        self._say(node.text, manner, Reading("alias", alias))

    def _paragraph(self, node: Node, manner: Manner) -> None:
        self.parts.append(Border("paragraph"))
        self.content(node, manner)
        self.parts.append(Border("paragraph"))

    def _sentence(self, node: Node, manner: Manner) -> None:
        self.parts.append(Border("sentence"))
        self.content(node, manner)
        self.parts.append(Border("sentence"))

    def _lang(self, node: Node, manner: Manner) -> None:
        if not node.attributes.get("lang", "").strip():
            raise BadScript(f'<lang> at {node.place} names no language: write <lang xml:lang="de-DE">.')
        self.content(node, manner)

    def _voice(self, node: Node, manner: Manner) -> None:
        given = node.attributes
        gender = given.get("gender", "").strip().casefold()
        if gender == "neutral":
            gender = ""
        if gender not in ("", "female", "male"):
            raise _wrong(node, "gender", "female, male or neutral")
        language = given.get("lang") or given.get("languages", "").split(" ")[0]
        changed = replace(
            manner,
            voice=given.get("name", "").strip() or ("" if gender else manner.voice),
            gender=gender or ("" if given.get("name") else manner.gender),
            language=language_of(language) if language else "" if given.get("name") else manner.language,
        )
        self.content(node, changed)

    def _mark(self, node: Node, manner: Manner) -> None:
        name = tidy(node.attributes.get("name", "") or node.attributes.get("mark", "")).strip()
        if not name:
            raise BadScript(f'<{node.name}> at {node.place} has no name: write <mark name="here"/>.')
        if name.startswith("expression:"):
            _, expression, *rest = name.split(":")
            name = _expression_event(node, expression, rest[0] if rest else "1")
        self.parts.append(Anchor("event", name[:200]))
        self.content(node, manner)

    def _expression(self, node: Node, manner: Manner) -> None:
        given = node.attributes
        name = _expression_event(node, given.get("name", ""), given.get("intensity", "1"))
        self.parts.append(Anchor("event", name))
        self.content(node, manner)

    def _express_as(self, node: Node, manner: Manner) -> None:
        degree = 1.0
        if "styledegree" in node.attributes:
            degree = _value(node, "styledegree", values.degree, "a number from 0 to 2")
        self._styled(node, manner, node.attributes.get("style", ""), degree)

    def _styled(self, node: Node, manner: Manner, style: str, degree: float = 1.0) -> None:
        """The content in a style; one that nobody knows is left out, as the services do."""
        folded = style.strip().casefold()
        name = folded.replace("-", "").replace("_", "").replace(" ", "")
        if name.startswith("newscast"):
            name = "newscast"
        if folded and name not in STYLES and name not in PLAIN_STYLES:
            self._unused[f"the style '{folded[:40]}'"] = None
            name = ""
        self.content(node, replace(manner, style=name, degree=degree))

    def _silence(self, node: Node, manner: Manner) -> None:
        kind = node.attributes.get("type", "").strip().casefold()
        pause = _value(node, "value", values.seconds, 'a time such as "300ms"')
        if kind.startswith(("leading", "tailing")):
            self.parts.append(Pause(pause))
        else:
            self._unused[f"<silence> of the type '{kind[:40]}'"] = None
        self.content(node, manner)

    def _effect(self, node: Node, manner: Manner) -> None:
        asked = node.attributes.get("name", "") or node.attributes.get("phonation", "")
        if asked.casefold() in _EFFECTS:
            self._styled(node, manner, _EFFECTS[asked.casefold()])
            return
        self._unused[f"the effect '{asked[:40]}'"] = None
        self.content(node, manner)

    def _domain(self, node: Node, manner: Manner) -> None:
        asked = node.attributes.get("name", "")
        self._styled(node, manner, _DOMAINS.get(asked.casefold(), asked))

    def _emotion(self, node: Node, manner: Manner) -> None:
        asked = node.attributes.get("name", "")
        degree = (
            _value(node, "intensity", values.degree, "low, medium or high") if "intensity" in node.attributes else 1.0
        )
        self._styled(node, manner, _EMOTIONS.get(asked.casefold(), asked), degree)

    def _audio(self, node: Node, manner: Manner) -> None:
        self._unused["<audio> (its sound is not played; words inside are spoken)"] = None
        self.content(node, manner)


def _value(node: Node, name: str, read_value: Callable[[str], values.T], wanted: str) -> values.T:
    try:
        return read_value(node.attributes.get(name, ""))
    except ValueError as error:
        raise _wrong(node, name, wanted) from error


def _wrong(node: Node, name: str, wanted: str) -> BadScript:
    given = node.attributes.get(name, "")[:40]
    return BadScript(f"<{node.name} {name}='{given}'> at {node.place} is not understood: {name} takes {wanted}.")


def _expression_event(node: Node, name: str, intensity: str) -> str:
    """ "expression:happy:0.7", checked."""
    folded = name.strip().casefold()
    if folded not in EXPRESSIONS:
        raise Unknown.name("expression", name, EXPRESSIONS, hint=f"Expressions are {', '.join(EXPRESSIONS)}.")
    try:
        strength = float(intensity)
    except ValueError:
        strength = math.nan
    if not 0 <= strength <= 1:
        raise BadScript(f"The intensity '{intensity[:20]}' at {node.place} is not understood: it goes from 0 to 1.")
    return f"expression:{folded}:{strength:g}"
