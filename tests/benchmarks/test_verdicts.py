"""A few of the trials that `recengine bench what-if` does fifty of."""

import pytest

from recengine.metrics.two_level import two_level
from tests.benchmarks.verdicts import NOISES, OTHERS, difference_of_seeds, effects, held, made, verdict_on


@pytest.mark.parametrize("noise", NOISES.values(), ids=NOISES)
def test_intervals_of_three_seeds_hold_the_truth(noise: tuple[float, float, float]) -> None:
    assert 0.93 <= held(3, noise, trials=1000) <= 0.985


@pytest.mark.parametrize("planted", OTHERS)
def test_planted_effects_are_found(planted: str) -> None:
    (row,) = (row for row in effects(["ease"], trials=1) if planted in row.name)
    assert row.value == 1


def test_people_with_inverted_tastes_and_the_others_are_told_apart() -> None:
    found = verdict_on(made("inverted tastes", 1), "ease", "drop people where sort = inverted")
    assert found.who.startswith("Gains most: people")
    assert "Loses most: people" in found.who


def test_another_seed_is_no_effect() -> None:
    assert two_level(difference_of_seeds(made("nothing", 0), 3, 0)).p_value[0] > 0.05
