from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recengine.core.dataset import Dataset
from recengine.core.profiles import Profiles
from recengine.core.split import SplitConfig
from recengine.data.planted import CATALOGUE, Planted, planted
from recengine.explain.game import Game, game_of
from recengine.explain.kernel import PRECISIONS, explain_game
from recengine.explain.players import Players, actions_of
from recengine.models import model_config
from recengine.models.base import ModelConfig
from recengine.models.ease import Ease, EaseConfig
from recengine.services.bench import BenchOptions, Row
from tests.benchmarks import bench_explain, readers, recovery
from tests.benchmarks.faithfulness import MEASURES, Faithfulness, in_tenths, removal
from tests.benchmarks.precision import Precision, long_run
from tests.benchmarks.rule import Rule


@pytest.fixture(scope="module")
def made() -> Planted:
    return planted(num_people=300)


@pytest.fixture
def two_actions() -> Game:
    """Item 2 gets 3 from item 0 and 1 from item 1; item 3 gets 2 from item 1."""
    model = Ease(EaseConfig(weighting="binary"))
    model.weight_II = np.zeros((4, 4), np.float32)
    model.weight_II[0, 2], model.weight_II[1, 2], model.weight_II[1, 3] = 3, 1, 2
    profile = Profiles.new([0, 1], now=1.0)
    return Game(model, profile, 2, Players(tuple(actions_of(profile)), profile))


def test_tenths_are_of_the_most_important() -> None:
    first_TP = in_tenths(np.array([0.1, 0.9, -0.5, 0.3]))
    assert first_TP.sum(axis=1).tolist() == [0, 0, 1, 1, 2, 2, 2, 3, 3, 4, 4]
    assert first_TP[2].tolist() == [False, True, False, False]
    assert first_TP[7].tolist() == [True, True, False, True]


def test_removal_by_hand(two_actions: Game) -> None:
    found = removal(two_actions, np.array([3.0, 1.0]), np.array([False, False, True, True]))
    # Of two actions 3 points leave both, 5 points one (item 3 is ahead then), 3 points none (a tie).
    assert found["whole"] == 4.0
    assert found["DEL"] == pytest.approx((3 * 4 + 5 * 1) / 11)
    assert found["INS"] == pytest.approx((3 * 0 + 5 * 3 + 3 * 4) / 11)
    assert found["CDCG"] == pytest.approx((3 + 5 / np.log2(3) + 3) / 11)
    assert found["POS@5"] == found["NEG@5"] == 1.0  # there are but two


def test_the_wrong_order_does_worse(two_actions: Game) -> None:
    eligible_I = np.array([False, False, True, True])
    right, wrong = (removal(two_actions, np.array(effects), eligible_I) for effects in ([3.0, 1], [1.0, 3]))
    assert right["DEL"] < wrong["DEL"]
    assert right["INS"] > wrong["INS"]
    assert right["CDCG"] < wrong["CDCG"]


def test_every_metric_is_told_with_paired_differences(two_tastes: Dataset) -> None:
    exam = Faithfulness(
        "Two tastes.", lambda: two_tastes, SplitConfig(), people=3, fewest=5, models=("ials",)
    )
    rows = list(exam.rows("faithfulness", BenchOptions()))
    assert [row.name.split(", ")[1] for row in rows[:-1]] == list(MEASURES)
    assert all("cosine" in row.against and " to random" in row.note for row in rows[:-1])
    assert not any("gradients" in row.against for row in rows)  # which this model has not got
    assert rows[-1].unit.startswith("CPU ms")


def test_the_long_run_comes_near_exact_values(two_tastes: Dataset) -> None:
    model = model_config("ials", {"dims": 8, "epochs": 2}).build().fit(two_tastes)
    game = game_of(model, Profiles.new([2, 4, 6, 7, 9], now=1.7e9), 10)
    exact = explain_game(game)
    effects_P, errors_P = long_run(game, pairs=200)
    assert exact.method == "exact"
    assert (np.abs(effects_P - exact.effects_P) < 4 * errors_P + 1e-6).all()
    assert effects_P.sum() == pytest.approx(exact.score - exact.base, abs=1e-4)


def test_precision_says_what_it_costs_and_what_it_misses(two_tastes: Dataset) -> None:
    exam = Precision("Two tastes.", lambda: two_tastes, models=("ials",), players=14, people=2, pairs=400)
    rows = {row.name: row for row in exam.rows("precision", BenchOptions())}
    errors = [
        rows[f"ials, {name}, {samples:,} coalitions: relative error"].value
        for name, samples in PRECISIONS.items()
    ]
    assert all(error is not None and error < 0.2 for error in errors)
    assert rows[f"ials, fine, {PRECISIONS['fine']:,} coalitions: time"].unit == "CPU ms"


def shares(rows: list[Row]) -> dict[str, float | None]:
    return {row.name.partition(", ")[2]: row.value for row in rows}


def test_every_planted_cause_is_found_where_the_model_is_the_rule_itself(made: Planted) -> None:
    rule = Rule(ModelConfig()).fit(made.dataset)
    assert shares(list(recovery.rows_of("rule", rule, made, asked=5))) == dict.fromkeys(
        recovery.KINDS.values(), 1.0
    )


def test_causes_are_found_in_a_model_that_learnt_them(made: Planted) -> None:
    rows = list(recovery.rows("planted", BenchOptions(models=("ease",)), made, asked=20))
    assert shares(rows) == {"a past action": 1.0}
    assert "random" in rows[0].against


def test_actions_and_makers_are_found_in_a_network(made: Planted) -> None:
    config = model_config("lstm", {"dims": 16, "epochs": 12, "learning_rate": 1e-2})
    model = config.for_exam("leave-last-out").build().fit(made.dataset)
    found = shares(list(recovery.rows_of("lstm", model, made, asked=12)))
    for kind in ("action", "item"):
        share = found[recovery.KINDS[kind]]
        assert share is not None
        assert share > 0.8


def test_what_a_model_has_not_learnt_is_not_asked(made: Planted) -> None:
    rule = Rule(ModelConfig()).fit(made.dataset)
    first, second = CATALOGUE.hobby_items[:2, 0]
    swapped = {first: second, second: first}
    foreign = [
        replace(cause, item=int(swapped[cause.item])) for cause in made.causes if cause.item in swapped
    ]
    assert len(foreign) > 5
    assert recovery.recovered(rule, made, foreign).places == {}


def test_a_reason_of_nothing_is_no_reason(made: Planted) -> None:
    habit = model_config("habit").build().fit(made.dataset)
    cause = made.causes[0]
    game = game_of(habit, Profiles.of(made.dataset, np.array([cause.person]), cause.now), cause.item)
    assert recovery.place_of(cause, game, np.zeros(len(game.players))) == len(game.players) - 1


def test_parts_without_their_data_are_skipped_and_say_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(readers.FOLDER, str(tmp_path))
    assert list(bench_explain.run(BenchOptions(only=("faithfulness", "precision")))) == []
    assert "precision: skipped, no ml-100k/ml-100k.inter" in capsys.readouterr().out
