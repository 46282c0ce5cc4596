"""The sweep itself: every setting makes the lists of the run's validation people, and these are measured.

L lists, K places.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recengine.core.ranking import NO_ITEM
from recengine.core.words import many
from recengine.metrics import ranking
from recengine.metrics.intervals import Difference
from recengine.services import tasks
from recengine.services.export import appending, check_ending
from recengine.services.files import replacing
from recengine.services.frontier import FIGURES, Frontier, dominated, goodness
from recengine.services.frontier_bench import Bench
from recengine.services.frontier_measures import COVERAGE, Measure, PerList, Ruler, compared, measures_of
from recengine.services.frontier_sweep import Axis, Setting, axes_of, settings_of
from recengine.services.recommend import check_length
from recengine.services.runs import get_run
from recengine.services.strategic import Asked, strategy_of
from recengine.services.strategy_use import in_use, todays
from recengine.services.tasks import Task
from recengine.services.tasks_worker import Report
from recengine.services.workspace import Workspace
from recengine.strategy import Strategy
from recengine.strategy.difference import difference
from recengine.strategy.parts import settled
from recengine.strategy.terms import find_term

KIND = "frontier"
PEOPLE = 2_000
TODAY = "today"
OWN = "lists as the run makes them"
FITTING = "fitting the model on the training part alone"
Progress = Callable[[float, float, str], None]  # pieces done, pieces in all, what is done now


def ask_frontier(
    ws: Workspace,
    run_id: str,
    strategy: Asked,
    *,
    sweep: Sequence[Axis] = (),
    columns: Sequence[str] = (),
    k: int = 10,
    people: int = PEOPLE,
) -> Task:
    """Have a frontier worked out in the background; `frontier_of` reads it once the task is done.

    Raises:
        NotFoundError: no such run or strategy.
        SettingsError: what is to be swept cannot be; the rest is checked when the task begins.
    """
    check_length(k)
    base, _ = strategy_of(ws, strategy)
    settings_of(base, sweep or axes_of(base))
    spec = {
        "run": get_run(ws, run_id).id,
        "strategy": base.model_dump(mode="json"),
        "sweep": [[axis.part, list(axis.values)] for axis in sweep],
        "columns": list(columns),
        "k": k,
        "people": people,
    }
    return tasks.submit(ws, KIND, about=run_id, spec=spec)


def frontiers(ws: Workspace, run_id: str) -> list[Task]:
    """What was asked for of a run, newest first."""
    return tasks.tasks(ws, kind=KIND, about=run_id)


def frontier_of(task: Task) -> Frontier:
    """What a task that is done has found."""
    return Frontier.of_dict(task.result)


def work(ws: Workspace, spec: dict[str, Any], report: Report) -> dict[str, Any]:
    """Sweep as the spec says; what the task of kind "frontier" does."""
    found = measure_frontier(
        ws,
        spec["run"],
        Strategy.of(spec["strategy"]),
        sweep=[Axis(part, tuple(values)) for part, values in spec["sweep"]],
        columns=spec["columns"],
        k=spec["k"],
        people=spec["people"],
        progress=report,
    )
    return found.as_dict()


def measure_frontier(
    ws: Workspace,
    run_id: str,
    strategy: Asked,
    *,
    sweep: Sequence[Axis] = (),
    columns: Sequence[str] = (),
    k: int = 10,
    people: int = PEOPLE,
    lists: Path | None = None,
    progress: Progress = lambda done, total, message: None,
) -> Frontier:
    """Sweep the weights of a strategy over a run's validation people, against today's strategy.

    Args:
        sweep: the parts and their weights; by default every part, from none to four times its weight.
        columns: what an item brings, beside the columns that strategies weigh.
        people: at most so many, drawn by chance, always the same.
        lists: a file for every list that is measured: setting (row), person, rank, item_id, chosen.

    Raises:
        NotFoundError: no such run or strategy, or the run has no model yet.
        SettingsError: a setting cannot be kept with these data, or a column is no number.
        DataError: the validation has nobody to ask.
    """
    base, _ = strategy_of(ws, strategy)
    axes = tuple(sweep) or axes_of(base)
    return measure_settings(
        ws,
        run_id,
        settings_of(base, axes),
        columns=columns,
        by=base.diversify.column,
        k=k,
        people=people,
        lists=lists,
        progress=progress,
    )


def measure_settings(
    ws: Workspace,
    run_id: str,
    settings: Sequence[Setting],
    *,
    columns: Sequence[str] = (),
    by: str = "",
    k: int = 10,
    people: int = PEOPLE,
    lists: Path | None = None,
    progress: Progress = lambda done, total, message: None,
) -> Frontier:
    """Measure these settings against today's strategy.

    Args:
        by: the column whose mixture is compared with the past; "" for all.

    Raises:
        NotFoundError, SettingsError, DataError: as `measure_frontier`.
    """
    check_length(k)
    if lists is not None:
        check_ending(lists, (".csv", ".parquet"))
    settings = _today_first(ws, get_run(ws, run_id).spec.dataset, settings)
    wanted = [one.strategy for one in settings]
    columns = list(dict.fromkeys([*columns, *_weighed(settings)]))
    total = len(settings)
    bench = Bench.of(
        ws, run_id, wanted, columns, k=k, people=people, heard=partial(progress, 0, total, FITTING)
    )
    ruler, made = bench.ruler(by), []
    for number, one in enumerate(settings, start=1):
        items_LK, pool = bench.lists(one.strategy)
        made.append(Made(one, items_LK, ruler.per_list(items_LK, pool)))
        progress(number, total, one.words)
    if lists is not None:
        with replacing(lists) as draft, appending(draft) as append:
            for number, each in enumerate(made):
                append(_listed(bench, number, each))
    today = in_use(ws, bench.run.spec.dataset)
    return _frontier(bench, ruler, made, today.reference if today else OWN)


@dataclass(frozen=True)
class Made:
    """The lists of one setting, and what each of them is worth."""

    setting: Setting
    items_LK: NDArray[np.int32]
    values: PerList


def _today_first(ws: Workspace, dataset: str, settings: Sequence[Setting]) -> list[Setting]:
    """Today's strategy heads the settings; it is one of them, or another."""
    today = settled(todays(ws, dataset))
    others = [one for one in settings if difference(today, settled(one.strategy))]
    own = next((one for one in settings if one not in others), Setting(today, {}))
    return [own, *others]


