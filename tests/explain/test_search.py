"""Where there are few sets all are tried, so the smallest is found; beyond that, what is found holds."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from recengine.explain.search import Direction, Found, smallest
from recengine.explain.standing import Places

K = 10


def made(count: int, seed: int, start: float) -> Callable[[NDArray[np.bool_]], Places]:
    """Margins that fall (or rise, below 0) with each change, by itself and beside others."""
    rng = np.random.default_rng(seed)
    alone_N = -np.sign(start) * rng.exponential(0.3, count)
    together_NN = 0.2 * np.triu(rng.normal(size=(count, count)), 1)

    def place(taken_ZN: NDArray[np.bool_]) -> Places:
        taken = taken_ZN.astype(float)
        margins_Z = start + taken @ alone_N + np.einsum("zi,ij,zj->z", taken, together_NN, taken)
        ranks_Z = np.where(
            margins_Z >= 0, K - np.ceil(9 * margins_Z).clip(0, 9), K + 1 - np.floor(9 * margins_Z)
        )
        return Places(ranks_Z.astype(np.int64), margins_Z)

    return place


def does_it(place: Callable[[NDArray[np.bool_]], Places], chosen: tuple[int, ...], count: int) -> bool:
    taken = np.zeros((1, count), bool)
    taken[0, list(chosen)] = True
    start = place(np.zeros((1, count), bool)).ranks_Z[0] <= K
    return bool((place(taken).ranks_Z[0] <= K) != start)


def searched(count: int, seed: int, start: float, most: int = 5, tries: int = 1600) -> Found:
    direction: Direction = "out" if start > 0 else "in"
    place, guide_N = made(count, seed, start), np.arange(count, 0.0, -1)
    return smallest(place, guide_N, k=K, direction=direction, most=most, tries=tries)


@pytest.mark.parametrize("start", [1.5, -1.5])
@pytest.mark.parametrize("seed", range(12))
def test_among_few_changes_the_smallest_set_is_found(seed: int, start: float) -> None:
    count, place = 8, made(8, seed, start)
    sizes = [
        size
        for size in range(1, 6)
        if any(does_it(place, chosen, count) for chosen in combinations(range(count), size))
    ]
    found = searched(count, seed, start)
    assert found.proven
    if found.move is None:
        assert not sizes
        assert found.tried == sum(len(list(combinations(range(count), size))) for size in range(1, 6))
    else:
        assert len(found.move.chosen) == sizes[0]
        assert does_it(place, found.move.chosen, count)


@pytest.mark.parametrize("seed", range(8))
def test_among_many_changes_what_is_found_holds_and_nothing_in_it_can_be_spared(seed: int) -> None:
    found = searched(60, seed, 2.5, tries=600)
    assert found.move is not None
    assert does_it(made(60, seed, 2.5), found.move.chosen, 60)
    for part in combinations(found.move.chosen, len(found.move.chosen) - 1):
        assert not does_it(made(60, seed, 2.5), part, 60)


def test_of_the_sets_that_do_it_the_one_that_moves_furthest_is_told() -> None:
    def place(taken_ZN: NDArray[np.bool_]) -> Places:
        margins_Z = 1 - taken_ZN @ np.array([1.5, 3.0, 0.1])
        return Places(np.where(margins_Z >= 0, 1, 20), margins_Z)

    found = smallest(place, np.zeros(3), k=K, direction="out", most=2, tries=100)
    assert found.move is not None
    assert found.move.chosen == (1,)
    assert found.singles[0] == found.move


def test_none_of_up_to_so_many_does_it() -> None:
    found = searched(40, 0, 50.0, most=3, tries=400)
    assert found.move is None
    assert not found.proven
    assert found.best is not None
    assert found.best.margin < min(single.margin for single in found.singles)
    assert found.tried <= 400


def test_an_item_far_behind_is_given_up_after_the_single_changes() -> None:
    found = searched(40, 0, -500.0)
    assert (found.move, found.tried, found.proven) == (None, 40, False)
    assert found.best == found.singles[0]


def test_all_pairs_tried_prove_that_no_pair_does_it() -> None:
    assert searched(20, 0, 50.0, most=2).proven
    assert not searched(20, 0, 50.0, most=3, tries=400).proven


def test_without_any_change_to_make_nothing_is_found() -> None:
    found = searched(0, 0, 1.0)
    assert (found.move, found.best, found.singles, found.proven) == (None, None, (), True)


def test_an_item_that_is_off_already_needs_no_change() -> None:
    place = made(4, 0, -1.0)
    found = smallest(place, np.zeros(4), k=K, direction="out", most=2, tries=10)
    assert found.move is not None
    assert found.move.chosen == ()
