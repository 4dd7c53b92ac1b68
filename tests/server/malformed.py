"""Requests that are wrong in one way or another, the same for the same seed, and what no answer may do."""

from __future__ import annotations

import base64
import copy
import json
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import httpx
from broken_media import PICTURES, SOUNDS, broken, originals

MIRAKO = "/v1/video/async_generate_talking_avatar"
DECLARED = (501, 503)
_TRACES = re.compile(r"Traceback|site-packages|\.py[\"',: ]|/tmp/|/home/|/root/|/usr/lib|0x[0-9a-f]{9,}|Errno")


@dataclass(frozen=True)
class Attempt:
    """A request: `group` for tables, `name` for people; `makes_a_job` whether it is one when it is taken in."""

    group: str
    name: str
    method: str
    path: str
    content: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    makes_a_job: bool = False

    def send(self, client: httpx.Client) -> httpx.Response:
        return client.request(self.method, self.path, content=self.content, headers=dict(self.headers))


def faults_in(answer: httpx.Response, took: float, patience: float) -> Iterator[str]:
    """What an answer may not be."""
    if answer.status_code >= 500 and answer.status_code not in DECLARED:
        yield f"answered {answer.status_code}: {answer.text[:200]}"
    if took > patience:
        yield f"took {took:.1f} s"
    if not 200 <= answer.status_code < 300 and (found := _TRACES.search(answer.text)):
        yield f"tells '{found.group()}': {answer.text[:300]}"
    if answer.status_code >= 400 and not answer.headers.get("content-type", "").startswith("application/"):
        yield f"is no JSON: {answer.headers.get('content-type')}"


def attempts(seed: int, count: int) -> Iterator[Attempt]:
    """So many attempts, of all kinds in turn."""
    chance = random.Random(seed)
    kinds: Sequence[Callable[[random.Random], Attempt]] = (
        _bent_talk, _bent_avatar, _bent_native, _broken_text, _broken_form, _bad_picture, _bad_sound, _bad_avatar_file,
        _odd_path, _bent_talk, _bad_source, _bent_native,
    )  # fmt: skip
    for number in range(count):
        yield kinds[number % len(kinds)](chance)


_DEEP: Any = []
for _ in range(80):
    _DEEP = [_DEEP]
_NASTY: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 2**31, 2**63, 2**64, -(2**63), 10**30, 10**400, 0.1, -0.0, 1e308, 5e-324, "", " ",
    "\n",
    "a", "null", "true", "0", "-1", "1e999", "NaN", "\x7f", "\u202e", "\ufeff", "\U0001f600", "\ud83d", "\udc00",
    "\x00",
    "a\x00b", "é" * 5000, "x" * 200_000, "%s%n%x", "{{7*7}}", "${jndi:ldap://127.0.0.1/a}", "'; DROP TABLE jobs; --",
    "<script>alert(1)</script>", "../../../../etc/passwd", "..\\..\\a", "/dev/zero", "/proc/self/environ", "C:\\a",
    "data:", "data:,", "data:image/png;base64,", "http://", "https://[::1", "file:///etc/passwd", "stored:x", "bank://",
    "bank://lively/driver-99", "bank://../../x", "auto", [], {}, [[]], [None], [{}], {"": ""}, {"a": None},
    {"type": []},
    [1, 2, 3], ["a"] * 2000, _DEEP, {"__proto__": {"a": 1}}, {"$ref": "#"}, {"constructor": 1}, [0, 0], [1e308, -1e308],
    {str(number): number for number in range(2000)},
)  # fmt: skip

