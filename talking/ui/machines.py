"""The engines as the page tells of them: how each stands here, what it needs, and under which licence."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from talking.ui.words import t


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


def offered(engines: Sequence[Machine]) -> list[tuple[str, str]]:
    """What can be chosen as the engine of a film, as label and value: the automatic choice first."""
    return [(str(t("engine_auto")), "auto"), *((each.title, each.name) for each in engines)]