def _weighed(settings: Sequence[Setting]) -> list[str]:
    """The columns that any setting weighs."""
    return [column for one in settings for _, column in map(find_term, one.strategy.weights) if column]


def _frontier(bench: Bench, ruler: Ruler, made: Sequence[Made], today: str) -> Frontier:
    about, catalogue = bench.sitting.before.about, measures_of(bench.k, bench.columns, bench.facts)
    known = set(made[0].values).union({COVERAGE}).intersection(*({*each.values, COVERAGE} for each in made))
    measures = tuple(measure for measure in catalogue if measure.name in known)
    table = pd.DataFrame([_row(each, made[0], measures, ruler) for each in made])
    table.insert(0, "setting", [_words(each, made[0], today) for each in made])
    table.insert(1, "is_today", [each is made[0] for each in made])
    table.insert(2, "dominated", dominated(goodness([table[one.name] for one in measures], measures)))
    return Frontier(
        run=bench.run.id,
        today=today,
        table=table,
        measures=measures,
        strategies=tuple(each.setting.strategy for each in made),
        swept=tuple(made[-1].setting.values),
        num_people=len(bench.chosen),
        k=bench.k,
        notes=notes_of(about.person, len(bench.chosen), len(bench.sitting.question.places)),
    )


def _words(each: Made, first: Made, today: str) -> str:
    return f"{TODAY}: {today}" if each is first else each.setting.words or each.setting.strategy.name


def _row(each: Made, first: Made, measures: Sequence[Measure], ruler: Ruler) -> dict[str, float]:
    """A setting's weights and figures."""
    row = dict(each.setting.values)
    for measure in measures:
        if measure.name == COVERAGE:
            mean = ruler.coverage(each.items_LK)
            found = ruler.coverage_difference(first.items_LK, each.items_LK)
        else:
            mean = float(np.nanmean(each.values[measure.name]))
            found = compared(measure, first.values[measure.name], each.values[measure.name])
        row |= _figures(measure.name, mean, found)
    return row


def _figures(name: str, mean: float, found: Difference) -> dict[str, float]:
    interval = found.interval
    values = (mean, interval.mean, interval.low, interval.high, found.relative)
    return {f"{name}{figure}": value for figure, value in zip(FIGURES, values, strict=True)}


def notes_of(person: str, num_people: int, of: int) -> tuple[str, ...]:
    """What the figures assume."""
    asked = (
        f"{num_people:,} of {of:,} {many(person)}" if num_people < of else f"{num_people:,} {many(person)}"
    )
    return (
        f"Measured on {asked} of the validation, with a model that has not learnt from them.",
        f"What was chosen is what {many(person)} chose without having seen these lists: lists are held "
        "against it, not known to cause it.",
        f"Coverage is that of the lists of these {many(person)}; more of them cover more.",
        "Intervals are for one setting. The best of many looks a little better than it is.",
        "Nothing is left to chance in these lists, whatever the strategy explores.",
    )


def _listed(bench: Bench, number: int, each: Made) -> pd.DataFrame:
    """A setting's lists under each other."""
    list_N, place_N = np.nonzero(each.items_LK != NO_ITEM)
    items, before = each.items_LK[list_N, place_N], bench.sitting.before
    people = bench.sitting.task.people[bench.sitting.question.places[bench.chosen]]
    targets = bench.sitting.question.targets.take(bench.chosen)
    return pd.DataFrame(
        {
            "setting": number,
            "person": before.users.ids.take(people[list_N]),
            "rank": place_N + 1,
            "item_id": before.items.ids.take(items),
            "chosen": ranking.hits(each.items_LK, targets)[list_N, place_N],
        }
    )
