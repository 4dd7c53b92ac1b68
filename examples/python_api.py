"""A portrait says a sentence: `python examples/python_api.py` writes hello.mp4."""

from pathlib import Path

import talking

if __name__ == "__main__":  # the film is made by several processes, and each of them reads this file
    portrait = Path(__file__).parent / "portraits" / "maya.jpg"
    talking.generate(portrait, text="Hello! Ten seconds ago I was only a picture.", out="hello.mp4")
