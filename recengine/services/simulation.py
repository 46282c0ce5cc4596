"""Two strategies side by side in a simulated world, whose people's tastes are known.

    found = simulate("shop", [Side(Strategy()), Side(Strategy(), model="popularity")])
    found.sentence

Every replicate is a world drawn anew; both strategies meet the same people with the same luck in it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import pandas as pd
from pydantic import Field

from recengine.core.config import Config
from recengine.core.errors import JobError, SettingsError
from recengine.services.simulation_models import learner
from recengine.services.simulation_words import label, sentence
from recengine.services.tasks_worker import Report
from recengine.services.workspace import Workspace
from recengine.strategy.simulate.comparison import Compared, compare, student
from recengine.strategy.simulate.engine import run
from recengine.strategy.simulate.log import SimulatedLog
from recengine.strategy.simulate.luck import luck
from recengine.strategy.simulate.measures import EARNED, MEASURES, WORTH, Measure
from recengine.strategy.simulate.presets import find_world
from recengine.strategy.simulate.world import World
from recengine.strategy.strategy import Strategy

Progress = Callable[[float, float], object]


@dataclass(frozen=True)
class Side:
    """One of the two that are compared.

    Attributes:
        model: what scores the items: a model of the shelf that is learnt in one go, or "perfect" (the world's
            own tastes), "take rate", "chance".
    """

    strategy: Strategy
    model: str = "ease"


class SimulationSpec(Config):
    """How long and how large."""

    days: int = Field(default=30, ge=2, le=365, description="Simulated days.")
    people: int = Field(default=1000, ge=20, le=20_000, description="People of each world.")
    replicates: int = Field(
        default=5, ge=1, le=100, title="Worlds", description="Drawn anew each time; intervals are over them."
    )
    k: int = Field(default=10, ge=1, le=50, title="Length of the lists", description="Places of each list.")
    seed: int = Field(default=0, ge=0, le=10**9, description="Which worlds: equal seeds, equal worlds.")


@dataclass(frozen=True, eq=False)
class Simulated:
    """What came of it.

    Attributes:
        world: its name on the shelf.
        names: of the two strategies, distinct.
        days: a row a day: replicate (from 0), strategy, day (from 1), visitors, one column a measure, and
            "worth": what the lists shown were truly worth.
    """

    world: str
    names: tuple[str, str]
    spec: SimulationSpec
    days: pd.DataFrame

    @property
    def label(self) -> str:
        """Says that all this is simulated; stands above everything that is shown of it."""
        return label(find_world(self.world), self.spec.people)

    @property
    def measures(self) -> dict[str, Measure]:
        """The measures, in the words of the world."""
        return measures_of(self.world)

    @cached_property
    def comparisons(self) -> list[Compared]:
        """The second strategy less the first, by every measure."""
        return compare(self.days, *self.names)

    @property
    def sentence(self) -> str:
        """The verdict."""
        return sentence(find_world(self.world), self.names, self.comparisons, self.spec.people)

    def compared(self) -> pd.DataFrame:
        """A row a measure: measure, title, first, second, difference, low, high, relative, verdict, truth."""
        return pd.DataFrame(
            {
                "measure": one.name,
                "title": self.measures[one.name].title,
                "first": one.first,
                "second": one.second,
                "difference": one.difference.mean,
                "low": one.difference.low,
                "high": one.difference.high,
                "relative": one.relative,
                "verdict": one.verdict,
                "truth": one.truth,
            }
            for one in self.comparisons
        )

    def curves(self) -> pd.DataFrame:
        """Means over the worlds with their intervals: measure, strategy, day, mean, low, high."""
        long = self.days.melt(["strategy", "day"], list(MEASURES), "measure", "value").dropna()
        rows = [
            (measure, strategy, day, told.mean, told.low, told.high)
            for (measure, strategy, day), values in long.groupby(["measure", "strategy", "day"], sort=False)
            for told in [student(values["value"].to_numpy())]
        ]
        return pd.DataFrame(rows, columns=["measure", "strategy", "day", "mean", "low", "high"])

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON and for a task's result; `from_dict` reads them."""
        days = self.days.astype(object).where(self.days.notna(), None)
        compared = self.compared().astype(object)
        return {
            "simulated": True,
            "label": self.label,
            "world": self.world,
            "names": list(self.names),
            "spec": self.spec.model_dump(),
            "sentence": self.sentence,
            "compared": compared.where(compared.notna(), None).to_dict(orient="records"),
            "days": days.to_dict(orient="list"),
        }

    @classmethod
    def from_dict(cls, told: dict[str, Any]) -> Simulated:
        """What `as_dict` gave."""
        days = pd.DataFrame(told["days"])
        days = days.astype(dict.fromkeys([*MEASURES, WORTH], "float64"))
        return cls(told["world"], tuple(told["names"]), SimulationSpec.of(told["spec"]), days)


