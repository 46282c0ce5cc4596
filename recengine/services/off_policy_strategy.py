"""What a saved strategy would have earned on the lists that were shown here."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from recengine.core.errors import DataError
from recengine.core.words import plural
from recengine.services.off_policy import ITEM, LIST, PERSON, POSITION, Report, evaluate_tables, feedback_log
from recengine.services.runs import get_run
from recengine.services.strategic import Asked, Maker, strategy_of
from recengine.services.workspace import Workspace
from recengine.strategy import Explore

AS_NOW = (
    "The new lists are made of people's histories and the catalogue as they are now, not as they were then."
)
NO_CHANCE = "The new strategy is asked without its exploration."


def evaluate_strategy(
    ws: Workspace,
    run_id: str,
    asked: Asked,
    *,
    earning: str = "clicks",
    shown_by: str | None = None,
    strategy: str | None = None,
    seed: int = 0,
) -> Report:
    """What a run under a strategy would have earned on the lists shown on its dataset.

    Args:
        earning: clicks, likes, purchases or revenue.
        shown_by: only lists of this run; strategy: only lists of this strategy ("": of the run alone).

    Raises:
        DataError: no list was shown yet to anybody whom the data know.
        NotFoundError: no such run or strategy.
        SettingsError: no such earning, or the strategy cannot be kept with these data.
    """
    dataset = get_run(ws, run_id).spec.dataset
    log = feedback_log(ws, earning, dataset=dataset, run=shown_by, strategy=strategy)
    wanted, _ = strategy_of(ws, asked)
    k = int(log[POSITION].max())
    maker = Maker.of(ws, run_id, wanted.model_copy(update={"explore": Explore()}), k)
    people = pd.Index(maker.desk.dataset.users.ids)
    known = log[log[PERSON].isin(people)]
    if known.empty:
        raise DataError(f"the lists that were shown were all to people whom '{dataset}' does not know.")
    report = evaluate_tables(known, _planned(maker, known, people, k), thing=earning, seed=seed)
    left_out = log[LIST].nunique() - known[LIST].nunique()
    guests = (
        (f"{plural(left_out, 'list')} of people whom the data do not know are left out.",) if left_out else ()
    )
    chance = () if wanted.explore.method == "none" else (NO_CHANCE,)
    return replace(report, notes=(AS_NOW, *chance, *guests))


def _planned(maker: Maker, log: pd.DataFrame, people: pd.Index, k: int) -> pd.DataFrame:
    """What the strategy would show on each list of the log: list, position, item."""
    shown = log[[LIST, PERSON]].drop_duplicates()
    codes = people.get_indexer(shown[PERSON].unique()).astype(np.int64)
    table = maker.table(codes, k).rename(columns={"rank": POSITION, "item_id": ITEM})
    return shown.merge(table[[PERSON, POSITION, ITEM]], on=PERSON)[[LIST, POSITION, ITEM]]
