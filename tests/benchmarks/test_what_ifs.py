"""The arithmetic of `recengine bench what-if`, and that its edits can be asked."""

import numpy as np
import pytest

from recengine.core.edits import Edits
from recengine.core.split import SplitConfig
from recengine.data.synthetic import two_tastes
from tests.benchmarks.what_ifs import Tried, drawn_edits


def test_drawn_edits_differ_and_can_be_asked() -> None:
    split = SplitConfig().build(two_tastes(num_users=80))
    edits = drawn_edits(split, count=6)
    assert len(set(edits)) == 6
    assert edits == drawn_edits(split, count=6)
    for text in edits:
        Edits.of([text]).check(split)


def test_previews_are_held_against_retrains_by_hand() -> None:
    tried = Tried(seed_values=[0.5, 0.502], retrained=[-0.1, 0.05, 0.001], previewed=[-0.04, -0.01, 0.002])
    tried.seconds = [(30.0, 10.0)] * 3
    noise = np.std([0.5, 0.502], ddof=1) / 0.501 * np.sqrt(2)
    assert tried.noise == pytest.approx(noise)  # .4 %: the third edit does not matter
    direction, order, distance, cost = tried.rows("lstm")
    assert direction.value == 0.5
    assert "of the 2 of 3 edits" in direction.note
    assert order.value == pytest.approx(0.5)  # ranks 1 3 2 against 1 2 3
    assert distance.value == pytest.approx(100 * (0.06 + 0.06 + 0.001) / 3)
    assert "always saying no change: 5.03" in distance.against
    assert (cost.value, cost.ratio) == (10, 3)
