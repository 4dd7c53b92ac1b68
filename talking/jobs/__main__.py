"""The worker that a server starts: its configuration is the first line of its input, and it leaves with its end."""

from __future__ import annotations

import logging
import sys

from talking import logs
from talking.errors import TalkingError
from talking.jobs.worker import WorkerConfig, run_worker

REFUSED = 2
"""The status with which a worker ends that cannot work as things are: another has its name, or the database is away."""


def main() -> int:
    """Work until the input ends."""
    config = WorkerConfig.from_json(sys.stdin.buffer.readline().decode())
    logs.configure(config.log_level, config.log_format)
    try:
        run_worker(config, until_end_of=sys.stdin.buffer)
    except TalkingError as error:
        logging.getLogger(__name__).error("%s", error)
        return REFUSED
    return 0


if __name__ == "__main__":
    sys.exit(main())
