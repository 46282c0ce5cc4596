"""Seeing to a set of what-ifs: enter the trainings it needs, wait for them, give each verdict at once.

All that is known lies in the database, so that whoever takes a set up again goes on from what is done.
"""

from __future__ import annotations

import time
import traceback
from collections import Counter
from collections.abc import Callable, Collection
from typing import Any

from recengine.core.errors import JobError, RecengineError
from recengine.services import jobs, queue, what_if_store
from recengine.services.recorder import Interrupted
from recengine.services.recovery import error_in_words, recover
from recengine.services.store import Store
from recengine.services.tasks_worker import Report, Stopped
from recengine.services.what_if_arms import Planned, planned, standing
from recengine.services.what_if_crew import Crew, Here, Pool
from recengine.services.what_if_store import SIDES, Entered, Side
from recengine.services.what_if_view import WhatIfSet, what_if_set
from recengine.services.workspace import Workspace

POLL_S = 0.2
TELL_S = 0.5  # how often those who watch are told
MOST_TIMES = 3  # that one arm is begun; where its process dies each time, memory is too small for it

Listener = Callable[[WhatIfSet], None]


def work(ws: Workspace, spec: dict[str, Any], report: Report) -> dict[str, Any]:
    """See to a set in the background; what the task of kind "what-if" does."""
    see_to(ws, spec, report)
    return {}


def see_to(ws: Workspace, spec: dict[str, Any], report: Report, on_progress: Listener | None = None) -> None:
    """See to a set until each of its what-ifs has its end.

    Args:
        spec: "set": its id; "crew": "inline", "pool" or "cluster"; "address": of the cluster.

    Raises:
        Stopped: it was asked to stop; what was being trained for it alone is stopped as well.
        Interrupted: so was a training in the caller's own process.
    """
    teller = _Teller(ws, spec["set"], report, on_progress)
    crew = _crew(ws, spec, teller)
    try:
        _Set(ws, spec["set"], crew, teller).to_the_end()
    except (Stopped, Interrupted, KeyboardInterrupt):
        crew.let_go()
        stop_set(ws, spec["set"])
        raise
    finally:
        crew.let_go()


def _crew(ws: Workspace, spec: dict[str, Any], tell: Callable[[], None]) -> Crew:
    if spec["crew"] == "cluster":
        from recengine.services.what_if_ray import Cluster

        return Cluster(ws, tell, spec["address"])
    return Here(ws, tell) if spec["crew"] == "inline" else Pool(ws, tell)


def stop_set(ws: Workspace, set_id: str) -> None:
    """Stop all that is still open in a set."""
    for row in what_if_store.entered(ws, of_set=set_id):
        if not row.outcome:
            stop_one(ws, row)


def stop_one(ws: Workspace, row: Entered) -> None:
    """Stop a what-if, and of the runs begun for it those that no other open one waits for."""
    what_if_store.close(ws, row.id, "stopped")
    needed = {run for other in what_if_store.entered(ws) if not other.outcome for run in other.arms.values()}
    known = _runs(ws, row.begun - needed)
    for run_id, (status, _) in known.items():
        if status in ("queued", "running"):
            jobs.stop(ws, run_id)


class _Teller:
    """Tells the task, and whoever watches it, how far the set is."""

    def __init__(self, ws: Workspace, set_id: str, report: Report, listener: Listener | None) -> None:
        self._ws, self._set_id, self._report, self._listener = ws, set_id, report, listener
        self._told_at = 0.0

    def __call__(self) -> None:
        """Raises Stopped where the task was asked to stop."""
        if time.monotonic() - self._told_at < TELL_S:
            return
        found = what_if_set(self._ws, self._set_id)
        self._report(found.progress, 1.0, found.message)
        if self._listener is not None:
            self._listener(found)
        self._told_at = time.monotonic()


