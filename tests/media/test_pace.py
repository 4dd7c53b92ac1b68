"""The time that is left, on simulated clocks."""

from __future__ import annotations

import sys

import numpy as np
import pytest

from talking.media.pace import Pace
from talking.types import Floats


def clock(frames: int, cost: float, kind: str, seed: int) -> Floats:
    """The times (frames + 1,) at which a film of that many frames has 0, 1, … of them, each taking about `cost` s."""
    rng = np.random.default_rng(seed)
    costs = cost * rng.lognormal(0, 0.3, frames)
    if kind == "slow start":
        costs[np.cumsum(costs) < 0.3] *= 4
        costs[0] += 1.0
    if kind == "peaks":
        costs[::25] *= 6
    if kind == "bursts":
        costs = np.where(np.arange(frames) % 6 == 5, costs * 6, 1e-4)
    return np.concatenate([[0.0], np.cumsum(costs)]) + 1000.0


def misses(times: Floats, every: float = 0.0, since: float = 0.05) -> list[float]:
    """How far each estimate is off after `since` of the film, as a share of what is left, beyond a second."""
    pace, total, told = Pace(), len(times) - 1, -1.0
    found = []
    for done, now in enumerate(times):
        if now - told < every and done < total:
            continue
        told, left = now, times[-1] - now
        estimate = pace.update(done, total, float(now))
        if done >= since * total and left > 0:
            assert estimate is not None
            found.append(max(0.0, abs(estimate - left) - 1) / left)
    return found


@pytest.mark.parametrize("kind", ["even", "slow start", "peaks", "bursts"])
@pytest.mark.parametrize(("frames", "cost"), [(9000, 0.015), (90_000, 0.005)])
@pytest.mark.parametrize("every", [0.04, 0.5])
def test_within_a_tenth_after_a_twentieth(kind: str, frames: int, cost: float, every: float) -> None:
    for seed in range(3 if frames < 10_000 else 1):
        found = misses(clock(frames, cost, kind, seed), every)
        assert max(found) < 0.1


@pytest.mark.parametrize("kind", ["even", "slow start"])
def test_short_films_are_known_well_enough(kind: str) -> None:
    for seed in range(5):
        assert max(misses(clock(750, 0.04, kind, seed), since=0.15)) < 0.2


def test_a_machine_that_becomes_busy_is_followed() -> None:
    costs = np.repeat([0.01, 0.02], 4500)
    times = np.concatenate([[0.0], np.cumsum(costs)])
    pace, total = Pace(), 9000
    estimates = [pace.update(done, total, float(now)) for done, now in enumerate(times)]
    assert estimates[4500] == pytest.approx(45, rel=0.05)
    overall = times[6750] / 6750 * 2250
    left = times[-1] - times[6750]
    assert abs(estimates[6750] - left) < 0.6 * abs(overall - left)
    assert estimates[8500] == pytest.approx(times[-1] - times[8500], rel=0.15)


def test_nothing_is_said_before_it_is_known() -> None:
    pace = Pace()
    assert pace.update(0, 0, 0.0) is None, "a stage that has nothing to count"
    assert pace.update(0, 100, 5.0) is None
    assert pace.update(1, 100, 6.5) is None
    assert pace.update(6, 100, 7.2) is None
    assert pace.update(12, 100, 8.0) is None
    assert pace.update(46, 100, 11.2) == pytest.approx(5.4)


def test_the_end_is_the_end_and_a_new_film_a_new_one() -> None:
    pace = Pace()
    for done in range(101):
        left = pace.update(done, 100, done * 0.1)
    assert left == 0
    assert pace.update(0, 100, 100.0) is None
    for done in range(1, 61):
        left = pace.update(done, 100, 100.0 + done * 0.2)
    assert left == pytest.approx(8.0, abs=0.3)
    assert pace.update(61, 200, 113.0) is None, "another total is another film"


def test_time_that_passes_without_a_frame_counts_down_and_never_below_nothing() -> None:
    pace = Pace()
    for done in range(81):
        left = pace.update(done, 100, done * 0.1)
    assert left == pytest.approx(2.0, abs=0.2)
    assert pace.update(80, 100, 9.0) == pytest.approx(left - 1.0)
    assert pace.update(80, 100, 60.0) == 0


def test_it_stays_small() -> None:
    pace = Pace()
    for done in range(20_000):
        pace.update(done, 90_000, done * 0.3)
    points = pace._points
    assert sys.getsizeof(points) + sum(map(sys.getsizeof, points)) < 100_000
