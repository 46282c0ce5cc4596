"""What a strategy that nobody was shown would have earned, from a log of what another one did.

Two tables are asked: what was shown (one row a place of a list: list, person, item, position, propensity,
reward and whatever else was known) and what the new strategy would show at the same places (list, position,
item and, where it leaves something to chance, chance).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from recengine.core.errors import DataError, SettingsError, did_you_mean
from recengine.core.words import a, count, listed
from recengine.services.feedback import events
from recengine.services.off_policy_words import per_thousand, sentence
from recengine.services.shown import places
from recengine.services.workspace import Workspace
from recengine.strategy.off_policy.evaluation import Evaluation, evaluate
from recengine.strategy.off_policy.log import Log
from recengine.strategy.off_policy.policy import Policy

LIST, PERSON, ITEM, POSITION = "list", "person", "item", "position"
REWARD, PROPENSITY, CHANCE = "reward", "propensity", "chance"
LOGGED, PLANNED = (LIST, PERSON, ITEM, POSITION, REWARD), (LIST, POSITION, ITEM)
READERS = {".csv": pd.read_csv, ".parquet": pd.read_parquet}


@dataclass(frozen=True)
class Earning:
    """What a list can earn.

    Attributes:
        thing: what it is called, such as clicks.
        kinds: the kinds of feedback event that count.
        by_value: whether an event counts its value instead of 1.
    """

    thing: str
    kinds: tuple[str, ...]
    by_value: bool = False


EARNINGS: dict[str, Earning] = {
    "clicks": Earning("clicks", ("click",)),
    "likes": Earning("likes", ("like",)),
    "purchases": Earning("purchases", ("purchase",)),
    "revenue": Earning("revenue", ("purchase",), by_value=True),
}


@dataclass(frozen=True, eq=False)
class Report:
    """The answer, in words and figures.

    Attributes:
        thing: what is earned: clicks, likes, purchases, revenue.
        items: the items' names, by the codes that the evaluation speaks of.
        notes: what else its reader should know.
    """

    evaluation: Evaluation
    thing: str
    items: pd.Index
    notes: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """The verdict."""
        return sentence(self.evaluation, self.thing, self.items)

    @property
    def business(self) -> str:
        """What 1,000 lists earn; "" where that cannot be said."""
        return per_thousand(self.evaluation, self.thing)

    def frame(self) -> pd.DataFrame:
        """A row an estimator."""
        return self.evaluation.frame()

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        told = self.evaluation.as_dict()
        unseen = [str(self.items[code]) for code in told["support"]["unseen_items"]]
        return {
            "sentence": self.sentence,
            "business": self.business,
            "thing": self.thing,
            "notes": list(self.notes),
            **told,
            "support": {**told["support"], "unseen_items": unseen},
        }


def evaluate_tables(
    log: pd.DataFrame,
    new: pd.DataFrame,
    *,
    thing: str = "clicks",
    contexts: Sequence[str] = (),
    seed: int = 0,
) -> Report:
    """What the new strategy would have earned on the log's lists.

    Args:
        log: list, person, item, position, reward and propensity; without a propensity only the reward model
            is left, and no verdict.
        new: list, position, item, and the chance of each where it is not 1.
        thing: what the rewards are, for the words.
        contexts: columns of numbers in the log that were known when a list was made; the reward model reads
            them.

    Raises:
        DataError: columns are missing, or the new strategy says nothing about some of the log's lists.
    """
    log = _checked(log, (*LOGGED, *contexts), "the log")
    new = _checked(new, PLANNED, "the new strategy's table")
    items = pd.Index(pd.unique(pd.concat([log[ITEM], new[ITEM]])))
    built = Log(
        persons=pd.factorize(log[PERSON])[0].astype(np.int64),
        items=_codes(log[ITEM], items),
        positions=_whole(log, POSITION),
        rewards=_numbers(log, REWARD),
        propensities=_numbers(log, PROPENSITY) if PROPENSITY in log else np.full(len(log), np.nan),
        contexts=np.stack([_numbers(log, name) for name in contexts], axis=1) if contexts else None,
        lists=pd.factorize(log[LIST])[0].astype(np.int64),
    )
    return Report(evaluate(built, _policy(log, new, items), seed=seed), thing, items)


def feedback_log(
    ws: Workspace,
    earning: str = "clicks",
    *,
    dataset: str | None = None,
    run: str | None = None,
    strategy: str | None = None,
) -> pd.DataFrame:
    """The lists that were shown here, with what feedback gave each place as its reward.

    Lists shown to guests count as shown to somebody else each time.

    Args:
        earning: a name in EARNINGS.
        strategy: its name; "" asks for lists that the run alone made.

    Raises:
        DataError: no such list was ever shown.
        SettingsError: there is no such earning.
    """
    shown = places(ws, dataset=dataset, run=run, strategy=strategy).rename(columns={"list_id": LIST})
    if shown.empty:
        raise DataError("no such list was shown yet. Show lists, and keep that they were shown, first.")
    shown[PERSON] = shown[PERSON].where(shown[PERSON] != "", "guest " + shown[LIST])
    return earned(shown, events(ws, dataset=dataset, run=run, strategy=strategy), earning)


def earned(shown: pd.DataFrame, events: pd.DataFrame, earning: str) -> pd.DataFrame:
    """The places shown with what feedback gave each as their reward.

    Args:
        shown: list, person, item, position, propensity; a row a place.
        events: feedback with list_id, item, kind and value.
        earning: a name in EARNINGS.

    Raises:
        SettingsError: there is no such earning.
    """
    if earning not in EARNINGS:
        raise SettingsError(f"lists do not earn '{earning}'. {did_you_mean(earning, EARNINGS)}")
    what = EARNINGS[earning]
    counted = events[events["kind"].isin(what.kinds)]
    amount = counted["value"].astype(float) if what.by_value else pd.Series(1.0, counted.index)
    places = [counted["list_id"].rename(LIST), counted[ITEM]]
    total = amount.groupby(places).sum().rename(REWARD).reset_index()
    return (
        shown.drop(columns=REWARD, errors="ignore")
        .merge(total, how="left", on=[LIST, ITEM])
        .fillna({REWARD: 0.0})
    )


def read_rows(path: Path) -> pd.DataFrame:
    """A table out of a .csv or .parquet file.

    Raises:
        SettingsError: the file's ending says neither.
        DataError: there is no such file.
    """
    if path.suffix not in READERS:
        raise SettingsError(f"{path} is neither .csv nor .parquet.")
    if not path.exists():
        raise DataError(f"there is no file {path}.")
    return READERS[path.suffix](path)


def _policy(log: pd.DataFrame, new: pd.DataFrame, items: pd.Index) -> Policy:
    row_of = pd.DataFrame({LIST: log[LIST], POSITION: log[POSITION], "row": np.arange(len(log))})
    silent = log.loc[~log[LIST].isin(new[LIST]), LIST].nunique()
    if silent:
        raise DataError(
            f"the new strategy says nothing about {count(silent)} of the log's {count(log[LIST].nunique())} "
            "lists. Give it a row for each place of each list, under the log's names of lists."
        )
    asked = new.merge(row_of, on=[LIST, POSITION])
    chances = _numbers(asked, CHANCE) if CHANCE in asked else np.ones(len(asked))
    return Policy(asked["row"].to_numpy(np.int64), _codes(asked[ITEM], items), chances, len(log))


def _codes(names: pd.Series, items: pd.Index) -> np.ndarray[Any, np.dtype[np.int64]]:
    return items.get_indexer(names).astype(np.int64)


def _numbers(table: pd.DataFrame, name: str) -> np.ndarray[Any, np.dtype[np.float64]]:
    numbers = pd.to_numeric(table[name], errors="coerce").to_numpy(np.float64)
    wrong = table[name][np.isnan(numbers) & table[name].notna().to_numpy()]
    if len(wrong):
        raise DataError(f"'{wrong.iloc[0]}' in column {name} is no number.")
    return numbers


def _whole(table: pd.DataFrame, name: str) -> np.ndarray[Any, np.dtype[np.int64]]:
    numbers = _numbers(table, name)
    if not (np.isfinite(numbers) & (numbers % 1 == 0)).all():
        raise DataError(f"column {name} needs whole numbers: the place in the list.")
    return numbers.astype(np.int64)


def _checked(table: pd.DataFrame, wanted: Sequence[str], what: str) -> pd.DataFrame:
    """The table with names of lists, people and items as text."""
    missing = [name for name in wanted if name not in table]
    if missing:
        raise DataError(
            f"{what} lacks the column{'s' * (len(missing) > 1)} {listed(missing)}; found "
            f"{listed([str(name) for name in table.columns])}. Name them so."
        )
    names = [name for name in (LIST, PERSON, ITEM) if name in wanted]
    if gaps := [name for name in names if table[name].isna().any()]:
        raise DataError(f"{what} has rows without {a(gaps[0])}. Fill or leave out these rows.")
    return table.astype(dict.fromkeys(names, "str"))
