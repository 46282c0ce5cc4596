"""Which settings of a strategy are tried: its weights, one after the other or every one with every other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import prod

from recengine.core.errors import SettingsError, did_you_mean
from recengine.strategy import Strategy
from recengine.strategy.scoring import weight_text
from recengine.strategy.terms import term_title

TIMES = (0.0, 0.25, 0.5, 1.0, 2.0, 4.0)  # of the weight the strategy has
STEPS = (0.0, 0.1, 0.3, 0.5, 0.7, 0.9)  # of variety, whose weight is a share
MOST = 100  # settings: of more axes than that allows for, each is swept alone
VARIETY, BOOSTS = "variety", "boosts"
FIRST = ("novelty", "popularity", "freshness")  # of a strategy without any part, the first is swept


@dataclass(frozen=True)
class Axis:
    """One part of a strategy and the weights it is tried with.

    Attributes:
        part: a term as in `Strategy.weights`, "variety", or "boosts" (values are then times their weights).
    """

    part: str
    values: tuple[float, ...]


@dataclass(frozen=True)
class Setting:
    """One strategy that is tried.

    Attributes:
        values: the weight of each swept part.
    """

    strategy: Strategy
    values: dict[str, float]

    @property
    def words(self) -> str:
        """The weights that differ from one setting to the next."""
        return ", ".join(f"{_title(part)} {weight_text(value)}" for part, value in self.values.items())


def axes_of(strategy: Strategy) -> tuple[Axis, ...]:
    """Every part but relevance, each from none to four times what it weighs; novelty where there is none."""
    weights = {name: weight for name, weight in strategy.weights.items() if name != "relevance" and weight}
    found = [Axis(name, tuple(times * weight for times in TIMES)) for name, weight in weights.items()]
    found += [Axis(BOOSTS, TIMES)] if strategy.boosts else []
    found += [Axis(VARIETY, STEPS)] if strategy.diversify.method != "none" else []
    return tuple(found) or (Axis(FIRST[0], TIMES),)


def settings_of(strategy: Strategy, axes: Sequence[Axis]) -> list[Setting]:
    """Every combination, or where those are more than MOST each axis alone, the others as they are.

    Raises:
        SettingsError: a part is named that there is not, or twice, or without weights.
    """
    now = {axis.part: _value(strategy, axis) for axis in axes}
    if len(now) < len(axes):
        raise SettingsError("each part can be swept once; name all its weights in one go.")
    if prod(len(axis.values) for axis in axes) <= MOST:
        combined = [dict(zip(now, values, strict=True)) for values in product(*(one.values for one in axes))]
    else:
        combined = [now | {axis.part: value} for axis in axes for value in axis.values]
    distinct = {tuple(values.items()): values for values in [now, *combined]}
    return [Setting(_with(strategy, values), values) for values in distinct.values()]


def _value(strategy: Strategy, axis: Axis) -> float:
    if not axis.values:
        raise SettingsError(f"name the weights that '{axis.part}' is to be tried with.")
    if axis.part == VARIETY:
        return strategy.diversify.weight if strategy.diversify.method != "none" else 0.0
    if axis.part != BOOSTS:
        return strategy.weights.get(axis.part, 0.0)
    if not strategy.boosts:
        raise SettingsError(f"this strategy has no boosts to sweep. {did_you_mean(BOOSTS, strategy.weights)}")
    return 1.0


def _with(strategy: Strategy, values: dict[str, float]) -> Strategy:
    """The strategy with these weights; checked as any other."""
    said = strategy.model_dump()
    terms = {part: value for part, value in values.items() if part not in (VARIETY, BOOSTS)}
    said["weights"] = {name: weight for name, weight in (said["weights"] | terms).items() if weight}
    if BOOSTS in values:
        said["boosts"] = [boost | {"weight": boost["weight"] * values[BOOSTS]} for boost in said["boosts"]]
    if VARIETY in values:
        method = said["diversify"]["method"]
        said["diversify"] |= {"method": "mmr" if method == "none" else method, "weight": values[VARIETY]}
        if not values[VARIETY]:
            said["diversify"] |= {"method": "none"}
    return Strategy.of(said)


def _title(part: str) -> str:
    return part if part in (VARIETY, BOOSTS) else term_title(part)