class _Set:
    """One set while it is seen to."""

    def __init__(self, ws: Workspace, set_id: str, crew: Crew, tell: _Teller) -> None:
        self._ws, self._set_id, self._crew, self._tell = ws, set_id, crew, tell
        self._plans: dict[str, list[Planned]] = {}
        self._times: Counter[str] = Counter()  # that a run was begun, or seen at work, while we look after it
        self._judged: Counter[str] = Counter()  # pairs that the verdict of a what-if is about

    def to_the_end(self) -> None:
        """Until each what-if has its end."""
        while rows := self._open():
            recover(self._ws)
            for row in rows:
                self._advance_or_fail(row)
            self._tell()
            if not self._tend() and self._open():
                time.sleep(POLL_S)

    def _open(self) -> list[Entered]:
        return [row for row in what_if_store.entered(self._ws, of_set=self._set_id) if not row.outcome]

    def _tend(self) -> bool:
        try:
            return self._crew.tend()
        except Interrupted as ended:
            if self._crew.alone and any(ended.run_id in row.arms.values() for row in self._open()):
                raise
            return True

    def _advance_or_fail(self, row: Entered) -> None:
        """One what-if that cannot be done does not keep the others from it."""
        try:
            self._advance(row)
        except Exception as error:
            if not isinstance(error, RecengineError):
                traceback.print_exc()
            what_if_store.close(self._ws, row.id, "failed", error_in_words(error))

    def _advance(self, row: Entered) -> None:
        """Begin what can be begun of a what-if, go on with what was interrupted, judge what is done."""
        if row.id not in self._plans:
            self._plans[row.id] = planned(self._ws, row.ask)
        kept, done = _runs(self._ws, row.arms.values()), {}
        for arm in self._plans[row.id]:
            run_id = row.arms.get((arm.side, arm.seed), "")
            if run_id not in kept:
                self._enter(row, arm)
            elif kept[run_id][0] == "done":
                done[arm.side, arm.seed] = run_id
            elif not self._goes_on(row, arm, run_id, *kept[run_id]):
                return
        self._judge(row, done)

    def _enter(self, row: Entered, arm: Planned) -> None:
        """Find a run for an arm, or begin one if it is its turn."""
        if (found := standing(self._ws, arm)) is not None:
            what_if_store.note_arm(self._ws, row.id, arm.side, arm.seed, found, begun=False)
        elif self._crew.takes(arm):
            run_id = self._crew.begin(arm)
            self._times[run_id] += 1
            what_if_store.note_arm(self._ws, row.id, arm.side, arm.seed, run_id, begun=True)

    def _goes_on(self, row: Entered, arm: Planned, run_id: str, status: str, error: str) -> bool:
        """Whether an arm that is not done will be; it is resumed where its interruption was not meant for us.

        Raises:
            JobError: it cannot be done; says why.
        """
        times = self._times[run_id]
        if status not in queue.RESUMABLE:
            self._times[run_id] = max(times, 1)
        elif times == 0 or (status == "lost" and times < MOST_TIMES):
            if self._crew.takes(arm):
                self._times[run_id] += 1
                self._crew.resume(arm, run_id)
        elif status == "stopped":
            what_if_store.close(self._ws, row.id, "stopped")
            return False
        elif status != "paused":
            raise JobError(f"its training {run_id} is {status}. {error}")
        return True

    def _judge(self, row: Entered, done: dict[tuple[Side, int], str]) -> None:
        """Give a verdict once there is another pair of runs; the last one ends the what-if."""
        from recengine.services.verdict import verdict

        seeds = [seed for side, seed in done if side == "base" and ("edited", seed) in done]
        if len(seeds) <= self._judged[row.id]:
            return
        base, edited = ([done[side, seed] for seed in seeds] for side in SIDES)
        what_if_store.note_verdict(self._ws, row.id, verdict(self._ws, base, edited).as_dict())
        self._judged[row.id] = len(seeds)
        if len(seeds) == row.ask.seeds:
            what_if_store.close(self._ws, row.id, "done")


def _runs(ws: Workspace, run_ids: Collection[str]) -> dict[str, tuple[str, str]]:
    """Status and error of those runs that are still there."""
    marks = ", ".join("?" * len(run_ids))
    with Store(ws).reading() as db:
        rows = db.execute(f"SELECT id, status, error FROM runs WHERE id IN ({marks})", tuple(run_ids))
        return {row["id"]: (row["status"], row["error"]) for row in rows}
