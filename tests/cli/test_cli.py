"""The command line as people use it: a real process, its exit code, and what it prints."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import fields
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from talking.cli import main, parser
from talking.cli.interrupt import heeded
from talking.request import Options


def run(*arguments: object, cwd: Path, **more: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "talking", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, cwd=cwd, timeout=120, **more)  # type: ignore[call-overload, no-any-return]


def test_a_film_and_a_one_line_summary(small_portrait: Path, tmp_path: Path) -> None:
    done = run("generate", small_portrait, "--text", "Hello.", "--voice", "espeak:en-us", "-o", "out.mp4", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    assert line.startswith("out.mp4: 256x300, ")
    assert "frames per second" in line
    assert (tmp_path / "out.mp4").stat().st_size > 1000


def test_the_output_is_named_after_the_portrait_and_the_report_is_json(small_portrait: Path, tmp_path: Path) -> None:
    done = run("generate", small_portrait, "--text", "Hi.", "--voice", "espeak:en-us", "--json", cwd=tmp_path)
    report = json.loads(done.stdout)
    assert report["engine"] == "mesh" and report["notes"] == []
    assert [Path(name).suffix for name in report["files"]] == [".mp4", ".srt", ".vtt"]
    assert (tmp_path / "small.mp4").is_file()


def test_voices_can_be_listed_by_language_and_provider(tmp_path: Path) -> None:
    german = run("voices", "--language", "de", "--provider", "espeak", cwd=tmp_path).stdout.splitlines()
    assert german
    assert all(line.startswith("espeak:de") for line in german)
    everything = json.loads(run("voices", "--provider", "espeak", "--json", cwd=tmp_path).stdout)
    assert len({voice["language"].split("-")[0] for voice in everything}) >= 100


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder full of files that cannot be used."""
    noise = np.random.default_rng(0).integers(0, 255, (300, 300, 3), dtype=np.uint8)
    PIL.Image.fromarray(noise).save(tmp_path / "noise.png")
    PIL.Image.new("RGB", (1, 1)).save(tmp_path / "dot.png")
    PIL.Image.new("1", (20_000, 20_000)).save(tmp_path / "huge.png")
    PIL.Image.new("RGB", (300, 300)).save(tmp_path / "still.gif")
    (tmp_path / "cut.png").write_bytes((tmp_path / "noise.png").read_bytes()[:5000])
    (tmp_path / "paper.jpg").write_bytes(b"%PDF-1.7\n" + bytes(500))
    (tmp_path / "words.mp3").write_text("This is not a sound at all, it is a letter. " * 20)
    header = b"RIFF$\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x80>\0\0\0}\0\0\x02\0\x10\0data\0\0\0\0"
    (tmp_path / "empty.wav").write_bytes(header)
    silence = bytes(64_000)
    size = (36 + len(silence)).to_bytes(4, "little")
    (tmp_path / "silent.wav").write_bytes(b"RIFF" + size + header[8:40] + len(silence).to_bytes(4, "little") + silence)
    (tmp_path / "locked").mkdir(mode=0o500)
    return tmp_path


