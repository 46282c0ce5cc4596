"""Rules that ask for what a run puts far down are kept all the same."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from recengine.core.ranking import NO_ITEM
from recengine.strategy import Pool, Strategy, apply
from recengine.strategy.rules import AtMost, Exclude, MinShare
from recengine.strategy.widening import wanting, wide_enough, widened
from tests.strategy.worlds import facts, pool

KNOWN = facts([*"aaaabbcc"])
SCORE_LI = np.array([[8.0, 7, 6, 5, 4, 3, 2, 1]] * 2)
EVERYTHING = np.ones(SCORE_LI.shape, bool)


def narrow() -> Pool:
    """The best three of eight, for someone who had the best of the rest and for someone who did not."""
    return pool(KNOWN, SCORE_LI[:, :3].tolist(), history=[[4], []])


def test_what_is_needed_is_fetched_from_the_catalogue() -> None:
    strategy = Strategy(rules=(MinShare(column="category", value="b", share=0.5),), repeats="not")
    assert wanting(strategy, narrow(), 2).tolist() == [0, 1]
    wide = widened(strategy, narrow(), 2, SCORE_LI, EVERYTHING, like=None)
    served = apply(strategy, wide, 2)
    np.testing.assert_array_equal(served.items_LK, [[0, 5], [0, 4]])
    assert not wanting(strategy, wide, 2).size
    np.testing.assert_array_equal(served.before_LK[0], [1, 0])


def test_filters_that_leave_too_few_candidates_bring_others_in() -> None:
    strategy = Strategy(rules=(Exclude(column="category", value="a"), AtMost(column="category", count=1)))
    wide = widened(strategy, narrow(), 2, SCORE_LI, EVERYTHING)
    np.testing.assert_array_equal(apply(strategy, wide, 2).items_LK, [[4, 6]] * 2)


def test_nothing_comes_that_is_there_or_is_not_offered() -> None:
    offered = EVERYTHING.copy()
    offered[:, 3] = False
    likely = replace(narrow(), like_LC=np.ones((2, 3)))
    wide = widened(Strategy(), likely, 2, SCORE_LI, offered, like=lambda score_LX: score_LX / 10)
    np.testing.assert_array_equal(wide.items_LC, [[0, 1, 2, 4, 5]] * 2)
    assert wide.like_LC is not None
    np.testing.assert_allclose(wide.like_LC, [[1, 1, 1, 0.4, 0.3]] * 2)
    assert (wide.items_LC != NO_ITEM).all()


def test_only_lists_in_want_of_candidates_are_widened() -> None:
    strategy = Strategy(rules=(MinShare(column="category", value="b", share=0.5),))
    offered = pool(KNOWN, [[8.0, 7, 6, 5, 4], [5.0, 4, 3, 2, 1]])
    offered.items_LC[1] = [0, 1, 2, 3, NO_ITEM]
    asked: list[int] = []

    def scored(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        asked.extend(rows.tolist())
        return SCORE_LI[rows], EVERYTHING[rows]

    wide = wide_enough(strategy, offered, 2, scored)
    assert asked == [1]
    np.testing.assert_array_equal(apply(strategy, wide, 2).items_LK, [[0, 4], [0, 4]])
    assert wide_enough(Strategy(), offered, 2, scored) is offered
