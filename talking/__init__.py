"""A portrait and words go in, a lip-synced talking video comes out.

import talking

video = talking.generate("portrait.jpg", text="Hello world!", out="hello.mp4")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from talking.errors import (
    BadAudio,
    BadImage,
    BadScript,
    FaceError,
    FaceTooSmall,
    FetchError,
    InvalidRequest,
    NoFace,
    OutputError,
    PoorQuality,
    ProviderDown,
    TalkingError,
    Unavailable,
    Unknown,
)
from talking.request import Logo, Options, Request
from talking.types import ExpressionCue, Knobs, Mark, Motion, Portrait, Speech, Video

if TYPE_CHECKING:
    from talking.pipeline import Limits, Studio, generate
    from talking.speech import Voice, voices

__all__ = [
    "BadAudio",
    "BadImage",
    "BadScript",
    "ExpressionCue",
    "FaceError",
    "FaceTooSmall",
    "FetchError",
    "InvalidRequest",
    "Knobs",
    "Limits",
    "Logo",
    "Mark",
    "Motion",
    "NoFace",
    "Options",
    "OutputError",
    "PoorQuality",
    "Portrait",
    "ProviderDown",
    "Request",
    "Speech",
    "Studio",
    "TalkingError",
    "Unavailable",
    "Unknown",
    "Video",
    "Voice",
    "generate",
    "voices",
]

_ON_DEMAND = {
    "Limits": "talking.pipeline",
    "Studio": "talking.pipeline",
    "Voice": "talking.speech",
    "generate": "talking.pipeline",
    "voices": "talking.speech",
}
"""What needs heavy packages is imported when it is first used, so that `import talking` stays fast."""


def __getattr__(name: str) -> Any:
    if name in _ON_DEMAND:
        import importlib

        return getattr(importlib.import_module(_ON_DEMAND[name]), name)
    raise AttributeError(f"module 'talking' has no attribute '{name}'")
