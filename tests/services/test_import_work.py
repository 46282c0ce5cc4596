"""Imports as tasks: what they are handed, what they leave behind, and two under one name."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from recengine.core.errors import DataError, JobError
from recengine.data.cleaning import CleaningConfig
from recengine.data.mapping import Mapping
from recengine.data.secrets import Connection
from recengine.services import dispatcher, import_work, tasks
from recengine.services.handed import Handed
from recengine.services.tasks_worker import Report, Stopped
from recengine.services.uploads import as_handed, num_rows, spool
from recengine.services.workspace import Workspace

ADDRESS = "postgresql://ann:hush-hush@host:5432/shop?sslmode=require&sslcert=a"
FILE_ID = "38c4cb84-ff98-4fce-a809-9ef79f7e1453"


class Cut(io.BytesIO):
    """An upload that breaks off after its first bytes."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(b"customer,product")
        self._error = error

    def read(self, size: int | None = -1, /) -> bytes:
        if self.tell():
            raise self._error
        return super().read(4)


class Heard(Report):
    """A report of a task that is asked to stop, or not."""

    def __init__(self, *, stops: bool) -> None:
        self._stops = stops

    def __call__(self, done: float, total: float, message: str = "") -> None:
        if self._stops:
            raise Stopped


def test_what_a_task_is_handed_arrives_whole_in_the_folder_it_was_meant_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    handed = Handed(Connection.of(ADDRESS), "SELECT 1")
    text = handed.text()
    monkeypatch.chdir("/")
    assert Handed.taken(text) == handed
    assert Path.cwd() == tmp_path


def test_a_task_without_its_connection_says_so() -> None:
    with pytest.raises(DataError, match="Start it again"):
        Handed.taken("")


def test_a_drivers_error_is_told_without_the_password() -> None:
    with pytest.raises(DataError) as told, Handed(Connection.of(ADDRESS)).unspoken():
        raise ValueError("no login with hush-hush")
    assert "ValueError: no login with" in str(told.value)
    assert "hush-hush" not in str(told.value)
    assert told.value.__cause__ is None


@pytest.mark.parametrize("error", [Stopped(), DataError("in words"), MemoryError()])
def test_what_is_in_words_or_no_error_of_the_driver_stays_as_it_is(error: Exception) -> None:
    with pytest.raises(type(error)) as kept, Handed(Connection.of(ADDRESS)).unspoken():
        raise error
    assert kept.value is error


@pytest.mark.parametrize("error", [OSError("no space left"), KeyboardInterrupt()])
def test_an_upload_that_breaks_off_leaves_no_draft(ws: Workspace, error: BaseException) -> None:
    with pytest.raises(type(error)):
        spool(ws, Cut(error), FILE_ID, "log.csv")
    assert list(ws.uploads.iterdir()) == []


def test_an_upload_is_written_once_and_called_as_its_owner_calls_it(ws: Workspace) -> None:
    path = spool(ws, io.BytesIO(b"who,what\na,b\nc,d\n"), FILE_ID, "../my log.csv")
    assert spool(ws, io.BytesIO(b"other"), FILE_ID, "../my log.csv").read_bytes().startswith(b"who")
    assert path.parent == ws.uploads
    assert as_handed(f"{path.name} holds no events.") == "my_log.csv holds no events."
    assert num_rows(path) == 3


@pytest.mark.parametrize("stops", [False, True])
def test_the_files_of_an_import_that_failed_or_was_stopped_are_removed(ws: Workspace, stops: bool) -> None:
    files = {"path": b"who\na\n", "items": b"what,price\nb,1\n"}
    spec = {what: str(spool(ws, io.BytesIO(rows), FILE_ID, f"{what}.csv")) for what, rows in files.items()}
    spec |= {"way": "file", "name": "log"}
    with pytest.raises(Stopped if stops else DataError):
        import_work.work(ws, {**spec, "header": True, "mapping": {}, "cleaning": {}}, Heard(stops=stops))
    assert list(ws.uploads.iterdir()) == []


def test_two_imports_under_one_name_do_not_meet(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[str] = []
    monkeypatch.setattr(dispatcher, "start_task", lambda ws, taken, secret: started.append(taken.id))
    path = spool(ws, io.BytesIO(b"who,what\na,b\n"), FILE_ID, "log.csv")
    mapping, cleaning = Mapping(user="who", item="what"), CleaningConfig()
    import_work.begin_file(ws, "log", path, mapping=mapping, cleaning=cleaning)
    with pytest.raises(JobError, match="under way already"):
        import_work.begin_file(ws, "log", path, mapping=mapping, cleaning=cleaning)
    import_work.begin_file(ws, "other", path, mapping=mapping, cleaning=cleaning)
    assert started == [task.id for task in reversed(tasks.tasks(ws, kind=import_work.KIND))]
