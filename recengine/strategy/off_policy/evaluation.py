"""What a new strategy would have earned, whether that is more than was earned, and what it rests on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from recengine.core.errors import DataError
from recengine.metrics.intervals import Interval
from recengine.strategy.off_policy.estimators import ESTIMATORS, HEADLINE, MODEL_ALONE, Parts
from recengine.strategy.off_policy.interval import ratio_interval
from recengine.strategy.off_policy.log import Floats, Log
from recengine.strategy.off_policy.policy import Policy
from recengine.strategy.off_policy.reward_model import RewardModel, cross_fitted
from recengine.strategy.off_policy.support import Refusal, Support, refusals, support_of

ONE_PLACE = (
    "A row's propensity is the chance with which it was shown, and people would have acted on the new "
    "strategy's items as they did on the same items in the log.",
    "People are alike: what is known of those of the log holds for others of the same kind.",
)
MORE_PLACES = (
    "What a place earns depends on its item and the place alone, not on the other items of the list "
    "(item-position model).",
)


@dataclass(frozen=True, eq=False)
class Evaluation:
    """A new strategy against the one that was shown.

    Attributes:
        estimates: a list's value under the new strategy, by every estimator that the log allows; without an
            interval by the reward model alone.
        limit: the weight above which clipping and switching set in: the root of the number of lists.
        today: a list's value as shown.
        gain: the new strategy's value less today's, by the estimator of the verdict.
        lift: the same as a share of today's; NaN where today's is not above 0.
        places: a row a place of the list: position, today, new, low, high.
        refused: why nothing can be said; empty where it can.
        assumes: what must hold for the figures to mean what they say.
    """

    estimates: dict[str, Interval]
    limit: float
    today: Interval
    gain: Interval
    lift: Interval
    places: pd.DataFrame
    support: Support
    refused: tuple[Refusal, ...]
    assumes: tuple[str, ...]

    @property
    def verdict(self) -> str:
        """better, worse, no real difference, or cannot be said."""
        if self.refused:
            return "cannot be said"
        if self.gain.low > 0:
            return "better"
        return "worse" if self.gain.high < 0 else "no real difference"

    def frame(self) -> pd.DataFrame:
        """One row an estimator: title, value, low, high, limit, explanation."""
        rows = [
            (
                shelf.title,
                told.mean,
                told.low,
                told.high,
                self.limit if shelf.limited else np.inf,
                shelf.explanation,
            )
            for told, shelf in ((told, ESTIMATORS[name]) for name, told in self.estimates.items())
        ]
        return pd.DataFrame(rows, columns=["estimator", "value", "low", "high", "limit", "explanation"])

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        support = {**vars(self.support), "unseen_items": self.support.unseen_items.tolist()}
        return {
            "verdict": self.verdict,
            "today": vars(self.today),
            "gain": vars(self.gain),
            "lift": vars(self.lift),
            "estimates": self.frame().to_dict(orient="records"),
            "places": self.places.to_dict(orient="records"),
            "support": support,
            "refused": [vars(refusal) for refusal in self.refused],
            "assumes": list(self.assumes),
        }


def evaluate(log: Log, policy: Policy, *, seed: int = 0) -> Evaluation:
    """What the policy would have earned on the log's lists.

    Args:
        policy: the new strategy's chances at each row of the log.
        seed: which people are left out together, and which redraws make the intervals.

    Raises:
        DataError: the policy is not over this log's rows.
    """
    if policy.num_rows != len(log):
        raise DataError(
            f"the log has {len(log):,} rows and the policy answers for {policy.num_rows:,} of them."
        )
    model = cross_fitted(log, seed)
    parts = parts_of(log, policy, model)
    weight_N = parts.weights
    support = support_of(log, policy, weight_N)
    known = not (support.without or support.impossible)
    names = list(ESTIMATORS) if known else [MODEL_ALONE]
    limit = np.sqrt(log.num_lists)
    value_N = {name: ESTIMATORS[name].function(parts, limit) for name in names}
    told_N = value_N[HEADLINE if known else MODEL_ALONE]
    return Evaluation(
        estimates={name: _estimate(log, name, value_N[name], weight_N, seed) for name in names},
        limit=float(limit),
        today=a_list(log, log.rewards, seed=seed),
        gain=gain_by(log, told_N, log.lists_of_person, seed),
        lift=gain_by(log, told_N, earned_by(log), seed),
        places=_by_place(log, told_N, weight_N, seed),
        support=support,
        refused=refusals(support),
        assumes=_assumptions(log, policy),
    )


def _assumptions(log: Log, policy: Policy) -> tuple[str, ...]:
    empty = float((policy.total_of_row == 0).mean())
    left = (f"The new strategy leaves {empty:.1%} of the places empty; they earn nothing.",) if empty else ()
    return ONE_PLACE + (MORE_PLACES if log.num_lists < len(log) else ()) + left


def parts_of(log: Log, policy: Policy, model: RewardModel) -> Parts:
    """What the estimators are made of; a row without a propensity above 0 has no weight."""
    known_N = log.propensities > 0
    chance_N = policy.chance_of(log.items)
    return Parts(
        rewards=log.rewards,
        weights=np.divide(chance_N, log.propensities, out=np.zeros(len(log)), where=known_N),
        modelled=model.predict(np.arange(len(log)), log.items),
        expected=policy.expected(model.predict(policy.rows, policy.items)),
    )


def _estimate(log: Log, name: str, value_N: Floats, weight_N: Floats, seed: int) -> Interval:
    """The model alone has no interval: the mistakes of a model do not show in its own spread."""
    told = a_list(log, value_N, weight_N, seed)
    return told if ESTIMATORS[name].weighted else replace(told, low=float("nan"), high=float("nan"))


def a_list(log: Log, value_N: Floats, weight_N: Floats | None = None, seed: int = 0) -> Interval:
    """The mean over lists of what an estimator gives for their rows, with its interval.

    Args:
        weight_N: the rows' weights, where the estimator uses them.
    """
    weight_C = None if weight_N is None else log.by_person(weight_N)
    return ratio_interval(log.by_person(value_N), log.lists_of_person, weight_C=weight_C, seed=seed)


def gain_by(log: Log, value_N: Floats, under_C: Floats, seed: int = 0) -> Interval:
    """What is earned more than today, summed over people and divided by the sum of `under`.

    Such a difference leans to both sides, by its own largest numbers rather than by the largest weights.
    """
    over_C = log.by_person(value_N - log.rewards)
    rest_C = over_C - over_C.sum() / under_C.sum() * under_C if under_C.any() else over_C
    return ratio_interval(over_C, under_C, weight_C=np.abs(rest_C), seed=seed)


def earned_by(log: Log) -> Floats:
    """What each person's lists earned, to tell a gain as a share of it; 0 where all is not above 0."""
    earned_C = log.by_person(log.rewards)
    return earned_C if earned_C.sum() > 0 else np.zeros(log.num_persons)


def _by_place(log: Log, value_N: Floats, weight_N: Floats, seed: int) -> pd.DataFrame:
    """Today's and the new value of each place of the list, a row a place."""
    rows = []
    for position in np.unique(log.positions):
        at_N = log.positions == position
        new = a_list(log, np.where(at_N, value_N, 0.0), np.where(at_N, weight_N, 0.0), seed)
        today = float(log.rewards[at_N].sum()) / log.num_lists
        rows.append((int(position), today, new.mean, new.low, new.high))
    return pd.DataFrame(rows, columns=["position", "today", "new", "low", "high"])
