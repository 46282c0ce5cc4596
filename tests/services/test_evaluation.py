from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recengine.core.columns import DAY, Repeats
from recengine.core.dataset import Dataset
from recengine.core.edits import Edits
from recengine.core.errors import DataError, NotFoundError
from recengine.core.profiles import Profiles
from recengine.core.split import Split, SplitConfig
from recengine.metrics.classification import Calibrator
from recengine.models import model_config
from recengine.models.base import ModelConfig, Recommender
from recengine.models.closed_form import ClosedForm
from recengine.models.ease import Ease, EaseConfig
from recengine.models.popularity import Popularity, PopularityConfig
from recengine.services.evaluation import (
    BASELINES,
    PURCHASE_CLASSIFICATION,
    VALIDATION_PEOPLE,
    LikeConfig,
    baseline_reports,
    calibrate,
    evaluate,
    validator,
)
from recengine.services.results import baselines_of
from recengine.services.workspace import Workspace

PLAIN = Calibrator((0.0, 1.0), (0.0, 1.0))  # the score is the log-odds
DatasetOf = Callable[[Sequence[tuple[int, int, float]]], Dataset]


@pytest.fixture(scope="module")
def split(two_tastes: Dataset) -> Split:
    return SplitConfig().build(two_tastes)


@pytest.fixture(scope="module")
def ease(split: Split) -> Ease:
    return Ease(EaseConfig()).fit(split.before_test)


@pytest.fixture
def by_hand(dataset_of: DatasetOf) -> Split:
    """Items 0 to 3, had by 3, 2, 2 and 1 people. Then person 0 takes 2 (new) and 0 (again); person 1 takes
    1 (again); person 2 takes 3 (new) and a cold item; and a person without a past takes 0.
    """
    before = [(0, 0, 0), (1, 0, 1), (2, 0, 2), (1, 1, 3), (2, 1, 4), (1, 2, 5), (2, 2, 6), (1, 3, 7)]
    after = [(0, 2, 90), (0, 0, 91), (1, 1, 92), (2, 3, 93), (2, 4, 94), (3, 0, 95)]
    events = [(user, item, day * DAY) for user, item, day in before + after]
    return SplitConfig(test_share=6 / 14, validation_share=0.2).build(dataset_of(events))


def popularity(split: Split) -> Popularity:
    return Popularity(PopularityConfig()).fit(split.before_test)


def test_both_by_hand(by_hand: Split) -> None:
    # Popularity lists 0, 1, 2, 3 to everyone (1 before 2: lower code). Targets {0, 2}, {1}, {3}.
    report = evaluate(popularity(by_hand), by_hand, ks=(2, 4), repeats="both")
    assert report.per_person["person"].tolist() == [0, 1, 2]
    assert report.values("precision@2").tolist() == [1 / 2, 1 / 2, 0]
    assert report.values("recall@2").tolist() == [1 / 2, 1, 0]
    assert report.values("mrr@4").tolist() == [1, 1 / 2, 1 / 4]
    assert report.metrics["hit_rate@2"] == pytest.approx(2 / 3)
    assert report.metrics["precision@2"] == pytest.approx(1 / 3)
    assert report.metrics["recall@2"] == pytest.approx(1 / 2)
    assert report.metrics["f1_of_means@2"] == pytest.approx(2 * (1 / 3) * (1 / 2) / (1 / 3 + 1 / 2))
    assert report.metrics["coverage@2"] == 2 / 4
    assert report.metrics["popularity_lift@4"] == pytest.approx((8 / 12) / ((1 + 2 / 3 + 7 / 9) / 3) - 1)


def test_the_validation_knows_nothing_of_later_events(by_hand: Split) -> None:
    # Before it items 0, 1, 2 are had by 3, 2 and 1 of 3 people; item 3 comes up in it, and 2 again.
    model = Popularity(PopularityConfig()).fit(by_hand.train)
    report = evaluate(model, by_hand, task="validation", ks=(4,), repeats="both")
    assert report.metrics["novelty@4"] == pytest.approx(-np.log2([3 / 3, 2 / 3, 1 / 3]).mean())
    assert report.num_cold_targets == 1


def test_who_and_what_was_left_out_is_counted(by_hand: Split) -> None:
    report = evaluate(popularity(by_hand), by_hand, repeats="both")
    assert (report.num_people, report.num_left_out) == (3, 0)
    assert (report.num_cold_people, report.num_cold_targets) == (1, 1)
    assert report.pairs_digest == by_hand.test.pairs_digest


