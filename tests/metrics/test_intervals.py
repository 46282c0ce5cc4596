import numpy as np
import pytest

from recengine.metrics.intervals import bootstrap, difference


def test_the_interval_of_a_mean_is_that_of_the_normal_law_for_many_people() -> None:
    value_U = np.random.default_rng(0).normal(1.0, 2.0, 4000)
    interval = bootstrap(value_U, samples=2000)
    assert interval.mean == value_U.mean()
    half = 1.96 * value_U.std() / np.sqrt(4000)
    assert interval.low == pytest.approx(value_U.mean() - half, abs=0.1 * half)
    assert interval.high == pytest.approx(value_U.mean() + half, abs=0.1 * half)


def test_95_of_100_intervals_hold_the_truth() -> None:
    draw = np.random.default_rng(1)
    held = 0
    for seed in range(200):
        interval = bootstrap(draw.exponential(1.0, 200), samples=300, seed=seed)
        held += interval.low <= 1.0 <= interval.high
    assert 0.89 <= held / 200 <= 0.98


def test_people_without_a_value_do_not_count() -> None:
    value_U = np.array([1.0, np.nan, 3.0])
    interval = bootstrap(value_U)
    assert (interval.mean, interval.num_people) == (2.0, 2)


def test_one_person_or_none_has_no_interval() -> None:
    assert bootstrap(np.array([0.5])).mean == 0.5
    assert np.isnan(bootstrap(np.array([0.5])).low)
    assert np.isnan(bootstrap(np.array([np.nan])).mean)


def test_equal_seeds_give_equal_intervals() -> None:
    value_U = np.random.default_rng(0).random(50)
    assert bootstrap(value_U, seed=3) == bootstrap(value_U, seed=3)
    assert bootstrap(value_U, seed=3) != bootstrap(value_U, seed=4)


def test_a_small_difference_that_everyone_shares_is_found_where_unpaired_means_overlap() -> None:
    first = np.random.default_rng(0).normal(0.5, 1.0, 500)
    found = difference(first, first + 0.01)
    assert found.interval.low == pytest.approx(0.01)
    assert found.verdict == "better"
    assert bootstrap(first).high > bootstrap(first + 0.01).low


@pytest.mark.parametrize(("better", "verdict"), [("higher", "worse"), ("lower", "better")])
def test_the_verdict_depends_on_which_side_is_good(better: str, verdict: str) -> None:
    first = np.random.default_rng(0).random(100) + 1
    assert difference(first, first - 0.5, better=better).verdict == verdict


def test_chance_alone_is_no_real_difference_and_is_said_so_in_words() -> None:
    draw = np.random.default_rng(2)
    found = difference(draw.random(300), draw.random(300))
    assert found.verdict == "no real difference"
    assert found.sentence.startswith("No real difference (")


def test_the_sentence_gives_size_share_and_interval() -> None:
    first = np.full(100, 0.2)
    assert difference(first, np.full(100, 0.25)).sentence == (
        "Better by 0.0500, +25% (95 % interval +0.0500 to +0.0500)."
    )


def test_other_people_cannot_be_paired() -> None:
    with pytest.raises(ValueError, match=r"equal shapes; found \(3,\) and \(4,\)"):
        difference(np.zeros(3), np.zeros(4))


def test_seeds_that_disagree_widen_the_interval() -> None:
    value_U = np.random.default_rng(0).random(1000)
    agreeing = np.stack([value_U, value_U, value_U])
    apart = agreeing + np.array([[-0.2], [0.0], [0.2]])
    width = {name: bootstrap(value_SU) for name, value_SU in (("agreeing", agreeing), ("apart", apart))}
    assert width["apart"].mean == pytest.approx(width["agreeing"].mean)
    narrow = width["agreeing"].high - width["agreeing"].low
    assert width["apart"].high - width["apart"].low > 3 * narrow


def test_the_blocks_of_the_computation_do_not_show_in_the_mean(monkeypatch: pytest.MonkeyPatch) -> None:
    value_U = np.random.default_rng(0).random(40)
    whole = bootstrap(value_U, samples=400)
    monkeypatch.setattr("recengine.metrics.intervals.BLOCK_NUMBERS", 1000)
    pieces = bootstrap(value_U, samples=400)
    assert pieces.mean == whole.mean
    assert pieces.low == pytest.approx(whole.low, abs=0.01)
