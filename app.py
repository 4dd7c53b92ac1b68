"""`python app.py` serves the page at http://127.0.0.1:7860; Hugging Face Spaces run the same file."""

from __future__ import annotations

import logging
import sys

from talking.errors import TalkingError
from talking.settings import Settings

if __name__ == "__main__":
    try:
        settings = Settings.from_env()
    except TalkingError as error:
        sys.exit(f"talking: {error}")
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    from talking.ui import build, launch

    launch(build(settings), settings)
