"""What may be said: a text becomes plain words without control codes, pictures and markup tricks."""

from __future__ import annotations

import re
import unicodedata

from talking.errors import BadScript

MAX_CHARACTERS = 40_000

_PICTURES = re.compile(
    "[\U0001f000-\U0001faff\u2600-\u27bf\u2300-\u23ff\u2b00-\u2bff\u2190-\u21ff\u3030\u303d\u3297\u3299"
    "\ufe00-\ufe0f\u20e3\U000e0000-\U000e007f]"
    "(?:\u200d(?=[\U0001f000-\U0001faff\u2600-\u27bf]))?"
)
"""Emoji with their joiners, selectors and tags: a voice would read out their names."""

_BEFORE_A_SIGN = re.compile(rf"(?<![^\S\n])[^\S\n]+(?:{_PICTURES.pattern})+(?=[,.!?;:…)])")
"""Emoji between a blank and a sign that ends something: the blank was theirs and goes with them."""

_JOINERS = "\u200c\u200d"
"""Zero-width joiners change letters in Persian and the scripts of India, so they stay."""


def clean(text: str) -> str:
    """`text` ready to be spoken: composed (NFC), without control characters and emoji, blanks collapsed.

    Line breaks become one blank, paragraphs stay apart by two line feeds. Raises BadScript when there is nothing
    to speak or more than MAX_CHARACTERS.
    """
    if len(text) > MAX_CHARACTERS:
        raise BadScript(
            f"The text has {len(text):,} characters, and at most {MAX_CHARACTERS:,} can be spoken at once: split it."
        )
    if not text.strip():
        raise BadScript("The text is empty: write what shall be said.")
    plain = _letters(text)
    plain = re.sub(r"[^\S\n]+", " ", plain)
    plain = re.sub(r" *\n *", "\n", plain)
    plain = "\n\n".join(part.replace("\n", " ").strip() for part in re.split(r"\n{2,}", plain) if part.strip())
    if not any(character.isalnum() for character in plain):
        raise BadScript("The text has no words to speak, only signs: write at least one word.")
    return plain


def tidy(text: str) -> str:
    """A piece of a text, as `clean` would leave it inside of the whole: a blank at either end stays, one for many."""
    return re.sub(r"\s+", " ", _letters(text))


def _letters(text: str) -> str:
    """`text` composed, without what no voice should get."""
    composed = unicodedata.normalize("NFC", text.replace("\r\n", "\n"))
    plain = _PICTURES.sub(" ", _BEFORE_A_SIGN.sub("", composed))
    return "".join(_spoken(character) for character in plain)


def _spoken(character: str) -> str:
    """The character as a voice may get it; control, format, private and unassigned ones are taken out."""
    if character in "\n\u2029":
        return "\n"
    if character in "\t\r\x0b\x0c\x85\u2028":
        return "\n" if character != "\t" else " "
    if character in _JOINERS or unicodedata.category(character)[0] != "C":
        return character
    return ""
