"""Off-policy evaluation: how often intervals hold the truth, and how far off it is beside obp.

    python -m tests.benchmarks.bench_off_policy coverage --trials 1000
    pip install --no-deps obp==0.4.1   # in an environment of its own
    python -m tests.benchmarks.bench_off_policy obp --trials 100

coverage: trials in which the 95 % interval of a value, and of the gain, held the truth, of the logs that
were not turned away; over sizes, distances between policies, and rewards that are clicks or money.
obp: the largest difference where both define an estimate alike, and relative errors on obp's own bandit and
ours, each with its own reward model.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from functools import cache
from itertools import product
from typing import Any

import numpy as np

from recengine.strategy.off_policy.estimators import ESTIMATORS, HEADLINE
from recengine.strategy.off_policy.evaluation import a_list, earned_by, evaluate, gain_by, parts_of
from recengine.strategy.off_policy.log import Floats, Log
from recengine.strategy.off_policy.policy import Policy
from recengine.strategy.off_policy.reward_model import cross_fitted
from recengine.strategy.off_policy.support import refusals, support_of
from tests.benchmarks.bandits import ACTIONS, Bandit

SIZES, EXPLORED, DISTANCES, SPREADS = (500, 2000), (0.1, 0.3, 1.0), (0.3, 2.0), (0.0, 0.7)
OBP_ACTIONS, OBP_WIDTH, OBP_ENDLESS, OBP_SIZES = 10, 5, 100_000, (500, 2000, 10_000)
WITH_INTERVAL = [name for name, one in ESTIMATORS.items() if one.weighted]
ALIKE = {"ips": "ipw", "snips": "snipw", "dm": "dm", "dr": "dr", "sndr": "sndr", "switch-dr": "switch-dr"}


def coverage(trials: int) -> Iterator[str]:
    """A line a cell."""
    for rows, explore, distance, spread in product(SIZES, EXPLORED, DISTANCES, SPREADS):
        bandit = Bandit(explore, distance, spread, rows)
        held = np.array([hits for seed in range(trials) if (hits := _held(bandit, seed)) is not None])
        kept = f"{len(held)} of {trials} answered"
        rates = (
            f"{name} {rate:.1%}"
            for name, rate in zip((*WITH_INTERVAL, "gain", "lift"), held.mean(axis=0), strict=True)
        )
        cell = f"{rows} rows, explored {explore}, distance {distance}, spread {spread}"
        yield f"{cell}: {kept}; {', '.join(rates)}"


def _held(bandit: Bandit, seed: int) -> list[bool] | None:
    """Whether each estimator's interval, and that of the gain, held the truth; None where none was given."""
    log, policy = bandit.draw(seed)
    parts = parts_of(log, policy, cross_fitted(log))
    if refusals(support_of(log, policy, parts.weights)):
        return None
    value, shown = bandit.value(), bandit.shown_value()
    limit = np.sqrt(log.num_lists)
    told = [a_list(log, ESTIMATORS[name].function(parts, limit), parts.weights) for name in WITH_INTERVAL]
    head_N = ESTIMATORS[HEADLINE].function(parts, limit)
    more = [gain_by(log, head_N, under_C) for under_C in (log.lists_of_person, earned_by(log))]
    truths = [*[value] * len(told), value - shown, value / shown - 1]
    return [one.low <= truth <= one.high for one, truth in zip([*told, *more], truths, strict=True)]


def against_obp(trials: int) -> Iterator[str]:
    """Differences where both are defined alike, then relative errors for each size."""
    yield f"largest difference from obp where both are defined alike: {largest_difference():.1e}"
    for rows, beta in product(OBP_SIZES, (-3.0, 3.0)):
        logs = (_obp_log(rows, beta, seed) for seed in range(trials))
        yield f"obp's bandit, {rows} rows, beta {beta}: {_compared(logs, _obp_truth(beta))}"
    for rows, spread in product(OBP_SIZES, SPREADS):
        bandit = Bandit(0.3, 1.0, spread, rows)
        logs = (_our_log(bandit, seed) for seed in range(trials))
        yield f"ours, {rows} rows, spread {spread}: {_compared(logs, bandit.value())}"


def _compared(logs: Iterator[tuple[dict[str, Any], Floats]], truth: float) -> str:
    """Root mean square of relative errors, each side with its own cross-fitted reward model."""
    sides = [(_our_values(*log, None), _obp_values(*log, _obp_model(*log))) for log in logs]
    ours, theirs = zip(*sides, strict=True)
    return ", ".join(
        f"{name} {_rms(ours, name, truth):.4f} (obp {_rms(theirs, name, truth):.4f})" for name in ALIKE
    )


def _rms(values: tuple[dict[str, float], ...], name: str, truth: float) -> float:
    return float(np.sqrt(np.mean([(value[name] / truth - 1) ** 2 for value in values])))


