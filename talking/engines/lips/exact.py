"""Networks again in full precision, for what overflows in half of it."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any, ClassVar, Protocol, TypeVar

import torch


class _Painting(Protocol):
    """A dataclass with the networks of an engine, of which these two make pictures."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def painter(self) -> Any: ...

    @property
    def coder(self) -> Any: ...


P = TypeVar("P", bound=_Painting)


def exact(networks: P) -> P:
    """The same with copies of painter and coder in float32."""
    painter, coder = (copy.deepcopy(each).float() for each in (networks.painter, networks.coder))
    return replace(networks, painter=painter, coder=coder)


def is_exact(networks: _Painting) -> bool:
    """Whether pictures are made in float32."""
    return bool(networks.coder.dtype == torch.float32)
