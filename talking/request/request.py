"""A whole request as a value that can be stored and sent: references only, never bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from talking.errors import InvalidRequest, Unknown
from talking.request import checks
from talking.request.options import Options, options_document, parse_options

MAX_USER_DATA = 1000
"""Characters, as the hosted service allows."""


@dataclass(frozen=True)
class Request:
    """What shall be made, and what shall happen with it.

    `portrait` and `audio` are paths or web addresses; `text` or `audio` is given, and `voice` belongs to the text.
    `name` and `user_data` are the asker's own and come back as they are; `webhook` is called and `result_url`
    receives the film when it is made, both by the service; `persist` keeps it from expiring there. `not_applied` names
    what was asked for in a dialect and cannot be done here, each with the reason; the report repeats it.
    """

    portrait: str
    text: str | None = None
    audio: str | None = None
    voice: str = "auto"
    options: Options = field(default_factory=Options)
    name: str = ""
    user_data: str = ""
    webhook: str = ""
    result_url: str = ""
    persist: bool = False
    not_applied: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse values of the wrong type, by name."""
        for key in ("portrait", "voice", "name", "user_data", "webhook", "result_url"):
            checks.reader(str)(key, getattr(self, key))
        for key in ("text", "audio"):
            checks.optional(checks.reader(str))(key, getattr(self, key))
        checks.reader(bool)("persist", self.persist)
        if not isinstance(self.options, Options):
            raise InvalidRequest("The options of a request are an object of talking.Options.")
        if len(self.user_data) > MAX_USER_DATA:
            raise InvalidRequest(f"The option 'user_data' takes at most {MAX_USER_DATA:,} characters.")

    def document(self) -> dict[str, Any]:
        """The request as a JSON object that `parse_request` reads back; what has its default is left out."""
        plain: dict[str, Any] = {}
        for each in fields(self):
            value = getattr(self, each.name)
            if each.name == "options":
                value = options_document(self.options)
            is_words = each.name in ("text", "audio") and value is not None
            if is_words or (value not in (None, "", (), {}, False) and (each.name, value) != ("voice", "auto")):
                plain[each.name] = list(value) if isinstance(value, tuple) else value
        return plain


def parse_request(document: Mapping[str, Any]) -> Request:
    """The request in a JSON object. Raises InvalidRequest and Unknown, which name the field that is wrong."""
    if not isinstance(document, Mapping):
        raise InvalidRequest('The request is not a JSON object. Write it like {"portrait": "…", "text": "Hello!"}.')
    known = [each.name for each in fields(Request)]
    for key in document:
        if key not in known:
            raise Unknown.name("field", str(key), known)
    if not document.get("portrait"):
        raise InvalidRequest("The request lacks a portrait: name a picture of a face.")
    values = {**document, "options": parse_options(document.get("options"))}
    skipped = document.get("not_applied") or ()
    if not isinstance(skipped, (list, tuple)) or not all(isinstance(item, str) for item in skipped):
        raise InvalidRequest("The option 'not_applied' is a list of texts.")
    values["not_applied"] = tuple(skipped)
    return Request(**values)