def largest_difference() -> float:
    """Over all estimators, on one log, with one reward model for both."""
    feedback, chance_NA = _obp_log(2000, 1.0, 0)
    modelled_NA1 = np.random.default_rng(0).random((*chance_NA.shape, 1))
    theirs = _obp_values(feedback, chance_NA, modelled_NA1)
    ours = _our_values(feedback, chance_NA, modelled_NA1[:, :, 0])
    return max(abs(ours[name] - theirs[name]) for name in ALIKE)


def _our_values(feedback: dict[str, Any], chance_NA: Floats, modelled_NA: Floats | None) -> dict[str, float]:
    """With a reward model of its own where none is given."""
    items = feedback["action"].astype(np.int64)
    log = Log.of_actions(items, feedback["reward"].astype(float), feedback["pscore"], feedback["context"])
    policy = Policy.dense(chance_NA)
    if modelled_NA is None:
        return {name: told.mean for name, told in evaluate(log, policy).estimates.items()}
    parts = parts_of(log, policy, cross_fitted(log))
    parts = type(parts)(
        log.rewards,
        parts.weights,
        modelled_NA[np.arange(len(log)), items],
        (chance_NA * modelled_NA).sum(axis=1),
    )
    return {name: float(one.function(parts, np.sqrt(len(log))).mean()) for name, one in ESTIMATORS.items()}


def _obp_model(feedback: dict[str, Any], chance_NA: Floats) -> Floats:
    """As obp's own examples have it: a (logistic) regression, cross-fitted in three folds."""
    from obp.ope import RegressionModel  # type: ignore[import-not-found]
    from sklearn.linear_model import LinearRegression, LogisticRegression

    clicks = set(np.unique(feedback["reward"])) <= {0, 1}
    model = RegressionModel(
        n_actions=chance_NA.shape[1],
        action_context=feedback["action_context"],
        base_model=LogisticRegression(max_iter=1000) if clicks else LinearRegression(),
    )
    asked = {key: feedback[key] for key in ("context", "action", "reward", "pscore")}
    return np.asarray(model.fit_predict(**asked, n_folds=3, random_state=0))


def _obp_values(feedback: dict[str, Any], chance_NA: Floats, modelled_NA1: Floats) -> dict[str, float]:
    from obp import ope  # type: ignore[import-not-found]

    switch = ope.SwitchDoublyRobust(tau=float(np.sqrt(len(chance_NA))))
    estimators = [
        *(ope.InverseProbabilityWeighting(), ope.SelfNormalizedInverseProbabilityWeighting()),
        *(ope.DirectMethod(), ope.DoublyRobust(), ope.SelfNormalizedDoublyRobust(), switch),
    ]
    asked = {
        **{key: feedback[key] for key in ("action", "reward", "pscore")},
        "action_dist": chance_NA[:, :, None],
        "estimated_rewards_by_reg_model": modelled_NA1,
        "position": np.zeros(len(chance_NA), dtype=int),
    }
    return {
        name: float(estimator.estimate_policy_value(**asked))
        for name, estimator in zip(ALIKE, estimators, strict=True)
    }


def _obp_log(rows: int, beta: float, seed: int) -> tuple[dict[str, Any], Floats]:
    """A log of obp's own bandit, and what a softmax of its expected rewards would show."""
    from obp.dataset import (  # type: ignore[import-not-found]
        SyntheticBanditDataset,
        linear_behavior_policy,
        logistic_reward_function,
    )

    dataset = SyntheticBanditDataset(
        n_actions=OBP_ACTIONS,
        dim_context=OBP_WIDTH,
        reward_function=logistic_reward_function,
        behavior_policy_function=linear_behavior_policy,
        random_state=12345,
    )
    dataset.random_ = np.random.RandomState(seed)  # the same bandit, another log
    feedback = dataset.obtain_batch_bandit_feedback(rows)
    logit_NA = beta * feedback["expected_reward"]
    chance_NA = np.exp(logit_NA - logit_NA.max(axis=1, keepdims=True))
    return feedback, chance_NA / chance_NA.sum(axis=1, keepdims=True)


def _our_log(bandit: Bandit, seed: int) -> tuple[dict[str, Any], Floats]:
    """One of ours in obp's words."""
    log, policy = bandit.draw(seed)
    chance_NA = np.zeros((len(log), ACTIONS))
    chance_NA[policy.rows, policy.items] = policy.chances
    told = {"action": log.items, "reward": log.rewards, "pscore": log.propensities, "context": log.contexts}
    return {**told, "action_context": np.eye(ACTIONS)}, chance_NA


@cache
def _obp_truth(beta: float) -> float:
    feedback, chance_NA = _obp_log(OBP_ENDLESS, beta, 99)
    return float((chance_NA * feedback["expected_reward"]).sum(axis=1).mean())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("part", choices=["coverage", "obp"])
    parser.add_argument("--trials", type=int, default=1000)
    options = parser.parse_args()
    for line in (coverage if options.part == "coverage" else against_obp)(options.trials):
        print(line, flush=True)
