"""Names and values in edits of one person: found in the data, written down, told to a reader."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import isfinite
from typing import Any

import numpy as np
import pandas as pd

from recengine.core.dataset import Dataset, Entities, as_id
from recengine.core.edits.conditions import MISSING, SEPARATOR, Condition, Table
from recengine.core.edits.reading import in_quotes, number_text, value_text
from recengine.core.errors import EditError, did_you_mean
from recengine.core.words import listed, many

RESERVED = ("last", "of", "unknown", "time", "times", "add", "without")
TOLD = 4  # things named one by one in a sentence


def name_text(name: str) -> str:
    """An id or a feature's name as it is written down: in quotes where it would be read as something else."""
    return in_quotes(name) if name.lower() in RESERVED else value_text(name)


def item_id(data: Dataset, name: str) -> str:
    """The id of an item named by its id, or by its title.

    Raises:
        EditError: there is none, or several have that title.
    """
    if name in data.items.ids:
        return name
    titles = data.items.labels(np.arange(data.num_items))
    found = [str(id_) for id_, title in zip(data.items.ids, titles, strict=True) if _same(title, name)]
    if len(found) == 1:
        return found[0]
    word = data.about.item
    if found:
        ids = listed(found[:TOLD], "or")
        raise EditError(f"{len(found)} {many(word)} are called '{name}'. Name one by its id: {ids}.")
    hint = did_you_mean(name, [*data.items.ids, *titles])
    raise EditError(f"no {word} '{name}' among {data.num_items:,}. {hint}")


def code_of(data: Dataset, item: str) -> int:
    """The code of an item's id."""
    return int(data.items.ids.get_indexer([item])[0])


def title_of(data: Dataset, item: str) -> str:
    """What an item is called, in quotes."""
    return f"“{data.items.labels(np.array([code_of(data, item)]))[0]}”"


def feature_value(entities: Entities, word: str, feature: str, value: str) -> tuple[str, str]:
    """A feature and its value as the data spell them; "unknown" where nothing is to be known.

    Raises:
        EditError: there is no such feature or value, or the value is no number; names the nearest one.
    """
    table = Table(word, {str(name): _column(entities, name) for name in entities.kinds}, entities.kinds)
    name = table.named(feature)
    kind = entities.kinds[name]
    if value.lower() == MISSING and kind != "categorical":
        return name, MISSING
    if kind == "numeric":
        return name, _number(name, value)
    if kind in ("text", "vector"):
        return name, value
    parts = value.split(SEPARATOR) if kind == "multi" else [value]
    spelt = (Condition(name, "=", (part,)).named(table).values[0] for part in parts)
    return name, SEPARATOR.join(spelt)


def raw_value(entities: Entities, feature: str, value: str) -> Any:
    """A value as a table of features has it."""
    if entities.kinds[feature] == "numeric":
        return np.nan if value == MISSING else float(value)
    named_so = value == MISSING and (entities.features[feature] == MISSING).any()
    return value if value != MISSING or named_so else None


def known_value(raw: object) -> str:
    """A value of a table of features as edits write it."""
    if pd.isna(raw):
        return MISSING
    return number_text(raw) if isinstance(raw, float) else as_id(raw)


def feature_words(feature: str) -> str:
    """ "household_size" -> "household size"."""
    return feature.replace("_", " ").strip()


def value_words(value: str) -> str:
    """A value in a sentence."""
    return "not known" if value == MISSING else ", ".join(value.split(SEPARATOR))


def some_of(phrases: Sequence[str]) -> str:
    """Things in a row, the first few of them where they are many."""
    if len(phrases) <= TOLD + 1:
        return listed(phrases)
    return listed([*phrases[:TOLD], f"{len(phrases) - TOLD} more"])


def _column(entities: Entities, name: str) -> Callable[[], pd.Series]:
    return lambda: entities.features[name]


def _number(feature: str, value: str) -> str:
    try:
        number = float(value)
    except ValueError:
        number = np.nan
    if not isfinite(number):
        raise EditError(f"'{feature}' is a number; found '{value}'. Write {feature} = 10, say.")
    return number_text(number)


def _same(one: str, other: str) -> bool:
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()
