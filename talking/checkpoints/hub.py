"""Files from the Hugging Face hub, or a mirror of it: several at once, going on where an earlier attempt stopped."""

from __future__ import annotations

import errno
import fnmatch
import logging
import re
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from talking.checkpoints.fetching import Fetched, fetch
from talking.checkpoints.lock import Fact, Lock, OnBytes, fits, hash_file, read_lock, write_lock
from talking.checkpoints.registry import File
from talking.checkpoints.table import size
from talking.errors import OutputError, TalkingError, Unavailable, Unknown

if TYPE_CHECKING:
    from huggingface_hub.hf_api import RepoSibling

logger = logging.getLogger(__name__)

SECONDS = 10.0
"""Longest silence of the hub."""

_SPARE = 64 << 20
"""Bytes that a pull leaves free on the disk."""


@dataclass(frozen=True)
class Bundle:
    """Files that belong together: `name` as it is asked for, `repo` on the hub, `place` the folder below the one of
    all.

    `slots` are patterns of paths in the repo: of each slot the first pattern that matches anything is taken whole.
    `noun` and `command` say what it is and how it is pulled, `others` where one reads what there is; `known` is what
    is known of its files beforehand, `revision` the commit to take first, empty for the newest.
    """

    name: str
    repo: str
    place: str
    slots: tuple[tuple[str, ...], ...]
    noun: str = "voice"
    command: str = "talking voices pull"
    others: str = "`talking voices` lists those that are known"
    known: tuple[File, ...] = ()
    revision: str = ""

    @property
    def setting(self) -> str:
        """The variable that names another folder."""
        return f"TALKING_{self.noun.upper()}S"

    @property
    def again(self) -> str:
        """The command that repeats the pull."""
        return f"`{self.command} {self.name}`"


def pull(
    bundle: Bundle,
    folder: Path,
    *,
    endpoint: str | None = None,
    update: bool = False,
    offline: bool = False,
    progress: OnBytes | None = None,
) -> Lock:
    """Fetch the files of a bundle into `folder` and write down what they are; whole or not at all.

    What is there already and is right is not fetched again. `endpoint` is another hub than the public one; `update`
    takes what is newest instead of what was pulled before; `offline` says that nothing may be fetched. Raises Unknown
    when the hub has no such files, OutputError when they cannot be written or the disk has no room, and Unavailable
    when the hub cannot be reached or sends other bytes than it announced or than the lock says.
    """
    if offline:
        raise Unavailable(
            f"The {bundle.noun} '{bundle.name}' is not fetched, because HF_HUB_OFFLINE is set: unset it, or copy the "
            f"folder '{bundle.place}' from a machine that has it."
        )
    place = folder / bundle.place
    known = None if update else read_lock(place)
    answered = False
    try:
        with _quiet():
            revision, licence, wanted = _listed(bundle, endpoint or None, known)
            answered = True
            missing = [item for item in wanted if not _is_there(place, item, known)]
            staging = folder / ".pulling" / bundle.place / revision[:12]
            _make_room(bundle, folder, staging, missing)
            files = [Fetched(item.rfilename, item.size) for item in missing]
            fetch(bundle.repo, revision, files, staging, endpoint, progress)
        lock = _checked(bundle, revision, licence, wanted, (staging, place), known)
        _install(staging, place, lock)
    except TalkingError:
        raise
    except Exception as error:  # the client lets through what the HTTP library below it raises, whichever that is
        raise _in_words(bundle, error, endpoint, answered=answered) from error
    if progress is not None:
        total = sum(fact.bytes for fact in lock.files.values())
        progress(bundle.name, total, total)
    return lock


@contextmanager
def _quiet() -> Iterator[None]:
    """The client writes addresses and errors of every attempt for all to see; who waits is told once, in words."""
    from huggingface_hub.utils import logging as client

    level = client.get_verbosity()
    client.set_verbosity(logging.CRITICAL)
    try:
        yield
    finally:
        client.set_verbosity(level)


def _listed(bundle: Bundle, endpoint: str | None, known: Lock | None) -> tuple[str, str, list[RepoSibling]]:
    """The commit, the licence that the repo states, and the files there that belong to the bundle."""
    from huggingface_hub import HfApi

    revision = known.revision if known else bundle.revision or "main"
    told = HfApi(endpoint=endpoint, token=False, library_name="talking").model_info(
        bundle.repo, revision=revision, files_metadata=True, timeout=SECONDS
    )
    names = {item.rfilename: item for item in told.siblings or []}
    wanted: list[RepoSibling] = []
    for slot in bundle.slots:
        found = next((hits for hits in (fnmatch.filter(names, pattern) for pattern in slot) if hits), [])
        if not found:
            raise _unknown(bundle)
        wanted += [names[name] for name in sorted(found)]
    if not re.fullmatch(r"[0-9a-f]{40}", told.sha or ""):
        raise Unavailable(
            f"The hub does not say which revision of the {bundle.noun} '{bundle.name}' it has: try again later."
        )
    card: Any = told.card_data
    return str(told.sha), str(card.get("license") if card else "") or "not stated", wanted


def _is_there(place: Path, item: RepoSibling, known: Lock | None) -> bool:
    """Whether a file lies in its place already, and is the right one."""
    fact = known.files.get(item.rfilename) if known else None
    if fact is None and item.lfs:
        fact = Fact(item.lfs.sha256, item.lfs.size)
    return fact is not None and fits(place / item.rfilename, fact)


