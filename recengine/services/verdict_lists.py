"""What an edit does to the lists themselves: how far they change, and what gains and loses places.

Shapes: U people asked, K places of a list, I items, M items or categories looked at.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recengine.core.ranking import NO_ITEM
from recengine.core.words import many
from recengine.metrics.churn import jaccard, rank_biased_overlap, shared
from recengine.metrics.two_level import NO_LOTS, Floats, two_level
from recengine.services.datasets import categories, category_feature
from recengine.services.report import Report
from recengine.services.verdict_arms import Arms
from recengine.services.verdict_tables import HEADLINE, K, change_columns

EXAMPLES = 4  # people of each sort
MOST_ITEMS = 15  # that gain, and as many that lose
BETWEEN = " · "  # titles of items that stand in one text


@dataclass(frozen=True, eq=False)
class Churn:
    """How far the first ten places change.

    Attributes:
        jaccard, rbo: 1 where lists stay as they are, 0 where nothing of them does; means over people, with
            95 % intervals.
        replaced: items of a list that were not on it before, on average.
        unchanged: share of people whose list is the same, place by place.
        jaccard_of_seeds, rbo_of_seeds, replaced_of_seeds: the same between two trainings of the base that
            differ in their seed alone; None where there is one seed, 1 and 0 where the model draws no lots.
        examples: why ("most changed", "typical"), person (id), same (items kept), jaccard, rbo, left, entered
            (titles), base, edited (NDCG@10); of the first seed.
        sentence: the finding.
    """

    jaccard: float
    jaccard_low: float
    jaccard_high: float
    rbo: float
    rbo_low: float
    rbo_high: float
    replaced: float
    unchanged: float
    jaccard_of_seeds: float | None
    rbo_of_seeds: float | None
    replaced_of_seeds: float | None
    examples: pd.DataFrame
    sentence: str

    def as_dict(self) -> dict[str, Any]:
        """Without the examples."""
        return {name: value for name, value in asdict(self).items() if name != "examples"}


Lists = NDArray[np.int32]


def _lists(report: Report) -> Lists:
    assert report.items_UK is not None
    return report.items_UK[:, :K]


def churn(arms: Arms) -> Churn:
    """How far lists change, beside how far they change by the seed alone."""
    pairs = [
        (_lists(base), _lists(edited))
        for base, edited in zip(arms.base_reports, arms.edited_reports, strict=True)
    ]
    alike_SUM = np.stack([_alike(*pair) for pair in pairs])
    found = two_level(alike_SUM, noise=None if arms.draws_lots else NO_LOTS)
    replaced, seeds = _replaced(pairs), _of_seeds(arms)
    low, high = np.clip([found.low, found.high], 0, 1)
    return Churn(
        jaccard=float(found.mean[0]),
        jaccard_low=float(low[0]),
        jaccard_high=float(high[0]),
        rbo=float(found.mean[1]),
        rbo_low=float(low[1]),
        rbo_high=float(high[1]),
        replaced=replaced,
        unchanged=float(np.mean([(first == second).all(axis=1).mean() for first, second in pairs])),
        jaccard_of_seeds=seeds[0],
        rbo_of_seeds=seeds[1],
        replaced_of_seeds=seeds[2],
        examples=_examples(arms, *pairs[0], alike_SUM[0]),
        sentence=_in_a_sentence(arms, replaced, seeds[2]),
    )


def _alike(first_UK: Lists, second_UK: Lists) -> Floats:
    return np.stack([jaccard(first_UK, second_UK), rank_biased_overlap(first_UK, second_UK)], axis=1)


def _replaced(pairs: list[tuple[Lists, Lists]]) -> float:
    """Items that are new to a list, on average."""
    new = [(second != NO_ITEM).sum(axis=1) - shared(first, second)[:, -1] for first, second in pairs]
    return float(np.mean(new))


def _of_seeds(arms: Arms) -> tuple[float | None, float | None, float | None]:
    """Jaccard, RBO and replaced items between trainings of the base that differ in their seed alone."""
    if not arms.draws_lots:
        return 1.0, 1.0, 0.0
    pairs = list(pairwise(_lists(report) for report in arms.base_reports))
    if not pairs:
        return None, None, None
    alike = np.nanmean([_alike(*pair) for pair in pairs], axis=(0, 1))
    return float(alike[0]), float(alike[1]), _replaced(pairs)


def _in_a_sentence(arms: Arms, replaced: float, of_seeds: float | None) -> str:
    items = many(arms.dataset.about.item)
    found = f"Of {K} {items} on a list {replaced:.1f} are others than before, on average"
    if of_seeds is None or not arms.draws_lots:
        return f"{found}."
    return f"{found}; another seed alone changes {of_seeds:.1f}."


def _examples(arms: Arms, first_UK: Lists, second_UK: Lists, alike_UM: Floats) -> pd.DataFrame:
    """A few people: those whose lists change most, and some in the middle."""
    same_U = shared(first_UK, second_UK)[:, -1]
    order_U = np.lexsort((alike_UM[:, 1], same_U))
    middle = len(order_U) // 2
    chosen = {
        "most changed": order_U[:EXAMPLES],
        "typical": order_U[middle : middle + EXAMPLES],
    }
    rows = [
        {
            "why": why,
            "person": str(arms.dataset.users.ids[int(arms.people[place])]),
            "same": int(same_U[place]),
            "jaccard": float(alike_UM[place, 0]),
            "rbo": float(alike_UM[place, 1]),
            "left": _titles(arms, first_UK[place], second_UK[place]),
            "entered": _titles(arms, second_UK[place], first_UK[place]),
            "base": float(arms.base_reports[0].values(HEADLINE)[place]),
            "edited": float(arms.edited_reports[0].values(HEADLINE)[place]),
        }
        for why, places in chosen.items()
        for place in places
    ]
    return pd.DataFrame(rows).drop_duplicates("person", ignore_index=True)


def _titles(arms: Arms, of_K: NDArray[np.int32], but_K: NDArray[np.int32]) -> str:
    """Items of one list that are not on the other, in its order."""
    only = of_K[~np.isin(of_K, but_K) & (of_K != NO_ITEM)]
    return BETWEEN.join(arms.dataset.items.labels(only))


def exposure(arms: Arms) -> pd.DataFrame:
    """Who gains and loses places; the largest change first, categories before items.

    Columns of ("category" or "item"), id ("" for a category), title, then CHANGE. For an item base and edited
    are the share of lists that show it; for a category its share of all places. The items are those that
    change most, and their verdicts count all that are on any list.
    """
    parts = [_of_categories(arms), _of_items(arms)]
    return pd.concat([part for part in parts if len(part)], ignore_index=True)


def _of_categories(arms: Arms) -> pd.DataFrame:
    if category_feature(arms.dataset) is None:
        return pd.DataFrame()
    titles, code_I = np.unique(np.array(categories(arms.dataset), dtype=str), return_inverse=True)

    def shares(report: Report) -> Floats:
        return _counts(_lists(report), code_I, len(titles)) / K

    columns = change_columns(arms.changed(shares), ["neither"] * len(titles), looks=len(titles))
    named = [title or "(unknown)" for title in titles]
    rows = pd.DataFrame({"of": "category", "id": "", "title": named}).join(columns)
    return _largest_first(rows)


def _of_items(arms: Arms) -> pd.DataFrame:
    before_I, after_I = (_shown(reports, arms) for reports in (arms.base_reports, arms.edited_reports))
    order_I = np.argsort(after_I - before_I, kind="stable")
    chosen = np.unique([*order_I[:MOST_ITEMS], *order_I[-MOST_ITEMS:]])
    chosen = chosen[after_I[chosen] != before_I[chosen]]
    place_I = np.full(arms.dataset.num_items, len(chosen))
    place_I[chosen] = np.arange(len(chosen))

    def shares(report: Report) -> Floats:
        return _counts(_lists(report), place_I, len(chosen) + 1)[:, :-1]

    looks = int(((before_I > 0) | (after_I > 0)).sum())
    columns = change_columns(arms.changed(shares), ["neither"] * len(chosen), looks=looks)
    ids, titles = list(arms.dataset.items.ids.take(chosen)), arms.dataset.items.labels(chosen)
    return _largest_first(pd.DataFrame({"of": "item", "id": ids, "title": titles}).join(columns))


def _largest_first(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.sort_values("change", key=np.abs, ascending=False, kind="stable", ignore_index=True)


def _shown(reports: tuple[Report, ...], arms: Arms) -> Floats:
    """On how many lists each item is, over all seeds; shape (I,)."""
    listed = np.concatenate([_lists(report).ravel() for report in reports])
    return np.bincount(listed[listed != NO_ITEM], minlength=arms.dataset.num_items).astype(np.float64)


def _counts(items_UK: Lists, code_I: NDArray[np.int64], num_codes: int) -> Floats:
    """How many places of each person's list items of each code have, shape (U, codes)."""
    rows_U, places_U = np.nonzero(items_UK != NO_ITEM)
    cells = rows_U * num_codes + code_I[items_UK[rows_U, places_U]]
    return np.bincount(cells, minlength=len(items_UK) * num_codes).reshape(-1, num_codes).astype(np.float64)
