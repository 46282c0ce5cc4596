"""What the settings of a strategy cost and buy on held-out people, against today's strategy."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recengine.core.errors import SettingsError, did_you_mean
from recengine.core.words import MINUS
from recengine.services.frontier_measures import Measure
from recengine.strategy import Strategy

FIGURES = ("", "_difference", "_low", "_high", "_relative")  # columns of each measure
EXACT = 1e-12  # what differs by less is the same


@dataclass(frozen=True)
class Offer:
    """The setting that gives away the least for a gain that was asked for.

    Attributes:
        setting: row of the frontier; None where no setting gains so much.
        sentence: the offer, or what the most is that can be had.
    """

    setting: int | None
    strategy: Strategy | None
    sentence: str


@dataclass(frozen=True)
class Frontier:
    """A sweep over the weights of a strategy.

    Attributes:
        table: one row a setting, today's strategy first: setting (words), is_today, dominated (another one
            is as good in every measure and better in one), a column for each swept part (NaN for today's,
            where that is another strategy), then for each measure its mean, and its difference to today's
            as _difference, _low and _high (95 %, paired bootstrap over people) and _relative.
        measures: those that are known, costs first.
        strategies: one a row.
        swept: the parts whose weights were tried.
        run, today: the run's id, and today's strategy in words.
        notes: what the figures assume, a sentence each.
    """

    run: str
    today: str
    table: pd.DataFrame
    measures: tuple[Measure, ...]
    strategies: tuple[Strategy, ...]
    swept: tuple[str, ...]
    num_people: int
    k: int
    notes: tuple[str, ...]

    def frame(self) -> pd.DataFrame:
        """The table, for charts and exports."""
        return self.table

    def strategy(self, row: int) -> Strategy:
        """The strategy of a row."""
        return self.strategies[row]

    def measure(self, name: str) -> Measure:
        """What a measure means.

        Raises:
            SettingsError: there is none of that name; names the nearest.
        """
        for one in self.measures:
            if one.name == name:
                return one
        known = [one.name for one in self.measures]
        raise SettingsError(f"'{name}' was not measured. {did_you_mean(name, known)}")

    def dominated(self, *names: str) -> NDArray[np.bool_]:
        """Settings beside which another is as good in all these measures and better in one."""
        return dominated(np.stack([self._goodness(self.measure(name)) for name in names], axis=1))

    def cheapest(self, measure: str, gain: float = 0.2, *, cost: str = "ndcg", surely: bool = False) -> Offer:
        """The setting that gains such a share of a measure and keeps the most of another.

        Args:
            gain: 0.2 for 20 % more than today (less, where lower is better).
            surely: the whole interval of the gain must be above that.

        Raises:
            SettingsError: a measure was not measured, or today's is 0, so that nothing is a share of it.
        """
        wanted, kept = self.measure(measure), self.measure(cost)
        worst_end = "_low" if wanted.better == "higher" else "_high"
        gained = self._gained(wanted, worst_end if surely else "_difference")
        verb = "raises" if wanted.better == "higher" else "lowers"
        aim = f"{'surely ' if surely else ''}{verb} {wanted.title} by {100 * gain:.3g} %"
        enough = np.flatnonzero(gained >= gain - EXACT)
        if not len(enough):
            most = self._told(int(np.nanargmax(gained)), wanted, kept)
            return Offer(None, None, f"No setting {aim}. The most: {most}")
        order = np.lexsort((-gained[enough], -self._goodness(kept)[enough]))
        row = int(enough[order[0]])
        told = f"The cheapest setting that {aim}: {self._told(row, wanted, kept)}"
        return Offer(row, self.strategies[row], told)

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values, which `of_dict` reads."""
        plain = self.table.astype(object).where(self.table.notna(), None)
        return {
            "run": self.run,
            "today": self.today,
            "num_people": self.num_people,
            "k": self.k,
            "swept": list(self.swept),
            "notes": list(self.notes),
            "measures": [asdict(measure) for measure in self.measures],
            "settings": plain.to_dict(orient="records"),
            "strategies": [one.model_dump(mode="json") for one in self.strategies],
        }

    @classmethod
    def of_dict(cls, told: dict[str, Any]) -> Frontier:
        """The frontier that `as_dict` told."""
        table = pd.DataFrame(told["settings"])
        numbers = [name for name in table if name not in ("setting", "is_today", "dominated")]
        return cls(
            run=told["run"],
            today=told["today"],
            table=table.astype(dict.fromkeys(numbers, "float64")),
            measures=tuple(Measure(**one) for one in told["measures"]),
            strategies=tuple(Strategy.of(one) for one in told["strategies"]),
            swept=tuple(told["swept"]),
            num_people=told["num_people"],
            k=told["k"],
            notes=tuple(told["notes"]),
        )

    def _goodness(self, measure: Measure) -> NDArray[np.float64]:
        """More is better, whatever the measure; shape (settings,)."""
        return _sign(measure) * self.table[measure.name].to_numpy(np.float64)

    def _gained(self, measure: Measure, figure: str) -> NDArray[np.float64]:
        """The gain as a share of today's."""
        today = float(self.table[measure.name].iloc[0])
        if not today:
            raise SettingsError(f"today's {measure.title} is 0, so that no gain is a share of it.")
        difference = self.table[f"{measure.name}{figure}"].to_numpy(np.float64)
        return _sign(measure) * difference / abs(today)

    def _told(self, row: int, *measures: Measure) -> str:
        """A setting with its gain and its cost in words."""
        said = " and ".join(self._change(row, measure) for measure in dict.fromkeys(measures))
        return f"{self.table['setting'].iloc[row]}, with {said}."

    def _change(self, row: int, measure: Measure) -> str:
        """`Coverage +24 % (+19 to +29 %)`; in its own unit where today's is 0."""
        today = float(self.table[measure.name].iloc[0])
        ends = [float(self.table[f"{measure.name}{figure}"].iloc[row]) for figure in FIGURES[1:4]]
        if not today:
            mean, low, high = (f"{end:+.3g}".replace("-", MINUS) for end in ends)
            return f"{measure.title} {mean} (95 % interval {low} to {high})"
        mean, low, high = (f"{100 * end / abs(today):+.1f}".replace("-", MINUS) for end in ends)
        return f"{measure.title} {mean} % (95 % interval {low} to {high} %)"


def dominated(goodness_SM: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Rows than which another is nowhere worse and somewhere better; more is better, NaN is left out.

    Args:
        goodness_SM: one row a setting, one column a measure.
    """
    known_SM = np.nan_to_num(goodness_SM[:, ~np.isnan(goodness_SM).all(axis=0)], nan=-np.inf)
    as_good_SS = (known_SM[None, :, :] >= known_SM[:, None, :] - EXACT).all(axis=2)
    better_SS = (known_SM[None, :, :] > known_SM[:, None, :] + EXACT).any(axis=2)
    return np.count_nonzero(as_good_SS & better_SS, axis=1) > 0


def goodness(values: Sequence[NDArray[np.float64]], measures: Sequence[Measure]) -> NDArray[np.float64]:
    """Measures side by side, turned so that more is better."""
    return np.stack([_sign(m) * value for m, value in zip(measures, values, strict=True)], axis=1)


def _sign(measure: Measure) -> int:
    return 1 if measure.better == "higher" else -1
