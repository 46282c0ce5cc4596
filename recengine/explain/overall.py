"""What drives a model overall: many explanations put together, with intervals over people.

A source is what effects are gathered by: a kind of past action, a feature of people, a feature of items.
What is said of a source is a mean over people, each person counting once however many of their items were
explained; intervals come from redrawing the people, so they hold the sampling error of SHAP as well.

Shapes: N explanations, S sources, U people, R redraws of the people.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recengine.core.profiles import Profiles
from recengine.explain.game import NO_RIVALS, Game, Question, others
from recengine.explain.players import Player, Players, features_of
from recengine.models.base import Recommender

Floats = NDArray[np.float64]
REDRAWS, CONFIDENCE = 1000, 0.95
# Mean of |x| for a normal x around 0 with standard deviation 1: what pure sampling error looks like.
FOLDED = float(np.sqrt(2 / np.pi))
SAME = -1  # the kind of past action that is about the very item explained


def kinds_games(
    model: Recommender[Any],
    profile: Profiles,
    items: Sequence[int],
    question: Question,
    *,
    kind_I: NDArray[np.int64],
    best: NDArray[np.int32] = NO_RIVALS,
) -> list[Game]:
    """For each item the game in which all of a person's past actions of one kind are one player.

    What they did with the very item that is explained is a player of its own (an "action"): habit, not taste.

    Args:
        kind_I: the kind of each item of the catalogue; a code from 0.
        best: each item has these rivals without itself, or without the last where it is not among them.
    """
    return [
        Game(
            model,
            profile,
            item,
            Players(
                (*_kinds(profile, item, kind_I), *features_of(model, profile, item)),
                profile,
                model.item_columns,
            ),
            question,
            others(best, item),
        )
        for item in items
    ]


def _kinds(profile: Profiles, item: int, kind_I: NDArray[np.int64]) -> list[Player]:
    """The past of one person: the very item, then kind by kind."""
    kind_E = np.where(profile.items == item, SAME, kind_I[profile.items])
    return [
        Player("action", item, events=np.flatnonzero(kind_E == SAME))
        if kind == SAME
        else Player("group", int(kind), events=np.flatnonzero(kind_E == kind))
        for kind in np.unique(kind_E)
    ]


@dataclass(frozen=True, eq=False)
class Effects:
    """The effects of S sources in N explanations. (Intervals take at least two people.)

    Attributes:
        people_N: whose explanation it is; codes from 0, each of them met.
        effect_NS: 0 where the source has no part in the explanation.
        error_NS: their standard errors.
        there_NS: whether the source has a part in it.
    """

    people_N: NDArray[np.int64]
    effect_NS: Floats
    error_NS: Floats
    there_NS: NDArray[np.bool_]

    @property
    def num_people(self) -> int:
        """How many people there are."""
        return int(self.people_N.max(initial=-1)) + 1

    def where(self, chosen_N: NDArray[np.bool_]) -> Effects:
        """Some of the explanations."""
        people_N = np.unique(self.people_N[chosen_N], return_inverse=True)[1]
        return Effects(people_N, self.effect_NS[chosen_N], self.error_NS[chosen_N], self.there_NS[chosen_N])

    def by_person(self, value_NS: Floats) -> Floats:
        """The mean over each person's explanations, shape (U, S)."""
        total_US = np.zeros((self.num_people, value_NS.shape[1]))
        np.add.at(total_US, self.people_N, value_NS)
        return total_US / np.bincount(self.people_N, minlength=self.num_people)[:, None]


@dataclass(frozen=True, eq=False)
class Span:
    """A value a source and where it would lie, were other people of the same kind asked; each shape (S,)."""

    value: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, eq=False)
class Overall:
    """What each source does on average.

    Attributes:
        strength: mean |effect|, in the unit of the scores.
        signed: mean effect: which way it pushes.
        share: of the strengths of all sources, 0 to 1.
        noise_S: the strength that sampling error alone would show.
        people_S: how many people have it in their explanations.
    """

    strength: Span
    signed: Span
    share: Span
    noise_S: Floats
    people_S: NDArray[np.int64]


def overall(effects: Effects, *, seed: int = 0) -> Overall:
    """Every source's mean over people, with intervals."""
    strength_US = effects.by_person(np.abs(effects.effect_NS))
    signed_US = effects.by_person(effects.effect_NS)
    weight_RU = redraws(effects.num_people, seed)
    drawn_RS = weight_RU @ strength_US
    return Overall(
        strength=_span(strength_US.mean(axis=0), drawn_RS),
        signed=_span(signed_US.mean(axis=0), weight_RU @ signed_US),
        share=_span(_shares(strength_US.mean(axis=0)), _shares(drawn_RS)),
        noise_S=_noise(effects),
        people_S=(effects.by_person(effects.there_NS.astype(float)) > 0).sum(axis=0),
    )