_TALK: dict[str, Any] = {
    "source_url": "https://nobody.invalid/a.jpg", "driver_url": "bank://lively/", "user_data": "a", "name": "b",
    "webhook": "", "result_url": "", "persist": False,
    "face": {"size": 10, "top_left": [1, 2], "detection": {"left": 1, "top": 2, "right": 3, "bottom": 4}},
    "script": {
        "type": "text", "input": "Hello world!", "ssml": False, "subtitles": "true",
        "provider": {"type": "microsoft", "voice_id": "espeak:en-us", "voice_config": {"style": "Cheerful",
        "rate": "1"}},
    },
    "config": {
        "stitch": True, "pad_audio": 0, "result_format": "mp4", "fluent": "false", "logo": {"url": "", "position": [0,
        0]},
        "align_expand_factor": 0.3, "motion_factor": 1, "normalization_factor": 1, "output_resolution": 512,
        "driver_expressions": {"expressions": [{"start_frame": 0, "expression": "happy", "intensity": 0.5}],
                               "transition_frames": 5},
    },
}  # fmt: skip
_AVATAR: dict[str, Any] = {
    "image": "aW1hZ2U=",
    "audio": "YXVkaW8=",
    "webhook": {"url": "https://nobody.invalid/", "auth_token": None},
}
_NATIVE: dict[str, Any] = {
    "portrait": "https://nobody.invalid/a.jpg", "text": "Hello world!", "voice": "espeak:en-us", "name": "a",
    "user_data": "b", "webhook": "", "result_url": "", "persist": False,
    "options": {
        "seed": 1, "engine": "auto", "driver": "lively", "stitch": True, "captions": "soft", "background": "#223344",
        "expressions": [{"start_frame": 0, "expression": "happy", "intensity": 0.5}], "knobs": {"head": 0.5},
        "aspect": "9:16", "output_resolution": 512, "logo": {"url": "https://nobody.invalid/a.png", "position": [0, 0]},
        "pad_audio": 1.0, "rate": 1.0, "face": [10, 20], "min_quality": 0.0, "language": "en",
    },
}  # fmt: skip


def _bent(chance: random.Random, whole: Mapping[str, Any]) -> Any:
    """A body with one to three of its values replaced, removed, or put elsewhere."""
    body: Any = copy.deepcopy(whole)
    for _ in range(chance.randint(1, 3)):
        at, key = body, chance.choice(list(body))
        while isinstance(at[key], (dict, list)) and at[key] and chance.random() < 0.75:
            at = at[key]
            key = chance.choice(list(at)) if isinstance(at, dict) else chance.randrange(len(at))
        way = chance.random()
        if way < 0.75:
            at[key] = copy.deepcopy(chance.choice(_NASTY))  # it may be bent in its turn
        elif way < 0.85:
            del at[key]
        elif isinstance(at, dict):
            at[str(chance.choice(_NASTY))[:3000]] = at[key]
        if not body:
            break
    return body if chance.random() > 0.02 else chance.choice(_NASTY)


_TYPES = ("application/json", "application/json; charset=utf-16", "text/plain", "", "application/x-www-form-urlencoded",
          "multipart/form-data", "multipart/form-data; boundary=", "application/xml", "a" * 3000)  # fmt: skip
_KEYS = ("Idempotency-Key", "X-Forwarded-Host", "X-Forwarded-Proto", "Accept", "Range", "x-api-key-external", "Origin",
         "Content-Encoding", "Expect", "X-HTTP-Method-Override", "Accept-Language", "If-Range",
         "Last-Event-ID")  # fmt: skip
_VALUES = ("", "a", "x" * 3000, "gzip", "bytes=0-0,5-9,-1", "evil.example, 127.0.0.1", "javascript", "../../x", "'\"<>",
           "{}", "100-continue-not", "DELETE", "null", "\x7f", "1e9", "*/*;q=nan")  # fmt: skip


def _headers(chance: random.Random) -> dict[str, str]:
    headers = {"Content-Type": chance.choice(_TYPES) if chance.random() < 0.2 else "application/json"}
    if chance.random() < 0.3:
        headers[chance.choice(_KEYS)] = chance.choice(_VALUES)
    return headers


def _json(body: Any) -> bytes:
    return json.dumps(body).encode()  # lone halves of characters stay escaped


def _bent_talk(chance: random.Random) -> Attempt:
    path = chance.choice(("/talks", "/talks", "/animations", "/images/face-detection"))
    return Attempt(
        "D-ID body", f"POST {path}", "POST", path, _json(_bent(chance, _TALK)), _headers(chance), makes_a_job=True
    )


def _bent_avatar(chance: random.Random) -> Attempt:
    body = _json(_bent(chance, _AVATAR))
    return Attempt("Mirako body", f"POST {MIRAKO}", "POST", MIRAKO, body, _headers(chance), makes_a_job=True)


def _bent_native(chance: random.Random) -> Attempt:
    path = chance.choice(("/api/talks", "/api/talks", "/api/talks/validate"))
    return Attempt(
        "native body", f"POST {path}", "POST", path, _json(_bent(chance, _NATIVE)), _headers(chance), makes_a_job=True
    )


