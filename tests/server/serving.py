"""What the tests of the server share."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

KEY = "dGVzdEBleGFtcGxlLm9yZw==:first-secret"
OTHER_KEY = "second-secret"
VOICE = {"type": "microsoft", "voice_id": "espeak:en-us"}


def wait(ask: Callable[[], dict[str, Any]], over: tuple[str, ...]) -> dict[str, Any]:
    """What `ask` tells once its status is one of those."""
    for _ in range(1800):
        told = ask()
        if told["status"] in over:
            return told
        time.sleep(0.1)
    raise AssertionError(told)
