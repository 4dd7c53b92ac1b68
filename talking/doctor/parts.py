"""The parts of talking: engines, voices, and all together in a film of two seconds."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from talking.doctor.finding import Finding
from talking.errors import TalkingError

SENTENCE = "This is how a film is made here."


def engines() -> Finding:
    """Which engines can be loaded, and which one a request gets that names none."""
    from talking import engines as known

    wrong: dict[str, str] = {}
    built_in = [name for name, card in known.ENGINES.items() if not card.neural]
    for name in built_in:
        try:
            known.load(name).close()
        except (ImportError, OSError, TalkingError) as error:
            wrong[name] = type(error).__name__
    chosen = known.choose("auto")
    works = [name for name in built_in if name not in wrong]
    why = "the only one there is" if len(built_in) == 1 else f"the best of {', '.join(works)}"
    facts = {"works": works, "wrong": wrong, "auto": chosen, "why": why}
    if chosen in wrong:
        says = f"'auto' would take {chosen}, which cannot be loaded ({wrong[chosen]}). Install again: pip install ."
        return Finding("engines", "fail", says, facts)
    more = f" Not to be loaded: {', '.join(wrong)}." if wrong else ""
    return Finding("engines", "note" if wrong else "ok", f"'auto' takes {chosen}, {why}.{more}", facts)


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