def _broken_text(chance: random.Random) -> Attempt:
    """JSON that is none, or in another encoding."""
    path, whole = chance.choice((("/talks", _TALK), (MIRAKO, _AVATAR), ("/api/talks", _NATIVE), ("/animations", _TALK)))
    text = json.dumps(whole)
    cut = chance.randrange(len(text))
    raw = chance.choice((
        text[:cut].encode(), text.encode("utf-16"), text.encode("utf-32"), text.encode("cp500"),
        b"\xef\xbb\xbf" + text.encode(),
        (text + text).encode(), text.encode() + b"\0" * 100, b"\0" + text.encode(), b"[" * 200_000, b'{"a":' * 50_000,
        b"\x1f\x8b\x08" + text.encode(), text.replace("1", "NaN").encode(), text.replace("0",
        "1" + "0" * 6000).encode(),
        text.replace('"script"', '"script": {}, "script"').encode(), text.replace("a", "\udc80").encode("utf-8",
        "replace"),
        (text[:cut] + chr(chance.randrange(32)) + text[cut:]).encode(),
        bytes(chance.randrange(256) for _ in range(300)),
        text.replace("Hello", "\\ud800").encode(), text.replace("Hello", "\\u0000").encode(), b"", b" " * 100_000,
        b"null",
        b"a=1&b=2", b"<?xml version='1.0'?><a/>", b'"' + b"a" * 1_000_000 + b'"', b"1" * 100_000,
    ))  # fmt: skip
    return Attempt("broken JSON", f"POST {path}", "POST", path, raw, _headers(chance), makes_a_job=True)


def _part(name: str, data: bytes, filename: str | None = None, kind: str = "image/png") -> bytes:
    file = "" if filename is None else f'; filename="{filename}"'
    head = f'Content-Disposition: form-data; name="{name}"{file}\r\nContent-Type: {kind}\r\n\r\n'
    return head.encode("utf-8", "surrogatepass") + data + b"\r\n"


_NAMES = ("a.png", "", "../../../tmp/owned.png", "/etc/passwd", "a\0b.png", "a" * 5000, "é.png", "con", ".", "a.html",
          "a.svg", '"; name="x', "a\r\nX-Evil: 1")  # fmt: skip


def _form(parts: Sequence[bytes], boundary: str = "edge", *, end: bool = True) -> bytes:
    edge = f"--{boundary}".encode()
    return b"".join(edge + b"\r\n" + part for part in parts) + (edge + b"--\r\n" if end else b"")


def _broken_form(chance: random.Random) -> Attempt:
    path, name = chance.choice((("/images", "image"), ("/audios", "audio"), ("/api/talks", "portrait")))
    good = _part(name, b"\x89PNG\r\n\x1a\n" + bytes(50), chance.choice(_NAMES))
    body = chance.choice((
        _form([good]), _form([good], end=False), _form([good])[: chance.randrange(150)], _form([good] * 30), _form([]),
        _form([_part(name, b"text")]), _form([_part("other", b"", "a")]), _form([_part(name, b"", "")]), b"--edge--",
        b"",
        _form([good], "other"), _form([b"no head at all\r\n"]), _form([b"Content-Disposition: form-data\r\n\r\nx\r\n"]),
        _form([_part(str(number), b"x") for number in range(2000)]), _form([_part(name, b"x" * 100, "a",
        "x" * 20_000)]),
        b"--edge\r\n" + b"X: y\r\n" * 5000 + b"\r\n", _form([_part("request", b"[" * 90_000), good]),
        _form([_part("options", b'{"seed": 1e999}'), good]), _form([_part("text", b"\xff\xfe"), good]),
        _form([_part("text", b"\0"), good]), _form([_part("persist", b"maybe"), good]), _form([good, good]),
        _form([_part(name, _form([good]), "a", "multipart/mixed; boundary=edge")]),
    ))  # fmt: skip
    kind = chance.choice(("multipart/form-data; boundary=edge",) * 6 + (
        "multipart/form-data", 'multipart/form-data; boundary="edge', "multipart/form-data; boundary=" + "e" * 5000,
        "multipart/mixed; boundary=edge", "multipart/form-data; boundary=\x7f",
    ))  # fmt: skip
    return Attempt("broken form", f"POST {path}", "POST", path, body, {"Content-Type": kind}, makes_a_job=True)