def test_new_filters_what_was_seen_from_lists_and_from_targets(by_hand: Split) -> None:
    # Person 0 saw 0: list 1, 2, 3, target 2. Person 2 saw 0, 1, 2: list 3, target 3. Person 1 drops out.
    report = evaluate(popularity(by_hand), by_hand, ks=(2,), repeats="new")
    assert report.per_person["person"].tolist() == [0, 2]
    assert report.values("mrr@2").tolist() == [1 / 2, 1]
    assert report.values("precision@2").tolist() == [1 / 2, 1 / 2]
    assert (report.num_people, report.num_left_out, report.halves) == (2, 1, {})


def test_again_lists_and_asks_for_what_was_seen_only(by_hand: Split) -> None:
    # Person 0: list 0, target 0. Person 1: list 0, 1, 2, 3, target 1.
    report = evaluate(popularity(by_hand), by_hand, ks=(2,), repeats="again")
    assert report.per_person["person"].tolist() == [0, 1]
    assert report.values("mrr@2").tolist() == [1, 1 / 2]


def test_the_halves_of_both_are_the_two_questions_asked_alone(by_hand: Split) -> None:
    model = popularity(by_hand)
    halves = evaluate(model, by_hand, repeats="both").halves
    for repeats in ("new", "again"):
        alone = evaluate(model, by_hand, repeats=repeats)
        assert halves[repeats]["num_people"] == alone.num_people
        for key in (key for key in alone.metrics if "@" in key):
            assert halves[repeats][key] == pytest.approx(alone.metrics[key]), key


def test_the_question_is_by_default_that_of_the_data(split: Split, ease: Ease) -> None:
    report = evaluate(ease, split)
    assert (report.repeats, split.train.about.repeats) == ("new", "new")
    assert report.metrics["ndcg@10"] == evaluate(ease, split, repeats="new").metrics["ndcg@10"]


def test_a_question_nobody_can_be_asked_says_which_one_can(split: Split, ease: Ease) -> None:
    with pytest.raises(DataError, match=r"none of them has a target for the question 'again'.*new or both"):
        evaluate(ease, split, repeats="again")


def test_a_half_nobody_belongs_to_says_so(split: Split, ease: Ease) -> None:
    assert evaluate(ease, split, repeats="both").halves["again"] == {"num_people": 0}


def test_blocks_do_not_show(split: Split, ease: Ease, monkeypatch: pytest.MonkeyPatch) -> None:
    from recengine.models import base

    whole, done = evaluate(ease, split), []
    monkeypatch.setattr(base, "BLOCK_BYTES", 7 * 4 * ease.num_items)  # seven people
    pieces = evaluate(ease, split, progress=lambda so_far, of: done.append((so_far, of)))
    assert pieces.metrics == pytest.approx(whole.metrics)
    assert done[0] == (7, whole.num_people)
    assert done[-1] == (whole.num_people, whole.num_people)


class KnowsBlockConfig(ModelConfig):
    title = "Watched"
    summary = "Counts how many scores lie in memory at once."

    def build(self) -> KnowsBlock:
        return KnowsBlock(self)


class KnowsBlock(ClosedForm[KnowsBlockConfig]):
    largest = 0

    def learn(self, data: Dataset, seed: int) -> None:
        self.items = data.num_items

    def score(self, profiles: Profiles) -> np.ndarray:
        self.largest = max(self.largest, len(profiles))
        return np.zeros((len(profiles), self.items), np.float32)

    @property
    def num_items(self) -> int:
        return self.items

    def arrays(self) -> dict[str, Any]:
        return {}

    def restore(self, arrays: dict[str, Any], meta: dict[str, Any]) -> None:
        raise NotImplementedError


def test_people_times_items_never_lie_in_memory_at_once(
    split: Split, monkeypatch: pytest.MonkeyPatch
) -> None:
    from recengine.models import base

    monkeypatch.setattr(base, "BLOCK_BYTES", 10 * 4 * split.train.num_items)
    model = KnowsBlockConfig().build().fit(split.before_test)
    evaluate(model, split)
    assert model.largest == 10


def test_an_oracle_gets_every_ranking_metric_right(split: Split) -> None:
    report = evaluate(Oracle.knowing(split), split, ks=(60,), calibrator=PLAIN)
    for name in ("recall@60", "ndcg@60", "map@60", "mrr@60", "hit_rate@60", "roc_auc", "pr_auc"):
        assert report.metrics[name] == pytest.approx(1), name


class Oracle(KnowsBlock):
    """Knows the test; recognises people by the moment and contents of their profile."""

    @classmethod
    def knowing(cls, split: Split) -> Oracle:
        oracle = cls(KnowsBlockConfig()).fit(split.before_test)
        oracle.answers = {}
        for row in range(len(split.test)):
            one = split.test.profiles.take(np.array([row]))
            oracle.answers[one.items.tobytes()] = split.test.targets[row]
        return oracle

    answers: dict[bytes, np.ndarray]

    def score(self, profiles: Profiles) -> np.ndarray:
        scores = super().score(profiles)
        for row in range(len(profiles)):
            known = self.answers.get(profiles.history[row].tobytes(), np.zeros(0, np.int64))
            scores[row, known] = 1
        return scores


