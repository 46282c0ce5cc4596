"""The database: one SQLite file that several processes read and write at once."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

from recengine.core.errors import RecengineError
from recengine.services.workspace import Workspace

BUSY_S = 15.0  # how long one process waits for another's transaction

# One entry a version; an old file is brought up step by step. Never edit an entry that was released.
SCHEMA = (
    """
    CREATE TABLE datasets (
        name TEXT NOT NULL,
        fingerprint TEXT NOT NULL,
        card TEXT NOT NULL,             -- JSON of a DatasetCard
        imported_at REAL NOT NULL,
        PRIMARY KEY (name, fingerprint)
    );
    CREATE TABLE runs (
        number INTEGER PRIMARY KEY AUTOINCREMENT,  -- never used twice, so an id never means two runs
        id TEXT NOT NULL UNIQUE,
        dataset TEXT NOT NULL,
        dataset_fingerprint TEXT NOT NULL,         -- '' until the data have been prepared
        spec TEXT NOT NULL,             -- JSON of a TrainSpec
        status TEXT NOT NULL,
        created_at REAL NOT NULL,
        started_at REAL,
        ended_at REAL,
        epochs INTEGER NOT NULL DEFAULT 0,
        seconds REAL NOT NULL DEFAULT 0,
        device TEXT NOT NULL DEFAULT '',
        error TEXT NOT NULL DEFAULT '',
        result TEXT NOT NULL DEFAULT '{}'          -- JSON: metrics, baselines, intervals...
    );
    CREATE TABLE points (
        run_id TEXT NOT NULL,
        name TEXT NOT NULL,
        epoch REAL NOT NULL,
        value REAL,
        PRIMARY KEY (run_id, name, epoch)          -- a resumed run overwrites what it repeats
    ) WITHOUT ROWID;
    CREATE TABLE jobs (
        run_id TEXT PRIMARY KEY,
        want TEXT NOT NULL DEFAULT 'run',          -- run, pause, stop
        want_at REAL,
        wants_gpu INTEGER NOT NULL DEFAULT 0,
        queued_at REAL NOT NULL,
        claimed_at REAL,
        begun_at REAL,                  -- the worker's first sign of life
        token TEXT NOT NULL DEFAULT '', -- of the claim; a worker with an older one does nothing
        slot TEXT NOT NULL DEFAULT '',
        pid INTEGER,
        pid_started REAL,               -- with the pid, says which process: pids are used again
        stage TEXT NOT NULL DEFAULT '',
        progress REAL NOT NULL DEFAULT 0,
        per_second REAL,
        eta_s REAL,
        message TEXT NOT NULL DEFAULT ''
    );
    CREATE TABLE dispatcher (
        one INTEGER PRIMARY KEY CHECK (one = 1),
        pid INTEGER NOT NULL,
        pid_started REAL NOT NULL
    );
    """,
    """
    CREATE TABLE tasks (                -- work in the background that is no training
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL,             -- its place on the shelf of services/tasks.py
        about TEXT NOT NULL,            -- what it is about, usually a run's id
        spec TEXT NOT NULL,             -- JSON, read by whoever does this kind of work
        status TEXT NOT NULL,           -- queued, running, done, failed, stopped, lost
        want TEXT NOT NULL DEFAULT 'run',          -- run, stop
        want_at REAL,
        wants_gpu INTEGER NOT NULL,
        queued_at REAL NOT NULL,
        claimed_at REAL,
        begun_at REAL,
        ended_at REAL,
        token TEXT NOT NULL DEFAULT '',
        slot TEXT NOT NULL DEFAULT '',
        pid INTEGER,
        pid_started REAL,
        done REAL NOT NULL DEFAULT 0,
        total REAL NOT NULL DEFAULT 0,
        per_second REAL,
        eta_s REAL,
        message TEXT NOT NULL DEFAULT '',
        error TEXT NOT NULL DEFAULT '',
        result TEXT NOT NULL DEFAULT '{}'          -- JSON: where the outcome lies, figures about it
    );
    CREATE VIEW work AS                 -- all that shares the machine
        SELECT status, slot FROM runs LEFT JOIN jobs ON id = run_id
        UNION ALL SELECT status, slot FROM tasks;
    """,
    """
    -- A task that coordinates others waits most of the time, so it takes no slot.
    ALTER TABLE tasks ADD COLUMN coordinates INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE what_ifs (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT NOT NULL UNIQUE,
        set_id TEXT NOT NULL,           -- of all that were asked together
        base TEXT NOT NULL,             -- id of the run that is asked about
        edits TEXT NOT NULL,            -- JSON: texts in the edit language
        seeds INTEGER NOT NULL,
        histories TEXT NOT NULL,        -- kept, edited
        who TEXT NOT NULL,
        created_at REAL NOT NULL,
        task TEXT NOT NULL,             -- id of the task that sees to it
        arms TEXT NOT NULL DEFAULT '[]',           -- JSON: side, seed and run of those entered
        outcome TEXT NOT NULL DEFAULT '',          -- done, failed, stopped; '' while open
        ended_at REAL,
        error TEXT NOT NULL DEFAULT '',
        verdict TEXT NOT NULL DEFAULT ''           -- JSON; while it is open, of the seeds done so far
    );
    CREATE TABLE champions (            -- every run that was made one; the last of a dataset is its champion
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        dataset TEXT NOT NULL,
        run_id TEXT NOT NULL,
        since REAL NOT NULL,
        who TEXT NOT NULL,
        why TEXT NOT NULL
    );
    """,
    """
    CREATE TABLE strategies (           -- a change is a new version
        name TEXT NOT NULL,
        version INTEGER NOT NULL,
        spec TEXT NOT NULL,             -- JSON of a Strategy
        saved_at REAL NOT NULL,
        who TEXT NOT NULL,
        why TEXT NOT NULL,
        PRIMARY KEY (name, version)
    );
    CREATE TABLE shown (                -- lists as people saw them
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        list_id TEXT NOT NULL UNIQUE,   -- digest of all the rest
        dataset TEXT NOT NULL,
        run TEXT NOT NULL,
        strategy TEXT NOT NULL,         -- '' where the run alone made the list
        strategy_version INTEGER NOT NULL,
        person TEXT NOT NULL,
        seed INTEGER NOT NULL,
        items TEXT NOT NULL,            -- JSON: ids, the first place first
        propensities TEXT NOT NULL,     -- JSON: one an item, null where unknown
        shown_at REAL NOT NULL          -- seconds since 1970, UTC, as all that follow
    );
    CREATE INDEX shown_to ON shown (dataset, person, shown_at);
    CREATE TABLE feedback (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        event_id TEXT NOT NULL UNIQUE,  -- the sender's, so that sending twice is one event
        list_id TEXT NOT NULL,
        item TEXT NOT NULL,
        position INTEGER NOT NULL,      -- in its list, from 1
        propensity REAL,
        kind TEXT NOT NULL,
        value REAL,
        at REAL NOT NULL,               -- when it happened
        received_at REAL NOT NULL,
        source TEXT NOT NULL            -- app, cli, file, database, endpoint
    );
    CREATE INDEX feedback_on ON feedback (list_id);
    CREATE TABLE feedback_imports (     -- what was read from where, and from which value on to go on
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        source TEXT NOT NULL,           -- the store without secrets
        place TEXT NOT NULL,
        spec TEXT NOT NULL,             -- JSON: how columns are called
        newest TEXT NOT NULL,           -- JSON; 'null' where nothing tells what is new
        accepted INTEGER NOT NULL,
        duplicates INTEGER NOT NULL,
        refused INTEGER NOT NULL,
        at REAL NOT NULL
    );
    CREATE TRIGGER strategies_stay BEFORE UPDATE ON strategies BEGIN
        SELECT RAISE(ABORT, 'a saved strategy is never changed'); END;
    CREATE TRIGGER shown_stay BEFORE UPDATE ON shown BEGIN
        SELECT RAISE(ABORT, 'a list that was shown is never changed'); END;
    CREATE TRIGGER feedback_stay BEFORE UPDATE ON feedback BEGIN
        SELECT RAISE(ABORT, 'feedback is never changed'); END;
    CREATE TRIGGER shown_go BEFORE DELETE ON shown BEGIN
        SELECT RAISE(ABORT, 'a list that was shown is never removed'); END;
    CREATE TRIGGER feedback_go BEFORE DELETE ON feedback BEGIN
        SELECT RAISE(ABORT, 'feedback is never removed'); END;
    """,
    """
    CREATE TABLE strategies_in_use (    -- every one that was put into use; the last of a dataset is today's
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        dataset TEXT NOT NULL,
        strategy TEXT NOT NULL,         -- '' where lists are the run's own again
        version INTEGER NOT NULL,
        since REAL NOT NULL,
        who TEXT NOT NULL,
        why TEXT NOT NULL
    );
    """,
)


class Store:
    """Short transactions on the workspace's database. Opening it creates or updates the file."""

    def __init__(self, ws: Workspace) -> None:
        self.path = ws.database

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """A connection for one or a few queries; rows can be read by column name.

        A new connection costs about .2 ms and, unlike one that is kept, survives the workspace being
        moved or wiped underneath a running server.
        """
        with closing(self.connect()) as db:
            yield db

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: committed at the end, undone on an error, alone among writers."""
        with closing(self.connect()) as db, transaction(db):
            yield db

    def connect(self) -> sqlite3.Connection:
        """A connection to keep for many small transactions; the caller closes it.

        Raises:
            RecengineError: the file is damaged, or written by a newer recengine.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(self.path, timeout=BUSY_S, isolation_level=None, check_same_thread=False)
        try:
            db.row_factory = sqlite3.Row
            db.execute("PRAGMA synchronous=NORMAL")
            _update(db)
        except sqlite3.DatabaseError as error:
            db.close()
            raise RecengineError(
                f"the database {self.path} cannot be opened ({error}). If this stays so, move that file "
                "away: a new one is made, and the folders beside it are not touched."
            ) from error
        except RecengineError:
            db.close()
            raise
        return db


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """BEGIN IMMEDIATE ... COMMIT; what was read inside cannot have changed before it is written."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield db
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


def _update(db: sqlite3.Connection) -> None:
    """Bring the file to the newest schema; nearly free when it is there already."""
    version = _version(db)
    if version == len(SCHEMA):
        return
    if version > len(SCHEMA):
        raise RecengineError(
            f"this workspace was written by a newer recengine (schema {version}, this one knows "
            f"{len(SCHEMA)}). Update recengine, or set RECENGINE_HOME to another folder."
        )
    _use_wal(db)
    with transaction(db):
        for number in range(_version(db), len(SCHEMA)):
            for statement in SCHEMA[number].split(";\n"):
                db.execute(statement)
        db.execute(f"PRAGMA user_version={len(SCHEMA)}")


def _version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def _use_wal(db: sqlite3.Connection) -> None:
    """Switch the journal mode, which SQLite does not wait for when another process is at it too."""
    give_up_at = time.monotonic() + BUSY_S
    while True:
        try:
            db.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError:
            if time.monotonic() > give_up_at:
                raise
            time.sleep(0.02)
