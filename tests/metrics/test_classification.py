from collections.abc import Callable

import numpy as np
import pytest
import sklearn.metrics as theirs
from hypothesis import given
from hypothesis import strategies as st

from recengine.metrics import classification as ours
from recengine.metrics.classification import Calibrator, fit_calibrator

LABELS = np.array([True, False, True, False])
PROBABILITIES = np.array([0.9, 0.8, 0.5, 0.1])


def pairs(seed: int, ties: bool = True) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Labels, probabilities (rounded, so that many tie) and weights; both labels occur."""
    draw = np.random.default_rng(seed)
    probability_N = draw.random(60).round(1 if ties else 9)
    label_N = draw.random(60) < probability_N
    label_N[:2] = [True, False]
    return label_N, probability_N, draw.integers(1, 5, 60).astype(float)


def test_at_a_threshold_by_hand() -> None:
    # Yes to the first three: right on pairs 1, 3, 4.
    assert ours.accuracy(LABELS, PROBABILITIES) == 3 / 4
    assert ours.precision(LABELS, PROBABILITIES) == 2 / 3
    assert ours.recall(LABELS, PROBABILITIES) == 1
    assert ours.f1(LABELS, PROBABILITIES) == pytest.approx(2 * (2 / 3) / (2 / 3 + 1))
    assert ours.recall(LABELS, PROBABILITIES, threshold=0.6) == 1 / 2


def test_nothing_predicted_or_nothing_to_predict_gives_0() -> None:
    assert ours.precision(LABELS, PROBABILITIES, threshold=0.99) == 0
    assert ours.f1(LABELS, PROBABILITIES, threshold=0.99) == 0
    assert ours.recall(~LABELS & False, PROBABILITIES) == 0


@given(st.integers(0, 10_000), st.sampled_from([0.2, 0.5, 0.7]))
def test_at_a_threshold_equal_to_scikit_learn(seed: int, threshold: float) -> None:
    label_N, probability_N, _ = pairs(seed)
    predicted_N = probability_N >= threshold
    for our, their in (
        (ours.accuracy, theirs.accuracy_score),
        (ours.precision, theirs.precision_score),
        (ours.recall, theirs.recall_score),
        (ours.f1, theirs.f1_score),
    ):
        wanted = their(label_N, predicted_N, **({} if our is ours.accuracy else {"zero_division": 0}))
        assert our(label_N, probability_N, threshold) == pytest.approx(wanted, abs=1e-12)


@pytest.mark.parametrize(
    ("our", "their"),
    [
        (ours.roc_auc, theirs.roc_auc_score),
        (ours.pr_auc, theirs.average_precision_score),
        (ours.log_loss, theirs.log_loss),
    ],
)
@pytest.mark.parametrize("weighted", [False, True])
@given(seed=st.integers(0, 10_000))
def test_over_all_thresholds_equal_to_scikit_learn(
    our: Callable[..., float], their: Callable[..., float], weighted: bool, seed: int
) -> None:
    label_N, probability_N, weight_N = pairs(seed)
    probability_N = probability_N.clip(0.01, 0.99)
    given_N = weight_N if weighted else None
    wanted = their(label_N, probability_N, sample_weight=given_N)
    assert our(label_N, probability_N, given_N) == pytest.approx(wanted, abs=1e-12)


def test_one_kind_of_label_alone_has_no_area() -> None:
    assert np.isnan(ours.roc_auc(np.ones(4, bool), PROBABILITIES))
    assert np.isnan(ours.pr_auc(np.zeros(4, bool), PROBABILITIES))


def test_a_sure_and_wrong_probability_costs_much_but_not_infinitely_much() -> None:
    assert ours.log_loss(np.array([True]), np.array([0.0])) == pytest.approx(-np.log(1e-15))


def test_calibration_error_by_hand_over_two_bins() -> None:
    label_N = np.array([False, True, True, True])
    probability_N = np.array([0.2, 0.3, 0.6, 0.9])
    table = ours.reliability(label_N, probability_N, bins=2)
    np.testing.assert_allclose(table["predicted"], [0.25, 0.75])
    np.testing.assert_allclose(table["observed"], [0.5, 1])
    assert ours.calibration_error(label_N, probability_N, bins=2) == pytest.approx(0.25)


def test_equal_mass_bins_equal_scikit_learns_where_nothing_ties() -> None:
    from sklearn.calibration import calibration_curve

    label_N, probability_N, _ = pairs(0, ties=False)
    observed, predicted = calibration_curve(label_N, probability_N, n_bins=15, strategy="quantile")
    table = ours.reliability(label_N, probability_N)
    np.testing.assert_allclose(table["predicted"], predicted, atol=1e-12)
    np.testing.assert_allclose(table["observed"], observed, atol=1e-12)
    assert table["pairs"].tolist() == [4] * 15


def test_pairs_of_equal_probability_share_a_bin() -> None:
    table = ours.reliability(LABELS, np.full(4, 0.5))
    assert table["pairs"].tolist() == [4]
    assert ours.calibration_error(LABELS, np.full(4, 0.5)) == 0


@given(st.integers(0, 10_000))
def test_a_weight_of_two_is_the_same_pair_twice(seed: int) -> None:
    label_N, probability_N, _ = pairs(seed)
    twice = np.repeat(np.arange(60), 2)
    for metric in (ours.roc_auc, ours.pr_auc, ours.log_loss, ours.calibration_error):
        weighted = metric(label_N, probability_N, np.full(60, 2.0))
        assert weighted == pytest.approx(metric(label_N[twice], probability_N[twice]), abs=1e-12)


@given(st.integers(0, 10_000))
def test_every_row_of_the_curves_is_what_its_threshold_gives(seed: int) -> None:
    label_N, probability_N, _ = pairs(seed)
    table = ours.curves(label_N, probability_N)
    assert (table["threshold"].diff().dropna() < 0).all()
    row = table.iloc[len(table) // 2]
    at = float(row["threshold"])
    assert row["precision"] == pytest.approx(ours.precision(label_N, probability_N, at))
    assert row["recall"] == pytest.approx(ours.recall(label_N, probability_N, at))
    assert row["f1"] == pytest.approx(ours.f1(label_N, probability_N, at))
    assert row["accuracy"] == pytest.approx(ours.accuracy(label_N, probability_N, at))
    false_positives = ((probability_N >= at) & ~label_N).sum()
    assert row["false_positive_rate"] == pytest.approx(false_positives / (~label_N).sum())


def test_curves_of_many_thresholds_are_thinned_and_keep_both_ends() -> None:
    probability_N = np.linspace(0, 1, 5000)
    table = ours.curves(probability_N > 0.5, probability_N)
    assert len(table) == ours.CURVE_POINTS
    assert table["threshold"].iloc[0] == 1
    assert table["threshold"].iloc[-1] == 0


def test_tied_pairs_go_to_the_bin_that_their_middle_lies_in() -> None:
    # Of ten pairs the eight tied ones take the places 1 to 9, whose middle is 5: the upper of two bins.
    probability_N = np.array([0.1] + [0.5] * 8 + [0.9])
    assert ours.reliability(probability_N > 0.4, probability_N, bins=2)["pairs"].tolist() == [1, 9]


def test_the_prior_is_put_right_by_hand() -> None:
    # 100 likes, 10,000 non-likes of which 1 % was drawn: 1/2 among those drawn is 1/101 among all.
    assert ours.prior_corrected(np.array([0.5]), 0.01)[0] == pytest.approx(1 / 101)
    np.testing.assert_array_equal(ours.prior_corrected(PROBABILITIES, 1.0), PROBABILITIES)


def likeliest_by_scikit_learn(label_N: np.ndarray, input_NQ: np.ndarray) -> np.ndarray:
    """P(like) of each pair by logistic regression on Platt's soft labels; one is both labels, weighted."""
    from sklearn.linear_model import LogisticRegression

    likes, others = label_N.sum(), (~label_N).sum()
    goal_N = np.where(label_N, (likes + 1) / (likes + 2), 1 / (others + 2))
    labels, weights = np.repeat([1, 0], len(label_N)), np.concatenate([goal_N, 1 - goal_N])
    regression = LogisticRegression(C=1 / ours.RIDGE, tol=1e-12, max_iter=10_000)
    twice = np.concatenate([input_NQ, input_NQ])
    return regression.fit(twice, labels, sample_weight=weights).predict_proba(input_NQ)[:, 1]


