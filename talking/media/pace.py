"""How long a film will take yet, from how long its frames have taken so far."""

from __future__ import annotations

from bisect import bisect_left

WARM_FRAMES, WARM_SECONDS = 5, 2.0
"""What a film does first is not counted: processes start, caches fill."""

ENOUGH_FRAMES, ENOUGH_SECONDS = 10, 0.5
"""What has to be counted before anything is said."""

RECENT_FRAMES, RECENT_SECONDS = 50, 2.5
"""What a later part that counts for itself holds at least: frames come in bursts, from several workers at once."""

_INTERVAL = 0.2  # seconds between two moments that are remembered, at least
_POINTS = 512  # moments that are remembered; when there are more, every second one is forgotten


class Pace:
    """Estimates the seconds that are left of a job of equal steps. Holds the same little memory however long it runs.

    A step is taken to cost what steps have cost since the job was warm, what they did in the later half of that time
    and in its last eighth, all alike: the first is the steadiest, the last follows when the machine becomes busy.
    """

    def __init__(self) -> None:
        self._total = 0
        self._points: list[tuple[int, float]] = []
        self._began = 0.0
        self._seen = 0
        self._is_warm = False

    def update(self, done: int, total: int, now: float) -> float | None:
        """The seconds left when `done` of `total` steps are done at `now`, seconds of a clock that never goes back.

        None while that is not known: before the job is warm, and where there is nothing to count (a `total` of 0). A
        job with another total, or with less done than before, is a new one.
        """
        if total != self._total or not self._points or done < self._seen:
            self._total, self._began, self._is_warm = total, now, False
            self._points = [(done, now)]
        self._remember(done, now)
        if done >= total > 0:
            return 0.0
        (first_done, first), (last_done, last) = self._points[0], self._points[-1]
        counted = last_done - first_done
        if not self._is_warm or counted < ENOUGH_FRAMES or last - first < ENOUGH_SECONDS:
            return None
        spans = [first_done]
        for part in (2, 8):
            if counted >= part * RECENT_FRAMES and last - first >= part * RECENT_SECONDS:
                spans.append(last_done - counted // part)
        cost = sum(self._cost(since) for since in spans) / len(spans)
        return max(0.0, cost * (total - last_done) - (now - last))

    def _remember(self, done: int, now: float) -> None:
        """Note when a step was done. Frames come in bursts: the first after a pause is set against others like it."""
        is_new, self._seen = done > self._seen, done
        if not self._is_warm:
            self._points = [(done, now)]
            self._is_warm = done >= WARM_FRAMES and now - self._began >= WARM_SECONDS
        elif is_new and now - self._points[-1][1] >= _INTERVAL:
            self._points.append((done, now))
        if len(self._points) > _POINTS:
            self._points = [*self._points[:-1:2], self._points[-1]]

    def _cost(self, since: int) -> float:
        """Seconds per step since `since` steps were done, or since the last moment remembered before."""
        last_done, last = self._points[-1]
        at = max(0, bisect_left(self._points, (since, float("inf"))) - 1)
        done, then = self._points[min(at, len(self._points) - 2)]
        return (last - then) / (last_done - done)