def test_p_like_asks_for_all_likes_and_twice_as_many_non_likes(split: Split, ease: Ease) -> None:
    plike = evaluate(ease, split).plike
    assert plike is not None
    assert plike.labels.mean() == pytest.approx(1 / 3)
    assert ((plike.probabilities > 0) & (plike.probabilities < 1)).all()
    assert (plike.corrected < plike.probabilities).all()


def test_another_ratio_and_threshold_are_obeyed(split: Split, ease: Ease) -> None:
    like = LikeConfig(negatives_per_positive=5, threshold=0.1)
    plike = evaluate(ease, split, like=like).plike
    assert plike is not None
    assert plike.labels.mean() == pytest.approx(1 / 6)
    assert plike.metrics["recall"] == pytest.approx((plike.probabilities[plike.labels] >= 0.1).mean())


def test_the_named_protocol_of_the_reference_article() -> None:
    assert PURCHASE_CLASSIFICATION.negatives_per_positive == 2
    assert PURCHASE_CLASSIFICATION.threshold == 0.5


def test_a_calibrator_from_a_model_that_has_not_seen_the_validation_promises_less(split: Split) -> None:
    # EASE fitted on the validation has learnt its answers, so there it looks surer than it will be.
    model = Ease(EaseConfig()).fit(split.train)
    honest = calibrate(model, split)
    flattered = calibrate(model.fit(split.before_test), split)
    high = np.array([1.0])
    assert flattered.probability(high)[0] > honest.probability(high)[0]


def test_calibrated_probabilities_are_close_to_what_happens(two_tastes: Dataset, split: Split) -> None:
    model = Ease(EaseConfig()).fit(split.train)
    calibrator = calibrate(model, split)
    metrics = evaluate(model.fit(split.before_test), split, calibrator=calibrator).metrics
    assert metrics["calibration_error"] < 0.1
    assert metrics["calibration_error_corrected"] < 0.05


def test_where_the_validation_has_nobody_for_the_question_there_is_no_p_like_either(by_hand: Split) -> None:
    assert len(by_hand.validation) == 1  # person 2 takes item 2, which is new
    assert evaluate(popularity(by_hand), by_hand, repeats="again").plike is None


def test_without_a_validation_there_is_no_p_like(dataset_of: DatasetOf) -> None:
    split = SplitConfig(kind="leave-last-out").build(
        dataset_of([(0, 0, 0.0), (0, 1, 1.0), (1, 1, 0.0), (1, 0, 1.0)])
    )
    report = evaluate(popularity(split), split)
    assert len(split.validation) == 0
    assert report.plike is None
    assert "accuracy" not in report.metrics
    assert validator(split) is None


def test_the_validator_measures_what_evaluate_measures(split: Split) -> None:
    model = Ease(EaseConfig()).fit(split.train)
    validate = validator(split)
    assert validate is not None
    report = evaluate(model, split, task="validation")
    found = validate(model)
    assert sorted(found) == ["f1@10", "ndcg@10", "precision@10", "recall@10"]
    for key, value in found.items():
        assert value == pytest.approx(report.metrics[key]), key


def test_the_validator_asks_the_same_few_people_every_time(
    split: Split, monkeypatch: pytest.MonkeyPatch
) -> None:
    from recengine.services import evaluation

    monkeypatch.setattr(evaluation, "VALIDATION_PEOPLE", 20)
    model = KnowsBlockConfig().build().fit(split.train)
    validate, other = validator(split), validator(split, seed=1)
    assert validate is not None
    assert other is not None
    assert validate(model) == validate(model)
    assert validate(model) != other(model)
    assert model.largest == 20 < VALIDATION_PEOPLE


def test_baselines_stand_beside_every_model_and_sit_the_same_test(split: Split, ease: Ease) -> None:
    report, baselines = evaluate(ease, split), baseline_reports(split)
    assert list(baselines) == ["popularity", "popularity-28d", "random"]
    for baseline in baselines.values():
        assert baseline.pairs_digest == report.pairs_digest
        assert baseline.per_person["person"].equals(report.per_person["person"])
    assert baselines["random"].metrics["ndcg@10"] < baselines["popularity"].metrics["ndcg@10"]
    assert baselines["random"].metrics["roc_auc"] == pytest.approx(0.5, abs=0.05)