def _file(chance: random.Random, kinds: Sequence[str]) -> tuple[str, bytes]:
    """A file of one of the kinds, broken, and what was done to it."""
    kind = chance.choice(kinds)
    way, data = broken(chance, kind)
    return f"{kind} {way}", data


def _bad_picture(chance: random.Random) -> Attempt:
    what, data = _file(chance, PICTURES)
    parts = [_part("image", data, chance.choice(_NAMES[:3])), _part("detect_faces", b"true")]
    headers = {"Content-Type": "multipart/form-data; boundary=edge"}
    return Attempt("picture uploaded", f"/images: {what}", "POST", "/images", _form(parts), headers)


def _bad_sound(chance: random.Random) -> Attempt:
    what, data = _file(chance, SOUNDS)
    headers = {"Content-Type": "multipart/form-data; boundary=edge"}
    return Attempt("sound uploaded", f"/audios: {what}", "POST", "/audios", _form([_part("audio", data, "a")]), headers)


def _bad_avatar_file(chance: random.Random) -> Attempt:
    good = originals()
    files = {"image": good["large png"], "audio": good["wav"]}
    field_name = chance.choice(("image", "audio"))
    what, files[field_name] = _file(chance, PICTURES if field_name == "image" else SOUNDS)
    text = {name: base64.b64encode(data).decode() for name, data in files.items()}
    if chance.random() < 0.2:
        text[field_name] = text[field_name][: -chance.randint(1, 3)] + chance.choice(
            ("", "=", "====", "\n", "é", "%3D")
        )
    return Attempt("file in base64", f"Mirako: {what}", "POST", MIRAKO, _json(text), makes_a_job=True)


def _bad_source(chance: random.Random) -> Attempt:
    """A file in a data address, which the worker has to deal with."""
    name, kinds = chance.choice((("source_url", PICTURES), ("audio_url", SOUNDS), ("logo", PICTURES)))
    what, data = _file(chance, kinds)
    address = "data:image/png;base64," + base64.b64encode(data).decode()
    spoken: dict[str, Any] = _TALK["script"]
    body = {
        "source_url": {"source_url": address, "script": spoken},
        "audio_url": {"script": {"type": "audio", "audio_url": address}},
        "logo": {"script": spoken, "config": {"logo": {"url": address}}},
    }[name]
    return Attempt("file for the worker", f"/talks {name}: {what}", "POST", "/talks", _json(body))


_PATHS = ("/talks/", "/talks/{}", "/talks/{}/x", "/animations/{}", "/images/{}", "/audios/{}", MIRAKO + "/{}/status",
          "/api/talks/{}", "/api/talks/{}/events", "/api/talks/{}/video", "/api/talks/{}/live.mp4", "/api/webhooks/{}",
          "/files/{}", "/files/uploads/{}?Expires={}&Signature={}", "/v1/{}", "/tts/voices?id={}&provider={}",
          "/talks?limit={}&token={}", "/api/talks?limit={}&token={}&status={}", "/api/voices?language={}",
          "/gradio_api/file={}", "/gradio_api/call/generate/{}", "/{}")  # fmt: skip
_WORDS = ("a", "..", "../..", "..%2f..%2fsecret.key", "%00", "%ff%fe", "%2e%2e/%2e%2e", "a" * 3000, "tlk_" + "a" * 22,
"-1",
          "0", "9" * 40, "1e9", "%F0%9F%98%80", "%ED%A0%80", "null", "%0d%0aX-Evil:1", "*", "%25s", "'--",
          "/etc/passwd",
          "//evil.example", "\\..\\..", "{}", "%u0041", ";", "%EF%BC%8E%EF%BC%8E")  # fmt: skip
_VERBS = ("GET", "GET", "GET", "DELETE", "HEAD", "PUT", "PATCH", "OPTIONS", "POST", "TRACE", "FOO")


def _odd_path(chance: random.Random) -> Attempt:
    path = chance.choice(_PATHS)
    while "{}" in path:
        path = path.replace("{}", chance.choice(_WORDS).replace("{}", "%7B%7D"), 1)
    headers = {chance.choice(_KEYS): chance.choice(_VALUES)} if chance.random() < 0.3 else {}
    return Attempt("odd address", path[:120], chance.choice(_VERBS), path, headers=headers)
