"""The verdict on candidates, on people written down by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from recengine.core.dataset import DataSize
from recengine.models import MODELS
from recengine.services.rounds import next_candidate, settings_of, waiting
from recengine.services.search import Candidate, Search, decided, in_words

SIZE = DataSize(interactions=10_000, people=100, items=50, repeats=True)
Values = NDArray[np.float64]


def judged(*candidates: tuple[str, float, Values]) -> Search:
    """The decision over models with these seconds and values."""
    tried = tuple(
        Candidate(
            1, model, "quick", {}, seconds=seconds, epochs=1, value=float(own_U.mean()), low=0.0, high=1.0
        )
        for model, seconds, own_U in candidates
    )
    values = {place: own_U for place, (_, _, own_U) in enumerate(candidates)}
    return decided(Search(budget_s=60.0, candidates=tried), values)


BASE = np.random.default_rng(9).uniform(0.2, 0.6, 400)
SWING = np.where(np.arange(400) % 2, 0.05, -0.05)  # better for one person, worse for the next
NEARLY = BASE + 0.001 + SWING
CLEARLY = BASE + 0.05 + SWING / 5


def test_the_highest_score_wins_where_the_gap_is_real() -> None:
    found = judged(("habit", 0.1, BASE), ("lstm", 60.0, CLEARLY))
    assert found.winner == 1
    assert found.candidates[1].gap is None
    behind = found.candidates[0]
    assert behind.verdict == "worse"
    assert behind.gap == pytest.approx(0.05, abs=0.005)
    first, second = found.verdict
    assert first.startswith("LSTM (quick) wins with NDCG@10 0.4")
    assert "400 people" in first
    assert second.startswith("Habit (quick) 0.4")
    assert "% behind, beyond chance (gap 0.0" in second


def test_the_simpler_model_is_taken_where_nothing_tells_them_apart() -> None:
    found = judged(("ease", 2.0, BASE), ("lstm", 90.0, NEARLY))
    assert found.candidates[1].score > found.candidates[0].score
    assert found.winner == 0
    assert found.verdict[0].startswith("EASE (quick) wins")
    assert "LSTM (quick) scored highest" in found.verdict[1]
    assert "not really different (gap -0.0" in found.verdict[1]
    assert "EASE (quick) is simpler: 2 s a fit, not 90 s." in found.verdict[1]


def test_of_one_kind_the_much_cheaper_one_is_taken_where_nothing_tells_them_apart() -> None:
    assert judged(("lstm", 10.0, BASE), ("lstm", 90.0, NEARLY)).winner == 0
    assert judged(("lstm", 80.0, BASE), ("lstm", 90.0, NEARLY)).winner == 1
    assert judged(("ease", 0.01, BASE), ("ease", 0.9, NEARLY)).winner == 1  # both cost nothing


def test_with_too_few_people_to_tell_a_much_better_guess_is_taken() -> None:
    few = np.array([0.0, 1.0, 0.0, 1.0])
    found = judged(("popularity", 0.0, few), ("lstm", 9.0, np.array([1.0, 1.0, 1.0, 0.5])))
    assert found.candidates[0].verdict == "no real difference"
    assert found.winner == 1
    assert "Popularity (quick) 0.5000 is not really different (gap 0.3" in found.verdict[1]


def test_models_without_a_score_are_named_at_the_end_and_many_are_counted() -> None:
    values = {place: BASE - place / 9 for place in range(5)}
    names = ("lstm", "ease", "habit", "popularity", "random")
    found = judged(*((name, 1.0, values[place]) for place, name in enumerate(names)))
    assert found.verdict[-1] == "1 more model is no better than that."
    left_out = Candidate(1, "hstu", "quick", {}, note="it refused")
    told = decided(replace(found, candidates=(*found.candidates, left_out)), values)
    assert told.verdict[-1] == "Left out: HSTU."
    assert left_out.as_line() == "HSTU (quick) was left out: it refused"


def test_a_search_survives_json() -> None:
    found = judged(("habit", 0.1, BASE), ("lstm", 60.0, CLEARLY))
    assert Search.of_dict(found.as_dict()) == found


def test_every_contender_gets_a_quick_look_simple_ones_first() -> None:
    tried: list[Candidate] = []
    while (one := next_candidate(tried, SIZE)) and one.round == 1:
        assert waiting(tried) > 0
        tried.append(replace(one, value=0.1))
    assert waiting(tried) == 0
    assert {one.model for one in tried} == {name for name, config in MODELS.items() if config.contender}
    assert {one.preset for one in tried} == {"quick"}
    assert [one.rank for one in tried] == sorted(one.rank for one in tried)


def test_later_rounds_go_on_with_the_best_and_try_nothing_twice() -> None:
    tried: list[Candidate] = []
    while one := next_candidate(tried, SIZE):
        tried.append(replace(one, value={"lstm": 0.3, "ease": 0.2}.get(one.model, 0.1)))
    later = [one for one in tried if one.round > 2]
    assert {one.model for one in later} >= {"lstm", "ease"}
    keys = [(one.model, settings_of(one, SIZE).model_dump_json(exclude={"refit"})) for one in tried]
    assert len(keys) == len(set(keys))
    assert [one.round for one in tried] == sorted(one.round for one in tried)


def test_nothing_that_failed_is_tried_more_thoroughly() -> None:
    tried: list[Candidate] = []
    while one := next_candidate(tried, SIZE):
        tried.append(replace(one, note="it broke") if one.model == "lstm" else replace(one, value=0.1))
    assert [one.preset for one in tried if one.model == "lstm"] == ["quick"]


@pytest.mark.parametrize(
    ("seconds", "said"), [(0.2, "under a second"), (40, "40 s"), (150, "2 min"), (7200, "2 h")]
)
def test_spans_are_told_roughly(seconds: float, said: str) -> None:
    assert in_words(seconds) == said
