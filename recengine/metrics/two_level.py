"""How sure a difference between trainings is, given that both people and seeds are drawn by chance.

What a change does to person u in the pair of trainings with seed s is taken as D_su = effect + a_s + b_u +
e_su. Two variances of the mean add up: that over people, whose interval comes from a bootstrap, and that over
seeds, of which there are so few that their mean follows Student's t with one degree of freedom less than
there are seeds. Between the two quantiles lies that of the sum, each counting as its variance does (Cochran
1964).

Shapes: S seeds, U people, M measures, R redraws of the people, G groups of people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Known = NDArray[np.bool_]
CONFIDENCE, POWER = 0.95, 0.8
TAIL = (1 - CONFIDENCE) / 2
REDRAWS = 2000
MOST_GROUPS = 2000  # of people that are redrawn together where there are more people
LARGEST_Z, BISECTIONS = 37.0, 60  # beyond which a p-value is 0 for a computer
FAR = 1e150


@dataclass(frozen=True)
class SeedNoise:
    """How far the difference of one pair of trainings lies from that of another with other seeds.

    Attributes:
        sd: standard deviation of the mean difference over seeds; a number, or one a measure, shape (M,).
        df: degrees of freedom it was estimated with; inf where it is known.
    """

    sd: Floats
    df: float


NO_LOTS = SeedNoise(np.zeros(1), np.inf)  # of models that draw none: equal data, equal model


@dataclass(frozen=True, eq=False)
class TwoLevel:
    """Mean differences of M measures, each shape (M,).

    Attributes:
        low, high: 95 % interval over other people and other seeds; over other people alone where nothing
            is known of the seeds.
        p_value: chance of so large a difference, were there none; NaN where nothing is known of the seeds.
        seed_noise: standard deviation over seeds of one pair's difference; NaN where unknown.
        num_people: with a value; a measure of fewer than two has no interval.
    """

    mean: Floats
    low: Floats
    high: Floats
    p_value: Floats
    seed_noise: Floats
    num_people: NDArray[np.int64]


def two_level(diff_SUM: Floats, *, noise: SeedNoise | None = None, seed: int = 0) -> TwoLevel:
    """The mean differences, with what people and seeds leave open.

    Args:
        diff_SUM: second minus first for each seed and person; shape (S, U) or (S, U, M). NaN where a measure
            is not defined for a person.
        noise: what is known of the seeds besides; pooled with what these seeds show.
        seed: which redraws of the people.
    """
    diff_SUM = diff_SUM[:, :, None] if diff_SUM.ndim == 2 else diff_SUM
    known_UM = np.asarray(~np.isnan(diff_SUM).any(axis=0))
    parts = _Parts.of(np.where(known_UM, diff_SUM, 0.0), known_UM)
    noise_M, df = _pooled(parts, noise)
    told_M = np.isfinite(noise_M) & (parts.people_M > 1)
    spread = _Spread(parts.error_M, np.where(told_M, noise_M, 0.0) / np.sqrt(parts.num_seeds), df)
    below_M, above_M = parts.stretch_M * _reach(parts, known_UM, seed)
    some_M = np.where(parts.people_M > 1, 0.0, np.nan)
    toward_zero_M = np.where(parts.mean_M > 0, below_M, above_M)
    return TwoLevel(
        mean=np.where(parts.people_M > 0, parts.mean_M, np.nan),
        low=some_M + parts.mean_M - spread.reach(TAIL, below_M),
        high=some_M + parts.mean_M + spread.reach(TAIL, above_M),
        p_value=np.where(told_M, spread.p_value(np.abs(parts.mean_M), toward_zero_M), np.nan),
        seed_noise=noise_M,
        num_people=parts.people_M,
    )


@dataclass(frozen=True, eq=False)
class _Parts:
    """What the differences are made of, each shape (M,) but for x_UM: means over seeds, 0 where unknown.

    Attributes:
        seeds_M: variance of the mean difference over seeds; NaN for a single seed.
        stretch_M: by how much redraws of the people are to be stretched. Up for few people (Hesterberg
            2015, expanded percentiles), down by what seeds do to single people, which seeds_M holds already.
        error_M: standard error over people, so stretched.
    """

    num_seeds: int
    x_UM: Floats
    people_M: NDArray[np.int64]
    mean_M: Floats
    seeds_M: Floats
    stretch_M: Floats
    error_M: Floats

    @classmethod
    def of(cls, x_SUM: Floats, known_UM: Known) -> _Parts:
        num_seeds, people_M = len(x_SUM), known_UM.sum(axis=0)
        count_M = np.maximum(people_M, 1)
        x_UM, mean_SM = x_SUM.mean(axis=0), x_SUM.sum(axis=1) / count_M
        mean_M = mean_SM.mean(axis=0)
        people_var_M = _squares(x_UM - mean_M, known_UM) / (count_M * np.maximum(count_M - 1, 1))
        single_M = np.zeros_like(mean_M)
        if num_seeds > 1:
            rest_SUM = x_SUM - x_UM - (mean_SM - mean_M)[:, None, :]
            freedom_M = (num_seeds - 1) * np.maximum(count_M - 1, 1)
            single_M = _squares(rest_SUM, known_UM).sum(axis=0) / (freedom_M * num_seeds * count_M)
        own_M = np.maximum(people_var_M - single_M, 0.0)
        share_M = np.divide(own_M, people_var_M, out=np.zeros_like(own_M), where=people_var_M > 0)
        wider_M = _for_few(people_M)
        return cls(
            num_seeds=num_seeds,
            x_UM=x_UM,
            people_M=people_M,
            mean_M=mean_M,
            seeds_M=mean_SM.var(axis=0, ddof=1) if num_seeds > 1 else np.full_like(mean_M, np.nan),
            stretch_M=np.sqrt(share_M * count_M / np.maximum(count_M - 1, 1)) * wider_M,
            error_M=np.sqrt(own_M) * wider_M,
        )


def _squares(x: Floats, known_UM: Known) -> Floats:
    """Sum of squares over the people known, the axis before the last."""
    return np.asarray((x**2 * known_UM).sum(axis=-2))


def _for_few(people_M: NDArray[np.int64]) -> Floats:
    """How much wider Student's interval is than the normal one."""
    from scipy.special import ndtri, stdtrit

    return np.asarray(stdtrit(np.maximum(people_M - 1, 1), 0.975) / ndtri(0.975))