BAD = {
    "no face": (["noise.png", "--text", "Hi"], "No face"),
    "one pixel": (["dot.png", "--text", "Hi"], "1"),
    "a bomb": (["huge.png", "--text", "Hi"], "20"),
    "truncated": (["cut.png", "--text", "Hi"], "damaged"),
    "gif": (["still.gif", "--text", "Hi"], "GIF"),
    "pdf": (["paper.jpg", "--text", "Hi"], "PDF"),
    "missing": (["nobody.jpg", "--text", "Hi"], "nobody.jpg"),
    "text as mp3": (["{portrait}", "--audio", "words.mp3"], "text"),
    "no samples": (["{portrait}", "--audio", "empty.wav"], "no s"),
    "silence": (["{portrait}", "--audio", "silent.wav"], "silen"),
    "empty text": (["{portrait}", "--text", "  "], "empty"),
    "long text": (["{portrait}", "--text", "a " * 20_001], "40,00"),
    "emoji": (["{portrait}", "--text", "😀 🎉"], "no words"),
    "language": (["{portrait}", "--text", "Hi", "--language", "qqq"], "qqq"),
    "voice": (["{portrait}", "--text", "Hi", "--voice", "en-US-JennyNeurall"], "JennyNeural"),
    "no folder": (["{portrait}", "--text", "Hi", "-o", "nowhere/x.mp4"], "no folder"),
    "folder as output": (["{portrait}", "--text", "Hi", "-o", "locked"], ".mp4"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_clear_line_and_exit_code_2(
    case: str,
    folder: Path,
    small_portrait: Path,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    arguments, message = BAD[case]
    before = {path.name for path in folder.iterdir()}
    monkeypatch.chdir(folder)
    assert main(["generate", *(a.replace("{portrait}", str(small_portrait)) for a in arguments)]) == 2
    out, err = capfd.readouterr()
    assert out == ""
    (line,) = err.strip().splitlines()
    assert line.startswith("talking: ")
    assert message in line
    assert str(folder) not in line
    assert {path.name for path in folder.iterdir()} == before


def test_a_refusal_looks_the_same_from_outside(tmp_path: Path) -> None:
    done = run("generate", "nobody.jpg", "--text", "Hi", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "talking: There is no file called 'nobody.jpg'. Check the name and the folder.\n"


@pytest.mark.skipif(os.name != "posix", reason="file size limits are POSIX")
def test_a_disk_that_fills_while_encoding_leaves_nothing(small_portrait: Path, tmp_path: Path) -> None:
    def no_room() -> None:
        import signal

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (80_000, 80_000))

    # The ring of frames is a file of its own where shared memory is one: a short film at a small size keeps below.
    sentence = "This takes a while to say, so the file grows and grows until there is no more room for it at all. " * 4
    done = run(
        *("generate", small_portrait, "--text", sentence, "--voice", "espeak:en-us", "-o", "x.mp4"),
        cwd=tmp_path,
        preexec_fn=no_room,
    )
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_being_told_to_end_leaves_nothing(number: int, code: int, small_portrait: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "talking", "generate", str(small_portrait), "--text", "A long story. " * 400]
    process = subprocess.Popen(
        [*command, "--voice", "espeak:en-us", "-o", "x.mp4"],
        cwd=tmp_path,
        stderr=subprocess.PIPE,
        text=True,
        # A test run in the background of a shell ignores SIGINT and would hand that down.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    for _ in range(2400):
        if list(tmp_path.glob(".talking-*.part")):
            break
        time.sleep(0.05)
    time.sleep(0.5)
    process.send_signal(number)
    _, told = process.communicate(timeout=120)
    assert process.returncode == code, told
    assert "Traceback" not in told
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX")
def test_an_interrupt_that_was_dropped_ends_the_film_at_its_next_frame() -> None:
    shown: list[int] = []
    with heeded(lambda _stage, done, _total: shown.append(done)) as on_progress:
        on_progress("film", 1, 9)
        with suppress(KeyboardInterrupt):  # as Python does in a finalizer
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(5)
        with pytest.raises(KeyboardInterrupt):
            on_progress("film", 2, 9)
    assert shown == [1] and signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_no_words_and_no_sound_is_a_usage_error(small_portrait: Path, tmp_path: Path) -> None:
    done = run("generate", small_portrait, cwd=tmp_path)
    assert done.returncode == 2
    assert "--text" in done.stderr


def test_the_documents_name_every_command_and_option() -> None:
    root = Path(__file__).parents[2]
    readme = (root / "README.md").read_text(encoding="utf-8")
    options = (root / "docs/options.md").read_text(encoding="utf-8")
    guide = (root / "docs/operating.md").read_text(encoding="utf-8")
    commands = parser()._subparsers._group_actions[0].choices  # type: ignore[union-attr]
    assert isinstance(commands, dict)
    for name, command in commands.items():
        row = next(line for line in readme.splitlines() if line.startswith(f"| `talking {name}"))
        for action in command._actions:
            flag, *_ = [*action.option_strings, ""]
            listed = f"| `{flag.removeprefix('--').replace('-', '_')}` |" in options or f"`{flag}" in options
            setting = f"| `TALKING_{flag.removeprefix('--').replace('-', '_').upper()}` |" in guide
            elsewhere = (name == "generate" and listed) or (name in ("serve", "worker") and setting)
            assert not flag or flag in row or flag == "-h" or elsewhere, f"{flag} of {name}"


def test_every_option_of_a_request_is_described() -> None:
    options = (Path(__file__).parents[2] / "docs/options.md").read_text(encoding="utf-8")
    for field in fields(Options):
        assert f"| `{field.name}` |" in options, field.name


def test_a_voice_that_cannot_be_fetched_is_refused(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["voices", "pull", "espeak:en-us"]) == 2
    assert "nothing to pull" in capfd.readouterr().err
    assert main(["voices", "pull"]) == 0
    assert "kokoro" in capfd.readouterr().out.splitlines()
    assert main(["voices", "installed"]) == 0


@pytest.mark.parametrize("arguments", [["voices", "--provider", "espeak"], ["--help"], ["--version"]])
def test_an_output_that_takes_no_more_is_one_sentence(arguments: list[str], tmp_path: Path) -> None:
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "talking", *arguments]
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, cwd=tmp_path, timeout=120)
    (line,) = done.stderr.splitlines()
    assert done.returncode == 2
    assert line.startswith("talking: The result could not be printed")


def test_a_closed_output_is_one_sentence(tmp_path: Path) -> None:
    command = f"exec {sys.executable} -m talking voices --provider espeak >&-"
    done = subprocess.run(["bash", "-c", command], stderr=subprocess.PIPE, text=True, cwd=tmp_path, timeout=120)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["generate", "a.png"], "--text"),
        (["generate", "a.png", "--text", "x", "--rate", "fast"], "--rate"),
        (["generate", "a.png", "--text", "x", "--nonsense"], "--nonsense"),
        (["sing"], "sing"),
    ],
)
def test_a_wrong_use_is_refused_in_one_line(
    arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        main(arguments)
    assert left.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("talking: ") and reason in line and line.endswith("--help")


def test_the_text_may_come_from_the_standard_input(small_portrait: Path, tmp_path: Path) -> None:
    done = run("generate", small_portrait, "--text", "-", "--voice", "espeak:en-us", cwd=tmp_path, input="Hello sea.\n")
    assert done.returncode == 0, done.stderr
    assert "Hello sea." in (tmp_path / "small.srt").read_text()


def test_a_cache_that_is_a_file_is_one_note(small_portrait: Path, tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("not a folder")
    known = {**os.environ, "TALKING_CACHE": str(tmp_path / "cache")}
    done = run("generate", small_portrait, "--text", "Hi.", "--voice", "espeak:en-us", cwd=tmp_path, env=known)
    assert done.returncode == 0
    (line,) = done.stderr.splitlines()
    assert line == "note: Nothing was kept for the next time: the cache is no folder that can be written to."