def test_habit_stands_beside_where_things_repeat_and_28_days_only_where_there_is_time(by_hand: Split) -> None:
    assert "habit" in baseline_reports(by_hand, repeats="both")
    without_time = by_hand.train.about.__class__(time_kind="order")
    fitting = [name for name, baseline in BASELINES.items() if baseline.fits(without_time, "both")]
    assert fitting == ["popularity", "habit", "random"]


def test_a_baseline_is_the_model_of_the_shelf_fitted_before_the_test(split: Split) -> None:
    model = model_config("popularity", {"half_life_days": 28}).build().fit(split.before_test)
    found = baseline_reports(split)["popularity-28d"].metrics["ndcg@20"]
    assert found == evaluate(model, split).metrics["ndcg@20"]


def test_diversity_is_measured_where_items_have_features(split: Split, ease: Ease, by_hand: Split) -> None:
    # Lists of one taste are all alike (taste and tags), lists of both tastes are not.
    assert evaluate(ease, split, ks=(5,)).metrics["diversity@5"] < 0.3
    chance = model_config("random").build().fit(split.before_test)
    assert evaluate(chance, split, ks=(5,)).metrics["diversity@5"] > 0.4
    assert "diversity@5" not in evaluate(popularity(by_hand), by_hand, ks=(5,)).metrics


def test_a_metric_without_a_value_for_each_person_is_refused_by_name(split: Split, ease: Ease) -> None:
    with pytest.raises(NotFoundError, match=r"'coverage@10' has no value for each person.*ndcg@10"):
        evaluate(ease, split).values("coverage@10")


def test_a_model_is_asked_on_the_device_it_is_sent_to(split: Split, ease: Ease) -> None:
    sent: list[str] = []

    class Sent(Ease):
        def to(self, device: str) -> Sent:
            sent.append(device)
            return self

    model: Recommender[Any] = Sent(EaseConfig()).fit(split.before_test)
    evaluate(model, split, device="cuda", calibrator=calibrate(ease, split))
    assert sent == ["cuda"]


def test_an_edited_model_sits_the_same_test_held_against_the_same_yardstick(by_hand: Split) -> None:
    # Without person 1 nobody had item 3, so 0, 1, 2 are listed; targets are {0, 2}, {1}, {3} as before.
    edited = by_hand.edited(Edits.of(["drop people where id = u1"]))
    report = evaluate(popularity(edited), edited, ks=(4,), repeats="both", calibrator=PLAIN)
    assert report.per_person["person"].tolist() == [0, 1, 2]
    assert report.values("mrr@4").tolist() == [1, 1 / 2, 0]
    assert report.metrics["coverage@4"] == 3 / 4  # of the four items that there were
    assert report.metrics["novelty@4"] == pytest.approx(-np.log2([3 / 3, 2 / 3, 2 / 3]).mean())
    unedited = evaluate(popularity(by_hand), by_hand, ks=(4,), repeats="both", calibrator=PLAIN)
    assert (report.pairs_digest, report.num_cold_people) == (unedited.pairs_digest, unedited.num_cold_people)
    assert report.plike is not None
    assert unedited.plike is not None
    np.testing.assert_array_equal(report.plike.labels, unedited.plike.labels)


def test_what_an_edit_left_nobody_with_is_listed_by_models_that_place_it(by_hand: Split) -> None:
    class Placing(Popularity):
        def described_items(self) -> np.ndarray:
            return np.ones(self.num_items, bool)

    edited = by_hand.edited(Edits.of(["drop people where id = u1"]))
    model = Placing(PopularityConfig()).fit(edited.before_test)
    report = evaluate(model, edited, ks=(4,), repeats="both", calibrator=PLAIN)
    assert report.values("mrr@4").tolist() == [1, 1 / 2, 1 / 4]
    assert report.metrics["coverage@4"] == 1  # but never the item that was new in the test


@pytest.mark.parametrize("repeats", ["new", "again"])
def test_what_is_new_to_people_is_asked_by_what_they_really_had(by_hand: Split, repeats: Repeats) -> None:
    edited = by_hand.edited(Edits.of(["drop items where id = i1"]), "edited")
    asked = [evaluate(popularity(split), split, repeats=repeats) for split in (by_hand, edited)]
    assert asked[0].pairs_digest == asked[1].pairs_digest
    assert asked[0].per_person["person"].tolist() == asked[1].per_person["person"].tolist()


def test_the_baselines_of_an_edited_split_learn_from_the_data_as_they_are(
    by_hand: Split, tmp_path: Path
) -> None:
    edited = by_hand.edited(Edits.of(["drop people where id = u1"]))
    ws = Workspace(tmp_path)
    ours, theirs = (baselines_of(ws, split, "both", (4,)) for split in (edited, by_hand))
    assert ours["popularity"].metrics == theirs["popularity"].metrics
    assert len(list(ws.baselines.iterdir())) == 1
