"""The bank of drivers: its names, how one is chosen, and eighteen manners that can be told apart."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from performance import driver_distances, driver_statistics, talk

from talking.errors import Unknown
from talking.face.detect import find_portrait
from talking.media.image import load
from talking.motion import Acting, plan
from talking.motion.drivers import DRIVERS, GROUPS, auto, is_bank_name, resolve, resolve_or_auto
from talking.motion.facts import PortraitFacts, allowance, portrait_facts
from talking.types import Face, Portrait

FRONTAL = PortraitFacts(0.0, 0.0, 0.9)


def test_the_bank_holds_the_names_that_clients_send() -> None:
    assert {group: len(names) for group, names in GROUPS.items()} == {"natural": 8, "lively": 6, "subtle": 4}
    assert {"natural/driver-1", "lively/driver-06", "subtle/driver-01"} <= set(DRIVERS)
    assert len({replace(style, seed=0) for style in DRIVERS.values()}) == 18
    assert len({style.seed for style in DRIVERS.values()}) == 18


@pytest.mark.parametrize(
    ("name", "full"),
    [
        ("natural/driver-1", "bank://natural/driver-1/original"),
        ("bank://natural/driver-01", "bank://natural/driver-1/original"),
        ("lively/driver-3", "bank://lively/driver-03/original"),
        ("BANK://Lively/driver-03/", "bank://lively/driver-03/original"),
        ("subtle/driver-04/original", "bank://subtle/driver-04/original"),
        ("bank://subtle/driver-4/flipped", "bank://subtle/driver-04/flipped"),
    ],
)
def test_a_name_is_understood_however_it_is_written(name: str, full: str) -> None:
    style, found, notes = resolve(name)
    assert found == full and notes == ()
    assert resolve(found) == (style, full, ())
    assert is_bank_name(name)


@pytest.mark.parametrize("name", ["bank://lively/", "lively", "bank://lively", "lively/flipped"])
def test_a_group_stands_for_one_of_its_drivers_and_says_which(name: str) -> None:
    found = [resolve(name, key) for key in range(12)]
    assert len({full for _, full, _ in found}) == 6
    assert found[0][1] == found[6][1]
    assert all("lively/driver-0" in notes[0] for _, _, notes in found)
    assert found[0][0].mirrored == name.endswith("flipped")


def test_a_name_that_does_not_exist_is_refused_with_near_ones() -> None:
    with pytest.raises(Unknown, match="natural/driver-8"):
        resolve("natural/driver-9")
    with pytest.raises(Unknown, match="'bank://serious/driver-03'"):
        resolve("bank://serious/driver-03")
    with pytest.raises(Unknown):
        resolve("")
    assert not is_bank_name("me.mp4") and not is_bank_name("https://example.org/lively.mp4")


def test_lenient_dialects_get_one_all_the_same_and_are_told() -> None:
    _, full, notes = resolve_or_auto("bank://serious/driver-03", FRONTAL, 1)
    assert full == auto(FRONTAL, 1) and "serious/driver-03" in notes[0] and full in notes[0]
    assert resolve_or_auto("auto", FRONTAL, 1)[1] == resolve_or_auto("", FRONTAL, 1)[1] == full
    assert resolve_or_auto("natural/driver-2", FRONTAL, 1)[1:] == ("bank://natural/driver-2/original", ())


@pytest.mark.parametrize(
    ("facts", "group"),
    [
        (FRONTAL, "lively"),
        (PortraitFacts(0.0, 0.0, 0.6), "natural"),
        (PortraitFacts(12.0, 0.0, 0.9), "natural"),
        (PortraitFacts(0.0, 0.0, 0.2), "subtle"),
        (PortraitFacts(-25.0, 0.0, 2.0), "subtle"),
        (PortraitFacts(0.0, 14.0, 2.0), "subtle"),
    ],
)
def test_the_portrait_chooses_a_group_and_its_hash_a_driver(facts: PortraitFacts, group: str) -> None:
    chosen = [auto(facts, key) for key in range(24)]
    assert all(name.startswith(f"bank://{group}/") for name in chosen)
    assert len({name.rpartition("/")[0] for name in chosen}) == len(GROUPS[group])
    assert chosen == [auto(facts, key) for key in range(24)]


def test_a_driver_does_not_turn_a_turned_head_still_further() -> None:
    for yaw in (-30.0, -10.0, 10.0, 30.0):
        for key in range(24):
            style, _, _ = resolve(auto(PortraitFacts(yaw, 0.0, 0.9), key))
            assert style.idle[1] * (-1 if style.mirrored else 1) * yaw <= 0


def test_a_portraits_facts_are_read_off_its_landmarks(portrait_path: Path) -> None:
    hopper = find_portrait(load(portrait_path).image)
    facts = portrait_facts(hopper)
    assert abs(facts.yaw) < 4 and abs(facts.pitch) < 5 and 0.6 < facts.room < 1.0
    mirrored = hopper.face.landmarks * np.array([-1, 1, 1], np.float32)
    swapped = mirrored.copy()
    for a, b in ((33, 263), (133, 362), (234, 454), (61, 291)):
        swapped[[a, b]] = mirrored[[b, a]]
    other = portrait_facts(Portrait(hopper.image, Face(hopper.face.box, 1.0, swapped)))
    assert other.yaw == pytest.approx(-facts.yaw, abs=0.01) and other.pitch == pytest.approx(facts.pitch, abs=0.01)
    assert other.room == 0.0


def test_tight_frames_and_turned_heads_allow_less() -> None:
    assert allowance(None) == allowance(FRONTAL) == 1.0
    assert allowance(PortraitFacts(0, 0, 0.0)) == pytest.approx(0.45)
    assert allowance(PortraitFacts(-40, 0, 1.0)) == pytest.approx(0.6)


def test_flipped_is_the_same_performance_in_a_mirror() -> None:
    speech, segments = talk(12.0)
    one, other = (
        plan(speech, segments, acting=Acting(style=resolve(f"lively/driver-05/{side}")[0]))
        for side in ("original", "flipped")
    )
    np.testing.assert_array_equal(other.pose, one.pose * np.array([1, -1, -1], np.float32))
    np.testing.assert_array_equal(other.shift, one.shift * np.array([-1, 1], np.float32))
    np.testing.assert_array_equal(other.channel("eyeLookOutLeft"), one.channel("eyeLookOutRight"))
    np.testing.assert_array_equal(other.channel("jawOpen"), one.channel("jawOpen"))
    left, right = (motion.channel("eyeLookInLeft").mean() for motion in (one, other))
    assert left > 4 * right  # this one looks aside, and in the mirror to the other side


def test_eighteen_drivers_can_be_told_apart_and_each_is_the_same_every_time() -> None:
    distances, within = driver_distances(driver_statistics())
    assert len(distances) == len(list(combinations(DRIVERS, 2)))
    assert min(distances.values()) > 2 * within


def test_one_seed_gives_one_performance_and_two_give_two() -> None:
    speech, segments = talk(4.0)
    for style in list(DRIVERS.values())[::4]:
        first, again, other = (plan(speech, segments, seed=s, acting=Acting(style=style)) for s in (1, 1, 2))
        np.testing.assert_array_equal(first.pose, again.pose)
        np.testing.assert_array_equal(first.blendshapes, again.blendshapes)
        assert np.abs(first.pose - other.pose).max() > 0.3
