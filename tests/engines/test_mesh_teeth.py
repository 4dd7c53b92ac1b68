from __future__ import annotations

import numpy as np
import pytest

from talking.engines.mesh.teeth import LOWER_ROW, UPPER_ROW, RowKind, RowRelief, row_relief
from talking.engines.mesh.tongue import mound_relief, tip_relief

DENSITY = 300.0


def relief(kind: RowKind, lean: float = 0.0, bend: float = 0.0, detail: float = 1.0) -> RowRelief:
    return row_relief(kind, DENSITY, lean, bend, detail)


def row_at(row: RowRelief, y: float) -> int:
    return row.edge + round(y * DENSITY)


def column_at(row: RowRelief, x: float) -> int:
    return row.centre + round(x * DENSITY)


def lowest(row: RowRelief, x: float) -> float:
    """Where the tooth at x ends, IOD below the middle incisors' edge."""
    column = row.tooth[:, column_at(row, x)]
    return float((np.flatnonzero(column > 0.5)[-1] - row.edge) / DENSITY)


@pytest.mark.parametrize("kind", [UPPER_ROW, LOWER_ROW])
def test_rows_are_the_same_every_time_and_in_range(kind: RowKind) -> None:
    row, again = relief(kind), relief(kind)
    for name in ("tooth", "gum", "tone", "warmth"):
        plane = getattr(row, name)
        assert np.array_equal(plane, getattr(again, name))
        assert plane.dtype == np.float32 and np.isfinite(plane).all()
    assert row.tooth.min() >= 0 and row.gum.min() >= 0 and (row.tooth + row.gum).max() <= 1.0 + 1e-5
    assert row.tone.min() >= 0 and row.tone.max() < 1.3


def test_the_middle_incisors_are_the_longest_and_the_canines_pointed() -> None:
    row = relief(UPPER_ROW)
    incisor, lateral, canine = lowest(row, 0.066), lowest(row, 0.18), lowest(row, 0.268)
    assert incisor > lateral + 0.005
    assert incisor > canine > max(lowest(row, 0.240), lowest(row, 0.305)) + 0.004
    assert abs(lateral - lowest(row, 0.165)) < 0.003


def test_neighbours_touch_without_a_dark_bar_and_part_at_the_edge() -> None:
    row = relief(UPPER_ROW)
    contact = row_at(row, -0.06)
    assert row.tooth[contact, column_at(row, 0.0)] > 0.98
    assert row.tone[contact, column_at(row, 0.0)] > 0.5 * row.tone[contact, column_at(row, 0.066)]
    assert lowest(row, 0.0) < lowest(row, 0.066) - 0.01


def test_gum_fills_the_gaps_above_the_contacts() -> None:
    row = relief(UPPER_ROW)
    papilla = row_at(row, -0.135)
    assert row.gum[papilla, column_at(row, 0.0)] > 0.9
    assert row.gum[papilla, column_at(row, 0.066)] < 0.1


def test_rows_are_darker_towards_the_corners_and_not_quite_regular() -> None:
    row = relief(UPPER_ROW)
    level = row_at(row, -0.06)
    assert row.tone[level, column_at(row, 0.30)] < 0.75 * row.tone[level, column_at(row, 0.066)]
    assert not np.allclose(row.tone, row.tone[:, ::-1], atol=0.01)


def test_a_turned_head_shows_more_of_the_near_side() -> None:
    frontal, turned = relief(UPPER_ROW), relief(UPPER_ROW, lean=0.5)
    level = row_at(frontal, -0.07)

    def reach(row: RowRelief, side: int) -> int:
        return int((row.tooth[level, row.centre :: side] > 0.5).sum())

    assert reach(turned, 1) > reach(frontal, 1) > reach(turned, -1)


def test_less_detail_brings_the_teeth_together() -> None:
    painted, sharp = relief(UPPER_ROW, detail=0.0), relief(UPPER_ROW, detail=1.0)
    level = slice(row_at(sharp, -0.08), row_at(sharp, -0.04))
    columns = slice(column_at(sharp, -0.2), column_at(sharp, 0.2))
    assert painted.tone[level, columns].std() < 0.85 * sharp.tone[level, columns].std()


def test_the_lower_row_stands() -> None:
    row = relief(LOWER_ROW)
    column = column_at(row, 0.04)
    assert row.tooth[row_at(row, 0.06), column] > 0.95 and row.gum[row_at(row, 0.2), column] > 0.95
    assert row.tooth[row_at(row, -0.03), column] == 0


def test_the_tongue_is_a_mound_with_a_groove_and_its_tip_is_round() -> None:
    mound, tip = mound_relief(DENSITY, 0.0), tip_relief(DENSITY, 0.0)
    middle = mound.cover.shape[1] // 2
    front = int(0.6 * mound.cover.shape[0])
    assert mound.cover[0].max() < 0.01 and mound.cover[-1, middle] > 0.99
    assert mound.tone[front, middle] < mound.tone[front, middle + int(0.08 * DENSITY)]
    half = tip.cover.shape[0] // 2
    width_in_the_middle, width_at_the_end = (int((tip.cover[row] > 0.5).sum()) for row in (half, int(1.65 * half)))
    assert 0 < width_at_the_end < 0.7 * width_in_the_middle
