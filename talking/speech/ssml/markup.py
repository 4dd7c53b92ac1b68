"""The markup itself: text becomes a tree of elements, or an error that says where and what to do."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from xml.parsers import expat

from talking.errors import BadScript
from talking.speech.script import MAX_CHARACTERS

MAX_DEPTH = 40
MAX_ELEMENTS = 4_000

_ROOT = "root-of-the-script"
"""Everything is wrapped in an element of ours. So fragments are documents too, and a document type, which may only
stand outside of the root, is a mistake of syntax: no entity is ever defined, expanded or fetched."""

_BARE = "\ue026"
"""Stands for an & that begins no entity of XML while expat reads; a private character, so a text has no use for it."""

_STRAY = re.compile(r"&(?!#[0-9]{1,7};|#x[0-9a-fA-F]{1,6};|(?:amp|lt|gt|quot|apos);)")
_NAMED = re.compile(f"{_BARE}([A-Za-z][A-Za-z0-9]{{1,31}};)")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_UNREADABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff\ufeff\ue026]")

_ADVICE = {
    expat.errors.codes[expat.errors.XML_ERROR_DUPLICATE_ATTRIBUTE]: "an attribute is given twice. Keep one of them",
    expat.errors.codes[expat.errors.XML_ERROR_BAD_CHAR_REF]: "this number is no character. Leave it out",
    expat.errors.codes[expat.errors.XML_ERROR_UNCLOSED_CDATA_SECTION]: "a CDATA section does not end. Close it by ]]>",
    expat.errors.codes[expat.errors.XML_ERROR_MISPLACED_XML_PI]: "an XML declaration belongs at the very beginning",
}
_MISMATCH = expat.errors.codes[expat.errors.XML_ERROR_TAG_MISMATCH]


@dataclass(frozen=True)
class Node:
    """An element: local `name`, `attributes` by local name, children in order, and its `place` for messages."""

    name: str
    attributes: dict[str, str]
    place: str
    children: list[Node | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All the text inside."""
        return "".join(child if isinstance(child, str) else child.text for child in self.children)


def parse(markup: str) -> tuple[Node, tuple[str, ...]]:
    """The root, `<speak>` or one that stands for it, and notes. Raises BadScript for what is no markup."""
    if len(markup) > MAX_CHARACTERS:
        raise BadScript(
            f"The SSML has {len(markup):,} characters, and at most {MAX_CHARACTERS:,} can be read at once: split it."
        )
    if not markup.strip():
        raise BadScript("The text is empty: write what shall be said.")
    readable = _DECLARATION.sub(lambda found: " " * len(found.group()), _UNREADABLE.sub(" ", markup))
    tamed, count = _STRAY.subn(_BARE, readable)
    notes = ("A sign & was read as it stands; in SSML it is written &amp;.",) if count and _is_loose(tamed) else ()
    root = _Reader(tamed).read()
    inside = [child for child in root.children if not isinstance(child, str) or child.strip()]
    if len(inside) == 1 and isinstance(inside[0], Node) and inside[0].name == "speak":
        return inside[0], notes
    return root, notes


def _is_loose(tamed: str) -> bool:
    """Whether any of the tamed signs is one that HTML has no name for either."""
    return any(_plain(found) == f"&{found[1:]}" for found in re.findall(f"{_BARE}[A-Za-z0-9]*;?", tamed))


def _plain(text: str) -> str:
    """`text` with its tamed signs as they were, names from HTML as what they stand for."""
    return _NAMED.sub(lambda found: html.unescape(f"&{found.group(1)}"), text).replace(_BARE, "&")


class _Reader:
    """One pass of expat over a text."""

    def __init__(self, text: str) -> None:
        self._source = f"<{_ROOT}>{text}</{_ROOT}>".encode()
        self._open: list[Node] = [Node("", {}, "")]
        self._count = 0
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        self._parser = parser

    def read(self) -> Node:
        try:
            self._parser.Parse(self._source, True)
        except expat.ExpatError as error:
            where = self._where(error.lineno, error.offset, self._parser.ErrorByteIndex)
            raise BadScript(f"The SSML cannot be read at {where}: {self._reason(error)}.") from error
        root = self._open[0].children[0]
        assert isinstance(root, Node)
        return root

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        parser = self._parser
        place = self._where(parser.CurrentLineNumber, parser.CurrentColumnNumber, parser.CurrentByteIndex)
        self._count += 1
        if len(self._open) > MAX_DEPTH or self._count > MAX_ELEMENTS:
            limit = f"{MAX_DEPTH} levels" if len(self._open) > MAX_DEPTH else f"{MAX_ELEMENTS:,} elements"
            raise BadScript(f"The SSML has more than {limit} (at {place}): make it simpler or split it.")
        own = {_local(key): _plain(value) for key, value in attributes.items() if not key.startswith("xmlns")}
        node = Node(_local(name), own, place)
        self._open[-1].children.append(node)
        self._open.append(node)

    def _end(self, _name: str) -> None:
        self._open.pop()

    def _text(self, data: str) -> None:
        self._open[-1].children.append(_plain(data))

    def _where(self, line: int, column: int, byte: int) -> str:
        """ "line 1, column 8, near '…'", counted without the element around it."""
        margin = len(_ROOT) + 2
        column = column - margin if line == 1 else column
        after = len(self._source) - margin - 1
        start = max(margin, min(byte, after) - 20)
        near = self._source[start : max(start, min(byte + 25, after))].decode(errors="ignore")
        near = " ".join(near.replace(_BARE, "&").split())
        return f"line {line}, column {max(column, 0) + 1}" + (f", near '{near}'" if near else "")

    def _reason(self, error: expat.ExpatError) -> str:
        around = self._source[max(0, self._parser.ErrorByteIndex - 2) :][:12].upper()
        if b"<!DOCTYPE" in around or b"<!ENTITY" in around or around.startswith(b"<!"):
            return "document types and entities are not allowed. Leave them out"
        inner = self._open[-1]
        if error.code == _MISMATCH and inner.name == _ROOT:
            return "this element ends without having begun. Leave the end tag out or write its beginning"
        if error.code == _MISMATCH:
            return f"<{inner.name}> is not closed. Write </{inner.name}> first, or <{inner.name}/> if it is empty"
        return _ADVICE.get(error.code, "this is no valid markup. Write &lt; for a sign <, and quotes around values")


def _local(name: str) -> str:
    return name.rpartition(":")[2]