def _reach(parts: _Parts, known_UM: Known, seed: int) -> Floats:
    """How far below and above the mean the middle 95 % of redraws of the people reach, shape (2, M).

    More than MOST_GROUPS people are redrawn in groups of equal size, put together by lot.
    """
    num_people = len(known_UM)
    groups = min(num_people, MOST_GROUPS)
    group_U = np.random.default_rng(seed).permutation(num_people) % groups
    sums_GM, counts_GM = np.zeros((2, groups, len(parts.mean_M)), np.float32)
    np.add.at(sums_GM, group_U, parts.x_UM - parts.mean_M * known_UM)
    np.add.at(counts_GM, group_U, known_UM)
    weight_RG = _redraws(groups, seed)
    count_RM = weight_RG @ counts_GM
    moved_RM = np.divide(weight_RG @ sums_GM, count_RM, out=np.zeros_like(count_RM), where=count_RM > 0)
    low_M, high_M = np.quantile(moved_RM, [TAIL, 1 - TAIL], axis=0)
    return np.stack([-low_M, high_M]).astype(np.float64)


@lru_cache(maxsize=2)
def _redraws(groups: int, seed: int) -> NDArray[np.float32]:
    """How often each redraw has each group, shape (R, G); read-only, as all measures share it."""
    draw = np.random.default_rng(seed)
    weight_RG = np.empty((REDRAWS, groups), np.float32)
    for row_G in weight_RG:
        row_G[:] = np.bincount(draw.integers(groups, size=groups), minlength=groups)
    weight_RG.flags.writeable = False
    return weight_RG


