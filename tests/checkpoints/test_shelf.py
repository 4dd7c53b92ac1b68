"""Checkpoints pulled from a server that speaks the hub's protocol: continued, checked, refused, listed and deleted."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hub_server import COMMITS, Hub, serving

from talking.checkpoints import CHECKPOINTS, is_here, locate, paths, shelf
from talking.checkpoints.lock import LOCK, read_lock
from talking.cli import main
from talking.errors import CheckpointMissing, InvalidRequest, OutputError, TalkingError, Unavailable, Unknown

UNET = bytes(range(256)) * 800  # 200 kB
REPO = CHECKPOINTS["musetalk"].repo
FILES = {"musetalkV15/unet.pth": UNET, "musetalkV15/musetalk.json": b"{}", "musetalk/pytorch_model.bin": UNET * 2}


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 30_000)  # as 10 MB are to files of gigabytes
    with serving(Hub({REPO: [FILES]}, licence="creativeml-openrail-m")) as running:
        yield running


def test_only_what_is_needed_comes_and_is_written_down(hub: Hub, tmp_path: Path) -> None:
    lock = shelf.pull("musetalk", tmp_path, endpoint=hub.address)
    assert (lock.revision, lock.licence) == (COMMITS[0], "creativeml-openrail-m")
    assert set(lock.files) == {"musetalkV15/unet.pth", "musetalkV15/musetalk.json"}
    assert locate("musetalk", tmp_path) == tmp_path / "musetalk"
    unet, config = paths("musetalk", tmp_path)
    assert (unet.read_bytes(), config.read_bytes()) == (UNET, b"{}")
    assert not (tmp_path / ".pulling/musetalk" / COMMITS[0][:12]).exists()


def test_what_is_here_and_right_is_not_fetched_again(hub: Hub, tmp_path: Path) -> None:
    shelf.pull("musetalk", tmp_path, endpoint=hub.address)
    (tmp_path / "musetalk/musetalkV15/musetalk.json").write_bytes(b"changed by hand")
    hub.asked.clear()
    shelf.pull("musetalk", tmp_path, endpoint=hub.address)
    assert [call for call in hub.asked if "resolve" in call] == [
        f"GET {REPO}/resolve/{COMMITS[0]}/musetalkV15/musetalk.json"
    ]
    assert (tmp_path / "musetalk/musetalkV15/musetalk.json").read_bytes() == b"{}"


def test_a_connection_that_breaks_is_taken_up_where_it_broke(hub: Hub, tmp_path: Path) -> None:
    hub.cut["musetalkV15/unet.pth"] = 150_000
    shelf.pull("musetalk", tmp_path, endpoint=hub.address)
    (asked,) = hub.ranges
    assert asked.startswith("musetalkV15/unet.pth bytes=") and asked != "musetalkV15/unet.pth bytes=0-"
    assert paths("musetalk", tmp_path)[0].read_bytes() == UNET


class _Always(dict[str, int]):
    """Breaks every connection, not only the first."""

    def pop(self, name: str, default: object = None) -> object:
        return self.get(name, default)


def test_a_connection_that_breaks_again_and_again_is_told_in_words(
    hub: Hub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("huggingface_hub.file_download.time.sleep", lambda _seconds: None)
    hub.cut = _Always({"musetalkV15/unet.pth": 20_000})
    with pytest.raises(
        Unavailable, match=r"the connection to the hub broke off: .*`talking checkpoints pull musetalk`"
    ):
        shelf.pull("musetalk", tmp_path, endpoint=hub.address)
    assert capfd.readouterr().err == ""
    hub.cut = {}
    shelf.pull("musetalk", tmp_path, endpoint=hub.address)


def test_a_pull_that_was_stopped_goes_on_where_it_stopped(hub: Hub, tmp_path: Path) -> None:
    def stop(_name: str, done: int, _total: int) -> None:
        if done > 100_000:
            raise TalkingError("enough")

    part = tmp_path / f".pulling/musetalk/{COMMITS[0][:12]}/musetalkV15/unet.pth.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(UNET[:90_000])
    with pytest.raises(TalkingError, match="enough"):
        shelf.pull("musetalk", tmp_path, endpoint=hub.address, progress=stop)
    assert not is_here("musetalk", tmp_path)
    have = part.stat().st_size
    assert 90_000 <= have < len(UNET) and part.read_bytes() == UNET[:have]
    seen: list[int] = []
    shelf.pull("musetalk", tmp_path, endpoint=hub.address, progress=lambda _name, done, _total: seen.append(done))
    assert hub.ranges == ["musetalkV15/unet.pth bytes=90000-", f"musetalkV15/unet.pth bytes={have}-"]
    assert paths("musetalk", tmp_path)[0].read_bytes() == UNET
    assert seen[1] >= 90_000 and seen[-1] == len(UNET) + 2


def test_other_bytes_than_announced_are_refused_and_not_kept(hub: Hub, tmp_path: Path) -> None:
    hub.lie["musetalkV15/unet.pth"] = b"!" + UNET[1:]
    with pytest.raises(Unavailable, match=r"'musetalkV15/unet.pth' of the checkpoint 'musetalk' is not what the hub"):
        shelf.pull("musetalk", tmp_path, endpoint=hub.address)
    assert not is_here("musetalk", tmp_path) and read_lock(tmp_path / "musetalk") is None
    hub.lie.clear()
    shelf.pull("musetalk", tmp_path, endpoint=hub.address)


def test_a_history_that_was_rewritten_is_refused(hub: Hub, tmp_path: Path) -> None:
    before = shelf.pull("musetalk", tmp_path, endpoint=hub.address)
    hub.repos[REPO][0] = FILES | {"musetalkV15/unet.pth": UNET[::-1]}
    (tmp_path / "musetalk/musetalkV15/unet.pth").unlink()
    with pytest.raises(
        Unavailable, match=r"is not what was pulled before, .* `talking checkpoints pull musetalk --upd"
    ):
        shelf.pull("musetalk", tmp_path, endpoint=hub.address)
    assert read_lock(tmp_path / "musetalk") == before
    after = shelf.pull("musetalk", tmp_path, endpoint=hub.address, update=True)
    assert after.files["musetalkV15/unet.pth"].sha256 == hashlib.sha256(UNET[::-1]).hexdigest()


def test_a_file_that_talking_knows_must_be_that_one(tmp_path: Path) -> None:
    files = {"latentsync_unet.pt": UNET}
    with (
        serving(Hub({CHECKPOINTS["latentsync-1.6"].repo: [files]})) as hub,
        pytest.raises(Unavailable, match="is not the one that talking knows"),
    ):
        shelf.pull("latentsync-1.6", tmp_path, endpoint=hub.address)


def test_a_disk_without_room_is_told_before_anything_is_fetched(hub: Hub, tmp_path: Path) -> None:
    hub.sizes["musetalkV15/unet.pth"] = 10**15
    with pytest.raises(OutputError, match=r"takes 1000000.0 GB more and .* make room, or set TALKING_CHECKPOINTS to"):
        shelf.pull("musetalk", tmp_path, endpoint=hub.address)
    assert not [call for call in hub.asked if "resolve" in call]


def test_a_disk_that_fills_up_meanwhile(hub: Hub, tmp_path: Path) -> None:
    """The process may write files of 100 kB only, which fails as a full disk does."""
    code = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000));"
        "from talking.cli import main; sys.exit(main(['checkpoints', 'pull', 'musetalk']))"
    )
    env = {**os.environ, "HF_ENDPOINT": hub.address, "TALKING_CHECKPOINTS": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "talking: The disk is full before the checkpoint 'musetalk' is here: make room" in done.stderr
    assert "Traceback" not in done.stderr


def test_offline_nothing_is_asked(hub: Hub, tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"HF_HUB_OFFLINE is set: unset it, or copy the folder 'musetalk'"):
        shelf.pull("musetalk", tmp_path, endpoint=hub.address, offline=True)
    assert hub.asked == []


def test_without_a_hub_the_command_to_repeat_is_named(tmp_path: Path) -> None:
    with pytest.raises(
        Unavailable, match=r"hub did not answer: .*`talking checkpoints pull musetalk` again; it goes on"
    ):
        shelf.pull("musetalk", tmp_path, endpoint="http://127.0.0.1:9")


@pytest.mark.parametrize("name", ["wav2lip", "face-parsing", "buffalo_l"])
def test_what_everybody_must_bring_is_never_fetched(name: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match=f"is never fetched for you .*`talking checkpoints path {name}`"):
        shelf.pull(name, tmp_path)
    with pytest.raises(CheckpointMissing, match=f"put .* into the folder that `talking checkpoints path {name}`"):
        locate(name, tmp_path)
    for slot in CHECKPOINTS[name].slots:
        (tmp_path / name).mkdir(exist_ok=True)
        (tmp_path / name / slot[-1].path).write_bytes(b"mine")
    assert locate(name, tmp_path) == tmp_path / name
    told = list(shelf.verify(name, tmp_path))
    assert all(each.right and "put here by hand" in each.says for each in told)


def test_verify_finds_what_was_changed_or_lost(hub: Hub, tmp_path: Path) -> None:
    shelf.pull("musetalk", tmp_path, endpoint=hub.address)
    assert [each.right for each in shelf.verify("musetalk", tmp_path)] == [True, True]
    place = tmp_path / "musetalk/musetalkV15"
    (place / "unet.pth").write_bytes(UNET[:-1] + b"?")
    told = {each.file: each for each in shelf.verify("musetalk", tmp_path)}
    assert not told["musetalkV15/unet.pth"].right and told["musetalkV15/musetalk.json"].right
    assert (
        "was changed since it was pulled: run `talking checkpoints pull musetalk`" in told["musetalkV15/unet.pth"].says
    )
    (place / "unet.pth").unlink()
    with pytest.raises(CheckpointMissing, match="run `talking checkpoints pull musetalk`"):
        list(shelf.verify("musetalk", tmp_path))


def test_remove_frees_also_what_was_left_unfinished(hub: Hub, tmp_path: Path) -> None:
    shelf.pull("musetalk", tmp_path, endpoint=hub.address)
    (tmp_path / ".pulling/musetalk/other").mkdir(parents=True)
    (tmp_path / ".pulling/musetalk/other/unet.pth.part").write_bytes(b"123")
    lock = (tmp_path / "musetalk" / LOCK).stat().st_size
    assert shelf.remove("musetalk", tmp_path) == len(UNET) + 2 + 3 + lock
    assert not is_here("musetalk", tmp_path) and shelf.remove("musetalk", tmp_path) == 0


def test_names_that_do_not_exist(tmp_path: Path) -> None:
    with pytest.raises(Unknown, match="Did you mean musetalk"):
        locate("musetlak", tmp_path)


def test_the_command(
    hub: Hub, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TALKING_CHECKPOINTS", str(tmp_path))
    monkeypatch.setenv("HF_ENDPOINT", hub.address)
    hub.repos["stabilityai/sd-vae-ft-mse"] = [{"config.json": b"{}" * 273 + b"}"}]
    assert main(["checkpoints", "list"]) == 0
    shown = capsys.readouterr().out
    assert "  -   musetalk" in shown and "Commercial use: no, by its README" in shown and "5.1 GB" in shown
    assert main(["checkpoints", "pull", "musetalk"]) == 2  # an engine: all that it needs, and the second fails
    told = capsys.readouterr()
    assert f"musetalk: 2 files of {REPO} at 111111111111, 0.2 MB" in told.out
    assert "musetalk: licence CreativeML-OpenRAIL-M; commercial use: yes, by its README" in told.err
    assert "talking: The hub has no checkpoint 'sd-vae-ft-mse': look at https://" in told.err
    assert main(["checkpoints", "verify"]) == 0
    assert "ok   musetalk: musetalkV15/unet.pth is what was pulled" in capsys.readouterr().out
    assert main(["checkpoints", "path", "musetalk"]) == 0
    assert capsys.readouterr().out.splitlines()[0] == str(tmp_path / "musetalk")
    (tmp_path / "musetalk/musetalkV15/unet.pth").write_bytes(b"")
    assert main(["checkpoints", "verify", "musetalk"]) == 2  # the others of the engine are not here
    assert main(["checkpoints", "rm", "musetalk"]) == 0
    assert not (tmp_path / "musetalk").exists()
    for wrong, words in (
        (["pull"], "Name what to pull"),
        (["pull", "mesh"], "needs no checkpoints"),
        (["rm", "x"], "no"),
    ):
        assert main(["checkpoints", *wrong]) == 2
        assert words in capsys.readouterr().err


def test_a_person_who_stops_a_pull_keeps_what_came(hub: Hub, tmp_path: Path) -> None:
    """SIGINT in the middle, then the same command again."""
    code = """
import os, signal, sys
import huggingface_hub.constants
from talking.checkpoints.fetching import _Progress
from talking.cli import main

huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE = 30_000
add = _Progress.add

def stop(self, name, count):
    add(self, name, count)
    if count == 30_000:
        os.kill(os.getpid(), signal.SIGINT)

_Progress.add = stop
sys.exit(main(["checkpoints", "pull", "musetalk"]))
"""
    env = {**os.environ, "HF_ENDPOINT": hub.address, "TALKING_CHECKPOINTS": str(tmp_path)}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 130
    assert "stopped; what was fetched is kept" in done.stderr and "Traceback" not in done.stderr
    shelf.pull("musetalk", tmp_path, endpoint=hub.address)
    assert is_here("musetalk", tmp_path)
