"""Bringing in data as a task: a process of its own reads, cleans and keeps, whatever becomes of the page.

    begun = begin_file(ws, "shop", path, mapping=mapping)
    outcome(tasks.task(ws, begun.id))

A question that the data raise ends the task; `go_on` begins it anew with the answer.
To add a way: write what begins it and what carries it out, then add its line to WAYS.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recengine.core.errors import Question
from recengine.data.secrets import Connection, without_secret
from recengine.services import tasks
from recengine.services.datasets import SAMPLE, check_name, dataset_card, import_dataset, keep, task_about
from recengine.services.handed import Handed
from recengine.services.tasks import Task
from recengine.services.tasks_worker import Report
from recengine.services.uploads import num_rows
from recengine.services.workspace import Workspace

if TYPE_CHECKING:
    from recengine.data.cleaning import CleaningConfig
    from recengine.data.mapping import Mapping
    from recengine.services.catalogue import Stage

KIND = "import"
FILES = ("path", "users", "items", "test")  # of a spec: uploads, which are removed once they are read
TELL_S = 0.2  # between two reports

Rows = Callable[[int], None]


def begin_file(
    ws: Workspace,
    name: str,
    path: Path,
    *,
    mapping: Mapping,
    cleaning: CleaningConfig,
    header: bool | None = None,
    **others: Path | None,
) -> Task:
    """Begin to import an uploaded file; it is removed once it is read.

    Args:
        others: users, items, test: files that come along.

    Raises:
        DataError: the name will not do.
        JobError: a dataset of that name is being brought in already.
    """
    files = {what: str(file) for what, file in (("path", path), *others.items()) if file is not None}
    return _begin(ws, "file", name, {**files, "header": header, **_said(mapping, cleaning)})


def begin_store(
    ws: Workspace,
    name: str,
    connection: Connection,
    *,
    table: str | None,
    query: str | None,
    users: str | None,
    items: str | None,
    rows: int | None,
    mapping: Mapping,
    cleaning: CleaningConfig,
) -> Task:
    """Begin to import a table or a query's rows; neither user nor password is written down.

    Args:
        rows: about how many there are, where it is known.

    Raises:
        As `begin_file`.
    """
    wish = {
        "source": connection.label,
        "table": table,
        "query": query and without_secret(query, replace(connection, user="")),
        "users": users,
        "items": items,
        "rows": rows,
    }
    handed = Handed(connection, query or "")
    return _begin(ws, "store", name, {**wish, **_said(mapping, cleaning)}, handed)


def begin_new(ws: Workspace, name: str, connection: Connection | None) -> Task:
    """Begin to bring in what a dataset's store has got since.

    Args:
        connection: None where the connection has a name or is a local file.

    Raises:
        As `begin_file`.
    """
    lineage = dataset_card(ws, name).lineage
    where = lineage.connection or lineage.source if lineage else ""
    handed = Handed(connection or Connection.of(where))
    return _begin(ws, "new", name, {"source": handed.connection.label}, handed)


def begin_known(ws: Workspace, known: str, name: str, folder: str) -> Task:
    """Begin to fetch a known data set, or to read it from a folder where one is named."""
    place = str(Path(folder).expanduser().resolve()) if folder else ""
    return _begin(ws, "known", name, {"known": known, "folder": place})


def begin_example(ws: Workspace, source: str, name: str, values: dict[str, Any]) -> Task:
    """Begin to make up data."""
    return _begin(ws, "example", name, {"source": source, "values": values})


def begin_sample(ws: Workspace) -> Task:
    """Begin to import the built-in sample."""
    return _begin(ws, "sample", SAMPLE, {})


def go_on(ws: Workspace, task: Task, answer: str, connection: Connection | None = None) -> Task:
    """Begin an import anew with the answer to its question.

    Args:
        connection: of the store the rows are in; its secrets were kept nowhere.
    """
    setting = question_of(task)["setting"]
    spec = {**task.spec, "mapping": {**task.spec["mapping"], setting: answer}}
    handed = Handed(connection, task.spec.get("query") or "") if connection else None
    return _begin(ws, spec["way"], spec["name"], spec, handed)


def question_of(task: Task) -> dict[str, Any]:
    """What a task asks: "setting", "subject", "options"; empty where it asks nothing."""
    found: dict[str, Any] = task.result.get("question", {})
    return found


def close(ws: Workspace, task: Task) -> None:
    """Forget a task that is over, with the files it did not come to read."""
    for path in files_of(task):
        path.unlink(missing_ok=True)
    tasks.forget(ws, KIND, task.about)


def files_of(task: Task) -> list[Path]:
    """The uploads a task reads."""
    return [Path(task.spec[what]) for what in FILES if task.spec["way"] == "file" and task.spec.get(what)]


def uploads_wanted(ws: Workspace) -> set[Path]:
    """The uploads that some task still has to read."""
    return {path for task in tasks.tasks(ws, kind=KIND) for path in files_of(task)}


def _begin(ws: Workspace, way: str, name: str, wish: dict[str, Any], handed: Handed | None = None) -> Task:
    check_name(name)
    secret = handed.text() if handed else ""
    spec = {**wish, "way": way, "name": name}
    return tasks.begin(ws, KIND, about=task_about(name), spec=spec, secret=secret)


def _said(mapping: Mapping, cleaning: CleaningConfig) -> dict[str, Any]:
    """Columns never set are guessed, so which ones were set is kept."""
    return {
        "mapping": mapping.model_dump(mode="json", exclude_unset=True),
        "cleaning": cleaning.model_dump(mode="json", exclude_defaults=True),
    }


def work(ws: Workspace, spec: dict[str, Any], report: Report) -> dict[str, Any]:
    """Bring in what the spec says; what the task of kind "import" does.

    Returns:
        name, fingerprint; or "question" with its setting, subject and options.
    """
    try:
        WAYS[spec["way"]](ws, spec, report)
    except Question as asked:
        question = {"setting": asked.setting, "subject": asked.subject, "options": asked.options}
        return {"question": question}
    return {"name": spec["name"], "fingerprint": dataset_card(ws, spec["name"]).fingerprint}


def _file(ws: Workspace, spec: dict[str, Any], report: Report) -> None:
    files = {what: Path(spec[what]) if spec.get(what) else None for what in FILES}
    path = Path(spec["path"])
    try:
        rows = Counted(report, num_rows(path))
        import_dataset(
            ws, path, name=spec["name"], header=spec["header"], progress=rows, **_columns(spec),
            users=files["users"], items=files["items"], test=files["test"],
        )  # fmt: skip
    except Question:
        raise  # the files are read again with the answer
    except BaseException:
        _remove(files)
        raise
    _remove(files)


def _remove(files: dict[str, Path | None]) -> None:
    for file in files.values():
        if file is not None:
            file.unlink(missing_ok=True)


def _store(ws: Workspace, spec: dict[str, Any], report: Report) -> None:
    from recengine.services.remote_import import import_remote

    handed = Handed.taken(report.secret)
    with handed.unspoken():
        import_remote(
            ws, spec["name"], handed.connection, table=spec["table"], query=handed.query or None,
            users=spec["users"], items=spec["items"], progress=Counted(report, spec["rows"]),
            **_columns(spec),
        )  # fmt: skip


def _new(ws: Workspace, spec: dict[str, Any], report: Report) -> None:
    from recengine.services.remote_import import bring_in_new

    handed = Handed.taken(report.secret)
    with handed.unspoken():
        bring_in_new(ws, spec["name"], handed.connection, progress=Counted(report))


def _known(ws: Workspace, spec: dict[str, Any], report: Report) -> None:
    from recengine.services.catalogue import get_known

    folder = Path(spec["folder"]) if spec["folder"] else None
    get_known(ws, spec["known"], name=spec["name"], folder=folder, progress=Staged(report))


def _example(ws: Workspace, spec: dict[str, Any], report: Report) -> None:
    from recengine.data import SOURCES

    source = SOURCES[spec["source"]].of(spec["values"])
    keep(ws, source.load(spec["name"], Counted(report)))


def _sample(ws: Workspace, spec: dict[str, Any], report: Report) -> None:
    from recengine.services.datasets import ensure_sample

    ensure_sample(ws, Counted(report))


WAYS: dict[str, Callable[[Workspace, dict[str, Any], Report], None]] = {
    "file": _file,
    "store": _store,
    "new": _new,
    "known": _known,
    "example": _example,
    "sample": _sample,
}


def _columns(spec: dict[str, Any]) -> dict[str, Any]:
    from recengine.data.cleaning import CleaningConfig
    from recengine.data.mapping import Mapping

    return {"mapping": Mapping.of(spec["mapping"]), "cleaning": CleaningConfig.of(spec["cleaning"])}


class Counted:
    """Tells a task's reader how many rows are read, how fast, and how long it still takes.

    Args:
        about: how many there are, if known; where more come, nothing is foretold any more.
    """

    def __init__(self, report: Report, about: int | None = None) -> None:
        self._report, self._about = report, about or 0
        self._began = time.monotonic()
        self._told_at = 0.0
        report(0, self._about, "Beginning to read")

    def __call__(self, rows: int) -> None:
        now = time.monotonic()
        if now - self._told_at < TELL_S:
            return
        self._told_at = now
        rate = rows / max(now - self._began, 1e-3)
        said = f"{rows:,} rows, {rate:,.0f} a second"
        if rows >= self._about:
            self._report(0, 0, said)
            return
        left = max(1, round((self._about - rows) / rate)) if rows else 0
        self._report(rows, self._about, f"{said}, about {left:,} s of reading left" if left else said)


class Staged:
    """The same of the stages of a known data set."""

    def __init__(self, report: Report) -> None:
        self._report, self._told_at = report, 0.0

    def __call__(self, stage: Stage) -> None:
        now = time.monotonic()
        if now - self._told_at >= TELL_S:
            self._told_at = now
            self._report(stage.done if stage.total else 0, stage.total or 0, stage.sentence)
