"""The processes of the embedded voices: a fresh one for each request, begun ahead where another one is expected."""

from __future__ import annotations

import atexit
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

_lock = threading.Lock()
_waiting: dict[tuple[Path, bytes], subprocess.Popen[bytes]] = {}
"""At most one process, by its script and the first line that it was told."""


def stand_by(script: Path, place: bytes) -> None:
    """Begin a process of `script`, tell it the line `place` and let it wait for the next request. Beginning takes it
    about as long as saying a sentence. It ends with this process, however that ends.
    """
    with _lock:
        if (script, place) in _waiting:
            return
        _end()
        child = _waiting[script, place] = _begin(script)
        atexit.unregister(_end)
        atexit.register(_end)
    assert child.stdin is not None
    with suppress(OSError):  # it died at once: then the next request begins its own
        child.stdin.write(place)
        child.stdin.flush()


def ask(script: Path, place: bytes, request: bytes, patience: float) -> tuple[int, bytes]:
    """Status and standard output of a process of `script` that was told the lines `place` and `request`: the one that
    stands by, or else a new one. Raises subprocess.TimeoutExpired after `patience` seconds.
    """
    with _lock:
        child = _waiting.pop((script, place), None)
    if child is not None and child.poll() is not None:
        child.communicate()
        child = None
    if child is None:
        child, request = _begin(script), place + request
    with child:
        try:
            said, _ = child.communicate(request, timeout=patience)
        except BaseException:
            child.kill()
            raise
    return child.returncode, said


def _begin(script: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-I", "-S", str(script)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def _end() -> None:
    """End what stands by."""
    while _waiting:
        _, child = _waiting.popitem()
        with child:
            child.kill()
