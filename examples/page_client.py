"""Asks a running page (`python app.py`) for a video of a recording, and writes client.mp4 and client.srt.

python examples/page_client.py [ADDRESS]
"""

import shutil
import sys
from pathlib import Path

from gradio_client import Client, handle_file

here = Path(__file__).parent
client = Client(sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:7860")
video, captions, report = client.predict(
    portrait=handle_file(here / "portraits" / "elias.jpg"),
    audio=handle_file(here / "speech" / "weather.wav"),
    options={"seed": 7, "transcript": "Good morning. Above the village, the fog will move off before five."},
    api_name="/generate",
)
shutil.copy(video["video"] if isinstance(video, dict) else video, "client.mp4")
shutil.copy(captions, "client.srt")
