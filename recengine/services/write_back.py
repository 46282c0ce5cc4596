"""Lists, their reasons and feedback into the user's own database, for other systems to use."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd

from recengine.core.columns import Repeats
from recengine.core.dataset import digest
from recengine.data.remote import Remote, open_remote
from recengine.data.secrets import Connection
from recengine.services import tasks
from recengine.services.explain_all import Asked, explain_all
from recengine.services.handed import Handed
from recengine.services.recommend import recommend_all
from recengine.services.strategic import Asked as AskedStrategy
from recengine.services.tasks import Task
from recengine.services.tasks_worker import Report
from recengine.services.workspace import Workspace

Progress = Callable[[int, int], None]  # called with people done and people in all
KIND = "send"
LIST_KEYS = ("run", "person", "rank")
REASON_KEYS = (*LIST_KEYS, "number")
EVENT_KEYS = ("event_id",)


@dataclass(frozen=True)
class Written:
    """What was put where.

    Attributes:
        where: the store without secrets; place: the table or collection.
        batch: the same for the same rows; it stands beside every row.
    """

    where: str
    place: str
    rows: int
    people: int
    batch: str

    @property
    def sentence(self) -> str:
        """For a reader."""
        return f"{self.rows:,} rows of {self.people:,} people written to {self.place} at {self.where}"


def begin(ws: Workspace, run_id: str, connection: Connection, place: str, k: int) -> Task:
    """Begin to write everyone's list as a task; neither user nor password is written down.

    Raises:
        JobError: lists of this run are being written already.
    """
    spec = {"run_id": run_id, "where": connection.label, "place": place, "k": k}
    return tasks.begin(ws, KIND, about=run_id, spec=spec, secret=Handed(connection).text())


def close(ws: Workspace, task: Task) -> None:
    """Forget a task that is over."""
    tasks.forget(ws, KIND, task.about)


def work(ws: Workspace, spec: dict[str, Any], report: Report) -> dict[str, Any]:
    """Write the lists that the spec says; what the task of kind "send" does.

    Returns:
        "sentence": what was written where.
    """
    handed = Handed.taken(report.secret)
    with handed.unspoken():
        remote = open_remote(handed.connection)
        written = write_recommendations(ws, spec["run_id"], remote, spec["place"], spec["k"], progress=report)
    return {"sentence": written.sentence}


def write_recommendations(
    ws: Workspace,
    run_id: str,
    remote: Remote,
    place: str,
    k: int = 10,
    *,
    repeats: Repeats | None = None,
    strategy: AskedStrategy | None = None,
    seed: int = 0,
    progress: Progress | None = None,
) -> Written:
    """Everyone's list into a table or collection, one row a place of a list; earlier lists of this run go.

    Columns: run, then those of `recommend_all`, then batch; keys are run, person and rank.

    Args:
        strategy, seed: as `recommend_all` has them.

    Raises:
        DataError: the store cannot be reached or written to; nothing is changed then.
        NotFoundError: no such run or strategy, or the run has no model yet.
        SettingsError: the strategy cannot be kept with these data.
    """
    _probe(remote)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "lists.parquet"
        recommend_all(ws, run_id, file, k, repeats=repeats, strategy=strategy, seed=seed, progress=progress)
        return _write(remote, place, run_id, pd.read_parquet(file), LIST_KEYS)


def write_explanations(
    ws: Workspace,
    run_id: str,
    remote: Remote,
    place: str,
    k: int = 10,
    *,
    people: int | None = None,
    question: Asked = "score",
    precision: str = "first",
    repeats: Repeats | None = None,
    progress: Progress | None = None,
) -> Written:
    """The reasons of lists into a table or collection, one row a reason; earlier ones of this run go.

    Columns: run, then those of `explain_all`, number (of the reason, the largest first), then batch;
    keys are run, person, rank and number.

    Args:
        people, question, precision, repeats: as `explain_all` has them.

    Raises:
        DataError: the store cannot be reached or written to; nothing is changed then.
        NotFoundError: no such run, or it has no model yet.
    """
    _probe(remote)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "reasons.parquet"
        explain_all(
            ws,
            run_id,
            file,
            k,
            people=people,
            question=question,
            precision=precision,
            repeats=repeats,
            progress=progress,
        )
        frame = pd.read_parquet(file)
    number = frame.groupby(["person", "rank"]).cumcount() + 1
    return _write(remote, place, run_id, frame.assign(number=number), REASON_KEYS)


def write_feedback(events: pd.DataFrame, remote: Remote, place: str) -> Written:
    """Events of feedback into a table or collection, one row each; those that are there already stay.

    Columns: those of `feedback.events`, then batch; the key is event_id, and times are ISO text in UTC.

    Raises:
        DataError: the store cannot be reached or written to; nothing is changed then.
    """
    _probe(remote)
    texts = {name: events[name].dt.strftime("%Y-%m-%dT%H:%M:%S.%fZ") for name in ("shown_at", "at")}
    frame = events.assign(**texts).reset_index(drop=True)
    batch = _batch(frame)
    rows = remote.write(place, frame, EVENT_KEYS, batch)
    return Written(remote.label, place, rows, int(frame["person"].nunique()), batch)


def _probe(remote: Remote) -> None:
    """Find out before minutes go by; a file that is not there yet will be made."""
    if not remote.by_path:
        remote.probe()


def _write(remote: Remote, place: str, run_id: str, frame: pd.DataFrame, keys: tuple[str, ...]) -> Written:
    frame.insert(0, "run", run_id)
    batch = _batch(frame)
    rows = remote.write(place, frame, keys, batch, whole={"run": run_id})
    return Written(remote.label, place, rows, int(frame["person"].nunique()), batch)


def _batch(frame: pd.DataFrame) -> str:
    """A digest of the rows."""
    return digest(pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes())
