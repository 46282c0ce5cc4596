"""Whether a log can answer for a strategy at all, and if not, why.

A check takes what is known of the support and gives a Refusal or None. To add one: write it, then add it to
CHECKS. They are asked in order, and all reasons that hold are told.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from recengine.core.words import count, plural
from recengine.strategy.off_policy.interval import ratio_interval
from recengine.strategy.off_policy.log import Floats, Ints, Log
from recengine.strategy.off_policy.policy import Policy

FEWEST_EFFECTIVE = 50  # lists: with fewer, intervals of our trials held the truth less often than they said
FEWEST_PEOPLE = 30
FEWEST_REWARDED = 10  # lists that earned something and that the new strategy would have shown, too
MOST_UNSEEN = 0.01  # share of the new strategy's places that may go to what the log never shows
SURE = 0.99  # of a mean weight that is not 1: fewer than 1 in 100 good logs are turned away for it


@dataclass(frozen=True)
class Refusal:
    """Why nothing can be said.

    Attributes:
        code: a word for programs.
        reason: what was found, in a sentence.
        remedy: what would make an answer possible.
    """

    code: str
    reason: str
    remedy: str


@dataclass(frozen=True, eq=False)
class Support:
    """How much of the new strategy the log has seen.

    Attributes:
        without: rows without a propensity; impossible: rows shown with chance 0.
        effective: effective sample size (Kish 1965), in lists: a log of so many lists of the new strategy's
            own would tell about as much.
        largest_weight: how often at most one row is counted.
        largest_share: of all weight that one person's rows have.
        seen, seen_from, seen_to: mean weight, and its interval of 99 %. 1 where the log could show all that
            the new strategy shows; less by the share that it could not.
        unseen: share of the new strategy's places that go to items the log shows nowhere, or could not show.
        unseen_items: those items, the most frequent first.
        rewarded: lists with a reward on a row that has a weight.
        always: whether everything was shown for sure, with nothing left to chance.
    """

    rows: int
    lists: int
    people: int
    without: int
    impossible: int
    effective: float
    largest_weight: float
    largest_share: float
    seen: float
    seen_from: float
    seen_to: float
    unseen: float
    unseen_items: Ints
    rewarded: int
    always: bool


def support_of(log: Log, policy: Policy, weight_N: Floats) -> Support:
    """What is known of it; weights are 0 where the propensity is missing."""
    missing_N = np.isnan(log.propensities)
    total = weight_N.sum()
    seen = ratio_interval(log.by_person(weight_N), log.by_person(policy.total_of_row), confidence=SURE)
    never_M = ~np.isin(policy.items, log.items)
    if policy.possible is not None:
        never_M |= ~policy.possible
    return Support(
        rows=len(log),
        lists=log.num_lists,
        people=log.num_persons,
        without=int(missing_N.sum()),
        impossible=int((log.propensities == 0).sum()),
        effective=float(total**2 / (weight_N**2).sum() * log.num_lists / len(log)) if total else 0.0,
        largest_weight=float(weight_N.max()),
        largest_share=float(log.by_person(weight_N).max() / total) if total else 0.0,
        seen=seen.mean,
        seen_from=seen.low,
        seen_to=seen.high,
        unseen=float(policy.chances[never_M].sum() / policy.chances.sum()) if policy.chances.sum() else 0.0,
        unseen_items=_most_shown(policy.items[never_M], policy.chances[never_M]),
        rewarded=len(np.unique(log.list_of[(weight_N > 0) & (log.rewards != 0)])),
        always=bool((log.propensities == 1).all()),
    )


def _most_shown(items_M: Ints, chances_M: Floats) -> Ints:
    known, at_M = np.unique(items_M, return_inverse=True)
    return np.asarray(known[np.argsort(-np.bincount(at_M, chances_M, minlength=len(known)), kind="stable")])


def refusals(support: Support) -> tuple[Refusal, ...]:
    """All reasons why this log cannot answer; none where it can."""
    # Without propensities there are no weights, and nothing else can be checked.
    checks = CHECKS[:1] if support.without == support.rows else CHECKS
    found = (check(support) for check in checks)
    return tuple(refusal for refusal in found if refusal is not None)


def _no_propensities(support: Support) -> Refusal | None:
    if not support.without:
        return None
    told = (
        "none of its rows has"
        if support.without == support.rows
        else f"{count(support.without)} of {count(support.rows)} rows lack"
    )
    return Refusal(
        "no propensities",
        f"the log does not say by what chance its items were shown ({told} a propensity)",
        "show lists with some exploration, which logs its propensities",
    )


def _impossible(support: Support) -> Refusal | None:
    if not support.impossible:
        return None
    return Refusal(
        "propensity zero",
        f"{plural(support.impossible, 'row')} of the log were shown although their propensity is 0",
        "mend what writes the propensities",
    )


def _nothing_left_to_chance(support: Support) -> Refusal | None:
    if not support.always or support.seen >= 1 - MOST_UNSEEN:
        return None
    return Refusal(
        "no exploration",
        "the log left nothing to chance (every propensity is 1), and the new strategy would show other items "
        f"in {1 - support.seen:.0%} of the places",
        "show lists with some exploration first",
    )


def _unseen(support: Support) -> Refusal | None:
    if support.unseen <= MOST_UNSEEN:
        return None
    return Refusal(
        "unseen items",
        f"{support.unseen:.1%} of what the new strategy shows was never shown, or could not be, where "
        "it would show it",
        "let the exploration show these items, too, or leave them out of the strategy",
    )


def _missing_mass(support: Support) -> Refusal | None:
    if support.always or not support.seen_to < 1 - MOST_UNSEEN:
        return None
    return Refusal(
        "missing support",
        f"the log covers only about {support.seen:.0%} of what the new strategy shows (at most "
        f"{support.seen_to:.0%}), the rest was shown too seldom or never: the mean weight is "
        f"{support.seen:.2f} and would be 1",
        "let the exploration reach all that the new strategy shows, or check the propensities",
    )


def _wrong_propensities(support: Support) -> Refusal | None:
    if not support.seen_from > 1 + MOST_UNSEEN:
        return None
    return Refusal(
        "wrong propensities",
        f"the propensities do not fit what was shown: the new strategy's mean weight is {support.seen:.2f} "
        "and would be 1",
        "check what writes the propensities: the chance of this item at this place, for this person",
    )


def _too_few(support: Support) -> Refusal | None:
    if support.effective >= FEWEST_EFFECTIVE:
        return None
    return Refusal(
        "effective sample too small",
        f"the {count(support.lists)} lists of the log tell about the new strategy as much as "
        f"{support.effective:.1f} lists of its own would; {FEWEST_EFFECTIVE} are needed",
        "log more lists, explore more, or take a strategy that is nearer to the one that was shown",
    )


def _few_people(support: Support) -> Refusal | None:
    if support.people >= FEWEST_PEOPLE:
        return None
    return Refusal(
        "too few people",
        f"the log is of {plural(support.people, 'person')}; {FEWEST_PEOPLE} are needed for an interval",
        "log more people",
    )


def _few_rewards(support: Support) -> Refusal | None:
    if support.rewarded >= FEWEST_REWARDED:
        return None
    return Refusal(
        "too few rewards",
        f"{plural(support.rewarded, 'list')} earned something where the new strategy would have shown the "
        f"same; {FEWEST_REWARDED} are needed",
        "log more lists, or ask about a reward that is less rare",
    )


CHECKS: tuple[Callable[[Support], Refusal | None], ...] = (
    _no_propensities,
    _impossible,
    _nothing_left_to_chance,
    _unseen,
    _missing_mass,
    _wrong_propensities,
    _few_people,
    _too_few,
    _few_rewards,
)
