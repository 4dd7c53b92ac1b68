"""A portrait says a sentence: `python examples/python_api.py` writes hello.mp4."""

from pathlib import Path

import talking

portrait = Path(__file__).parent / "portraits" / "maya.jpg"
video = talking.generate(portrait, text="Hello! Ten seconds ago I was only a picture.", voice="espeak", out="hello.mp4")
print(video.path, f"{video.duration:.1f} s", *video.notes, sep="\n")
