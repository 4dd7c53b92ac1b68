"""The command line: parses, calls, prints. Exit codes: 0 done, 1 an evaluation failed its limits, 2 a clear refusal."""

from __future__ import annotations

import argparse
import json
import signal
import sys
import threading
from collections.abc import Sequence
from dataclasses import asdict
from importlib import metadata
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any

from talking.cli.checkpoints import add_checkpoints
from talking.cli.doctor import add_doctor
from talking.cli.engines import add_engines, means_of
from talking.cli.flags import add_flags, read_flags
from talking.cli.interrupt import heeded
from talking.cli.serve import add_serve
from talking.cli.terminal import Parser, progress_bar, say, tell
from talking.cli.worker import add_worker
from talking.errors import InvalidRequest, OutputError, TalkingError

if TYPE_CHECKING:
    from talking.settings import Settings

NEEDS_HEADLESS = (
    "this machine has no OpenGL library, which the installed OpenCV build asks for. Lay the headless build over it: "
    "pip install --force-reinstall --no-deps opencv-contrib-python-headless==4.11.0.86"
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the entry point of `talking`."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _leave)
    try:
        arguments = parser().parse_args(argv)
        code: int = arguments.run(arguments)
    except TalkingError as error:
        tell(f"talking: {error}")
        return 2
    except ImportError as error:
        if "libGL" not in str(error):
            raise
        tell(f"talking: {NEEDS_HEADLESS}")
        return 2
    except KeyboardInterrupt:
        tell("talking: stopped; nothing was kept.")
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 0
    return code


def parser() -> Parser:
    """The parser of all commands."""
    top = Parser(prog="talking", description="A portrait and words become a talking video.")
    top.add_argument("--version", action="version", version=f"talking {metadata.version('talking')}")
    commands = top.add_subparsers(required=True, metavar="COMMAND")
    _add_generate(commands)
    _add_voices(commands)
    _add_evaluate(commands)
    _add_bench(commands)
    add_serve(commands)
    add_worker(commands)
    add_doctor(commands)
    add_engines(commands)
    add_checkpoints(commands)
    return top


def _add_generate(commands: Any) -> None:
    command = commands.add_parser("generate", help="make a video", description="Make a talking video of a portrait.")
    command.add_argument("portrait", metavar="PORTRAIT", help="picture of a face: JPG, PNG or WebP")
    words = command.add_mutually_exclusive_group(required=True)
    words.add_argument("--text", help="what to say; - reads it from the standard input")
    words.add_argument("--audio", metavar="FILE", help="speech to lip-sync to: WAV, MP3, FLAC, OGG or M4A")
    command.add_argument("--voice", default="auto", help="a name of `talking voices`, or auto (default)")
    add_flags(command)
    command.add_argument(
        "-o", "--out", default=None, metavar="OUT", help="the film to write (default: PORTRAIT's name, .mp4)"
    )
    command.add_argument("--json", action="store_true", help="print the report as JSON")
    command.set_defaults(run=_generate)


def _add_voices(commands: Any) -> None:
    command = commands.add_parser("voices", help="list the voices", description="List the voices that can speak.")
    command.add_argument("--language", default=None, metavar="L", help="only this language, such as de or pt-BR")
    command.add_argument(
        "--provider", default=None, metavar="P", help="only this provider: espeak, edge, piper, kokoro"
    )
    command.add_argument(
        "do",
        nargs="?",
        choices=["pull", "installed"],
        metavar="pull [VOICE] | installed",
        help="fetch a voice of piper or kokoro, or list those that were fetched, with their licences",
    )
    command.add_argument("name", nargs="?", metavar="VOICE", help="what to pull; without it, what there is")
    command.add_argument("--update", action="store_true", help="pull the newest, not the revision pulled before")
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(run=_voices)


def _add_evaluate(commands: Any) -> None:
    command = commands.add_parser("evaluate", help="measure a video", description="Measure the lip-sync of a video.")
    command.add_argument("video", metavar="VIDEO")
    command.add_argument("--text", default="", help="what is said, the truth for lip closures")
    command.add_argument("--language", default="", metavar="L", help="language of the text; guessed if absent")
    command.add_argument("--json", action="store_true", help="print JSON")
    command.add_argument("--plot", default=None, metavar="FILE.png", help="draw aperture against sound")
    command.set_defaults(run=_evaluate)


def _add_bench(commands: Any) -> None:
    command = commands.add_parser(
        "bench", help="measure speed", description="Measure speed and memory on this machine."
    )
    command.add_argument("--portrait", default=None, metavar="FILE", help="a picture of your own (default: an example)")
    command.add_argument("--seconds", type=float, default=8.0, help="length of the video, 2 to 60 (default 8)")
    command.add_argument("--size", action="append", metavar="WxH", help="frame size, repeatable (default: three sizes)")
    command.add_argument("--engine", default=None, metavar="E", help="measure the networks of this engine instead")
    command.add_argument("--batch", action="append", type=int, metavar="N", help="frames at once, repeatable")
    command.add_argument("--upstream", default=None, metavar="FOLDER", help="published code of it to measure beside")
    command.add_argument("--json", action="store_true", help="print JSON")
    command.set_defaults(run=_bench)


def _generate(arguments: argparse.Namespace) -> int:
    from talking.engines import choose
    from talking.pipeline import Limits, Studio
    from talking.settings import Settings

    settings = Settings.from_env()
    options = read_flags(arguments)
    out = arguments.out or f"{Path(arguments.portrait).stem or 'talking'}.{options.result_format or 'mp4'}"
    limits = Limits(
        cache=settings.cache, voices=settings.voices, private_urls=settings.private_urls,
        allow_noncommercial=settings.allow_noncommercial, checkpoints=settings.checkpoints, device=settings.device,
        engine=settings.engine,
    )  # fmt: skip
    early = choose(options.engine, limits.means).notes  # before hours may pass
    for note in early:
        tell(f"note: {note}")
    with Studio(limits) as studio, progress_bar() as show, heeded(show) as on_progress:
        video = studio.generate(
            arguments.portrait,
            text=_words() if arguments.text == "-" else arguments.text,
            audio=arguments.audio,
            voice=arguments.voice,
            options=options,
            out=out,
            on_progress=on_progress,
        )
    for note in (each for each in video.notes if each not in early):
        tell(f"note: {note}")
    report = video.report
    if arguments.json:
        files = [str(path) for path in (video.path, *video.files)]
        say(json.dumps({**report, "notes": list(video.notes), "files": files}, indent=2, ensure_ascii=False))
    else:
        pace = report["frames_per_second"]
        say(
            f"{video.path}: {video.width}x{video.height}, {video.num_frames} frames, {video.duration:.2f} s of video, "
            f"made in {report['seconds']['total']:.1f} s; filmed at {pace:.{0 if pace >= 10 else 1}f} frames per second"
        )
    return 0


def _words() -> str:
    """What stands on the standard input. Raises InvalidRequest when that is closed or not text in UTF-8."""
    try:
        if sys.stdin is None:
            raise InvalidRequest("There is no text: the standard input is closed.")
        return sys.stdin.buffer.read().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidRequest("The text on the standard input could not be read: it must be UTF-8.") from error


def _voices(arguments: argparse.Namespace) -> int:
    from talking.settings import Settings
    from talking.speech import shelf, voices

    settings = Settings.from_env()
    folder = settings.voices
    if arguments.do == "installed":
        for lock in shelf.installed(folder):
            say(f"{lock.name:<34} {lock.licence:<16} {lock.repo}@{lock.revision[:12]}")
        return 0
    if arguments.do == "pull":
        _pull(arguments.name, settings, arguments.update)
        return 0
    found = voices(language=arguments.language, provider=arguments.provider, folder=folder)
    if arguments.json:
        say(json.dumps([asdict(voice) for voice in found], indent=2, ensure_ascii=False))
        return 0
    for voice in found:
        say(f"{voice.id:<34} {voice.language:<12} {voice.gender:<8} {voice.provider:<8} {voice.name}")
    return 0


def _pull(name: str | None, settings: Settings, update: bool) -> None:
    from talking.speech import shelf

    if not name:
        say("\n".join(shelf.pullable()))
        return
    with progress_bar() as on_progress:
        lock = shelf.pull(
            name, folder=settings.voices, endpoint=settings.hub or None, update=update, offline=settings.offline,
            progress=on_progress,
        )  # fmt: skip
    say(f"{lock.name}: {len(lock.files)} files of {lock.repo} at {lock.revision[:12]}, licence {lock.licence}")


def _evaluate(arguments: argparse.Namespace) -> int:
    from talking.evaluate import as_json, as_table, evaluate, plot
    from talking.speech import check_language

    if arguments.language:
        check_language(arguments.language)
    if arguments.plot and not Path(arguments.plot).parent.is_dir():
        raise OutputError(f"There is no folder for the plot '{arguments.plot}'. Create it or choose another.")
    evaluation = evaluate(arguments.video, text=arguments.text, language=arguments.language)
    say(as_json(evaluation) if arguments.json else as_table(evaluation))
    if arguments.plot:
        plot(evaluation, arguments.plot)
    return 0 if evaluation.passed else 1


def _bench(arguments: argparse.Namespace) -> int:
    from talking.bench import as_json, as_table, bench

    if arguments.engine is not None:
        return _bench_networks(arguments)
    result = bench(portrait=arguments.portrait, seconds=arguments.seconds, sizes=arguments.size)
    say(as_json(result) if arguments.json else as_table(result))
    return 0


def _bench_networks(arguments: argparse.Namespace) -> int:
    from talking.bench import neural_bench, neural_json, neural_table
    from talking.settings import Settings

    upstream = Path(arguments.upstream).resolve() if arguments.upstream else None
    with progress_bar() as show:
        result = neural_bench(
            arguments.engine, means_of(Settings.from_env()), batches=arguments.batch or (1, 4), upstream=upstream,
            on_progress=lambda done, total: show("bench", done, total) if show else None,
        )  # fmt: skip
    say(neural_json(result) if arguments.json else neural_table(result))
    return 0


def _leave(_signal: int, _frame: FrameType | None) -> None:
    """End as after an exception, so that half a file is removed and processes are ended on the way out."""
    sys.exit(143)
