"""The game that Shapley values share out: what a model says of each coalition of players.

A coalition is scored as the edited profile it is, so its value is exactly what the model would say. What is
removed from the past does not become a candidate: which items compete is fixed by the whole profile.

Shapes: P players, Z coalitions, M candidates, R rivals, C feature columns of items.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from recengine.core.profiles import Profiles
from recengine.explain.players import NOTHING, Kind, Players, actions_of, features_of, grouped
from recengine.models.base import Candidates, Recommender

Question = Literal["score", "ahead", "above"]
QUESTIONS: dict[Question, str] = {
    "score": "Why this score?",
    "ahead": "Why ahead of the others?",
    "above": "Why above the other one?",
}
NO_RIVALS = np.zeros(0, np.int32)
MOST_ACTIONS = 40


@dataclass(frozen=True, eq=False)
class Game:
    """One question about one item and one person.

    Attributes:
        profile: of one person.
        question: score: the item's score. ahead: that minus the log of the sum of exp of the rivals' scores.
            above: that minus the score of `other`.
        rivals: item codes, shape (R,), for "ahead"; they keep all their features.
    """

    model: Recommender[Any]
    profile: Profiles
    item: int
    players: Players
    question: Question = "score"
    rivals: NDArray[np.int32] = field(default_factory=lambda: NO_RIVALS)
    other: int = NOTHING

    def value(self, present_ZP: NDArray[np.bool_]) -> NDArray[np.float64]:
        """What the model says of each coalition, in the unit of its scores; shape (Z,)."""
        people, hidden_ZC, hidden_other_ZC = self.players.presence(np.asarray(present_ZP, bool))
        own_HC, which_Z = np.unique(hidden_ZC, axis=0, return_inverse=True)
        tables, rows = [own_HC], np.arange(len(present_ZP))
        items = [np.full(len(own_HC), self.item)]
        if self.question == "above":
            other_HC, other_Z = np.unique(hidden_other_ZC, axis=0, return_inverse=True)
            tables, items = [*tables, other_HC], [*items, np.full(len(other_HC), self.other)]
        if self.question == "ahead":
            shown_RC = np.zeros((len(self.rivals), hidden_ZC.shape[1]), bool)
            tables, items = [*tables, shown_RC], [*items, self.rivals]
        candidates = Candidates(np.concatenate(items).astype(np.int32), np.concatenate(tables))
        score_ZM = self.model.score_candidates(people, candidates).astype(np.float64)
        own_Z = score_ZM[rows, which_Z]
        if self.question == "score":
            return own_Z
        if self.question == "above":
            return own_Z - score_ZM[rows, len(own_HC) + other_Z]
        return own_Z - _log_sum_exp(score_ZM[:, len(own_HC) :])


def game_of(
    model: Recommender[Any],
    profile: Profiles,
    item: int,
    question: Question = "score",
    *,
    rivals: NDArray[np.int32] = NO_RIVALS,
    other: int = NOTHING,
    most: int = MOST_ACTIONS,
    category_I: NDArray[np.int64] | None = None,
    expand: Collection[tuple[Kind, int]] = (),
) -> Game:
    """The game over all players there are; see `players.grouped` for the last three arguments."""
    actions = actions_of(profile)
    features = features_of(model, profile, item, other if question == "above" else NOTHING)

    def game(of: list[Any]) -> Game:
        players = Players((*of, *features), profile, model.item_columns)
        return Game(model, profile, item, players, question, rivals, other)

    telling_A = np.zeros(len(actions)) if len(actions) <= most else _telling(game(actions), len(actions))
    return game(grouped(actions, telling_A, most=most, category_I=category_I, expand=expand))


def _telling(game: Game, num_actions: int) -> NDArray[np.float64]:
    """How much each action matters, roughly: what goes when it alone goes, and what it alone brings."""
    first_AP = np.zeros((num_actions, len(game.players)), bool)
    first_AP[np.arange(num_actions), np.arange(num_actions)] = True
    ends = game.value(np.stack([first_AP[0] * False, first_AP[0] | True]))
    return np.abs(ends[1] - game.value(~first_AP)) + np.abs(game.value(first_AP) - ends[0])


def _log_sum_exp(score_ZR: NDArray[np.float64]) -> NDArray[np.float64]:
    top_Z = score_ZR.max(axis=1)
    return top_Z + np.log(np.exp(score_ZR - top_Z[:, None]).sum(axis=1))
