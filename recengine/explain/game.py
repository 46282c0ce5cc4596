"""The game that Shapley values share out: what a model says of each coalition of players.

A coalition is scored as the edited profile it is, so its value is exactly what the model would say. What is
removed from the past does not become a candidate: which items compete is fixed by the whole profile.

Shapes: P players, Z coalitions, M candidates, R rivals, C feature columns of items.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from recengine.core.errors import ExplanationError
from recengine.core.profiles import Profiles
from recengine.explain.players import NOTHING, Kind, Players, actions_of, features_of, grouped
from recengine.models.base import Candidates, Recommender, joined

Question = Literal["score", "ahead", "above"]
QUESTIONS: dict[Question, str] = {
    "score": "Why this score?",
    "ahead": "Why ahead of the others?",
    "above": "Why above the other one?",
}
NO_RIVALS = np.zeros(0, np.int32)
MOST_ACTIONS = 40
TINY = 1e-12
Judge = Callable[[NDArray[np.float64]], NDArray[np.float64]]  # scores of candidates (Z, M) -> values (Z,)


@dataclass(frozen=True, eq=False)
class Game:
    """One question about one item and one person.

    Attributes:
        profile: of one person.
        question: score: the item's score. ahead: that minus the log of the sum of exp of the rivals' scores.
            above: that minus the score of `other`.
        rivals: item codes, shape (R,), for "ahead"; they keep all their features.

    Raises:
        ExplanationError: "ahead" of nobody.
    """

    model: Recommender[Any]
    profile: Profiles
    item: int
    players: Players
    question: Question = "score"
    rivals: NDArray[np.int32] = field(default_factory=lambda: NO_RIVALS)
    other: int = NOTHING

    def __post_init__(self) -> None:
        if self.question == "ahead" and not len(self.rivals):
            raise ExplanationError(
                "no other item can be on this list, so there is nothing to be ahead of. Ask for the reasons "
                "of the score instead."
            )

    def value(self, present_ZP: NDArray[np.bool_]) -> NDArray[np.float64]:
        """What the model says of each coalition, in the unit of its scores; shape (Z,)."""
        return play([self], np.asarray(present_ZP, bool))[0]

    @property
    def stage(self) -> tuple[object, ...]:
        """Games with an equal stage are played by the same people, whatever the item and the question."""
        features = tuple(
            (p, player.column) for p, player in enumerate(self.players) if player.kind == "person"
        )
        return id(self.model), id(self.profile), len(self.players), self.players.events.tobytes(), features

    def asked(self, present_ZP: NDArray[np.bool_]) -> tuple[Candidates, Judge]:
        """The candidates to be scored for every coalition, and what makes values of their scores."""
        own, own_Z = self._edited("item", self.item, present_ZP)
        rows, first = np.arange(len(present_ZP)), len(own.items)
        if self.question == "ahead":
            shown = Candidates(self.rivals, np.zeros((len(self.rivals), own.hidden_MC.shape[1]), bool))
            return joined([own, shown]), lambda score: score[rows, own_Z] - _log_sum_exp(score[:, first:])
        if self.question == "above":
            other, other_Z = self._edited("other", self.other, present_ZP)
            return joined([own, other]), lambda score: score[rows, own_Z] - score[rows, first + other_Z]
        return own, lambda score: score[rows, own_Z]

    def _edited(
        self, kind: Kind, item: int, present_ZP: NDArray[np.bool_]
    ) -> tuple[Candidates, NDArray[np.int64]]:
        """The item with each set of features hidden that occurs, and which of them each coalition has."""
        hidden_MC, which_Z = np.unique(self.players.hidden(present_ZP, kind), axis=0, return_inverse=True)
        return Candidates(np.full(len(hidden_MC), item, np.int32), hidden_MC), which_Z


def play(games: Sequence[Game], present_ZP: NDArray[np.bool_]) -> NDArray[np.float64]:
    """What the model says of each coalition in each of some games with an equal stage; shape (games, Z)."""
    asked = [game.asked(present_ZP) for game in games]
    candidates = joined([candidates for candidates, _ in asked])
    people = games[0].players.people(present_ZP)
    score_ZM = games[0].model.score_candidates(people, candidates).astype(np.float64)
    ends = np.cumsum([len(candidates.items) for candidates, _ in asked])
    score_of_each = np.split(score_ZM, ends[:-1], axis=1)
    return np.array([judge(score) for (_, judge), score in zip(asked, score_of_each, strict=True)])


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
    features = features_of(model, profile, item, other if question == "above" else NOTHING)
    actions = actions_of(profile)
    players = Players((*actions, *features), profile, model.item_columns)
    game = Game(model, profile, item, players, question, rivals, other)
    return grouped_games([game], most=most, category_I=category_I, expand=expand)[0]


def games_of(
    model: Recommender[Any],
    profile: Profiles,
    items: Sequence[int],
    question: Literal["score", "ahead"] = "score",
    *,
    best: NDArray[np.int32] = NO_RIVALS,
    most: int = MOST_ACTIONS,
    category_I: NDArray[np.int64] | None = None,
) -> list[Game]:
    """A game for each of some items of one person, all over the same actions and groups.

    Args:
        best: each item has these rivals without itself, or without the last where it is not among them.
    """
    games = [
        game_of(model, profile, item, question, rivals=others(best, item), most=len(profile.items))
        for item in items
    ]
    return grouped_games(games, most=most, category_I=category_I)


def others(best: NDArray[np.int32], item: int) -> NDArray[np.int32]:
    """One fewer than these: without the item, or without the last where it is not among them."""
    return best[best != item][: max(0, len(best) - 1)]


def grouped_games(
    games: Sequence[Game],
    *,
    most: int,
    category_I: NDArray[np.int64] | None = None,
    expand: Collection[tuple[Kind, int]] = (),
) -> list[Game]:
    """Games whose players are all single actions, with the actions that tell least in all of them grouped."""
    num_actions = sum(player.kind == "action" for player in games[0].players)
    telling_A = np.zeros(num_actions)
    if num_actions > most:
        telling_GA = np.array([_telling(game, num_actions) for game in games])
        telling_A = (telling_GA / (telling_GA.max(axis=1, keepdims=True) + TINY)).max(axis=0)
    actions = list(games[0].players)[:num_actions]
    past = grouped(actions, telling_A, most=most, category_I=category_I, expand=expand)
    return [
        replace(game, players=replace(game.players, of=(*past, *game.players.of[num_actions:])))
        for game in games
    ]


def _telling(game: Game, num_actions: int) -> NDArray[np.float64]:
    """How much each action matters, roughly: what goes when it alone goes, and what it alone brings."""
    alone_AP = np.eye(num_actions, len(game.players), dtype=bool)
    ends = np.array([[False], [True]]).repeat(len(game.players), axis=1)
    value_Z = game.value(np.concatenate([ends, alone_AP, ~alone_AP]))
    brought_A, left_A = np.split(value_Z[2:], 2)
    return np.abs(brought_A - value_Z[0]) + np.abs(value_Z[1] - left_A)


def _log_sum_exp(score_ZR: NDArray[np.float64]) -> NDArray[np.float64]:
    top_Z = score_ZR.max(axis=1)
    return top_Z + np.log(np.exp(score_ZR - top_Z[:, None]).sum(axis=1))
