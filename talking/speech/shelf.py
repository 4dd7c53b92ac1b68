"""The neural voices of this machine: what is here, what can be had, and how it comes here."""

from __future__ import annotations

from pathlib import Path

from talking.checkpoints import hub
from talking.checkpoints.hub import Bundle
from talking.checkpoints.lock import Lock, OnBytes, read_lock
from talking.errors import Unavailable, Unknown
from talking.speech import kokoro, piper
from talking.speech.neural import default_folder
from talking.speech.piper_voices import VOICES


def pull(
    voice: str,
    *,
    folder: Path | None = None,
    endpoint: str | None = None,
    update: bool = False,
    offline: bool = False,
    progress: OnBytes | None = None,
) -> Lock:
    """Fetch a voice: "piper:en_US-lessac-medium", "kokoro" or one of Kokoro's, which come together.

    `folder` is where voices are kept; `endpoint` another hub than the public one; `update` takes what is newest
    instead of the revision pulled before; `offline` says that nothing may be fetched; `progress` is told (file, bytes
    done, bytes in all). Returns what was written down: revision, licence, hashes. Raises Unknown for a voice that
    cannot be pulled, Unavailable when the hub does not answer or sends other bytes than it should, OutputError when
    the disk refuses.
    """
    return hub.pull(
        _bundle(voice), folder or default_folder(), endpoint=endpoint, update=update, offline=offline, progress=progress
    )


def installed(folder: Path | None = None) -> tuple[Lock, ...]:
    """What was pulled, by name: whose files, at which revision, under which licence."""
    place = folder or default_folder()
    found = (
        read_lock(path.parent) for path in sorted([*place.glob("kokoro/lock.json"), *place.glob("piper/*/lock.json")])
    )
    return tuple(lock for lock in found if lock is not None)


def pullable() -> tuple[str, ...]:
    """The names that `pull` knows; of Piper's collection it takes any other by its name, too."""
    return (kokoro.BUNDLE.name, *(f"piper:{name}" for name in VOICES))


def _bundle(voice: str) -> Bundle:
    name = voice.strip()
    if name.casefold() == kokoro.BUNDLE.name or kokoro.Kokoro().find(name) is not None:
        return kokoro.BUNDLE
    found = piper.bundle(name)
    if found is not None:
        return found
    if name.startswith(("edge:", "espeak:")) or name.endswith("Neural"):
        raise Unavailable(f"The voice '{name[:80]}' has nothing to pull: it speaks as it is.")
    raise Unknown.name("voice to pull", name, pullable())
