"""Files of voices from the Hugging Face hub: pinned by revision and sha256, which the first pull writes down.

Nobody knows hashes of files that nobody here has seen, so none are made up: the first pull records the commit that
"main" stood for and what each file hashed to, beside the files, in `lock.json`. Every later pull asks for that commit
and refuses other bytes, and every voice is compared with its lock before it speaks.
"""

from __future__ import annotations

import fnmatch
import functools
import hashlib
import json
import logging
import re
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from talking.errors import OutputError, TalkingError, Unavailable, Unknown

if TYPE_CHECKING:
    from huggingface_hub.hf_api import RepoSibling

logger = logging.getLogger(__name__)

LOCK = "lock.json"
SECONDS = 10.0
"""Longest silence of the hub."""

_FORMAT = 1
_BLOCK = 1 << 20

OnBytes: TypeAlias = Callable[[str, int, int], None]
"""Called with a file's name, and the bytes done and in all of the pull; a TalkingError that it raises stops it."""


@dataclass(frozen=True)
class Bundle:
    """What belongs to a voice: `name` as it is asked for, `repo` on the hub, `place` the folder below the voices'.

    `slots` are patterns of paths in the repo: of each slot the first pattern that matches anything is taken whole.
    """

    name: str
    repo: str
    place: str
    slots: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Fact:
    """What a file must be: its `sha256` in hexadecimal and its size in `bytes`."""

    sha256: str
    bytes: int


@dataclass(frozen=True)
class Lock:
    """What a pull brought: `repo` at the commit `revision`, its `licence` as stated there, `files` by path."""

    name: str
    repo: str
    revision: str
    licence: str
    files: Mapping[str, Fact]


def default_folder() -> Path:
    """Where voices are kept unless told otherwise."""
    return Path.home() / ".local" / "share" / "talking" / "voices"


def read_lock(place: Path) -> Lock | None:
    """The lock in a voice's folder; None when there is none that can be read."""
    try:
        told = json.loads((place / LOCK).read_text(encoding="utf-8"))
        files = {path: Fact(str(fact["sha256"]), int(fact["bytes"])) for path, fact in told["files"].items()}
        if told["format"] != _FORMAT:
            return None
        return Lock(told["name"], told["repo"], told["revision"], told["licence"], files)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def verify(place: Path, lock: Lock) -> None:
    """Raise Unavailable when a file is missing or is not the one that was pulled."""
    for path, fact in lock.files.items():
        try:
            status = (place / path).stat()
            sound = status.st_size == fact.bytes and _sha256(place / path, status.st_mtime_ns) == fact.sha256
        except OSError:
            sound = False
        if not sound:
            raise Unavailable(
                f"A file of the voice '{lock.name}' is missing or was changed since it was pulled: "
                f"run `talking voices pull {lock.name}` again."
            )


def pull(
    bundle: Bundle, folder: Path, *, endpoint: str | None = None, update: bool = False, progress: OnBytes | None = None
) -> Lock:
    """Fetch the files of a voice into `folder` and write down what they are; whole or not at all.

    `endpoint` is another hub than the public one; `update` takes what is newest instead of what was pulled before.
    Raises Unknown when the hub has no such files, OutputError when they cannot be written and Unavailable when the
    hub cannot be reached or sends other bytes than it announced or than the lock says.
    """
    place = folder / bundle.place
    known = None if update else read_lock(place)
    staging = folder / ".pulling" / bundle.place
    try:
        revision, licence, wanted = _listed(bundle, endpoint, known)
        _fetch(bundle, revision, wanted, staging, endpoint, progress)
        lock = _checked(bundle, revision, licence, wanted, staging, known)
        _install(staging, place, lock)
    except TalkingError:
        raise
    except Exception as error:  # the client lets through what the HTTP library below it raises, whichever that is
        raise _in_words(bundle, error) from error
    return lock


def _listed(bundle: Bundle, endpoint: str | None, known: Lock | None) -> tuple[str, str, list[RepoSibling]]:
    """The commit, the licence that the repo states, and the files there that belong to the bundle."""
    from huggingface_hub import HfApi

    told = HfApi(endpoint=endpoint, token=False, library_name="talking").model_info(
        bundle.repo, revision=known.revision if known else "main", files_metadata=True, timeout=SECONDS
    )
    names = {item.rfilename: item for item in told.siblings or []}
    wanted: list[RepoSibling] = []
    for slot in bundle.slots:
        found = next((hits for hits in (fnmatch.filter(names, pattern) for pattern in slot) if hits), [])
        if not found:
            raise Unknown(f"The hub has no voice '{bundle.name}': `talking voices` lists those that are known.")
        wanted += [names[name] for name in sorted(found)]
    if not re.fullmatch(r"[0-9a-f]{40}", told.sha or ""):
        raise Unavailable(f"The hub does not say which revision of the voice '{bundle.name}' it has: try again later.")
    card: Any = told.card_data
    return str(told.sha), str(card.get("license") if card else "") or "not stated", wanted


