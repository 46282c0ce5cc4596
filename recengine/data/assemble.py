"""From a log to a Dataset: cleaned, sorted, joined with what is known, checked, named by its content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recengine.core.columns import EVENT, ITEM, TIME, USER, WEIGHT, Repeats
from recengine.core.dataset import About, Dataset, Entities, Interactions
from recengine.data.checks import Verdict, check
from recengine.data.cleaning import CleaningConfig, CleaningReport, Finding, clean
from recengine.data.domains import find_domain
from recengine.data.fingerprint import fingerprint
from recengine.data.log import Log
from recengine.data.mapping import Mapping
from recengine.data.tables import Joined, Table, join

TAIL = 0.1  # the last part of the log, in which repeats are counted
OFTEN = 0.15  # share of repeats above which "again" is part of the question


@dataclass(frozen=True)
class Imported:
    """A dataset with the story of how it came to be.

    Attributes:
        mapping: which columns it was made of; None for what has none (made-up data).
    """

    dataset: Dataset
    cleaning: CleaningReport
    checks: list[Verdict]
    mapping: Mapping | None = None


def renamed(imported: Imported, name: str) -> Imported:
    """The same under another name; the content, and so the fingerprint, stays."""
    return replace(imported, dataset=replace(imported.dataset, name=name))


def assemble(
    name: str,
    log: Log,
    *,
    test: Log | None = None,
    users: Table | None = None,
    items: Table | None = None,
    settings: CleaningConfig | None = None,
    before: Sequence[Finding] = (),
    test_before: Sequence[Finding] = (),
    about: About | None = None,
    notes: tuple[str, ...] = (),
) -> Imported:
    """Clean the log and make a dataset of it and of the tables.

    Args:
        log: the events; it is taken over and empty afterwards.
        test: held-out events with the same codes as the log.
        users, items: what is known of people and items.
        before, test_before: what was set aside on the way to the log, and to the test.
        about: where the data come from; how time is to be read is left to the data, and so
            are repeats where the domain does not say.

    Raises:
        DataError: nothing is left, or a table does not fit.
    """
    settings = settings or CleaningConfig()
    log, report = clean(log.moved(), settings, before=before)
    test_report = None
    if test is not None:
        test, test_report = clean(test, settings, before=test_before, test=True)
    kept = [log] if test is None else [log, test]
    user_of, user_ids = _compact([part.user for part in kept], log.users)
    item_of, item_ids = _compact([part.item for part in kept], log.items)
    people, things = _joined(user_ids, users, "person"), _joined(item_ids, items, "item")
    interactions, *rest = [_interactions(part.moved(), user_of, item_of) for part in kept]
    given_test = rest[0] if rest else None
    about = about or About()
    domain = find_domain(about.domain)
    repeats = (domain and domain.repeats) or usual_repeats(interactions, len(item_ids))
    about = replace(about, time_kind=log.time_kind, repeats=repeats)
    dataset = Dataset(
        name=name,
        interactions=interactions,
        users=people.entities,
        items=things.entities,
        fingerprint=fingerprint(interactions, people.entities, things.entities, about, given_test),
        about=about,
        given_test=given_test,
    )
    notes = (*notes, *filter(None, (people.note, things.note)))
    report = replace(report, test=test_report, users=people.report, items=things.report, notes=notes)
    return Imported(dataset, report, check(dataset, domain.checks if domain else ()))


def usual_repeats(interactions: Interactions, num_items: int) -> Repeats:
    """Whether coming back is part of the question: "both" where it is common late in the log."""
    return "both" if share_of_repeats(interactions, num_items) > OFTEN else "new"


def share_of_repeats(interactions: Interactions, num_items: int) -> float:
    """Share of the last 10 % of events whose person had had the item before them."""
    pair = interactions.column(USER).astype(np.int64) * num_items + interactions.column(ITEM)
    cut = int(len(pair) * (1 - TAIL))
    late, where = np.unique(pair[cut:], return_inverse=True)
    if len(late) == 0:
        return 0.0
    seen = np.zeros(len(late), bool)
    places = pd.Index(late).get_indexer(pair[:cut])
    seen[places[places >= 0]] = True
    return float(seen[where].mean())


def _compact(codes: list[NDArray[np.int32]], ids: pd.Index) -> tuple[NDArray[np.int32], pd.Index]:
    """The new code of each old one, and the ids still in use."""
    used = np.zeros(len(ids), bool)
    for part in codes:
        used[part] = True
    return (np.cumsum(used) - 1).astype(np.int32), ids[used]


def _joined(ids: pd.Index, table: Table | None, what: str) -> Joined:
    if table is None:
        return Joined(Entities(ids, pd.DataFrame(index=pd.RangeIndex(len(ids)))), note="")
    return join(ids, table, what)


def _interactions(log: Log, user_of: NDArray[np.int32], item_of: NDArray[np.int32]) -> Interactions:
    order = order_of(log.time)
    columns = {
        USER: user_of[log.user[order]],
        ITEM: item_of[log.item[order]],
        TIME: log.time[order],
        WEIGHT: (log.weight * log.event_weight)[order],
    }
    if log.event is not None:
        columns[EVENT] = pd.Categorical.from_codes(log.event[order], categories=log.events)
    return Interactions(pd.DataFrame(columns, copy=False))


def order_of(times: NDArray[np.float64]) -> NDArray[np.int64]:
    """Positions of the times from the earliest to the latest, earlier rows first among equals."""
    bits = len(times).bit_length()
    span = float(np.ptp(times)) if len(times) else np.inf
    if (times % 1 != 0).any() or span >= 2.0 ** (63 - bits):
        return np.asarray(np.argsort(times, kind="stable"))
    # Whole seconds and the row number fit into one integer, and those sort in half the time.
    key = ((times - times.min()).astype(np.int64) << bits) | np.arange(len(times))
    key.sort()
    return key & ((1 << bits) - 1)
