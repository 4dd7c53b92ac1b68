"""Which engine films a request here, and why: by checkpoints, packages, licence and device, in that order.

Nothing heavy is imported unless all that is cheap to look at is there: a machine without checkpoints never waits for
torch.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

from talking.checkpoints import CHECKPOINTS, is_here, paths
from talking.engines import device
from talking.engines.catalogue import ENGINES, Card
from talking.engines.means import Means
from talking.errors import CheckpointMissing, InvalidRequest, TalkingError, Unavailable, Unknown

AUTO = "auto"
EMBEDDED = "mesh"
_OTHERWISE = ", or choose the engine mesh"

Look: TypeAlias = Callable[[str], device.Device]
"""Finds a device by its name."""


@dataclass(frozen=True)
class Choice:
    """The engine `name` films, `because` of that; `notes` are what a user should know about it."""

    name: str
    because: str
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Status:
    """How an engine stands here: whether it is `ready` to be asked for, `automatic` whether "auto" takes it; `says` in
    a sentence, with what to do when it is not.
    """

    name: str
    ready: bool
    automatic: bool
    says: str


def choose(name: str, means: Means, look: Look = device.choose) -> Choice:
    """The engine that a request gets: `name`, or for "auto" the best one whose checkpoints, device and licence allow
    it. `look` finds the device by its name; with `device.glance` torch does not stay in this process.

    Raises Unknown; for an engine that was asked for by name also InvalidRequest when its licence forbids it here,
    CheckpointMissing, and Unavailable when packages are missing or the device does not fit.
    """
    asked = means.preferred if name == AUTO else name
    if asked == AUTO:
        return _best(means, look)
    check_name(asked)
    card = ENGINES[asked]
    if not card.neural:
        return Choice(asked, "it was asked for")
    found = _checked(asked, card, means, look)
    return Choice(asked, f"it was asked for; it runs on {found.name}", _slow(asked, card, found))


def check_name(name: str) -> None:
    """Raise Unknown when there is no such engine."""
    if name != AUTO and name not in ENGINES:
        raise Unknown.name("engine", name, ENGINES, hint=f"There are: auto, {', '.join(ENGINES)}.")


def statuses(means: Means, look: Look = device.glance) -> tuple[Status, ...]:
    """How every engine stands here, in the order of the catalogue."""
    best = choose(AUTO, means, look).name if means.preferred == AUTO else means.preferred
    told = []
    for name, card in ENGINES.items():
        try:
            notes = choose(name, means, look).notes
            says = " ".join((f"It {card.does}.", *notes))
            told.append(Status(name, True, name == best, says))
        except TalkingError as error:
            told.append(Status(name, False, name == best, str(error)))
    return tuple(told)


def tuned(name: str, given: tuple[tuple[str, float], ...]) -> dict[str, float]:
    """The numbers `given` to the engine `name`, checked. Raises Unknown and InvalidRequest, naming what is wrong."""
    knobs = ENGINES[name].tuning
    for key, value in given:
        if key not in knobs:
            hint = f"It has: {', '.join(knobs)}." if knobs else "It has none."
            raise Unknown.name(f"number of the engine {name}", key, knobs, hint=hint)
        knob = knobs[key]
        whole = isinstance(knob.default, int)
        if not knob.low <= value <= knob.high or (whole and value != int(value)):
            kind = "a whole number" if whole else "a number"
            raise InvalidRequest(f"'{key}' of the engine {name} is {kind} from {knob.low:g} to {knob.high:g}.")
    return dict(given)


def _best(means: Means, look: Look) -> Choice:
    ranked = sorted((card.rank, name) for name, card in ENGINES.items() if card.rank is not None and card.neural)
    against: list[str] = []
    for _, name in reversed(ranked):
        card = ENGINES[name]
        if not all(is_here(each, means.checkpoints) for each in card.checkpoints):
            continue
        try:
            found = _checked(name, card, means, look)
        except TalkingError as error:
            against.append(str(error))
            continue
        if found.kind == "cpu":
            against.append(f"{name} takes about {_minutes(card)} for each second of film without a GPU")
            continue
        why = f"it is the best engine that is ready here, on {found.name}"
        return Choice(name, why, (f"Engine: {name}, because {why}.",))
    if not against:
        return Choice(EMBEDDED, "no checkpoints of another engine are here")
    reasons = (reason.rstrip(".").removesuffix(_OTHERWISE) for reason in against)
    why = "; ".join(f"{reason[0].lower()}{reason[1:]}" for reason in reasons)
    return Choice(EMBEDDED, why, (f"Engine: {EMBEDDED}. {why[0].upper()}{why[1:]}.",))


def _checked(name: str, card: Card, means: Means, look: Look) -> device.Device:
    """The device that a neural engine gets. Raises what `choose` raises."""
    _check_licence(name, card, means)
    _check_parts(name, card, means)
    found = look(means.device)
    device.require(found, card.memory[0] if found.half else card.memory[1], name)
    return found


def _check_parts(name: str, card: Card, means: Means) -> None:
    """Raise Unavailable, or CheckpointMissing, naming all commands that bring what an engine lacks here."""
    packages = [package for package in card.packages if importlib.util.find_spec(package) is None]
    absent = [each for each in card.checkpoints if not is_here(each, means.checkpoints)]
    if absent and CHECKPOINTS[absent[0]].own and not packages:
        paths(absent[0], means.checkpoints)
    needs = [
        f"{kind} ({', '.join(named)})" for kind, named in (("packages", packages), ("checkpoints", absent)) if named
    ]
    if not needs:
        return
    own = [each for each in absent if CHECKPOINTS[each].own]
    commands = ['run `pip install "talking[neural]"`'] if packages else []
    commands += [f"run `talking checkpoints pull {name}`"] if len(absent) > len(own) else []
    commands += [f"put your files where `talking checkpoints path {each}` says" for each in own]
    says = (
        f"The engine {name} needs {' and '.join(needs)} that are not on this machine: {' and '.join(commands)}"
        f"{_OTHERWISE}."
    )
    raise CheckpointMissing(says) if absent else Unavailable(says)


def _check_licence(name: str, card: Card, means: Means) -> None:
    forbidding = [CHECKPOINTS[each] for each in card.checkpoints if CHECKPOINTS[each].commercial != "yes"]
    if not forbidding or means.allow_noncommercial:
        return
    weights = forbidding[0]
    raise InvalidRequest(
        f"The engine {name} is refused here, because its weights are not for commercial use ({weights.source}): "
        "use musetalk or mesh, or set TALKING_ALLOW_NONCOMMERCIAL=yes where all use is non-commercial."
    )


def _slow(name: str, card: Card, found: device.Device) -> tuple[str, ...]:
    if found.kind != "cpu":
        return ()
    return (f"Without a GPU the engine {name} takes about {_minutes(card)} for each second of film.",)


def _minutes(card: Card) -> str:
    seconds = card.cpu_seconds
    if seconds < 90:
        return f"{seconds:.0f} seconds"
    return f"{seconds / 60:.0f} minutes" if seconds < 5400 else f"{seconds / 3600:.0f} hours"
