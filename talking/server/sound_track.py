"""The sound of a finished film as a file of its own, made when somebody first asks for it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from talking.errors import BadAudio, NotFound
from talking.media import audio
from talking.storage import Storage

SOUND_NAME = "sound.wav"
_FILMS = ("talking.mp4", "talking.mov", "talking.webm")


def add_sound_track(storage: Storage, key: str) -> None:
    """Put the sound of the film beside `key` under it, as 16-bit WAV. Raises NotFound when there is no film."""
    folder = key.removesuffix(SOUND_NAME)
    film = next((f"{folder}{name}" for name in _FILMS if storage.has(f"{folder}{name}")), None)
    if film is None:
        raise NotFound("There is no such file here, or no longer.")
    with tempfile.TemporaryDirectory(prefix="talking-") as name:
        copy = storage.path(film) or storage.fetch(film, Path(name) / "film")
        try:
            sound = audio.load(copy)
        except BadAudio as error:
            raise NotFound("This film has no sound.") from error
        wav = Path(name) / SOUND_NAME
        audio.write_wav(sound, str(wav))
        storage.put(wav, key)
