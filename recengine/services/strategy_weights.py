"""What a strategy really does with a run's lists: effective weights, the order of rules, its conflicts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recengine.core.dataset import Dataset
from recengine.core.profiles import Profiles
from recengine.core.words import listed, plural
from recengine.services.desk import Desk, now_of
from recengine.services.recommend import check_length
from recengine.services.strategic import Asked, Maker, facts_at, strategy_of
from recengine.services.training import split_of
from recengine.services.workspace import Workspace
from recengine.strategy import Strategy
from recengine.strategy.conflicts import conflicts
from recengine.strategy.effective import effective
from recengine.strategy.pool import GROUPED
from recengine.strategy.rules import RULES

PEOPLE = 200  # asked for effective weights: each part is left out in turn, and all lists made again


@dataclass(frozen=True)
class Effective:
    """How much each part of a strategy moves lists.

    Attributes:
        table: one row a part, as `strategy.effective` has them.
        order: the rules as they act, in words.
        num_people: whose lists were looked at.
    """

    strategy: str
    version: int
    run_id: str
    table: pd.DataFrame
    order: tuple[str, ...]
    num_people: int
    person: str
    k: int

    def frame(self) -> pd.DataFrame:
        """The table, for charts and exports."""
        return self.table

    @property
    def sentence(self) -> str:
        """What moves lists the most, and what does not at all."""
        of = f"on lists of {self.k} of {plural(self.num_people, self.person)}"
        moving = self.table[self.table["part"] != "relevance"].sort_values("replaced", ascending=False)
        if moving.empty:
            return f"Nothing but relevance counts {of}."
        most, idle = moving.iloc[0], moving.loc[moving["changed"] == 0, "part"].tolist()
        if len(idle) == len(moving):
            return f"Nothing but relevance changes anything {of}."
        name = f"{most['part'][:1].upper()}{most['part'][1:]}"
        said = f"{name} moves the most {of}: without it, {most['replaced']:.0%} of the places would differ."
        return f"{said} Without effect: {listed(idle)}." if idle else said

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {
            "run": self.run_id,
            "strategy": self.strategy,
            "version": self.version,
            "people": self.num_people,
            "k": self.k,
            "sentence": self.sentence,
            "order": list(self.order),
            "parts": self.table.astype(object).where(self.table.notna(), None).to_dict(orient="records"),
        }


def effective_weights(
    ws: Workspace, run_id: str, strategy: Asked, k: int = 10, *, people: int = PEOPLE
) -> Effective:
    """How much each part moves today's lists of people in the run's validation (of anyone, without one).

    Raises:
        NotFoundError: no such run or strategy, or the run has no model yet.
        SettingsError: the strategy cannot be kept with these data.
    """
    check_length(k)
    maker = Maker.of(ws, run_id, strategy, k)
    dataset = maker.desk.dataset
    codes = _people(ws, run_id, dataset, people)
    pool, _ = maker.pool(Profiles.of(dataset, codes, now_of(dataset)))
    return Effective(
        strategy=maker.strategy.name,
        version=maker.version,
        run_id=run_id,
        table=effective(maker.strategy, pool, k),
        order=rules_in_order(maker.strategy),
        num_people=len(codes),
        person=dataset.about.person,
        k=k,
    )


def conflicts_of(ws: Workspace, run_id: str, strategy: Asked, k: int = 10) -> list[str]:
    """What of a strategy cannot be kept with a run's data, a sentence each; empty where all is well.

    Raises:
        NotFoundError: no such run or strategy, or the run has no model yet.
    """
    return conflicts(strategy_of(ws, strategy)[0], facts_at(Desk.of(ws, run_id, None)), k)


def columns_of(ws: Workspace, run_id: str) -> dict[str, list[str]]:
    """Every column a strategy can name: its values where it holds categories, none where it holds numbers.

    Raises:
        NotFoundError: no such run, or it has no model yet.
    """
    facts = facts_at(Desk.of(ws, run_id, None))
    grouped = [name for name, kind in facts.kinds.items() if kind in GROUPED]
    numeric = [name for name, kind in facts.kinds.items() if kind == "numeric"]
    return {name: list(facts.values(name).names) for name in grouped} | {name: [] for name in numeric}


def rules_in_order(strategy: Strategy) -> tuple[str, ...]:
    """A strategy's rules in the order in which they act, in words."""
    kinds = list(RULES)
    return tuple(rule.words() for rule in sorted(strategy.rules, key=lambda rule: kinds.index(rule.kind)))


def _people(ws: Workspace, run_id: str, dataset: Dataset, most: int) -> NDArray[np.int64]:
    """Some of the validation's people, always the same ones."""
    asked = split_of(ws, run_id).validation.people
    known = asked if len(asked) else np.arange(dataset.num_users)
    chosen = np.random.default_rng(0).choice(known, min(most, len(known)), replace=False)
    return np.sort(chosen).astype(np.int64)
