"""A simulation written out as a log: lists, feedback on them, and the true values that no real log has.

L lists, K places, N places of all lists.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recengine.core.columns import DAY
from recengine.core.ranking import NO_ITEM
from recengine.strategy.serve import apply
from recengine.strategy.simulate.engine import Day
from recengine.strategy.simulate.luck import SHOWN, luck
from recengine.strategy.simulate.world import Floats, World, moment
from recengine.strategy.strategy import Strategy

SOURCE = "simulated"  # of the feedback
LOOK_S = 5.0  # seconds from place to place


@dataclass(frozen=True, eq=False)
class SimulatedLog:
    """What a strategy showed in a world, day after day.

    Attributes:
        run: what the model is called in the log.
    """

    world: World
    strategy: Strategy
    run: str
    k: int
    days: tuple[Day, ...]

    def places(self) -> pd.DataFrame:
        """Every place shown, in the columns of lists shown for real, and what came of it.

        Columns: list_id, dataset, run, strategy, strategy_version, person, position, item, propensity (NaN
        where chance moved scores, as by thompson), shown_at (UTC), earned, true_chance and true_value (how
        likely the item was taken there, and what that was worth on average).
        """
        return self._all.drop(columns=["taken", "second"])

    def events(self) -> pd.DataFrame:
        """Feedback in the columns of real feedback, with true_chance and true_value beside them."""
        told = self._all[self._all["taken"]].reset_index(drop=True)
        kind = self.world.preset.kind
        told = told.assign(
            event_id=told["list_id"] + "-" + told["item"],
            kind=kind,
            value=told["earned"] if kind == "purchase" else np.nan,
            at=_utc(told["second"] + LOOK_S * told["position"]),
            source=SOURCE,
        )
        return told[
            [
                *("event_id", "list_id", "run", "strategy", "strategy_version", "person", "item", "position"),
                *("propensity", "kind", "value", "shown_at", "at", "source", "true_chance", "true_value"),
            ]
        ]

    def planned(self, strategy: Strategy, *, seed: int = 0) -> pd.DataFrame:
        """What another strategy would have shown on the same lists: list_id, position, item, true_value."""
        frames = []
        for day in self.days:
            served = apply(strategy, day.pool, self.k, seed=seed)
            rows, columns = np.nonzero(served.items_LK != NO_ITEM)
            items_N = served.items_LK[rows, columns]
            value_N = self._values(day, served.items_LK)[rows, columns]
            frames.append(
                pd.DataFrame(
                    {
                        "list_id": self._list_ids(day)[rows],
                        "position": columns + 1,
                        "item": self.world.ids[items_N],
                        "true_value": value_N,
                    }
                )
            )
        return pd.concat(frames, ignore_index=True)

    @cached_property
    def _all(self) -> pd.DataFrame:
        told = pd.concat([self._places(day) for day in self.days], ignore_index=True)
        return told.assign(shown_at=_utc(told["second"]))

    def _places(self, day: Day) -> pd.DataFrame:
        visit, preset = day.visit, self.world.preset
        rows, columns = np.nonzero(visit.items_LK != NO_ITEM)
        people_N, items_N = visit.people_L[rows], visit.items_LK[rows, columns]
        by_scores = self.strategy.explore.method == "thompson"
        return pd.DataFrame(
            {
                "list_id": self._list_ids(day)[rows],
                "dataset": f"simulated {preset.title}",
                "run": self.run,
                "strategy": self.strategy.name,
                "strategy_version": 1,
                "person": [f"{preset.person}-{code + 1}" for code in people_N],
                "position": columns + 1,
                "item": self.world.ids[items_N],
                "propensity": np.nan if by_scores else day.served.propensity_LK[rows, columns],
                "second": moment(np.full(len(rows), day.number))
                + DAY * luck(self.world.seed, SHOWN, day.number, people_N),
                "taken": visit.taken_LK[rows, columns],
                "earned": visit.earned_LK[rows, columns],
                "true_chance": visit.chance_LK[rows, columns],
                "true_value": self._values(day, visit.items_LK)[rows, columns],
            }
        )

    def _values(self, day: Day, items_LK: NDArray[np.int32]) -> Floats:
        """What each place is worth on average, shape (L, K); 0 beside NO_ITEM."""
        chance_LK = np.take_along_axis(day.chance_LI, items_LK.clip(0), axis=1) * (items_LK != NO_ITEM)
        return self.world.looks(self.k) * chance_LK * self.world.value_I[items_LK.clip(0)]

    def _list_ids(self, day: Day) -> NDArray[Any]:
        about = f"simulated-{self.world.preset.name}-{self.world.seed}-{day.number}"
        return np.array([f"{about}-{code + 1}" for code in day.visit.people_L], dtype=object)


def _utc(seconds: pd.Series) -> pd.Series:
    return pd.to_datetime((seconds * 1e3).round(), unit="ms", utc=True)