def test_one_piece_equals_scikit_learns_logistic_regression_on_the_standardised_score() -> None:
    draw = np.random.default_rng(0)
    score_N = draw.normal(3, 2, 100)
    label_N = draw.random(100) < 1 / (1 + np.exp(-(0.7 * score_N - 4)))
    found = fit_calibrator(label_N, score_N)
    assert len(found.scores) == 2
    scaled_N = (score_N - score_N.mean()) / score_N.std()
    wanted = likeliest_by_scikit_learn(label_N, scaled_N[:, None])
    np.testing.assert_allclose(found.probability(score_N), wanted, atol=1e-6)


def test_several_rising_pieces_equal_scikit_learns_logistic_regression_on_how_far_each_is_reached() -> None:
    draw = np.random.default_rng(0)
    score_N = draw.normal(0, 1, 3000)
    label_N = draw.random(3000) < 1 / (1 + np.exp(-(0.5 * score_N + np.maximum(score_N, 0) - 1)))
    found = fit_calibrator(label_N, score_N)
    scaled_N = (score_N - score_N.mean()) / score_N.std()
    a, b, c, d = np.quantile(scaled_N[label_N], ours.JOINTS)
    np.testing.assert_allclose(found.scores[1:-1], np.quantile(score_N[label_N], ours.JOINTS))
    reach_NP = np.stack(
        [
            np.minimum(scaled_N, a),
            np.clip(scaled_N, a, b) - a,
            np.clip(scaled_N, b, c) - b,
            np.clip(scaled_N, c, d) - c,
            np.maximum(scaled_N, d) - d,
        ],
        axis=1,
    )
    wanted = likeliest_by_scikit_learn(label_N, reach_NP)
    np.testing.assert_allclose(found.probability(score_N), wanted, atol=1e-6)


