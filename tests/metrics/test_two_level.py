import numpy as np
import pytest

from recengine.metrics.intervals import bootstrap
from recengine.metrics.two_level import NO_LOTS, SeedNoise, detectable, holm, two_level


def test_the_mean_is_that_of_all_seeds_and_people() -> None:
    found = two_level(np.array([[1.0, 2.0], [3.0, 6.0]]))
    assert found.mean == pytest.approx([3.0])
    assert found.num_people.tolist() == [2]
    assert found.seed_noise == pytest.approx([np.std([1.5, 4.5], ddof=1)])


def test_seeds_alone_give_the_interval_of_student() -> None:
    """Three seeds with means -1, 0, 1 and people alike: 0 plus or minus 4.303 / sqrt(3)."""
    found = two_level(np.repeat([[-1.0], [0.0], [1.0]], 50, axis=1))
    assert found.low == pytest.approx([-4.3027 / np.sqrt(3)], rel=1e-4)
    assert found.high == pytest.approx([4.3027 / np.sqrt(3)], rel=1e-4)
    assert found.p_value == pytest.approx([1.0])


def test_people_alone_give_the_interval_of_the_bootstrap() -> None:
    value_U = np.random.default_rng(0).exponential(size=400) - 0.9
    found, other = two_level(value_U[None], noise=NO_LOTS), bootstrap(value_U, samples=5000)
    assert (found.low[0], found.high[0]) == pytest.approx((other.low, other.high), abs=0.006)


def test_the_p_value_and_the_interval_agree() -> None:
    diff_SUM = np.random.default_rng(1).normal(0.1, 1, (3, 100, 200))
    found = two_level(diff_SUM)
    np.testing.assert_array_equal(found.p_value < 0.05, (found.low > 0) | (found.high < 0))


def test_one_seed_leaves_the_p_value_open_unless_the_noise_is_known() -> None:
    diff_SU = np.random.default_rng(2).normal(0.5, 1, (1, 400))
    assert np.isnan(two_level(diff_SU).p_value[0])
    assert two_level(diff_SU, noise=NO_LOTS).p_value[0] < 1e-6
    assert two_level(diff_SU, noise=SeedNoise(np.array([0.5]), df=2)).p_value[0] > 0.2


def test_people_without_a_value_do_not_count() -> None:
    found = two_level(np.array([[1.0, np.nan, 3.0]]), noise=NO_LOTS)
    assert found.mean == pytest.approx([2.0])
    assert found.num_people.tolist() == [2]
    nobody = two_level(np.full((1, 3), np.nan), noise=NO_LOTS)
    assert np.isnan([nobody.low[0], nobody.high[0], nobody.p_value[0]]).all()


def test_no_change_at_all_is_no_difference() -> None:
    found = two_level(np.zeros((2, 10)))
    assert (found.low[0], found.high[0], found.p_value[0]) == (0, 0, 1)


@pytest.mark.parametrize("num_seeds", [2, 3, 5])
@pytest.mark.parametrize(("seeds", "people", "single"), [(1.0, 0, 0), (0.1, 1, 0), (0.2, 1, 1), (0, 0, 1)])
def test_the_interval_holds_the_truth_as_often_as_it_says(
    num_seeds: int, seeds: float, people: float, single: float
) -> None:
    """In 93 to 98 of 100 trials, whatever the noise is made of."""
    draw = np.random.default_rng(num_seeds)
    trials, shape = 800, (num_seeds, 100)
    noise = seeds * draw.normal(size=(num_seeds, 1, trials)) + people * draw.normal(size=(1, 100, trials))
    found = two_level(1.0 + noise + single * draw.normal(size=(*shape, trials)))
    held = ((found.low <= 1) & (found.high >= 1)).mean()
    assert 0.93 <= held <= 0.985


def test_an_effect_far_beyond_chance_has_a_p_value_near_zero() -> None:
    """Where the seeds agree to the last digit, and where they do not."""
    diff_U = 5 + np.random.default_rng(5).normal(size=400)
    assert two_level(np.stack([diff_U] * 3)).p_value[0] < 1e-100
    assert two_level(np.stack([diff_U, diff_U + 1e-9, diff_U])).p_value[0] < 1e-8


def test_many_people_are_redrawn_in_groups_with_the_same_result() -> None:
    value_U = np.random.default_rng(3).normal(size=20_000)
    found = two_level(value_U[None], noise=NO_LOTS)
    assert found.high[0] - found.low[0] == pytest.approx(2 * 1.96 / np.sqrt(20_000), rel=0.08)


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, float("nan"), 0.5])[0] == pytest.approx(1.0)
    assert np.isnan(holm([0.5, float("nan")])[1])
    assert holm([]) == []


def test_the_detectable_effect_is_found_four_times_in_five() -> None:
    size = detectable(1.0, 100)
    assert size == pytest.approx((1.984 + 0.845) / 10, rel=0.01)
    diff_UM = np.random.default_rng(4).normal(size, 1, (100, 1000))
    assert (two_level(diff_UM[None], noise=NO_LOTS).p_value < 0.05).mean() == pytest.approx(0.8, abs=0.04)


def test_more_seeds_detect_less() -> None:
    noise = SeedNoise(np.array([0.1]), df=2)
    assert detectable(1.0, 100, num_seeds=5, noise=noise) < detectable(1.0, 100, num_seeds=2, noise=noise)
