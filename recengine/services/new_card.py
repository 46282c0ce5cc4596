"""What is written down of an import: the figures of its data and their lineage."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from recengine.core.columns import TIME
from recengine.core.dataset import Dataset
from recengine.services.cards import DatasetCard, moments
from recengine.services.lineage import Lineage

if TYPE_CHECKING:
    from recengine.data.build import Imported


def new_card(imported: Imported, lineage: Lineage, before: DatasetCard | None) -> DatasetCard:
    """The card to be kept of an import.

    Args:
        lineage: where it comes from, as far as the import itself does not tell.
        before: what the name meant until now.
    """
    dataset = imported.dataset
    times = dataset.interactions.column(TIME)
    now = time.time()
    return DatasetCard(
        name=dataset.name,
        fingerprint=dataset.fingerprint,
        num_interactions=len(dataset.interactions),
        num_users=dataset.num_users,
        num_items=dataset.num_items,
        first_at=float(times[0]),
        last_at=float(times[-1]),
        about=dataset.about,
        has_given_test=dataset.given_test is not None,
        imported_at=now,
        rows_in=imported.cleaning.rows_in,
        lineage=_filled_in(lineage, imported, before, now),
    )


def _filled_in(
    lineage: Lineage, imported: Imported, before: DatasetCard | None, imported_at: float
) -> Lineage:
    """The lineage with what the import itself tells."""
    dataset, report = imported.dataset, imported.cleaning
    acted = {found.code: found.removed + found.changed for found in report.findings}
    newest = moments(dataset.about, dataset.interactions.column(TIME)[-1:])[0]
    return replace(
        lineage,
        imported_at=imported_at,
        rows_read=report.rows_in,
        rules={code: rows for code, rows in acted.items() if rows},
        mapping=imported.mapping.model_dump(mode="json") if imported.mapping else {},
        newest="" if dataset.about.time_kind == "order" else str(newest),
        previous=_previous(dataset, before),
    )


def _previous(dataset: Dataset, before: DatasetCard | None) -> str:
    """The fingerprint of what the name meant until now, if that was something else."""
    if before is None or before.fingerprint != dataset.fingerprint:
        return before.fingerprint if before else ""
    return before.lineage.previous if before.lineage else ""
