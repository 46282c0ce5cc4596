"""What 1,000 lists bring under a strategy against today's, in the domain's words.

ask_business(ws, "grocery")
business(ws, "grocery").sentence
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

import pandas as pd

from recengine.core.columns import Kind
from recengine.core.dataset import About
from recengine.core.errors import NotFoundError
from recengine.core.words import MINUS, listed, many
from recengine.services import tasks
from recengine.services.champion import champion
from recengine.services.datasets import dataset_card, load_dataset
from recengine.services.frontier import Frontier
from recengine.services.frontier_sweep import Setting
from recengine.services.frontier_work import OWN, Progress, measure_settings
from recengine.services.runs import Run, best_run, get_run
from recengine.services.strategic import strategy_of
from recengine.services.strategies import strategies
from recengine.services.strategy_use import in_use
from recengine.services.tasks import Task
from recengine.services.tasks_worker import Report
from recengine.services.workspace import Workspace
from recengine.strategy import Strategy
from recengine.strategy.difference import difference
from recengine.strategy.terms import find_term

KIND = "business"
LISTS = 1_000
NO_DIFFERENCE = "no real difference"
MONEY = (
    "revenue",
    "margin",
    "profit",
    "price",
)  # words in the name of a column that says what an item brings
REVENUE = {"price": "revenue"}  # columns that are called otherwise once they were taken in
CHOSEN = {
    "online-education": "taken up",
    "social-media": "responded to",
}  # what is done with an item, by domain
ASSUMES = (
    "A list brings what its {person} then chose by themselves of the {item} on it; {held}.",
    "Being shown is taken to change nobody's mind: what lists talk {many} into, or out of, is not in it.",
    "The next {many} and weeks are taken to be like those of the validation.",
)
COUNTED_ONCE = "Each of the {item} counts once, with its {column} as the catalogue has it."
Verdict = Literal["more", "less", "no real difference"]


@dataclass(frozen=True)
class Figure:
    """What 1,000 lists bring, of one thing.

    Attributes:
        unit: of what, such as "products bought" or "revenue from products bought".
        column: whose sum it is; "" where items are counted.
        today, other: under today's strategy and under the other one.
        difference, low, high: other minus today, with its 95 % interval (paired bootstrap over people).
    """

    unit: str
    today: float
    other: float
    difference: float
    low: float
    high: float
    column: str = ""

    @property
    def verdict(self) -> Verdict:
        """Whether the other one brings more or less; neither where the interval holds 0."""
        if self.low <= 0 <= self.high:
            return "no real difference"
        return "more" if self.difference > 0 else "less"

    @property
    def words(self) -> str:
        """`12,300 products bought instead of 11,900: 400 more (95 % interval +210 to +590)`."""
        said = f"{self.told(self.other)} instead of {self.today:,.0f}"
        ends = f"95 % interval {_signed(self.low)} to {_signed(self.high)}"
        if self.verdict == NO_DIFFERENCE:
            return f"{said}, which is no real difference ({ends})"
        return f"{said}: {abs(self.difference):,.0f} {self.verdict} ({ends})"

    def told(self, value: float) -> str:
        """`12,300 products bought`, `5,090 of revenue from products bought`."""
        return f"{value:,.0f}{' of' if self.column else ''} {self.unit}"


@dataclass(frozen=True)
class Business:
    """A strategy's worth against today's, on one run's lists.

    Attributes:
        today, other: the strategies, by name and version; today's may be the run's own lists.
        figures: what a column brings comes first, where one is known; then how many are chosen.
        assumes: what the figures take for granted, a sentence each.
        outdated: what has changed since, in words; "" where nothing has.
    """

    dataset: str
    run: str
    today: str
    other: str
    k: int
    num_people: int
    figures: tuple[Figure, ...]
    assumes: tuple[str, ...]
    outdated: str = ""

    @property
    def alone(self) -> bool:
        """Whether there is nothing but today's strategy to speak of."""
        return self.today == self.other

    @property
    def sentence(self) -> str:
        """The first figure in words."""
        first = self.figures[0]
        if self.alone:
            return f"{LISTS:,} lists of {self.k} bring {first.told(first.today)}."
        return f"{LISTS:,} lists of {self.k} by {self.other} bring {first.words}."

    def frame(self) -> pd.DataFrame:
        """One row a figure: unit, today, other, difference, low, high, verdict."""
        return pd.DataFrame([{**asdict(one), "verdict": one.verdict} for one in self.figures])

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return {**asdict(self), "sentence": self.sentence}

    @classmethod
    def of_dict(cls, told: dict[str, Any], outdated: str = "") -> Business:
        """What `as_dict` told."""
        known = {name: told[name] for name in cls.__dataclass_fields__}
        figures = tuple(Figure(**one) for one in told["figures"])
        return cls(**{**known, "figures": figures, "assumes": tuple(told["assumes"]), "outdated": outdated})


def business(ws: Workspace, dataset: str) -> Business | None:
    """The last figure that was worked out; None where none was."""
    done = [task for task in asked(ws, dataset) if task.status == "done"]
    return Business.of_dict(done[0].result, _outdated(ws, dataset, done[0])) if done else None


def asked(ws: Workspace, dataset: str) -> list[Task]:
    """Every time it was asked for, newest first."""
    return tasks.tasks(ws, kind=KIND, about=dataset)


