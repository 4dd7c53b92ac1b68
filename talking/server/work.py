"""The worker beside a server: makes films as `python -m talking.jobs` does, and delivers webhooks as well."""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

from talking import logs
from talking.errors import TalkingError
from talking.jobs.__main__ import REFUSED
from talking.jobs.courier import FILM_PAUSES, WORD_PAUSES
from talking.jobs.worker import WorkerConfig, run_worker
from talking.server.couriers import courier


def command(data: Path) -> tuple[str, ...]:
    """The command that starts it, for a Supervisor."""
    return (sys.executable, "-m", "talking.server.work", str(data))


def main() -> int:
    """Work until the input ends, whose first line is a WorkerConfig."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path, help="the folder with the server's secret")
    parser.add_argument("--word-pauses", type=_seconds, default=WORD_PAUSES, help="seconds between tries of webhooks")
    parser.add_argument("--film-pauses", type=_seconds, default=FILM_PAUSES, help="seconds between tries of films")
    arguments = parser.parse_args()
    config = WorkerConfig.from_json(sys.stdin.buffer.readline().decode())
    logs.configure(config.log_level, config.log_format)
    sending = courier(
        config, arguments.data, word_pauses=arguments.word_pauses, film_pauses=arguments.film_pauses
    )  # fmt: skip
    try:
        run_worker(config, courier=sending, until_end_of=sys.stdin.buffer)
    except TalkingError as error:
        logging.getLogger(__name__).error("%s", error)
        return REFUSED
    return 0


def _seconds(text: str) -> tuple[float, ...]:
    return tuple(float(word) for word in text.split(","))


if __name__ == "__main__":
    sys.exit(main())