def _make_room(bundle: Bundle, folder: Path, staging: Path, missing: Sequence[RepoSibling]) -> None:
    """Make the folder for what comes. Raises OutputError when the disk cannot take it."""
    staging.mkdir(parents=True, exist_ok=True)
    for stale in staging.parent.iterdir():
        if stale != staging:
            shutil.rmtree(stale, ignore_errors=True)
    here = sum(path.stat().st_size for path in staging.rglob("*") if path.is_file())
    need = sum(item.size or 0 for item in missing) - here
    free = shutil.disk_usage(folder).free
    if need + _SPARE > free:
        raise OutputError(
            f"The {bundle.noun} '{bundle.name}' takes {size(need)} more and leaves {size(_SPARE)} free, but the disk "
            f"with the {bundle.noun}s has only {size(free) or 'nothing'}: make room, or set {bundle.setting} to a "
            "folder on another disk."
        )


def _checked(
    bundle: Bundle,
    revision: str,
    licence: str,
    wanted: Sequence[RepoSibling],
    places: tuple[Path, Path],
    known: Lock | None,
) -> Lock:
    """The lock for what was fetched and what was there, after comparing it with what the hub says and what is known."""
    expected = {file.path: file for file in bundle.known}
    facts: dict[str, Fact] = {}
    for item in wanted:
        name = item.rfilename
        path = next(place / name for place in places if (place / name).is_file())
        fact = Fact(hash_file(path), path.stat().st_size)
        locked = known.files.get(name) if known else None
        if locked == fact and path.is_relative_to(places[1]):  # was here and is right, whatever the hub says now
            facts[name] = fact
            continue
        before = locked or fact
        told = expected.get(name, File(name))
        trouble, then = "", f"run {bundle.again} again"
        if fact != before:
            trouble = "what was pulled before"
            then = f"`{bundle.command} {bundle.name} --update` takes what the hub has now, if you trust it"
        elif fact.sha256 != (item.lfs.sha256 if item.lfs else fact.sha256) or fact.bytes != (item.size or fact.bytes):
            trouble = "what the hub announces"
        elif not fact.sha256.startswith(told.sha256) or fact.bytes != (told.bytes or fact.bytes):
            trouble = "the one that talking knows"
            then += "; if that does not help, update talking"
        if trouble:
            if path.is_relative_to(places[0]):
                path.unlink()
            raise Unavailable(
                f"The file '{name}' of the {bundle.noun} '{bundle.name}' is not {trouble}, and nothing was installed: "
                f"{then}."
            )
        facts[name] = fact
    return Lock(bundle.name, bundle.repo, revision, _licence(places, licence), facts)


def _licence(places: tuple[Path, Path], stated: str) -> str:
    """What the card of a voice says, which goes before what the whole repo says."""
    cards = (path for place in places for path in place.glob("**/MODEL_CARD"))
    text = "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in cards)
    found = re.search(r"^\W*licen[cs]e\W+(\S.*?)\s*$", text, re.IGNORECASE | re.MULTILINE)
    return f"{found[1][:200]} (voice); {stated} (collection)" if found else stated


def _install(staging: Path, place: Path, lock: Lock) -> None:
    place.mkdir(parents=True, exist_ok=True)
    for path in lock.files:
        if (staging / path).is_file():
            (place / path).parent.mkdir(parents=True, exist_ok=True)
            (staging / path).replace(place / path)
    write_lock(place, lock)
    shutil.rmtree(staging, ignore_errors=True)


def _in_words(bundle: Bundle, error: Exception, endpoint: str | None, *, answered: bool) -> TalkingError:
    from huggingface_hub import errors

    logger.info("pull of %s failed: %s", bundle.name, error)
    if isinstance(error, (errors.RepositoryNotFoundError, errors.EntryNotFoundError)):
        return _unknown(bundle)
    if isinstance(error, errors.RevisionNotFoundError):
        return Unavailable(
            f"The hub no longer has the revision of the {bundle.noun} '{bundle.name}' that was pulled before: "
            f"run `{bundle.command} {bundle.name} --update` for the newest."
        )
    if isinstance(error, OSError) and error.errno is not None and not isinstance(error, ConnectionError):
        return _unwritable(bundle, error)
    happened = "the connection to the hub broke off" if answered else "the hub did not answer"
    check = "the connection and HF_ENDPOINT" if endpoint else "the connection"
    return Unavailable(
        f"The {bundle.noun} '{bundle.name}' could not be fetched because {happened}: check {check}, and run "
        f"{bundle.again} again; it goes on where it stopped."
    )


def _unwritable(bundle: Bundle, error: OSError) -> OutputError:
    if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return OutputError(
            f"The disk is full before the {bundle.noun} '{bundle.name}' is here: make room, or set {bundle.setting} to "
            f"a folder on another disk. What was fetched is kept, and {bundle.again} goes on with it."
        )
    return OutputError(
        f"The {bundle.noun} '{bundle.name}' could not be written: check that the folder of the {bundle.noun}s is a "
        f"folder that you may write to, or set {bundle.setting} to another one."
    )


def _unknown(bundle: Bundle) -> Unknown:
    return Unknown(f"The hub has no {bundle.noun} '{bundle.name}': {bundle.others}.")
