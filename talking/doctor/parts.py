"""The parts of talking: engines, voices, and all together in a film of two seconds."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from talking.doctor.finding import Finding
from talking.engines import Means, device
from talking.errors import TalkingError

SENTENCE = "This is how a film is made here."


def engines(means: Means) -> Finding:
    """Which engines are ready here, and which one a request gets that names none, and why."""
    from talking import engines as known

    try:
        chosen = known.choose("auto", means, device.glance)
        known.load(chosen.name, means).close()
    except (ImportError, OSError, TalkingError) as error:
        why = str(error) if isinstance(error, TalkingError) else f"it cannot be loaded ({type(error).__name__})."
        return Finding("engines", "fail", f"'auto' finds no engine: {why} Otherwise install again: pip install .")
    found = known.statuses(means)
    works = [each.name for each in found if each.ready]
    missing = {each.name: each.says for each in found if not each.ready}
    facts = {"works": works, "missing": missing, "auto": chosen.name, "why": chosen.because}
    says = f"'auto' takes {chosen.name}, because {chosen.because}. Ready: {', '.join(works)}; `talking engines` says "
    return Finding("engines", "ok", f"{says}what others need.", facts)


def voices(folder: Path | None) -> Finding:
    """How many voices each provider has, whether the network answers, within seconds, and who speaks for 'auto'."""
    from talking import speech

    found = Counter(voice.provider for voice in speech.voices(folder=folder))
    counted = ", ".join(f"{number} of {name}" for name, number in sorted(found.items()))
    if not found["espeak"]:
        says = f"The built-in voices are not here, only {counted}. Install again: pip install ."
        return Finding("voices", "fail", says, {"voices": dict(found)})
    try:
        choice = speech.choice(SENTENCE, language="en", folder=folder)
    except TalkingError as error:
        return Finding("voices", "fail", str(error), {"voices": dict(found)})
    facts = {"voices": dict(found), "auto": choice.voice.id, "provider": choice.voice.provider, "notes": choice.notes}
    says = f"{counted}; 'auto' speaks English with {choice.voice.id}."
    return Finding("voices", "note" if choice.notes else "ok", " ".join([says, *choice.notes]), facts)


def render() -> Finding:
    """A film of two seconds with the built-in voice, and how fast its frames were made."""
    from talking import examples
    from talking.pipeline import Limits, Studio

    try:
        with tempfile.TemporaryDirectory(prefix="talking-") as folder, Studio(Limits()) as studio:
            portrait = examples.portraits()[0].path
            video = studio.generate(portrait, text=SENTENCE, voice="espeak:en-us", out=Path(folder) / "film.mp4")
            report = video.report
    except (TalkingError, ImportError, OSError, IndexError) as error:
        why = str(error) if isinstance(error, TalkingError) else type(error).__name__
        return Finding("render", "fail", f"No film could be made: {why}")
    facts = {
        "engine": report["engine"],
        "frames_per_second": report["frames_per_second"],
        "duration": video.duration,
        "seconds": report["seconds"]["total"],
        "size": f"{video.width}x{video.height}",
    }
    says = (
        f"{video.duration:.1f} s of {facts['size']} took {facts['seconds']:.1f} s in all; frames are made at "
        f"{facts['frames_per_second']:.0f} a second."
    )
    slow = report["frames_per_second"] < 25
    return Finding(
        "render", "note" if slow else "ok", says + (" That is slower than they play." if slow else ""), facts
    )
