"""What a list can be ordered by, and the scale on which it is weighed.

To add a term: write its function, then add its line to TERMS. A term over a column is written
"value COLUMN" or "expected COLUMN". Every term is brought to one scale before it is weighed:
its distance from the mean of the list's own candidates, in standard deviations. So a weight of 1
says "one spread of this term counts as much as one spread of any other". What is unknown of a
candidate counts as the mean, and a term that is the same for all candidates moves nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recengine.core.errors import SettingsError, did_you_mean
from recengine.strategy.pool import CatalogueFacts, Pool

Values = NDArray[np.float64]
FLAT = 1e-9  # spreads below this share of the values' size are rounding


@dataclass(frozen=True)
class Term:
    """Something by which candidates differ.

    Attributes:
        explanation: one sentence for someone who has never heard of it.
        values: of each candidate, NaN where unknown; the column's name is the second argument.
        of_items: the same for the whole catalogue, where it depends on the item alone.
        over: "column" where a column is to be named behind the term.
    """

    title: str
    explanation: str
    values: Callable[[Pool, str], Values]
    of_items: Callable[[CatalogueFacts, str], Values] | None = None
    over_column: bool = False


def _relevance(pool: Pool, column: str) -> Values:
    return pool.scores_LC


def _like(pool: Pool, column: str) -> Values:
    if pool.like_LC is None:
        raise SettingsError(
            "this run cannot say how likely a person is to like an item. Weigh relevance instead of like, "
            "or choose a run with P(like)."
        )
    return pool.like_LC


def _expected(pool: Pool, column: str) -> Values:
    return _like(pool, column) * pool.of_items(pool.facts.numbers(column))


def _of_items(of_items: Callable[[CatalogueFacts, str], Values]) -> Callable[[Pool, str], Values]:
    return lambda pool, column: pool.of_items(of_items(pool.facts, column))


def _popularity(facts: CatalogueFacts, column: str) -> Values:
    """log2 of the share of people who had the item; nobody counts as half a person."""
    return np.log2(np.maximum(facts.people_I, 0.5) / max(facts.num_people, 1))


def _novelty(facts: CatalogueFacts, column: str) -> Values:
    return -_popularity(facts, column)


def _freshness(facts: CatalogueFacts, column: str) -> Values:
    """-log2(1 + days): an item half as old is about one step fresher."""
    return -np.log2(1 + facts.age_days)


def _value(facts: CatalogueFacts, column: str) -> Values:
    return facts.numbers(column)


def _item_term(
    title: str, explanation: str, of_items: Callable[[CatalogueFacts, str], Values], over_column: bool = False
) -> Term:
    return Term(title, explanation, _of_items(of_items), of_items, over_column)


TERMS: dict[str, Term] = {
    "relevance": Term("Relevance", "The model's own score.", _relevance),
    "like": Term("P(like)", "How likely the person is to like the item.", _like),
    "expected": Term(
        "Expected",
        "P(like) times a column, such as margin: what an item brings on average.",
        _expected,
        None,
        True,
    ),
    "value": _item_term("Value", "A numeric column as it is, such as price or margin.", _value, True),
    "novelty": _item_term("Novelty", "How few people had the item, in bits.", _novelty),
    "popularity": _item_term("Popularity", "How many people had the item, in bits.", _popularity),
    "freshness": _item_term("Freshness", "How short ago the item was first seen.", _freshness),
}


def find_term(name: str) -> tuple[Term, str]:
    """The term of that name, and the column it is over; "" for none.

    Raises:
        SettingsError: there is no such term, or a column is missing or too much.
    """
    kind, _, column = name.partition(" ")
    if kind not in TERMS:
        raise SettingsError(f"there is no term '{name}' to weigh. {did_you_mean(kind, TERMS)}")
    term = TERMS[kind]
    if term.over_column and not column:
        raise SettingsError(f"'{kind}' needs the name of a column behind it, such as '{kind} price'.")
    if column and not term.over_column:
        raise SettingsError(f"'{kind}' takes no column; found '{name}'.")
    return term, column


def term_title(name: str) -> str:
    """What to call a weighed term in front of a reader."""
    kind, _, column = name.partition(" ")
    return f"{kind} {column}".strip() if kind != "like" else "P(like)"


def common_scale(value_LC: Values, listed_LC: NDArray[np.bool_]) -> Values:
    """Standard deviations from the mean of each list's own candidates; 0 where unknown or all alike."""
    known_LC = listed_LC & np.isfinite(value_LC)
    apart_LC = np.where(known_LC, value_LC - _mean(value_LC, known_LC), 0.0)
    spread_L = spread(value_LC, listed_LC)
    return np.divide(apart_LC, spread_L, out=np.zeros_like(apart_LC), where=spread_L > 0)


def spread(value_LC: Values, listed_LC: NDArray[np.bool_]) -> Values:
    """The standard deviation of each list's candidates, shape (L, 1); 0 where all known ones are alike."""
    known_LC = listed_LC & np.isfinite(value_LC)
    apart_LC = np.where(known_LC, value_LC - _mean(value_LC, known_LC), 0.0)
    spread_L = np.sqrt(_mean(apart_LC**2, known_LC))
    size_L = np.abs(np.where(known_LC, value_LC, 0.0)).max(axis=1, keepdims=True, initial=0.0)
    return np.where(spread_L > FLAT * size_L, spread_L, 0.0)


def _mean(value_LC: Values, known_LC: NDArray[np.bool_]) -> Values:
    total_L = np.where(known_LC, value_LC, 0.0).sum(axis=1, keepdims=True)
    return total_L / np.maximum(known_LC.sum(axis=1, keepdims=True), 1)
