"""Work in batches that become smaller when memory runs out, instead of a job that fails."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import TypeVar

from talking.errors import Unavailable

logger = logging.getLogger(__name__)

A = TypeVar("A")
B = TypeVar("B")


class Batch:
    """How many items are done at once, `size` at first; it only ever shrinks, and stays so for what follows."""

    def __init__(self, size: int) -> None:
        self.size = max(1, size)
        self.notes: tuple[str, ...] = ()

    def over(self, items: Iterable[A], work: Callable[[Sequence[A]], Sequence[B]]) -> Iterator[B]:
        """What `work` makes of the items, one result for each and in order; it must not change its input.

        Holds one batch. When `work` runs out of memory it is called again with half as many; raises Unavailable when
        it cannot do a single one.
        """
        source = iter(items)
        waiting: list[A] = []
        while True:
            waiting += islice(source, max(0, self.size - len(waiting)))
            if not waiting:
                return
            done = tried(work, waiting[: self.size])
            if done is None:
                self._halve()
                continue
            del waiting[: self.size]
            yield from done

    def _halve(self) -> None:
        release()
        if self.size == 1:
            raise Unavailable(
                "The device has too little free memory for a single frame: end what else uses it, or choose the "
                "engine mesh."
            )
        self.size = (self.size + 1) // 2
        self.notes = (f"Memory ran short, so frames were made {self.size} at a time.",)
        logger.warning("out of memory, going on with %d at a time", self.size)


def release() -> None:
    """Give memory that is no longer used back to the device."""
    import torch

    gc.collect()
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
    elif torch.backends.mps.is_available():
        torch.mps.empty_cache()


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error of torch means that memory ran out, on any device."""
    import torch

    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    text = str(error)
    return isinstance(error, RuntimeError) and ("out of memory" in text or "can't allocate memory" in text)


def tried(work: Callable[[A], B], items: A) -> B | None:
    """What `work` makes of the items; None when memory ran out, with the error and all that it holds on to gone."""
    try:
        return work(items)
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        return None