def test_high_scores_that_stop_meaning_more_do_not_promise_certainty() -> None:
    # From score 1 on four fifths are likes, however high; one line through all would go on to rise.
    draw = np.random.default_rng(0)
    score_N = draw.exponential(1.5, 20_000)
    label_N = draw.random(20_000) < np.minimum(0.8, 0.8 * score_N)
    assert fit_calibrator(label_N, score_N).probability(np.array([15.0]))[0] < 0.9


@given(st.integers(0, 10_000))
def test_a_higher_score_never_gets_a_lower_probability(seed: int) -> None:
    draw = np.random.default_rng(seed)
    score_N = draw.normal(size=600).round(1)
    label_N = draw.random(600) < 0.5 + 0.3 * np.sin(3 * score_N)  # likes that come and go
    probability = fit_calibrator(label_N, score_N).probability(np.linspace(-9, 9, 200))
    assert (np.diff(probability) > 0).all()


def test_scores_that_say_nothing_become_the_share_of_likes() -> None:
    label_N = np.arange(300) % 3 == 0
    calibrator = fit_calibrator(label_N, np.full(300, 7.0, np.float32))
    assert calibrator.probability(np.array([7.0]))[0] == pytest.approx(1 / 3, abs=0.002)


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_scores_that_tell_likes_apart_perfectly_get_a_finite_slope(scale: float) -> None:
    score_N = np.linspace(-1, 1, 200) * scale
    calibrator = fit_calibrator(score_N > 0, score_N)
    assert np.isfinite(calibrator.log_odds).all()
    low, high = calibrator.probability(np.array([-scale, scale]))
    assert low < 0.05 < 0.95 < high


def test_extreme_scores_stay_between_0_and_1_and_warn_of_nothing() -> None:
    probability = Calibrator((-1.0, 1.0), (-1.0, 1.0)).probability(np.array([-1e4, 0.0, 1e4]))
    assert probability.tolist() == [0.0, 0.5, 1.0]


def test_a_calibrator_survives_json() -> None:
    import json

    calibrator = Calibrator((0.1 + 0.2, 1.0), (-1 / 3, 2.0))
    assert Calibrator.of_dict(json.loads(json.dumps(calibrator.to_dict()))) == calibrator
