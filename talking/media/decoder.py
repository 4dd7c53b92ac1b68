"""The child process that decodes strangers' files for `talking.media.confined`."""

from __future__ import annotations

import importlib
import os
import queue
import sys
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from talking.errors import TalkingError
from talking.media.confined import Piece, send, words_of

_MOST_DATA = 1 << 30
_FILES = 256
_WARM = ("av", "PIL.ImageCms", "talking.media.image", "talking.media.audio")
"""What nearly every job needs, loaded before the first file comes."""


def main() -> int:
    """Do one task after the other, until the input ends."""
    source, target = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what libraries print is no answer
    _confine(int(sys.argv[1]))
    for name in _WARM:
        importlib.import_module(name)
    tasks: queue.SimpleQueue[tuple[dict[str, Any], bytes]] = queue.SimpleQueue()
    threading.Thread(target=_listen, args=(source, tasks), daemon=True).start()
    reserved = _reserved()
    while True:
        told, data = tasks.get()
        _limit(told["cpu"], reserved + told["memory"])
        _do(told, data, target)


def _listen(source: BinaryIO, tasks: queue.SimpleQueue[tuple[dict[str, Any], bytes]]) -> None:
    """Hand tasks on, and leave when the parent is gone, even in the middle of one."""
    with suppress(OSError, EOFError, ValueError):
        while True:
            told = words_of(source)
            size = int(told["size"])
            data = source.read(size) if size <= _MOST_DATA else b""
            if len(data) < size:
                break
            tasks.put((told, data))
    os._exit(0)


def _do(told: dict[str, Any], data: bytes, target: BinaryIO) -> None:
    try:
        send(target, {"kind": "taken"})
        module, _, name = told["work"].partition(":")
        pieces = getattr(importlib.import_module(module), name)(data, **told["arguments"])
        piece: Piece
        for piece in pieces:
            send(target, {"kind": "piece", "facts": piece.facts}, piece.arrays)
        send(target, {"kind": "end"})
    except TalkingError as error:
        send(target, {"kind": "refused", "name": type(error).__name__, "sentence": str(error)})
    except (BrokenPipeError, KeyboardInterrupt):
        os._exit(0)
    except Exception as error:
        send(target, {"kind": "broke", "name": type(error).__name__})


def _confine(file_bytes: int) -> None:
    """Limits for good: no file is written beyond a size, which is 0 for most children, few files are opened, no
    privileges are gained, and when memory runs out on the machine this process goes first.
    """
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    try:
        import resource
    except ImportError:  # where there are no limits the parent's clock alone holds
        return
    for kind, most in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, file_bytes),
        (resource.RLIMIT_NOFILE, _FILES),
    ):
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))


def _limit(seconds: float, memory: int) -> None:
    """So many seconds of the processor more, and so much address space, for the next file."""
    try:
        import resource
    except ImportError:
        return
    usage = resource.getrusage(resource.RUSAGE_SELF)
    used = usage.ru_utime + usage.ru_stime
    for kind, most in ((resource.RLIMIT_CPU, int(used + seconds) + 1), (resource.RLIMIT_AS, memory)):
        hard = resource.getrlimit(kind)[1]
        with suppress(ValueError, OSError):
            resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _reserved() -> int:
    """Bytes of address space that the libraries have taken before any file."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except (OSError, ValueError):
        return 4 << 30
    return pages * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    sys.exit(main())
