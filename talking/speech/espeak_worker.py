"""A process of its own for libespeak-ng, which crashes under threads and may not be linked into the program.

Run by path with an isolated interpreter; imports the standard library only, so that it starts in about 40 ms. Standard
input holds two lines of JSON: where the library is, and a request, which may come later. Standard output holds blocks:
a letter, the length as a little-endian uint32, the content. `P` blocks are mono int16 samples, the `J` block at the end
is the JSON answer.
"""

from __future__ import annotations

import ctypes
import json
import os
import struct
import sys
from typing import Any, BinaryIO

# Constants of speak_lib.h.
SYNCHRONOUS = 2
PHONEME_EVENTS, PHONEME_IPA, DONT_EXIT = 1, 2, 0x8000
POS_CHARACTER = 1
CHARS_UTF8 = 1  # never SSML (0x10): the text is only ever text
PHONEMES = 0x100  # but for sounds between [[ and ]], where the request says that there are some
RATE, PITCH = 1, 3
IPA, AS_TIE, TIE = 0x02, 0x80, "^"
EVENT_END, EVENT_WORD, EVENT_PHONEME = 0, 1, 7


class Event(ctypes.Structure):
    """`espeak_EVENT` on 64 bit. `text` is the member of the union that phoneme events fill: IPA, at most 8 bytes."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("text", ctypes.c_char * 8),
    )


class VoiceEntry(ctypes.Structure):
    """`espeak_VOICE`, as far as it is read."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_void_p),
        ("identifier", ctypes.c_char_p),
        ("rest", ctypes.c_ubyte * 16),
    )


Callback = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(Event))


def main() -> int:
    place = json.loads(sys.stdin.buffer.readline())
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what the library itself prints must not get between the blocks
    library = ctypes.CDLL(place["library"])
    options = PHONEME_EVENTS | PHONEME_IPA | DONT_EXIT
    rate = library.espeak_Initialize(SYNCHRONOUS, 0, os.fsencode(place["data"]), options)
    if rate <= 0:
        return 3
    voices = _voices(library)  # the library looks through its files once, and again when a voice is chosen without this
    line = sys.stdin.buffer.readline()
    if not line:  # nobody wants it any more
        return 0
    request = json.loads(line)
    if "phonemes" in request:
        answer: dict[str, Any] = {"phonemes": _phonemes(library, request)}
    else:
        answer = _speak(library, request, rate, out) if "text" in request else {"voices": voices}
    _block(out, b"J", json.dumps(answer).encode())
    out.close()
    return 0


def _voices(library: ctypes.CDLL) -> list[tuple[str, str, str]]:
    """Display name, first language code and identifier of each voice."""
    library.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(VoiceEntry))
    entries = library.espeak_ListVoices(None)
    voices: list[tuple[str, str, str]] = []
    while entries[len(voices)]:
        entry = entries[len(voices)].contents
        code = ctypes.string_at(entry.languages + 1)  # the first byte is the priority
        voices.append((entry.name.decode(), code.decode(), entry.identifier.decode()))
    return voices


def _phonemes(library: ctypes.CDLL, request: dict[str, Any]) -> list[str]:
    """IPA of each text, with stress, `TIE` between the parts of a sound and blanks between words."""
    if library.espeak_SetVoiceByName(request["voice"].encode()) != 0:
        raise SystemExit(4)
    library.espeak_TextToPhonemes.restype = ctypes.c_char_p
    found: list[str] = []
    for text in request["phonemes"]:
        rest = ctypes.c_char_p(text.encode())
        clauses: list[str] = []
        while rest.value:  # the call moves the pointer on by one clause
            said = library.espeak_TextToPhonemes(ctypes.byref(rest), CHARS_UTF8, IPA | AS_TIE | ord(TIE) << 8)
            clauses.append((said or b"").decode(errors="ignore"))
        found.append(" ".join(clauses))
    return found


def _speak(library: ctypes.CDLL, request: dict[str, Any], rate: int, out: BinaryIO) -> dict[str, Any]:
    """Write the samples to `out` and return rate, number of samples, events and whether the limit cut it short."""
    events: list[tuple[int, int, int, str]] = []
    written = 0

    def receive(samples: int | None, count: int, first: Any) -> int:
        nonlocal written
        if samples and count > 0:
            _block(out, b"P", ctypes.string_at(samples, 2 * count))
            written += count
        index = 0
        while first[index].type != EVENT_END:
            event = first[index]
            if event.type in (EVENT_WORD, EVENT_PHONEME):
                text = event.text.decode(errors="ignore") if event.type == EVENT_PHONEME else ""
                events.append((event.type, event.text_position - 1, event.sample, text))
            index += 1
        return int(written > request["max_samples"])

    callback = Callback(receive)  # kept alive until the end of this function
    library.espeak_SetSynthCallback(callback)
    if library.espeak_SetVoiceByName(request["voice"].encode()) != 0:
        raise SystemExit(4)
    library.espeak_SetParameter(RATE, request["rate"], 0)
    library.espeak_SetParameter(PITCH, request["pitch"], 0)
    # The library seeds its noise with the time in seconds; a fixed seed makes equal requests give equal bytes.
    library.espeak_ng_SetRandSeed(ctypes.c_long(1))
    text = request["text"].encode() + b"\0"
    flags = CHARS_UTF8 | (PHONEMES if request.get("sounds") else 0)
    library.espeak_Synth(text, ctypes.c_size_t(len(text)), 0, POS_CHARACTER, 0, flags, None, None)
    return {"rate": rate, "samples": written, "events": events, "cut": written > request["max_samples"]}


def _block(out: BinaryIO, kind: bytes, content: bytes) -> None:
    out.write(kind + struct.pack("<I", len(content)))
    out.write(content)


if __name__ == "__main__":
    sys.exit(main())
