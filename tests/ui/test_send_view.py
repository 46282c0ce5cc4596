from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from recengine.services.workspace import Workspace


def test_everyones_lists_are_written_into_a_database(
    trained: Workspace,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    opened: Callable[..., AppTest],
    said: Callable[[AppTest], str],
) -> None:
    monkeypatch.setenv("RECENGINE_HOME", str(shutil.copytree(trained.root, tmp_path / "home")))
    path = tmp_path / "serving.db"
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE other (x INTEGER)")
    app = opened("4_People")
    app.segmented_control(key="data.store.kind.Database").set_value("SQLite file").run()
    app.text_input(key="data.store.address.SQLite file").set_value(str(path))
    app.button(key="data.store.connect").click().run()
    app.number_input(key="send.length").set_value(3)
    app.button(key="send.start").click().run()
    assert not app.exception, app.exception[0].value
    assert "The lists are there" in said(app)
    with closing(sqlite3.connect(path)) as db:
        people, rows = db.execute("SELECT count(DISTINCT person), count(*) FROM recommendations").fetchone()
    assert rows == 3 * people > 0
