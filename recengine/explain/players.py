"""Players: what can be there or absent when a score is explained.

Past actions, the person's features, the item's features. A coalition of players is an edited profile, and
what is hidden of the item; it is scored as anything else is.

Shapes: P players, Z coalitions, E events of the profile, A distinct past items, C feature columns of items.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recengine.core.profiles import Profiles
from recengine.models.base import Recommender

Kind = Literal["action", "group", "person", "item", "other"]
NOTHING = -1


@dataclass(frozen=True, eq=False)
class Player:
    """One thing that can be there or absent.

    Attributes:
        kind: a past action (all events with one item), a group of them, a feature of the person, of the
            item, or of the other item it is compared with.
        code: the item of an action, the category of a group (-1: of several categories), else -1.
        column: the feature's name; "" for actions.
        events: positions in the profile's events, ascending.
    """

    kind: Kind
    code: int = NOTHING
    column: str = ""
    events: NDArray[np.int64] = field(default_factory=lambda: np.zeros(0, np.int64))


@dataclass(frozen=True, eq=False)
class Players:
    """All players of one question, and the profile they come from.

    Events and features that belong to no player are always there.
    """

    of: tuple[Player, ...]
    profile: Profiles
    item_columns: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.of)

    def __iter__(self) -> Iterator[Player]:
        return iter(self.of)

    def __getitem__(self, place: int) -> Player:
        return self.of[place]

    @property
    def events(self) -> NDArray[np.int64]:
        """The player that each event belongs to, -1 where none; shape (E,)."""
        owner_E = np.full(len(self.profile.items), NOTHING, np.int64)
        for place, player in enumerate(self.of):
            owner_E[player.events] = place
        return owner_E

    def presence(
        self, present_ZP: NDArray[np.bool_]
    ) -> tuple[Profiles, NDArray[np.bool_], NDArray[np.bool_]]:
        """What each coalition stands for: a person, and what is hidden of the item and of the other one.

        Returns:
            Z people, and two tables of shape (Z, C), True where a feature counts as unknown.
        """
        return self.people(present_ZP), self.hidden(present_ZP, "item"), self.hidden(present_ZP, "other")

    def people(self, present_ZP: NDArray[np.bool_]) -> Profiles:
        """The edited profile that each coalition stands for."""
        everything_Z1 = np.ones((len(present_ZP), 1), bool)  # what owner -1 points at
        keep_ZE = np.concatenate([present_ZP, everything_Z1], 1)[:, self.events]
        people = self.profile.take(np.zeros(len(present_ZP), np.int64)).where(keep_ZE.ravel())
        return replace(people, features=self._features(present_ZP))

    def hidden(self, present_ZP: NDArray[np.bool_], kind: Kind) -> NDArray[np.bool_]:
        """What counts as unknown of the item ("item") or of the other one ("other"); shape (Z, C)."""
        hidden_ZC = np.zeros((len(present_ZP), len(self.item_columns)), bool)
        for column, name in enumerate(self.item_columns):
            if (kind, name) in self._places:
                hidden_ZC[:, column] = ~present_ZP[:, self._places[kind, name]]
        return hidden_ZC

    @cached_property
    def _places(self) -> dict[tuple[Kind, str], int]:
        return {(player.kind, player.column): place for place, player in enumerate(self.of) if player.column}

    def _features(self, present_ZP: NDArray[np.bool_]) -> pd.DataFrame:
        features = self.profile.features.iloc[np.zeros(len(present_ZP), np.int64)].reset_index(drop=True)
        hidden = {
            column: features[column].where(present_ZP[:, place])
            for (kind, column), place in self._places.items()
            if kind == "person"
        }
        return features.assign(**hidden)


def actions_of(profile: Profiles) -> list[Player]:
    """A player for each distinct item of one person's past, lowest code first."""
    items, which_E = np.unique(profile.items, return_inverse=True)
    return [
        Player("action", int(item), events=np.flatnonzero(which_E == place))
        for place, item in enumerate(items)
    ]


def features_of(model: Recommender[Any], profile: Profiles, item: int, other: int = NOTHING) -> list[Player]:
    """A player for each known feature that the model reads: of the person, the item, the other item."""
    known = profile.features.notna().iloc[0]
    players = [Player("person", column=name) for name in model.person_columns if known.get(name, False)]
    compared: list[tuple[Kind, int]] = [("item", item), ("other", other)]
    for kind, code in compared:
        if code != NOTHING:
            known_C = model.known_columns(np.array([code], np.int32))[0]
            columns = [name for name, there in zip(model.item_columns, known_C, strict=True) if there]
            players += [Player(kind, column=name) for name in columns]
    return players


def grouped(
    actions: list[Player],
    telling_A: NDArray[np.float64],
    *,
    most: int,
    category_I: NDArray[np.int64] | None = None,
    expand: Collection[tuple[Kind, int]] = (),
) -> list[Player]:
    """At most `most` players for these actions, where there are more: the least telling ones by category.

    Args:
        telling_A: how much each action matters, roughly.
        category_I: a code for each item of the catalogue; one group for all if None.
        expand: groups and actions that are taken apart all the same, as (kind, code): a group into its
            actions, an action into its events.
    """
    if len(actions) > most:
        codes = np.array([action.code for action in actions])
        category_A = np.zeros(len(actions), np.int64) if category_I is None else category_I[codes]
        # Each category takes a place, unless that would leave too few for single actions.
        if len(np.unique(category_A)) > most // 3:
            category_A = _largest(category_A, max(0, most // 3 - 1))
        single = np.zeros(len(actions), bool)
        single[np.argsort(-telling_A, kind="stable")[: most - len(np.unique(category_A))]] = True
        single |= [("group", int(category)) in expand for category in category_A]
        groups = [
            Player("group", int(category), events=_together(actions, ~single & (category_A == category)))
            for category in np.unique(category_A[~single])
        ]
        actions = [action for action, alone in zip(actions, single, strict=True) if alone] + groups
    return [part for action in actions for part in _opened(action, expand)]


def _largest(category_A: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """The categories, all but the largest ones replaced by -1."""
    found, size = np.unique(category_A, return_counts=True)
    return np.where(np.isin(category_A, found[np.argsort(-size, kind="stable")[:count]]), category_A, NOTHING)


def _together(actions: list[Player], chosen: NDArray[np.bool_]) -> NDArray[np.int64]:
    return np.sort(np.concatenate([actions[place].events for place in np.flatnonzero(chosen)]))


def _opened(player: Player, expand: Collection[tuple[Kind, int]]) -> list[Player]:
    if player.kind != "action" or ("action", player.code) not in expand:
        return [player]
    return [replace(player, events=player.events[place : place + 1]) for place in range(len(player.events))]
