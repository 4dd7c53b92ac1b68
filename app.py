"""`python app.py` serves page and API at http://127.0.0.1:7860, as `talking serve` does; Spaces run the same file."""

from __future__ import annotations

import signal
import sys

from talking import logs
from talking.errors import TalkingError
from talking.settings import Settings


def main() -> None:
    """Serve until it is stopped, as the TALKING_ variables say."""
    settings = Settings.from_env()
    logs.configure(settings.log_level, settings.log_format)
    from talking.server.serve import serve

    serve(settings)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # tidy up on the way out, as after Ctrl-C
    try:
        main()
    except TalkingError as error:
        sys.exit(f"talking: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