def _pooled(parts: _Parts, noise: SeedNoise | None) -> tuple[Floats, float]:
    """Seed noise and its degrees of freedom, from these seeds and what else is known; NaN where unknown."""
    own_df = parts.num_seeds - 1
    if noise is None:
        return np.sqrt(parts.seeds_M), max(own_df, 1)
    sd_M = np.broadcast_to(noise.sd, parts.mean_M.shape).astype(np.float64)
    if own_df == 0 or np.isinf(noise.df):
        return sd_M, noise.df
    df = own_df + noise.df
    return np.sqrt((own_df * parts.seeds_M + noise.df * sd_M**2) / df), df


@dataclass(frozen=True, eq=False)
class _Spread:
    """Standard errors of the mean over people and over seeds, shape (M,), and the latter's freedom."""

    people_M: Floats
    seeds_M: Floats
    df: float

    def reach(self, tail: float | Floats, people_reach_M: Floats) -> Floats:
        """How far the mean may be from the truth on one side, but for this tail.

        Args:
            people_reach_M: how far for people's sake alone, at the tail TAIL.
        """
        from scipy.special import ndtri, stdtrit

        quantile = -ndtri(tail)
        t = quantile if np.isinf(self.df) else -stdtrit(self.df, tail)
        t = np.nan_to_num(t, nan=FAR, posinf=FAR)  # so far out that it has no number
        people = self.people_M * people_reach_M * quantile / -ndtri(TAIL)
        total_M = np.hypot(self.people_M, self.seeds_M)
        weighted_M = people + self.seeds_M**2 * t
        return np.divide(weighted_M, total_M, out=np.zeros_like(total_M), where=total_M > 0)

    def p_value(self, size_M: Floats, people_reach_M: Floats) -> Floats:
        """Two-sided: twice the tail that reaches from the mean to 0 and no further; by bisection."""
        from scipy.special import ndtr

        low_M, high_M = np.zeros_like(size_M), np.full_like(size_M, LARGEST_Z)
        for _ in range(BISECTIONS):
            middle_M = (low_M + high_M) / 2
            far_M = self.reach(ndtr(-middle_M), people_reach_M) > size_M
            low_M, high_M = np.where(far_M, low_M, middle_M), np.where(far_M, middle_M, high_M)
        return np.where(size_M > 0, 2 * ndtr(-low_M), 1.0)


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values as they count when so many questions are asked at once (Holm 1979); NaN stays NaN."""
    values = np.asarray(p_values, np.float64)
    order = np.argsort(values)  # NaN last
    asked = int((~np.isnan(values)).sum())
    factor = np.maximum(asked - np.arange(len(values)), 1)
    corrected = np.empty_like(values)
    corrected[order] = np.minimum(np.maximum.accumulate(values[order] * factor), 1.0)
    return [float(value) for value in corrected]


def detectable(
    people_sd: float, num_people: int, *, num_seeds: int = 1, noise: SeedNoise = NO_LOTS, power: float = POWER
) -> float:
    """The smallest true mean difference that is found with this power at 95 % confidence.

    Args:
        people_sd: standard deviation of the difference over people.
        noise: what the seeds do to one pair's difference.
    """
    from scipy.special import stdtrit

    people, seeds = people_sd**2 / num_people, float(noise.sd.mean()) ** 2 / num_seeds
    if people + seeds == 0:
        return 0.0
    per_freedom = seeds**2 / noise.df + people**2 / max(num_people - 1, 1)
    freedom = (people + seeds) ** 2 / per_freedom  # Satterthwaite 1946
    return float(np.sqrt(people + seeds) * (stdtrit(freedom, 1 - TAIL) + stdtrit(freedom, power)))
