"""Work in batches: in order, one batch held, and smaller when memory runs out; networks with one owner."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

torch: Any = pytest.importorskip("torch", reason="torch comes with the extra 'neural'")

from talking.engines.batches import Batch  # noqa: E402
from talking.engines.models import Models  # noqa: E402
from talking.errors import Unavailable  # noqa: E402


class Device:
    """Has room for `most` items at once."""

    def __init__(self, most: int, error: type[Exception] = torch.OutOfMemoryError) -> None:
        self.most, self.error = most, error
        self.asked: list[int] = []

    def double(self, items: Sequence[int]) -> list[int]:
        self.asked.append(len(items))
        if len(items) > self.most:
            raise self.error("CUDA out of memory. Tried to allocate 20.00 MiB")
        return [2 * item for item in items]


@pytest.mark.parametrize("error", [torch.OutOfMemoryError, RuntimeError, MemoryError])
def test_out_of_memory_halves_the_batch_and_goes_on(error: type[Exception]) -> None:
    device, batch = Device(3, error), Batch(16)
    assert list(batch.over(range(20), device.double)) == [2 * item for item in range(20)]
    assert device.asked == [16, 8, 4, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2]
    assert batch.size == 2 and batch.notes == ("Memory ran short, so frames were made 2 at a time.",)
    assert list(batch.over(range(3), device.double)) == [0, 2, 4]  # and stays so


def test_a_single_item_that_does_not_fit_ends_it_in_words() -> None:
    with pytest.raises(Unavailable, match="too little free memory for a single frame"):
        list(Batch(4).over(range(4), Device(0).double))


def test_other_errors_are_not_taken_for_it() -> None:
    def fail(_items: Sequence[int]) -> list[int]:
        raise RuntimeError("the shapes do not agree")

    with pytest.raises(RuntimeError, match="shapes"):
        list(Batch(4).over(range(4), fail))


def test_no_more_than_a_batch_is_taken_from_the_source() -> None:
    taken = []

    def source() -> Iterator[int]:
        for item in range(100):
            taken.append(item)
            yield item

    results = Batch(5).over(source(), Device(9).double)
    assert next(results) == 0 and len(taken) == 5


def test_a_network_is_read_once_and_freed_with_its_last_holder() -> None:
    models, read = Models(), []

    def build() -> object:
        read.append(1)
        return object()

    first = models.take("vae", build)
    assert models.take("vae", build) is first and len(read) == 1
    models.give_back("vae")
    assert models.keys == ("vae",)
    models.give_back("vae")
    models.give_back("vae")  # once too often does no harm
    assert models.keys == ()
    assert models.take("vae", build) is not first
