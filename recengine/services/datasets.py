"""Datasets: import, list, load, look at, delete."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from recengine.core.dataset import Dataset
from recengine.core.errors import DataError, NotFoundError, did_you_mean
from recengine.services import tasks_queue
from recengine.services.cards import DatasetCard as DatasetCard
from recengine.services.cards import moments as moments
from recengine.services.cards import read_card
from recengine.services.files import refusals_in_words, remove_folder, replacing_folder
from recengine.services.kept import Kept
from recengine.services.lineage import Lineage
from recengine.services.new_card import new_card
from recengine.services.store import Store
from recengine.services.views import DatasetView as DatasetView
from recengine.services.views import compute, read_view
from recengine.services.workspace import Workspace

if TYPE_CHECKING:
    from recengine.data.build import Imported
    from recengine.data.checks import Verdict
    from recengine.data.cleaning import CleaningConfig, CleaningReport
    from recengine.data.mapping import Mapping

VIEW_VERSION = 1  # raise it when views.py computes something else
SAMPLE = "grocery"  # the name under which the built-in sample is imported
COLOURS = (2, 60)  # so many distinct values make a feature fit to colour items by


def import_dataset(
    ws: Workspace,
    path: Path,
    *,
    name: str,
    mapping: Mapping | None = None,
    users: Path | None = None,
    items: Path | None = None,
    test: Path | None = None,
    cleaning: CleaningConfig | None = None,
    header: bool | None = None,
    progress: Callable[[int], None] | None = None,
) -> Imported:
    """Read, clean, check and keep a file of events under a name.

    A name used before then means the new data; runs keep the data they were trained on.

    Args:
        progress: called with the number of rows read so far.

    Raises:
        DataError: the file cannot be used as it is.
    """
    from recengine.data.build import import_files
    from recengine.data.cleaning import CleaningConfig

    check_name(name)
    cleaning = cleaning or CleaningConfig()
    imported = import_files(
        path,
        name=name,
        mapping=mapping,
        users=users,
        items=items,
        test=test,
        cleaning=cleaning,
        header=header,
        progress=progress,
    )
    lineage = Lineage(
        imported.dataset.about.source,
        users=users.name if users else "",
        items=items.name if items else "",
        cleaning=cleaning.model_dump(mode="json", exclude_defaults=True),
    )
    keep(ws, imported, lineage)
    return imported


def keep(ws: Workspace, imported: Imported, lineage: Lineage | None = None) -> DatasetCard:
    """Write an imported dataset into the workspace and enter its name.

    Args:
        lineage: where it comes from; what was read, when, and what it replaces is filled in here.
    """
    from recengine.data.store import save

    with refusals_in_words(ws.root):
        save(dataset_folder(ws, imported.dataset.fingerprint), imported)
        before = find_card(ws, imported.dataset.name)
        card = new_card(imported, lineage or Lineage(imported.dataset.about.source), before)
        with Store(ws).writing() as db:
            db.execute(
                "INSERT OR REPLACE INTO datasets VALUES (?, ?, ?, ?)",
                (card.name, card.fingerprint, json.dumps(asdict(card)), card.imported_at),
            )
    _forget_rows(ws, before)  # those of the newest import are enough
    return card


def ensure_sample(ws: Workspace, progress: Callable[[int], None] | None = None) -> DatasetCard:
    """The built-in sample, imported on the first call only."""
    if (card := find_card(ws, SAMPLE)) is not None:
        return card
    from recengine.data.sample import import_sample

    imported = import_sample(progress)
    return keep(ws, replace(imported, dataset=replace(imported.dataset, name=SAMPLE)))


def prepare(
    ws: Workspace, name: str, fingerprint: str, progress: Callable[[int], None] | None = None
) -> Dataset:
    """The data a run is about: those of the fingerprint or, where there is none yet, what the name means.

    The sample is imported where it is not here yet.
    """
    if not fingerprint:
        fingerprint = (ensure_sample(ws, progress) if name == SAMPLE else dataset_card(ws, name)).fingerprint
    return replace(load_fingerprint(ws, fingerprint), name=name)


def list_datasets(ws: Workspace) -> list[DatasetCard]:
    """The datasets by name, latest import first."""
    with Store(ws).reading() as db:
        rows = db.execute("SELECT card FROM datasets ORDER BY imported_at DESC, rowid DESC").fetchall()
    cards = [read_card(row["card"]) for row in rows]
    newest = {card.name: card for card in reversed(cards)}
    return [card for card in cards if newest[card.name] is card]


def find_card(ws: Workspace, name: str, fingerprint: str | None = None) -> DatasetCard | None:
    """What a name means today (or meant, with the fingerprint of then); None where it means nothing."""
    with Store(ws).reading() as db:
        row = db.execute(
            "SELECT card FROM datasets WHERE name = ?1 AND (?2 IS NULL OR fingerprint = ?2) "
            "ORDER BY imported_at DESC LIMIT 1",
            (name, fingerprint or None),
        ).fetchone()
    return None if row is None else read_card(row["card"])


def dataset_card(ws: Workspace, name: str, fingerprint: str | None = None) -> DatasetCard:
    """One dataset at a glance.

    Raises:
        NotFoundError: no such dataset; names the nearest one.
    """
    if (card := find_card(ws, name, fingerprint)) is not None:
        return card
    known = [other.name for other in list_datasets(ws)]
    hint = did_you_mean(name, known) or "Import one first, or use the built-in sample with `recengine demo`."
    raise NotFoundError(f"there is no dataset '{name}'. {hint}")


def load_dataset(ws: Workspace, name: str) -> Dataset:
    """The data themselves; cached in the process by fingerprint, so a second call is free.

    Raises:
        NotFoundError: no such dataset.
    """
    return replace(load_fingerprint(ws, dataset_card(ws, name).fingerprint), name=name)


_datasets: Kept[Dataset] = Kept(size=2)


def load_fingerprint(ws: Workspace, fingerprint: str) -> Dataset:
    """Exactly these data, whatever their name means today; cached as `load_dataset`."""
    from recengine.data.store import load

    folder = dataset_folder(ws, fingerprint)
    return _datasets.get(folder, lambda: load(folder))


def import_report(
    ws: Workspace, name: str, fingerprint: str | None = None
) -> tuple[CleaningReport, list[Verdict]]:
    """What was cleaned and why when it was imported, and the health checks' verdicts."""
    from recengine.data.store import load_report

    return load_report(dataset_folder(ws, dataset_card(ws, name, fingerprint).fingerprint))


