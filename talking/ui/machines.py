"""The engines as the page tells of them: how each stands here, what it needs, and under which licence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

MACHINE_WORDS = ("engine_ready", "engine_not_ready", "engine_needs", "engine_licence")


@dataclass(frozen=True)
class Machine:
    """An engine: whether it is `ready` to film here, what there is to say about that, the weights that it needs by
    name, and their licences.
    """

    name: str
    ready: bool
    says: str
    weights: tuple[str, ...] = ()
    licences: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """Its name, marked when it cannot film here."""
        return self.name if self.ready else f"{self.name} ✕"


def machines_html(machines: Sequence[Machine], words: Mapping[str, str]) -> str:
    """A list of them as HTML."""
    return f"<dl class=machines>{''.join(_one(each, words) for each in machines)}</dl>"


def _one(machine: Machine, words: Mapping[str, str]) -> str:
    state = words["engine_ready" if machine.ready else "engine_not_ready"]
    told = f"<dt><b>{escape(machine.name)}</b> <i>{state}</i></dt><dd>{escape(machine.says)}</dd>"
    for key, names in (("engine_needs", machine.weights), ("engine_licence", machine.licences)):
        if names:
            told += f"<dd>{words[key]}: {escape(', '.join(names))}</dd>"
    return told
