"""What would have to be missing for an item to leave a list: searched for, and tried on the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recengine.core.columns import Repeats
from recengine.core.profiles import Profiles
from recengine.explain.change_sentence import kept_by, without
from recengine.explain.counterfactual import Counterfactual
from recengine.explain.counterfactual import counterfactual as search
from recengine.explain.explanation import Explanation
from recengine.explain.game import MOST_ACTIONS
from recengine.explain.naming import Named
from recengine.explain.players import Kind, Player
from recengine.explain.standing import Standing
from recengine.services.case import ROW, Case
from recengine.services.kept import Kept
from recengine.services.reasons import category_codes
from recengine.services.workspace import Workspace

ACTIONS: tuple[Kind, ...] = ("action",)
FEATURES: tuple[Kind, ...] = ("person", "item")
CATEGORIES: tuple[Kind, ...] = ("action", "group")  # all past actions, a category at a time
MOST_CATEGORIES = 3  # at once


@dataclass(frozen=True)
class Change:
    """What would have to be missing, tried on the model.

    Attributes:
        removed: kind, name, value, detail, item_id of what is taken away; empty where nothing does it.
        rank, rank_after: place before and after; equal where nothing does it.
        k: length of the list.
        sentence: the finding; keeps: what alone matters most, "" where the finding says so.
        tried: how many removals the model was asked about; proven: whether all smaller ones were.
    """

    removed: pd.DataFrame
    rank: int
    rank_after: int
    k: int
    sentence: str
    keeps: str
    tried: int
    proven: bool

    @property
    def found(self) -> bool:
        """Whether something does it."""
        return len(self.removed) > 0

    def frame(self) -> pd.DataFrame:
        """What is taken away, for tables."""
        return self.removed

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {**vars(self), "removed": self.removed.to_dict(orient="records"), "found": self.found}


_changes: Kept[Change] = Kept(size=256)


def counterfactual(
    ws: Workspace,
    run_id: str,
    person: str | Profiles,
    item_id: str,
    *,
    kinds: tuple[Kind, ...] = ACTIONS,
    repeats: Repeats | None = None,
    k: int = 10,
) -> Change:
    """The fewest past actions (or features, or categories) without which an item leaves the list.

    Raises:
        NotFoundError: no such run, person or item, or the run has no model yet.
        SettingsError: k is below 1.
        ExplanationError: the model has never met the item.
    """
    case = Case.of(ws, run_id, person, item_id, most=MOST_ACTIONS, repeats=repeats, k=k)
    return _changes.get((*case.key, kinds), lambda: _searched(case, kinds))


def _searched(case: Case, kinds: tuple[Kind, ...]) -> Change:
    explanation = case.explanation("ahead", "first")
    standing = standing_of(case, explanation)
    if kinds != CATEGORIES:
        return told(case, explanation, search(standing, explanation.effects_P, kinds=kinds))
    bundle_P = _categories(case, explanation)
    found = search(standing, explanation.effects_P, kinds=kinds, bundle_P=bundle_P, most=MOST_CATEGORIES)
    names = {code: Named("group", f"all of {case.namer.category(code)}") for code in set(bundle_P.tolist())}
    return told(case, explanation, found, names)


def standing_of(case: Case, explanation: Explanation) -> Standing:
    """Where the item stands, whatever of the explanation's players is absent."""
    return Standing(case.desk.model, explanation.players, case.item, case.eligible, case.k)


def told(
    case: Case, explanation: Explanation, found: Counterfactual, bundles: dict[int, Named] | None = None
) -> Change:
    """A search's outcome with names; `bundles` names what went in bundles, by code."""
    words = case.words(explanation.players)
    chosen = found.found.chosen if found.found else ()
    names = bundles or dict(enumerate(words.players))
    rows = [
        case.row(Player("group", place) if bundles else explanation.players[place], names[place])
        for place in chosen
    ]
    known = found.single is not None and found.single.chosen == chosen
    return Change(
        removed=pd.DataFrame(rows, columns=ROW).drop(columns=["key", "sensitive"]),
        rank=found.rank,
        rank_after=found.found.rank if found.found else found.rank,
        k=found.k,
        sentence=without(found, words, bundles),
        keeps="" if known else kept_by(found, words, bundles),
        tried=found.tried,
        proven=found.proven,
    )


def _categories(case: Case, explanation: Explanation) -> NDArray[np.int64]:
    """The category of each player's items; -1 for features, and for groups of several categories."""
    category_I = category_codes(case.desk.dataset)[0]
    return np.array(
        [
            category_I[player.code]
            if player.kind == "action"
            else player.code
            if player.kind == "group"
            else -1
            for player in explanation.players
        ],
        np.int64,
    )