def dataset_view(ws: Workspace, name: str) -> DatasetView:
    """What the Data page draws; computed on the first call, then kept beside the data.

    Raises:
        NotFoundError: no such dataset.
    """
    card = dataset_card(ws, name)
    folder = view_folder(ws, card.fingerprint)
    if not folder.exists():
        with replacing_folder(folder) as draft:
            compute(dataset_folder(ws, card.fingerprint), card, draft)
    return read_view(folder, card)


def delete_dataset(ws: Workspace, name: str) -> None:
    """Forget a dataset and remove its files.

    Raises:
        DataError: runs were trained on it; says which to delete first.
        NotFoundError: no such dataset.
    """
    dataset_card(ws, name)
    with Store(ws).writing() as db:
        runs = [
            row[0] for row in db.execute("SELECT id FROM runs WHERE dataset = ? ORDER BY number", (name,))
        ]
        if runs:
            shown = ", ".join(runs[:5]) + (f" and {len(runs) - 5} more" if len(runs) > 5 else "")
            raise DataError(f"dataset '{name}' is what {shown} learnt from. Delete those runs first.")
        rows = db.execute("SELECT card FROM datasets WHERE name = ?", (name,)).fetchall()
        mine = [read_card(row["card"]) for row in rows]
        db.execute("DELETE FROM datasets WHERE name = ?", (name,))
        others = {row[0] for row in db.execute("SELECT fingerprint FROM datasets")}
    tasks_queue.forget(ws, task_about(name))
    for card in mine:
        _forget_rows(ws, card)
    for fingerprint in {card.fingerprint for card in mine} - others:
        folder = dataset_folder(ws, fingerprint)
        _datasets.forget(folder)
        remove_folder(folder)
        remove_folder(view_folder(ws, fingerprint))


def task_about(name: str) -> str:
    """What tasks about a dataset are about; no run is called so."""
    return f"dataset:{name}"


def dataset_folder(ws: Workspace, fingerprint: str) -> Path:
    """Where the files of exactly these data lie."""
    return ws.datasets / fingerprint


def view_folder(ws: Workspace, fingerprint: str) -> Path:
    """Where what the Data page draws is kept."""
    return ws.datasets / f"{fingerprint}.view-{VIEW_VERSION}"


def category_feature(dataset: Dataset) -> str | None:
    """The item feature by which items are coloured: the first with 2 to 60 distinct values."""
    items = dataset.items
    for name, kind in items.kinds.items():
        if kind not in ("categorical", "multi"):
            continue
        distinct = _first_part(items.features[name], kind).nunique()
        if COLOURS[0] <= distinct <= COLOURS[1]:
            return name
    return None


_categories: Kept[list[str]] = Kept(size=4)


def categories(dataset: Dataset) -> list[str]:
    """Each item's category (its first, where there are several); "" where unknown."""
    return _categories.get(dataset.fingerprint, lambda: _read_categories(dataset))


def _read_categories(dataset: Dataset) -> list[str]:
    name = category_feature(dataset)
    if name is None:
        return [""] * dataset.num_items
    return list(_first_part(dataset.items.features[name], dataset.items.kinds[name]).fillna(""))


def _first_part(values: pd.Series, kind: str) -> pd.Series:
    texts = values.astype("str")
    return texts.str.split("|").str[0] if kind == "multi" else texts


def check_name(name: str) -> None:
    """Whether a dataset can be called so.

    Raises:
        DataError: it cannot.
    """
    if not name.strip() or len(name) > 80 or any(not char.isprintable() for char in name):
        raise DataError(f"a dataset needs a name of 1 to 80 printable characters; found {name[:90]!r}.")


def _forget_rows(ws: Workspace, card: DatasetCard | None) -> None:
    if card and card.lineage and card.lineage.kept:
        remove_folder(ws.rows / card.lineage.kept)