def simulate(
    world: str,
    sides: Sequence[Side | Strategy],
    *,
    days: int = 30,
    people: int = 1000,
    replicates: int = 5,
    k: int = 10,
    seed: int = 0,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
) -> Simulated:
    """Run two strategies side by side.

    Args:
        world: a name in WORLDS.
        progress: told how many days of how many are simulated.
        cancelled: asked after every day.

    Raises:
        SettingsError: no such world or model, not two strategies, or one that cannot be on its catalogue.
        JobError: it was cancelled.
    """
    spec = SimulationSpec.of({"days": days, "people": people, "replicates": replicates, "k": k, "seed": seed})
    preset, pair = find_world(world), [Side(one) if isinstance(one, Strategy) else one for one in sides]
    if len(pair) != 2:
        raise SettingsError(f"two strategies are simulated side by side; found {len(pair)}.")
    names, total, rows = names_of(pair), 2 * days * replicates, []
    for replicate in range(replicates):
        drawn = World.drawn(preset, people, seed_of(seed, replicate))
        for name, side in zip(names, pair, strict=True):
            for row in _days(drawn, side, spec):
                rows.append({"replicate": replicate, "strategy": name, **row})
                if progress:
                    progress(len(rows), total)
                if cancelled and cancelled():
                    raise JobError(f"the simulation was stopped after {len(rows):,} of {total:,} days.")
    return Simulated(world, names, spec, pd.DataFrame(rows))


def simulated_log(
    world: str,
    side: Side,
    *,
    days: int = 30,
    people: int = 1000,
    k: int = 10,
    seed: int = 0,
    progress: Progress | None = None,
) -> SimulatedLog:
    """One strategy in one world, kept place by place with its propensities and true values.

    Raises:
        SettingsError: no such world or model, or a strategy that cannot be on its catalogue.
    """
    spec = SimulationSpec.of({"days": days, "people": people, "replicates": 1, "k": k, "seed": seed})
    drawn, told = World.drawn(find_world(world), people, seed_of(seed, 0)), []
    for day in run(drawn, side.strategy, learner(side.model, drawn), spec.days, spec.k):
        told.append(day)
        if progress:
            progress(len(told), days)
    return SimulatedLog(drawn, side.strategy, side.model, k, tuple(told))


def seed_of(seed: int, replicate: int) -> int:
    """Of one world among the replicates."""
    return int(luck(seed, replicate)[0] * 2**53)


def names_of(sides: Sequence[Side]) -> tuple[str, str]:
    """What to call the two: by their strategies, by their models where those are alike, else by number."""
    first, second = sides
    if first.strategy.name != second.strategy.name:
        return first.strategy.name, second.strategy.name
    named = [f"{side.strategy.name} ({side.model})" for side in sides]
    return (named[0], named[1]) if named[0] != named[1] else (named[0], f"{named[0]}, again")


def measures_of(world: str) -> dict[str, Measure]:
    """The measures, in the words of a world."""
    preset = find_world(world)
    title = preset.earns.capitalize() + (f" ({preset.unit})" if preset.unit else "")
    return {**MEASURES, EARNED: replace(MEASURES[EARNED], title=title)}


def _days(world: World, side: Side, spec: SimulationSpec) -> Iterator[dict[str, float]]:
    for day in run(world, side.strategy, learner(side.model, world), spec.days, spec.k):
        told = {
            name: measure.function(day.number, day.crowd, day.visit) for name, measure in MEASURES.items()
        }
        yield {"day": day.number, "visitors": len(day.visit.people_L), **told, WORTH: day.visit.worth}


def work(ws: Workspace, spec: dict[str, Any], report: Report) -> dict[str, Any]:
    """The task: `simulate`, with each side as {"strategy": TOML, "model": name}."""
    sides = [Side(Strategy.from_toml(side["strategy"]), side["model"]) for side in spec["sides"]]
    asked = {name: value for name, value in spec.items() if name not in ("world", "sides")}
    size = SimulationSpec.of(asked)
    return simulate(spec["world"], sides, **size.model_dump(), progress=report).as_dict()
