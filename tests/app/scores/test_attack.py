"""The short form of A1: thirty trees; and each planted defect is found by the same attacker."""

from __future__ import annotations

import pytest

from tests.promises import a1
from tests.promises.attacker import Figure, cuts, ranks


@pytest.mark.parametrize(("k", "share"), [(5, 0.80), (10, 0.68)])
def test_nothing_of_few_people_follows_from_any_snapshots(k: int, share: float) -> None:
    """At 10 no choice could keep 80 %: the share is that of the best choice on these trees."""
    tally = a1.Tally()
    for seed in range(15):
        a1.one_tree(seed, k, tally, controls=seed < 2)
    assert tally.leaks == 0
    assert tally.second >= 3, "some second snapshots must have been made"
    assert tally.shown / tally.possible >= share
    assert (tally.leaks_bare, tally.leaks_forgetful, tally.leaks_uneven) == (2, 2, 2)


def test_the_attacker_sees_a_difference_of_two_snapshots() -> None:
    row = {("stay", "e", 0): 2}
    more = row | {("join", "e", 0): 2}
    people = {"stay": 20, "join": 3}
    one = Figure(0, "e", frozenset({1}), row)
    other = Figure(1, "e", frozenset({1}), more)
    rng = a1.np.random.default_rng(1)
    assert ranks([one], people, 5, rng) == 20
    assert ranks([one, other], people, 5, rng) == 3


def test_the_attacker_sees_an_incomplete_answer_between_a_dimension_and_its_indicators() -> None:
    people = {"full": 20, "one": 1}
    d = Figure(0, "d", frozenset({1}), {("full", "a", 0): 1, ("full", "b", 0): 1, ("one", "d", 0): 2})
    a = Figure(0, "a", frozenset({1}), {("full", "a", 0): 2})
    b = Figure(0, "b", frozenset({1}), {("full", "b", 0): 2})
    rng = a1.np.random.default_rng(1)
    assert ranks([d, a, b], people, 5, rng) == 1
    assert ranks([d, a], people, 5, rng) == 20


def test_a_cut_is_the_fewest_people_a_weighting_can_concern() -> None:
    before = dict.fromkeys(range(20), "whole")
    assert cuts(before, None, frozenset()) == 20
    assert cuts(before, dict(before), frozenset()) == 20  # nobody changed: nothing new is known
    assert cuts(before, dict.fromkeys(range(3, 20), "whole"), frozenset()) == 3
    assert cuts(before, dict(before), frozenset({0, 1})) == 2
    split = {p: "left" if p < 4 else "right" for p in range(20)}
    assert cuts(before, split, frozenset()) == 4