def shares_of_groups(effects: Effects, group_S: NDArray[np.int64], *, seed: int = 0) -> Span:
    """The part that groups of sources have in the strengths of all, shape (groups,).

    Args:
        group_S: the group of each source; codes from 0.
    """
    member_SG = np.eye(int(group_S.max(initial=-1)) + 1)[group_S]
    strength_UG = effects.by_person(np.abs(effects.effect_NS)) @ member_SG
    drawn_RG = redraws(effects.num_people, seed) @ strength_UG
    return _span(_shares(strength_UG.mean(axis=0)), _shares(drawn_RG))


@dataclass(frozen=True, eq=False)
class Drift:
    """How far two models lean on the same sources; scores may have different units, shares have none.

    Attributes:
        first, second: each source's share of all strengths.
        difference: second minus first, over the same people.
        noise_S: the share that sampling error alone would show, the larger of the two.
        agreement, low, high: rank correlation of the two orders of sources, and its interval.
    """

    first: Span
    second: Span
    difference: Span
    noise_S: Floats
    agreement: float
    low: float
    high: float

    @property
    def moved(self) -> NDArray[np.bool_]:
        """True where the difference is beyond chance and beyond sampling error; shape (S,)."""
        beyond_chance = (self.difference.low > 0) | (self.difference.high < 0)
        return beyond_chance & (np.abs(self.difference.value) > self.noise_S)


def drift(first: Effects, second: Effects, *, seed: int = 0) -> Drift:
    """Compare two models over the same people and the same sources, person code by person code."""
    one_US, two_US = (effects.by_person(np.abs(effects.effect_NS)) for effects in (first, second))
    weight_RU = redraws(first.num_people, seed)
    one_S, two_S = _shares(one_US.mean(axis=0)), _shares(two_US.mean(axis=0))
    one_RS, two_RS = _shares(weight_RU @ one_US), _shares(weight_RU @ two_US)
    agreement_R = [_rank_correlation(one, two) for one, two in zip(one_RS, two_RS, strict=True)]
    low, high = _ends(np.array(agreement_R)[:, None])
    return Drift(
        first=_span(one_S, one_RS),
        second=_span(two_S, two_RS),
        difference=_span(two_S - one_S, two_RS - one_RS),
        noise_S=np.maximum(
            _noise(first) / one_US.sum(axis=1).mean(), _noise(second) / two_US.sum(axis=1).mean()
        ),
        agreement=_rank_correlation(one_S, two_S),
        low=float(low[0]),
        high=float(high[0]),
    )


def redraws(num_people: int, seed: int = 0) -> Floats:
    """How much each person counts in each redraw of as many people; rows add up to 1. Shape (R, U)."""
    draw = np.random.default_rng(seed)
    return draw.multinomial(num_people, np.full(num_people, 1 / num_people), size=REDRAWS) / num_people


def _noise(effects: Effects) -> Floats:
    """Mean |effect| were all true effects 0, shape (S,)."""
    return FOLDED * effects.by_person(effects.error_NS).mean(axis=0)


def _shares(strength: Floats) -> Floats:
    """Parts of the whole along the last axis; zeros where nothing has any strength."""
    total = strength.sum(axis=-1, keepdims=True)
    return np.divide(strength, total, out=np.zeros_like(strength), where=total > 0)


def _span(value_S: Floats, drawn_RS: Floats) -> Span:
    low_S, high_S = _ends(drawn_RS)
    return Span(value_S, low_S, high_S)


def _ends(drawn_RS: Floats) -> Floats:
    """Where the middle 95 % of redraws end, shape (2, S)."""
    tail = (1 - CONFIDENCE) / 2
    return np.quantile(drawn_RS, [tail, 1 - tail], axis=0)


def _rank_correlation(first_S: Floats, second_S: Floats) -> float:
    """Spearman's, with ties sharing their ranks; NaN where one side has no order."""
    first, second = _ranks(first_S), _ranks(second_S)
    if not first.std() or not second.std():
        return float("nan")
    return float(np.corrcoef(first, second)[0, 1])


def _ranks(value_S: Floats) -> Floats:
    _, place_S, count = np.unique(value_S, return_inverse=True, return_counts=True)
    ends = np.cumsum(count)
    return (ends - (count - 1) / 2)[place_S]