def ask_business(
    ws: Workspace,
    dataset: str,
    *,
    run: str | None = None,
    strategy: str | None = None,
    columns: Sequence[str] = (),
    k: int = 10,
) -> Task:
    """Have it worked out in the background.

    Args:
        run: whose lists; by default the champion's or, where there is none, the best run's.
        strategy: a saved one; by default the last one that was saved and is not in use.
        columns: what an item brings; by default those that the strategy weighs or, where it weighs none, one
            that is called a price, a margin, a profit or a revenue.

    Raises:
        NotFoundError: no such dataset, run or strategy, or no run is finished.
    """
    spec = _spec(ws, dataset, run, strategy, columns, k)
    return tasks.submit(ws, KIND, about=dataset, spec=spec)


def work_out(
    ws: Workspace,
    dataset: str,
    *,
    run: str | None = None,
    strategy: str | None = None,
    columns: Sequence[str] = (),
    k: int = 10,
) -> Business:
    """The same here and now; it is kept nowhere.

    Raises:
        NotFoundError: as `ask_business`.
        SettingsError, DataError: as `measure_settings`.
    """
    return _worked_out(ws, _spec(ws, dataset, run, strategy, columns, k), lambda done, total, message: None)


def work(ws: Workspace, spec: dict[str, Any], report: Report) -> dict[str, Any]:
    """Work out what the spec says; what the task of kind "business" does."""
    return _worked_out(ws, spec, report).as_dict()


def figures_of(found: Frontier, columns: Sequence[str], unit: str) -> tuple[Figure, ...]:
    """The last setting of a sweep against today's, per 1,000 lists.

    Args:
        unit: what a hit is called.
    """
    row = found.table.iloc[-1]

    def figure(measure: str, name: str, column: str = "") -> Figure:
        values = [row[f"{measure}{part}"] for part in ("", "_difference", "_low", "_high")]
        other, difference, low, high = (LISTS * float(value) for value in values)
        return Figure(name, LISTS * float(found.table[measure].iloc[0]), other, difference, low, high, column)

    earned = [figure(f"earned {one}", f"{REVENUE.get(one, one)} from {unit}", one) for one in columns]
    return (*earned, figure("hits", unit))


def unit_of(about: About) -> str:
    """What people do with an item, in the domain's words: "products bought"."""
    done = "bought" if "purchase" in about.weight_unit else CHOSEN.get(about.domain, "chosen")
    return f"{many(about.item)} {done}"


def _spec(
    ws: Workspace, dataset: str, run: str | None, strategy: str | None, columns: Sequence[str], k: int
) -> dict[str, Any]:
    name = dataset_card(ws, dataset).name
    used = in_use(ws, name)
    today = used.reference if used else OWN
    other = strategy or _other(ws, today)
    chosen = strategy_of(ws, other)[0] if other != OWN else Strategy()
    weighed = [column for _, column in map(find_term, chosen.weights) if column]
    return {
        "dataset": name,
        "run": get_run(ws, run).id if run else _run(ws, name).id,
        "today": today,
        "other": other,
        "strategy": chosen.model_dump(mode="json"),
        "columns": list(dict.fromkeys([*columns, *weighed])),
        "k": k,
    }


def _other(ws: Workspace, today: str) -> str:
    """The last saved strategy that makes other lists than today's; the run's own where there is none."""
    now = Strategy() if today == OWN else strategy_of(ws, today)[0]
    return next((one.reference for one in strategies(ws) if difference(now, one.strategy)), OWN)


def _run(ws: Workspace, dataset: str) -> Run:
    made = champion(ws, dataset)
    run = get_run(ws, made.run_id) if made else best_run(ws, dataset)
    if run is None:
        raise NotFoundError(f"no run of '{dataset}' is finished. Train a model first.")
    return run


def _outdated(ws: Workspace, dataset: str, task: Task) -> str:
    """What has changed since a task was asked for."""
    used = in_use(ws, dataset)
    today = used.reference if used else OWN
    if today != task.spec["today"]:
        return f"Since then {today} came into use."
    run = champion(ws, dataset)
    if run is not None and run.run_id != task.spec["run"]:
        return f"Since then {run.run_id} became the champion."
    return ""


def _worked_out(ws: Workspace, spec: dict[str, Any], progress: Progress) -> Business:
    setting, data = Setting(Strategy.of(spec["strategy"]), {}), load_dataset(ws, spec["dataset"])
    columns, about = spec["columns"] or _money(data.items.kinds), data.about
    found = measure_settings(ws, spec["run"], [setting], columns=columns, k=spec["k"], progress=progress)
    words = {"person": about.person, "many": many(about.person), "item": many(about.item)}
    words |= {"held": _held(found, many(about.person)), "column": listed(columns)}
    alone = len(found.table) == 1
    return Business(
        dataset=spec["dataset"],
        run=spec["run"],
        today=spec["today"],
        other=spec["today"] if alone else spec["other"],
        k=spec["k"],
        num_people=found.num_people,
        figures=figures_of(found, columns, unit_of(about)),
        assumes=tuple(one.format(**words) for one in (*ASSUMES, *([COUNTED_ONCE] if columns else []))),
    )


def _money(kinds: Mapping[str, Kind]) -> list[str]:
    """A column that says what an item brings, where one is called so."""
    numeric = [name for name, kind in kinds.items() if kind == "numeric"]
    return [name for word in MONEY for name in numeric if word in name.lower()][:1]


def _held(found: Frontier, people: str) -> str:
    return f"measured on the past of {found.num_people:,} {people} that the model has not learnt from"


def _signed(value: float) -> str:
    return f"{value:+,.0f}".replace("-", MINUS)
