import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from recengine.core.errors import RecengineError
from recengine.services.store import SCHEMA, Store
from recengine.services.workspace import Workspace

INSERT = "INSERT INTO points VALUES ('a-1', 'loss', ?, 0.5)"


def test_a_new_database_has_the_newest_schema_and_waits_for_others(ws: Workspace) -> None:
    with Store(ws).reading() as db:
        assert db.execute("PRAGMA user_version").fetchone()[0] == len(SCHEMA)
        assert db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert db.execute("PRAGMA synchronous").fetchone()[0] == 1  # NORMAL
        assert db.execute("PRAGMA busy_timeout").fetchone()[0] >= 10_000


def test_a_transaction_that_fails_leaves_nothing(ws: Workspace) -> None:
    def half_done() -> None:
        with Store(ws).writing() as db:
            db.execute(INSERT, (1,))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half_done()
    with Store(ws).reading() as db:
        assert db.execute("SELECT count(*) FROM points").fetchone()[0] == 0


def test_a_point_measured_twice_is_one_point(ws: Workspace) -> None:
    with Store(ws).writing() as db:
        for value in (0.9, 0.1):
            db.execute("INSERT OR REPLACE INTO points VALUES ('a-1', 'loss', 1, ?)", (value,))
    with Store(ws).reading() as db:
        assert [row["value"] for row in db.execute("SELECT value FROM points")] == [0.1]


def test_a_workspace_of_a_newer_program_is_not_touched(ws: Workspace) -> None:
    with Store(ws).writing() as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(RecengineError, match="newer recengine"), Store(ws).reading():
        pass


def test_a_damaged_database_is_named_with_what_to_do(ws: Workspace) -> None:
    ws.root.mkdir(parents=True)
    ws.database.write_bytes(b"no database at all" * 100)
    with pytest.raises(RecengineError, match=r"recengine\.sqlite.* cannot be opened .* move that file away"):
        Store(ws).connect()


WRITER = """
import sys
from pathlib import Path
from recengine.services.store import Store
from recengine.services.workspace import Workspace
store = Store(Workspace(Path(sys.argv[1])))
for place in range(100):
    with store.writing() as db:
        count = db.execute("SELECT count(*) FROM points").fetchone()[0]
        db.execute("INSERT INTO points VALUES ('a-1', 'loss', ?, 0)", (count,))
"""


def test_processes_that_open_a_new_workspace_at_once_lose_nothing(ws: Workspace) -> None:
    """Each writes under the number of rows it has just read: half a transaction in between would clash."""
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, str(ws.root)]) for _ in range(3)]
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    with Store(ws).reading() as db:
        assert db.execute("SELECT count(*), max(epoch) FROM points").fetchone()[:] == (300, 299)


def test_readers_see_the_old_rows_while_somebody_writes(ws: Workspace) -> None:
    with Store(ws).writing() as db:
        db.execute(INSERT, (1,))
        with Store(ws).reading() as other:
            assert other.execute("SELECT count(*) FROM points").fetchone()[0] == 0


def test_a_wiped_workspace_is_simply_empty(ws: Workspace) -> None:
    store = Store(ws)
    with store.writing() as db:
        db.execute(INSERT, (1,))
    for path in ws.root.glob("recengine.sqlite*"):
        path.unlink()
    with store.reading() as db:
        assert db.execute("SELECT count(*) FROM points").fetchone()[0] == 0


@pytest.mark.parametrize("kind", ["environment", "checkout", "platform"])
def test_the_workspace_lies_where_the_design_says(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import recengine

    monkeypatch.delenv("RECENGINE_HOME", raising=False)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.setattr(sys, "platform", "linux")
    if kind == "environment":
        monkeypatch.setenv("RECENGINE_HOME", str(tmp_path / "mine"))
        assert Workspace.default().root == tmp_path / "mine"
    elif kind == "checkout":
        assert Workspace.default().root == Path(recengine.__file__).parents[1] / "data"
    else:
        monkeypatch.setattr(
            recengine, "__file__", str(tmp_path / "site-packages" / "recengine" / "__init__.py")
        )
        assert Workspace.default().root == tmp_path / "recengine"


def test_a_workspace_of_an_older_program_is_brought_up_and_keeps_its_rows(ws: Workspace) -> None:
    """Each earlier schema with a row in it, opened by the program of today."""
    for version in range(1, len(SCHEMA)):
        ws.root.mkdir(parents=True, exist_ok=True)
        old = sqlite3.connect(ws.database)
        for statements in SCHEMA[:version]:
            old.executescript(statements)
        old.execute(INSERT, (version,))
        old.execute(f"PRAGMA user_version = {version}")
        old.commit()
        old.close()
        with Store(ws).reading() as db:
            assert db.execute("PRAGMA user_version").fetchone()[0] == len(SCHEMA)
            assert db.execute("SELECT epoch FROM points").fetchone()[0] == version
            assert db.execute("SELECT coordinates FROM tasks").fetchall() == []
            assert db.execute("SELECT id FROM what_ifs").fetchall() == []
            assert db.execute("SELECT event_id FROM feedback JOIN shown USING (list_id)").fetchall() == []
        for path in ws.root.glob("recengine.sqlite*"):
            path.unlink()
