"""Datasets on disk: Parquet and JSON in one folder, written once, whole or not at all."""

from __future__ import annotations

import json
import shutil
from dataclasses import asdict
from pathlib import Path
from typing import Any
from uuid import uuid4

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from recengine.core.dataset import About, Dataset, Entities, Interactions
from recengine.core.errors import NotFoundError
from recengine.data.assemble import Imported
from recengine.data.checks import Verdict
from recengine.data.cleaning import CleaningReport

FORMAT = 1  # of the folder's files; rises when an older program could not read them
EVENTS, TEST, USERS, ITEMS = "events.parquet", "test.parquet", "users.parquet", "items.parquet"
DESCRIPTION, REPORT = "dataset.json", "import.json"
ID = "recengine_id"  # the column of users.parquet and items.parquet that holds the ids


def save(folder: Path, imported: Imported) -> None:
    """Write the dataset and its report; a folder that is there already is left as it is.

    All is written beside the folder first and renamed at the end, so a kill at any moment
    leaves either the whole dataset or none.
    """
    if (folder / DESCRIPTION).exists():
        return
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = folder.parent / f".{folder.name}.{uuid4().hex}"
    try:
        draft.mkdir()
        _write(draft, imported)
        draft.rename(folder)
    except OSError:
        if not (folder / DESCRIPTION).exists():  # otherwise someone else was quicker with the same content
            raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def load(folder: Path) -> Dataset:
    """The dataset in a folder.

    Raises:
        NotFoundError: there is none.
    """
    described = _json(folder, DESCRIPTION)
    return Dataset(
        name=described["name"],
        interactions=_read_events(folder / EVENTS),
        users=_read_entities(folder / USERS, described["users"]),
        items=_read_entities(folder / ITEMS, described["items"]),
        fingerprint=described["fingerprint"],
        about=About(**described["about"]),
        given_test=_read_events(folder / TEST) if (folder / TEST).exists() else None,
    )


def load_entities(folder: Path) -> tuple[Entities, Entities]:
    """Its people and its items, without the events.

    Raises:
        NotFoundError: there is no dataset in the folder.
    """
    described = _json(folder, DESCRIPTION)
    users = _read_entities(folder / USERS, described["users"])
    return users, _read_entities(folder / ITEMS, described["items"])


def load_report(folder: Path) -> tuple[CleaningReport, list[Verdict]]:
    """What cleaning did and what the checks said when the dataset was imported.

    Raises:
        NotFoundError: there is no dataset in the folder.
    """
    report = _json(folder, REPORT)
    checks = [Verdict(**verdict) for verdict in report["checks"]]
    return CleaningReport.from_dict(report["cleaning"]), checks


def _write(folder: Path, imported: Imported) -> None:
    dataset = imported.dataset
    _write_table(folder / EVENTS, dataset.interactions.frame)
    if dataset.given_test is not None:
        _write_table(folder / TEST, dataset.given_test.frame)
    for file, entities in ((USERS, dataset.users), (ITEMS, dataset.items)):
        frame = entities.features.copy(deep=False)
        frame.insert(0, ID, entities.ids)
        _write_table(folder / file, frame)
    report = {
        "cleaning": imported.cleaning.to_dict(),
        "checks": [asdict(verdict) for verdict in imported.checks],
    }
    (folder / REPORT).write_text(json.dumps(report))
    described = {
        "format": FORMAT,
        "name": dataset.name,
        "fingerprint": dataset.fingerprint,
        "about": asdict(dataset.about),
        "users": {"kinds": dataset.users.kinds, "title": dataset.users.title},
        "items": {"kinds": dataset.items.kinds, "title": dataset.items.title},
    }
    (folder / DESCRIPTION).write_text(json.dumps(described))


def _write_table(path: Path, frame: pd.DataFrame) -> None:
    table = pa.Table.from_pandas(frame, preserve_index=False)
    pq.write_table(table, path, compression="zstd", row_group_size=1_048_576)


def _read_events(path: Path) -> Interactions:
    return Interactions(pq.read_table(path).to_pandas())


def _read_entities(path: Path, described: dict[str, Any]) -> Entities:
    frame = pq.read_table(path).to_pandas()
    ids = pd.Index(frame.pop(ID), dtype="str").rename(None)
    if frame.empty:
        frame = pd.DataFrame(index=pd.RangeIndex(len(ids)))
    return Entities(ids, frame, described["kinds"], described["title"])


def _json(folder: Path, file: str) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((folder / file).read_text())
    except FileNotFoundError:
        raise NotFoundError(f"there is no dataset in {folder}; import one first.") from None
    return found
