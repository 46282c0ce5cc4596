"""What a question's lists are worth: every ranking and beyond-accuracy metric at every K.

U people of the question, K places of the list, I items, D dims of an item's content vector.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from recengine.core.columns import ITEM, USER, Kind
from recengine.core.dataset import Dataset
from recengine.core.profiles import Profiles
from recengine.core.ranking import Ranking
from recengine.data.encoders import FIRST_KNOWN, Encoder
from recengine.metrics import METRICS, beyond, ranking
from recengine.services.questions import Question

if TYPE_CHECKING:
    from scipy.sparse import csr_array


@dataclass(frozen=True)
class Yardstick:
    """What lists are held against, besides targets.

    Attributes:
        share_I: share of people who had the item before.
        vector_ID: contents of items as unit vectors; None where nothing is known of any item.
    """

    catalogue_I: NDArray[np.bool_]
    share_I: NDArray[np.float64]
    vector_ID: csr_array | None

    @classmethod
    def of(cls, before: Dataset, catalogue_I: NDArray[np.bool_]) -> Yardstick:
        pairs = before.interactions.frame[[USER, ITEM]].drop_duplicates()
        people = max(1, pairs[USER].nunique())
        share_I = np.bincount(pairs[ITEM], minlength=before.num_items) / people
        return cls(catalogue_I, share_I, _contents(before))


def _contents(data: Dataset) -> csr_array | None:
    """Items by their categorical and multi-valued features (text where there is nothing else)."""
    from scipy.sparse import csr_array, hstack

    kinds = data.items.kinds
    plain: dict[str, Kind] = {name: kind for name, kind in kinds.items() if kind in ("categorical", "multi")}
    texts: dict[str, Kind] = {name: kind for name, kind in kinds.items() if kind in ("text", "vector")}
    chosen = plain or texts
    if not chosen:
        return None
    encoded = Encoder.fit(data.items.features, chosen).transform(data.items.features)
    parts = [_one_hot(np.arange(len(encoded)), codes_N) for codes_N in encoded.codes_NF.T]
    parts += [_one_hot(bag.rows, bag.values) for bag in encoded.bags]
    parts.append(csr_array(encoded.vectors_NV.astype(np.float64)))
    return _unit_rows(hstack(parts, format="csr"))


def _one_hot(rows: NDArray[np.int64], codes: NDArray[np.int32]) -> csr_array:
    """One column a known value, rows of length 1; a missing or unknown value is no column."""
    from scipy.sparse import coo_array

    known = codes >= FIRST_KNOWN
    shape = (int(rows.max(initial=-1)) + 1, int(codes.max(initial=1)) + 1)
    return _unit_rows(coo_array((np.ones(known.sum()), (rows[known], codes[known])), shape=shape).tocsr())


def _unit_rows(matrix: csr_array) -> csr_array:
    from scipy.sparse import diags_array

    length = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)))
    return diags_array(1 / np.where(length > 0, length, 1)) @ matrix


def measure(
    lists: Ranking, question: Question, profiles: Profiles, ks: Sequence[int], yardstick: Yardstick
) -> tuple[dict[str, NDArray[np.float64]], dict[str, float]]:
    """Columns of one number a person, and their means with what only holds for all together."""
    hits_UK = ranking.hits(lists.items_UK, question.targets)
    num_relevant_U = question.targets.lengths
    columns: dict[str, NDArray[np.float64]] = {}
    whole: dict[str, float] = {}
    for k in ks:
        items_UK = lists.items_UK[:, :k]
        of_k = {
            name.replace("@k", f"@{k}"): metric.function(hits_UK[:, :k], num_relevant_U)
            for name, metric in METRICS.items()
            if metric.family == "ranking"
        }
        columns |= of_k
        columns[f"novelty@{k}"] = beyond.novelty(items_UK, yardstick.share_I)
        if yardstick.vector_ID is not None:
            columns[f"diversity@{k}"] = beyond.intra_list_diversity(items_UK, yardstick.vector_ID)
        whole[f"f1_of_means@{k}"] = ranking.f1_of_means(
            float(of_k[f"precision@{k}"].mean()), float(of_k[f"recall@{k}"].mean())
        )
        whole[f"coverage@{k}"] = beyond.coverage(items_UK, yardstick.catalogue_I)
        whole[f"gini@{k}"] = beyond.gini(items_UK, yardstick.catalogue_I)
        whole[f"popularity_lift@{k}"] = beyond.popularity_lift(items_UK, profiles.history, yardstick.share_I)
    return columns, {name: _mean(column) for name, column in columns.items()} | whole


def _mean(column: NDArray[np.float64]) -> float:
    """Mean over the people who have a value; NaN if nobody has."""
    known = column[~np.isnan(column)]
    return float(known.mean()) if len(known) else float("nan")
