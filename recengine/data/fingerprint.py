"""The name of a content: equal data, equal fingerprint, wherever and whenever they were imported."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recengine.core.columns import EVENT, ITEM, TIME, USER, WEIGHT
from recengine.core.dataset import About, Entities, Interactions, digest

GAP, BETWEEN = "\x00", "\x1f"  # a missing value, and what stands between two values


def fingerprint(
    interactions: Interactions,
    users: Entities,
    items: Entities,
    about: About,
    given_test: Interactions | None = None,
) -> str:
    """16 hex digits of all that a model may learn from; the dataset's name is no part of it."""
    parts: list[object] = [*_of_events(interactions), *_of_entities(users), *_of_entities(items)]
    if given_test is not None:
        parts += ["test", *_of_events(given_test)]
    return digest(*parts, _of_about(about))


def _of_about(about: About) -> list[tuple[str, object]]:
    """Without the domain where none was chosen: data imported before there were any keep their name."""
    told = asdict(about)
    return sorted((name, value) for name, value in told.items() if value or name != "domain")


def _of_events(events: Interactions) -> Iterator[object]:
    for name in (USER, ITEM, TIME, WEIGHT):
        yield np.ascontiguousarray(events.column(name)).tobytes()
    if EVENT in events.frame:
        kinds = events.frame[EVENT].cat
        yield BETWEEN.join(map(str, kinds.categories))
        yield kinds.codes.to_numpy(np.int16).tobytes()


def _of_entities(entities: Entities) -> Iterator[object]:
    yield BETWEEN.join(entities.ids)
    yield sorted(entities.kinds.items())
    for name in entities.features:
        yield name
        yield _of_column(entities.features[name])


def _of_column(values: pd.Series[Any]) -> bytes:
    if pd.api.types.is_numeric_dtype(values.dtype):
        numbers: NDArray[np.float64] = values.to_numpy(np.float64, na_value=np.nan)
        return numbers.tobytes()
    known = zip(values, values.isna(), strict=True)
    return BETWEEN.join(GAP if missing else str(value) for value, missing in known).encode()