def _fetch(
    bundle: Bundle,
    revision: str,
    wanted: Sequence[RepoSibling],
    staging: Path,
    endpoint: str | None,
    progress: OnBytes | None,
) -> None:
    """Download into `staging`, going on with what an earlier attempt left there."""
    from huggingface_hub import hf_hub_download

    total = sum(item.size or 0 for item in wanted)
    before = 0
    for item in wanted:
        hf_hub_download(
            bundle.repo,
            item.rfilename,
            revision=revision,
            local_dir=staging,
            endpoint=endpoint,
            etag_timeout=SECONDS,
            token=False,
            library_name="talking",
            tqdm_class=_bar(item.rfilename, before, total, progress),
        )
        before += item.size or 0
    if progress is not None:
        progress(bundle.name, before, total)


def _bar(name: str, before: int, total: int, progress: OnBytes | None) -> Any:
    """A progress bar that draws nothing and tells `progress`."""
    from huggingface_hub.utils.tqdm import tqdm

    class Bar(tqdm):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            self.done = int(options.get("initial") or 0)
            super().__init__(*arguments, **{**options, "disable": True})  # type: ignore[no-untyped-call]

        def update(self, n: float | None = 1) -> None:
            self.done += int(n or 0)
            if progress is not None:
                progress(name, before + self.done, total)

    return Bar


def _checked(
    bundle: Bundle, revision: str, licence: str, wanted: Sequence[RepoSibling], staging: Path, known: Lock | None
) -> Lock:
    """The lock for what lies in `staging`, after comparing it with what the hub says and what is known."""
    facts: dict[str, Fact] = {}
    for item in wanted:
        path = staging / item.rfilename
        fact = Fact(_hash(path), path.stat().st_size)
        announced = item.lfs.sha256 if item.lfs else fact.sha256
        expected = known.files.get(item.rfilename, fact) if known else fact
        if fact.sha256 != announced or (item.size or fact.bytes) != fact.bytes or fact != expected:
            path.unlink()
            told = "what was pulled before" if fact != expected else "what the hub announces"
            raise Unavailable(
                f"The file '{item.rfilename}' of the voice '{bundle.name}' is not {told}, and nothing was installed: "
                f"run `talking voices pull {bundle.name}` again."
            )
        facts[item.rfilename] = fact
    return Lock(bundle.name, bundle.repo, revision, _licence(staging, licence), facts)


def _licence(staging: Path, stated: str) -> str:
    """What the card of a voice says, which goes before what the whole repo says."""
    card = staging.glob("**/MODEL_CARD")
    text = "\n".join(path.read_text(encoding="utf-8", errors="replace") for path in card)
    found = re.search(r"^\W*licen[cs]e\W+(\S.*?)\s*$", text, re.IGNORECASE | re.MULTILINE)
    return f"{found[1][:200]} (voice); {stated} (collection)" if found else stated


def _install(staging: Path, place: Path, lock: Lock) -> None:
    for path in lock.files:
        (place / path).parent.mkdir(parents=True, exist_ok=True)
        (staging / path).replace(place / path)
    draft = staging / LOCK
    draft.write_text(json.dumps({"format": _FORMAT} | asdict(lock), indent=1), encoding="utf-8")
    draft.replace(place / LOCK)
    shutil.rmtree(staging, ignore_errors=True)


def _in_words(bundle: Bundle, error: Exception) -> TalkingError:
    from huggingface_hub import errors

    logger.info("pull of %s failed: %s", bundle.name, error)
    if isinstance(error, errors.LocalEntryNotFoundError):  # what the client says when it cannot connect
        return _unreachable(bundle)
    if isinstance(error, (errors.RepositoryNotFoundError, errors.EntryNotFoundError)):
        return Unknown(f"The hub has no voice '{bundle.name}': `talking voices` lists those that are known.")
    if isinstance(error, errors.RevisionNotFoundError):
        return Unavailable(
            f"The hub no longer has the revision of the voice '{bundle.name}' that was pulled before: "
            f"delete its folder '{bundle.place}' among the voices and pull it anew."
        )
    if isinstance(error, OSError) and error.errno is not None and not isinstance(error, ConnectionError):
        return OutputError("The files of the voice could not be written: check the disk and the folder of the voices.")
    return _unreachable(bundle)


def _unreachable(bundle: Bundle) -> Unavailable:
    return Unavailable(
        f"The voice '{bundle.name}' could not be fetched because the hub did not answer: "
        f"check the connection and run `talking voices pull {bundle.name}` again."
    )


def _hash(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


@functools.lru_cache(maxsize=256)
def _sha256(path: Path, _changed: int) -> str:
    """The hash of a file, taken once for each time it was changed."""
    return _hash(path)
