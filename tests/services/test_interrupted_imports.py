"""Imports that are killed, interrupted, cut off or out of room: what was there before stays whole."""

import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from recengine.data.kept_rows import KeptRows
from recengine.services.datasets import dataset_card, list_datasets, load_dataset
from recengine.services.files import sweep
from recengine.services.remote_import import bring_in_new, import_remote
from recengine.services.workspace import Workspace

NEVER_ENDING = """
import sqlite3, sys
from contextlib import closing
from pathlib import Path
from recengine.services.remote_import import bring_in_new, import_remote
from recengine.services.workspace import Workspace
ws, path = Workspace(Path(sys.argv[1])), sys.argv[2]
print("ready", flush=True)
while True:
    with closing(sqlite3.connect(path)) as db, db:
        newest = db.execute("SELECT max(at) FROM log").fetchone()[0]
        db.executemany("INSERT INTO log VALUES (?, ?, ?)", [(n % 40, n % 9, newest + n) for n in range(400)])
    bring_in_new(ws, "log")
"""

# A workspace on a small disk: a small import fits, a large one does not, and small ones go on.
FULL_DISK = """
import sys
from recengine.cli import run
address, failed = sys.argv[1], 0
def take(*words):
    return run(["import", "--name", "log", *words])
assert take("--source", address, "--query", "SELECT * FROM log WHERE at < 1000000300") == 0
assert take("--source", address, "--table", "log") == 2
assert take("--since-last") == 0
assert take("--source", address, "--query", "SELECT * FROM log WHERE at < 1000000400") == 0
"""


def write_log(path: Path, rows: int) -> None:
    draw = random.Random(1)
    log = [(f"person {draw.getrandbits(64)}" if n > 400 else n % 40, n % 9, 10**9 + n) for n in range(rows)]
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("CREATE TABLE log (user, item, at)")
        db.executemany("INSERT INTO log VALUES (?, ?, ?)", log)


def left_over(ws: Workspace) -> list[str]:
    """Rows that belong to no dataset, drafts apart; they are removed after an hour."""
    known = {card.lineage.kept for card in list_datasets(ws) if card.lineage}
    return [folder.name for folder in ws.rows.glob("[!.]*") if folder.name not in known]


def test_killed_at_any_moment_the_last_whole_import_is_there(ws: Workspace, tmp_path: Path) -> None:
    path, draw = tmp_path / "log.db", random.Random(5)
    write_log(path, 400)
    import_remote(ws, "log", f"sqlite:///{path}", table="log")
    for _ in range(2):
        command = [sys.executable, "-c", NEVER_ENDING, str(ws.root), str(path)]
        child = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(draw.uniform(0.2, 0.5))
        child.kill()
        child.communicate()
        card = dataset_card(ws, "log")
        assert len(load_dataset(ws, "log").interactions) == card.num_interactions
        assert card.lineage is not None
        assert sum(map(len, KeptRows(ws.rows / card.lineage.kept).tables(["at"]))) == card.rows_in
    sweep(ws.root, older_than_s=0)
    news = bring_in_new(ws, "log")
    whole = import_remote(ws, "whole", f"sqlite:///{path}", table="log")
    assert news.dataset.fingerprint == whole.dataset.fingerprint
    assert len(left_over(ws)) <= 2


def test_ctrl_c_while_rows_come_in_leaves_nothing_behind(tmp_path: Path) -> None:
    write_log(tmp_path / "log.db", 400)
    numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
    endless = f"{numbers} SELECT i AS user, i % 9 AS item, i AS at FROM n"
    program = "import sys; from recengine.cli import main; print('ready', flush=True); main(sys.argv[1:])"
    words = ["import", "--source", f"sqlite:///{tmp_path / 'log.db'}", "--query", endless, "--name", "log"]
    environment = {"RECENGINE_HOME": str(tmp_path / "home"), "PATH": "/usr/bin"}
    child = subprocess.Popen(
        [sys.executable, "-c", program, *words], stderr=subprocess.PIPE, text=True, env=environment
    )
    assert child.stderr is not None
    assert "rows read" in child.stderr.readline()
    child.send_signal(signal.SIGINT)
    _, said = child.communicate(timeout=60)
    assert (child.returncode, said.strip().splitlines()[-1]) == (130, "recengine: interrupted")
    assert [path.name for path in (tmp_path / "home").rglob("*.parquet")] == []


def on_a_disk_of_its_own(folder: Path, size: str, command: Sequence[str]) -> subprocess.CompletedProcess[str]:
    """The command, while a small disk is mounted at the folder; only it sees that disk."""
    space = ["unshare", "--user", "--map-root-user", "--mount"]
    if not shutil.which("unshare") or subprocess.run([*space, "true"], capture_output=True).returncode:
        pytest.skip("a disk of its own takes Linux's user namespaces, which are not to be had here")
    script = f'mount -t tmpfs -o size={size} tmpfs "$0" && exec "$@"'
    return subprocess.run(
        [*space, "sh", "-c", script, str(folder), *command],
        env={"RECENGINE_HOME": str(folder), "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_full_disk_is_said_to_be_full_and_the_old_data_stay(tmp_path: Path) -> None:
    path, home = tmp_path / "log.db", tmp_path / "home"
    home.mkdir()
    write_log(path, 60_000)
    done = on_a_disk_of_its_own(home, "2m", [sys.executable, "-c", FULL_DISK, f"sqlite:///{path}"])
    assert done.returncode == 0, done.stderr
    assert "No space left on device" in done.stderr
