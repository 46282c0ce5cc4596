"""Lists for people: known ones, new ones, everyone at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recengine.core.columns import USER, Repeats
from recengine.core.dataset import Dataset
from recengine.core.errors import SettingsError, did_you_mean
from recengine.core.profiles import Profiles
from recengine.core.split import MOMENT
from recengine.services.datasets import load_dataset
from recengine.services.desk import Desk, now_of
from recengine.services.export import appending, check_ending
from recengine.services.files import replacing
from recengine.services.strategic import Asked, Maker
from recengine.services.visit import Visit, everyone, people_told_of, visit
from recengine.services.workspace import Workspace

CLICK_S = 60.0  # a guest's clicks are taken to lie so far apart
NOTES = {
    "fallback": "There is no history a model could use, so this list shows what suits a {person} in general.",
    "features": "This history tells the model nothing; the list goes by what is known of the {person}.",
    "cold": "None of the items in this history was there when the model was trained.",
    "not personal": "This model gives everyone the same list.",
    "short": "There are no more items to list for this question.",
}


@dataclass(frozen=True)
class RecommendationList:
    """One person's list.

    Attributes:
        run_id: which run made it; model: what a page calls that run.
        person: the id; "" for a guest.
        repeats: which question was asked.
        rows: rank (from 1), item_id, title, category, score, probability (P(like) among all items; NaN
            where unknown), had (times in the person's history), badges (text: "seen"; "cold" where
            nobody had the item when the model was trained, which goes by its features; or "").
        badges: of the whole list: "fallback" where the person has no history a model could use,
            "cold" where the model knows none of its items, "features" instead of either where it goes
            by the person's features, "not personal", "short" where fewer than k items could be listed.
        note: the badges in a sentence or two for the reader; "" without badges.
    """

    run_id: str
    model: str
    dataset: str
    person: str
    repeats: Repeats
    rows: pd.DataFrame
    badges: tuple[str, ...]
    note: str

    def frame(self) -> pd.DataFrame:
        """The rows, for tables and exports."""
        return self.rows

    def as_dict(self) -> dict[str, Any]:
        """The list as plain JSON values, as `--json` prints it."""
        seen, cold = self.rows["had"] > 0, self.rows["badges"] == "cold"
        rows = self.rows.assign(seen=seen, cold=cold).drop(columns="badges")
        return {
            "run": self.run_id,
            "person": self.person,
            "repeats": self.repeats,
            "badges": list(self.badges),
            "note": self.note,
            "items": rows.to_dict(orient="records"),
        }


def recommend(
    ws: Workspace,
    run_id: str,
    person: str | Profiles,
    k: int = 10,
    *,
    repeats: Repeats | None = None,
) -> RecommendationList:
    """The k best items for one person: a known id, or a profile put together by hand.

    Args:
        repeats: by default what the run was trained for.

    Raises:
        NotFoundError: no such run or person, or the run has no model yet.
        SettingsError: k is below 1.
    """
    check_length(k)
    desk = Desk.of(ws, run_id, repeats)
    known = isinstance(person, str)
    seen = visit(ws, desk, person) if isinstance(person, str) else Visit(desk, person)
    desk, profiles = seen.desk, seen.profile
    ranking, stranger_U = desk.lists(profiles, k)
    rows = desk.rows(ranking, profiles)
    badges = desk.badges(profiles, bool(stranger_U[0]), len(rows) < k)
    return RecommendationList(
        run_id=run_id,
        model=desk.run.title,
        dataset=desk.run.spec.dataset,
        person=str(person) if known else "",
        repeats=desk.repeats,
        rows=rows,
        badges=badges,
        note=_note([NOTES[badge].format(person=desk.dataset.about.person) for badge in badges], seen.note),
    )


def _note(badges: list[str], feedback: str) -> str:
    return " ".join(filter(None, [*badges, feedback]))


def guest(
    ws: Workspace, dataset: str, item_ids: list[str], features: dict[str, object] | None = None
) -> Profiles:
    """A newcomer who chose these items just now, oldest first.

    Raises:
        NotFoundError: no such dataset or item.
        SettingsError: people of this dataset have no such feature, or the value is no number.
    """
    data = load_dataset(ws, dataset)
    codes = data.items.codes(item_ids, data.about.item)
    now, apart = now_of(data), CLICK_S if data.about.time_kind != "order" else 1.0
    return Profiles.new(
        [int(code) for code in codes],
        now=now,
        times=[now - MOMENT - apart * (len(codes) - 1 - place) for place in range(len(codes))],
        features={name: _feature(data, name, value) for name, value in (features or {}).items()},
    )


def recommend_all(
    ws: Workspace,
    run_id: str,
    out: Path,
    k: int = 10,
    *,
    repeats: Repeats | None = None,
    strategy: Asked | None = None,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> int:
    """Write everyone's list to a .parquet or .csv file.

    Columns: person, rank, item_id, title, score, probability, fallback; under a strategy also before (the
    place by the run alone, 0 for none), propensity, strategy and strategy_version.

    Args:
        strategy: by default the run's own lists are written.
        seed: of what the strategy leaves to chance.
        progress: called with people done and people in all.

    Returns:
        How many people there are in the file.

    Raises:
        NotFoundError: no such run or strategy, or the run has no model yet.
        SettingsError: the file's name ends in neither .parquet nor .csv, k is below 1, or the strategy cannot
            be kept with these data.
    """
    check_length(k)
    check_ending(out, (".parquet", ".csv"))
    maker = None if strategy is None else Maker.of(ws, run_id, strategy, k, repeats=repeats)
    desk = Desk.of(ws, run_id, repeats) if maker is None else maker.desk

    def lists(at: Desk, codes: NDArray[np.int64], profiles: Profiles | None) -> pd.DataFrame:
        return (
            at.table(codes, k, profiles)
            if maker is None
            else replace(maker, desk=at).table(codes, k, seed, profiles)
        )

    told, num_people, size = people_told_of(ws, desk), desk.dataset.num_users, desk.model.people_per_block
    with replacing(out) as draft, appending(draft) as append:
        for start in range(0, num_people, size):
            codes = np.arange(start, min(start + size, num_people))
            append(everyone(ws, desk, codes, told, lists))
            if progress is not None:
                progress(int(codes[-1]) + 1, num_people)
    return num_people


def check_length(k: int) -> None:
    """Raise SettingsError unless a list can be so long."""
    if k < 1:
        raise SettingsError(f"a list needs at least 1 place; found k = {k}.")


def example_person(dataset: Dataset) -> str:
    """Someone with a good deal of history (more than four in five people) but no giant; always the same."""
    events_U = np.bincount(dataset.interactions.column(USER), minlength=dataset.num_users)
    wanted = np.quantile(events_U[events_U > 0], 0.8)
    return str(dataset.users.ids[int(np.argmin(np.abs(events_U - wanted)))])


def _feature(dataset: Dataset, name: str, value: object) -> object:
    """A feature's value as the model expects it."""
    kinds = dataset.users.kinds
    if name not in kinds:
        hint = did_you_mean(name, kinds) or "None is known here."
        raise SettingsError(f"a {dataset.about.person} has no feature '{name}' in '{dataset.name}'. {hint}")
    if kinds[name] != "numeric" or value is None:
        return value
    try:
        return float(str(value))
    except ValueError:
        raise SettingsError(f"feature '{name}' is a number; found {value!r}.") from None
