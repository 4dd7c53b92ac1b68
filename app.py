"""`python app.py` serves the page at http://127.0.0.1:7860; Hugging Face Spaces run the same file."""

from __future__ import annotations

import signal
import sys

from talking import logs
from talking.errors import TalkingError
from talking.settings import Settings


def main() -> None:
    """Serve the page until it is stopped; what is wrong with the settings or the address is told in one line."""
    settings = Settings.from_env()
    logs.configure(settings.log_level, settings.log_format)
    from talking.ui import build, launch

    page = build(settings)
    try:
        launch(page, settings)
    except OSError as error:
        place = f"{settings.host or '127.0.0.1'}:{settings.port}"
        raise TalkingError(
            f"The page cannot be served at {place}: something else may be running there. "
            "Name another place with TALKING_HOST and TALKING_PORT."
        ) from error


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))  # tidy up on the way out, as after Ctrl-C
    try:
        main()
    except TalkingError as error:
        sys.exit(f"talking: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
