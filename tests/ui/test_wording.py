from __future__ import annotations

import pytest

from recengine.services.runs import Comparison
from recengine.ui.wording import baseline_title, beyond_chance


def compared(verdict: str, low: float, high: float) -> Comparison:
    return Comparison("recall@10", 0.5, 0.4, 0.6, "habit", 0.4, 0.1, low, high, verdict, "")


@pytest.mark.parametrize(
    ("verdict", "low", "high", "points", "words"),
    [
        ("better", 0.0123, 0.05, False, "Better beyond chance: the true difference is +0.0123 to +0.0500"),
        ("worse", -0.0561, -0.02, True, "Worse beyond chance: the true difference is −5.6 to −2.0 points"),
        (
            "no real difference",
            -0.1,
            0.1,
            False,
            "No more than chance: the true difference is −0.1000 to +0.1000",
        ),
    ],
)
def test_a_difference_is_told_with_its_interval_in_the_units_of_the_page(
    verdict: str, low: float, high: float, points: bool, words: str
) -> None:
    assert beyond_chance(compared(verdict, low, high), points=points) == f"{words}, 95% sure."


def test_simple_rules_have_words_and_new_ones_keep_their_name() -> None:
    assert baseline_title("habit") == "own habit"
    assert baseline_title("some other rule") == "some other rule"
