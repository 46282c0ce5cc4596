"""What if a run had been trained otherwise: on part of the data, or with other settings?

    ask = Ask("lstm-4", ("drop people where age = 65+",), seeds=3)
    do(ws, [ask])[0].verdict.sentence        # here and now
    submit(ws, [ask]).id                     # in the background; what_if(ws, "what-if-7") tells how far it is

Both sides are ordinary runs, trained with the same seeds and tested on the same people. Runs that are there
already are used again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from recengine.core.edits import Edits
from recengine.core.errors import JobError, SettingsError
from recengine.models import MODELS
from recengine.services import tasks, tasks_queue, what_if_store
from recengine.services.processes import ProcessId
from recengine.services.recorder import Interrupted
from recengine.services.recovery import error_in_words
from recengine.services.tasks_worker import Report, Stopped
from recengine.services.training import split_of
from recengine.services.what_if_edits import edited_spec
from recengine.services.what_if_store import Ask as Ask
from recengine.services.what_if_store import Entered
from recengine.services.what_if_view import KIND
from recengine.services.what_if_view import Arm as Arm
from recengine.services.what_if_view import WhatIf as WhatIf
from recengine.services.what_if_view import WhatIfSet as WhatIfSet
from recengine.services.what_if_view import what_if as what_if
from recengine.services.what_if_view import what_if_set as what_if_set
from recengine.services.what_if_view import what_ifs as what_ifs
from recengine.services.what_if_work import Listener, see_to, stop_one
from recengine.services.who import me
from recengine.services.workspace import Workspace

MOST_SEEDS = 20
CrewName = Literal["inline", "pool", "cluster"]


def check(ws: Workspace, ask: Ask) -> Ask:
    """The same as it will be kept: edits as the data spell them, one seed where the model draws no lots.

    Raises:
        NotFoundError: no such run.
        JobError: it is not finished.
        EditError: the edits cannot be read, name what is not there, or leave nothing to learn or to ask.
        SettingsError: a setting the model does not have, or too many seeds.
    """
    if not 1 <= ask.seeds <= MOST_SEEDS:
        raise SettingsError(f"{ask.seeds} seeds are not between 1 and {MOST_SEEDS}.")
    spec = edited_spec(ws, ask.base, ask.edits, histories=ask.histories)
    data = split_of(ws, ask.base).unedited.before_test
    texts = Edits.of(ask.edits, data.about).named(data).texts
    deterministic = MODELS[spec.model].deterministic
    return replace(ask, edits=texts, seeds=1 if deterministic else ask.seeds)


def submit(
    ws: Workspace, asks: Sequence[Ask], *, crew: CrewName = "pool", address: str = "", who: str = ""
) -> WhatIfSet:
    """Have what-ifs done in the background; all of them or, where one is refused, none.

    Args:
        crew: "pool": this machine's queue; "cluster": the Ray cluster at `address`.
        who: asks; by default whoever is logged in here.

    Raises:
        as `check`.
    """
    _check_crew(crew)
    set_id = _enter(ws, asks, who)
    return _hand_over(ws, set_id, {"set": set_id, "crew": crew, "address": address})


def do(
    ws: Workspace,
    asks: Sequence[Ask],
    *,
    on_progress: Listener | None = None,
    crew: CrewName = "inline",
    address: str = "",
    who: str = "",
) -> list[WhatIf]:
    """Do what-ifs here and now, until each has its verdict (or its reason why not).

    Args:
        on_progress: told a few times a second how far they are.

    Raises:
        as `check`.
        Interrupted: somebody stopped it, here or on a page; `resume` goes on.
    """
    _check_crew(crew)
    set_id = _enter(ws, asks, who)
    return _do(ws, set_id, {"set": set_id, "crew": crew, "address": address}, on_progress)


def resume(ws: Workspace, what_if_id: str) -> WhatIfSet:
    """Take up what-ifs again in the background that were stopped, failed or whose process was killed.

    Args:
        what_if_id: of a set (all that is not done in it) or of one of its members (the same).

    Raises:
        NotFoundError: no such what-if.
        JobError: it is under way, or done.
    """
    set_id = _resumable(ws, what_if_id)
    spec = _last_spec(ws, set_id)
    return _hand_over(ws, set_id, {**spec, "crew": "pool"} if spec["crew"] == "inline" else spec)


def resume_here(ws: Workspace, what_if_id: str, *, on_progress: Listener | None = None) -> list[WhatIf]:
    """The same in this process, as `do`."""
    set_id = _resumable(ws, what_if_id)
    return _do(ws, set_id, {**_last_spec(ws, set_id), "crew": "inline"}, on_progress)


def stop(ws: Workspace, what_if_id: str) -> None:
    """Stop a what-if, or all that is open in a set; pairs of runs that are done keep their verdict.

    Raises:
        NotFoundError: no such what-if.
        JobError: it is over already.
    """
    rows = _rows(ws, what_if_id)
    if all(row.outcome for row in rows):
        raise JobError(f"'{what_if_id}' is {rows[0].outcome}, so there is nothing to stop.")
    for row in rows:
        if not row.outcome:
            stop_one(ws, row)


def delete(ws: Workspace, what_if_id: str) -> None:
    """Forget a what-if that is over, or a set; the runs that answered it stay.

    Raises:
        NotFoundError: no such what-if.
        JobError: it is still under way.
    """
    rows = _rows(ws, what_if_id)
    if any(what_if(ws, row.id).active for row in rows):
        raise JobError(f"'{what_if_id}' is under way; stop it before deleting it.")
    for row in rows:
        what_if_store.remove(ws, row.id)
    if not what_if_store.entered(ws, of_set=rows[0].set_id):
        tasks_queue.forget(ws, rows[0].set_id)


def _check_crew(crew: CrewName) -> None:
    if crew == "cluster":
        from recengine.services.what_if_ray import check_cluster

        check_cluster()


def _enter(ws: Workspace, asks: Sequence[Ask], who: str) -> str:
    ready = list(dict.fromkeys(check(ws, ask) for ask in asks))
    if not ready:
        raise SettingsError("say what is to be otherwise: nothing was asked.")
    return what_if_store.enter(ws, ready, who.strip() or me())


def _hand_over(ws: Workspace, set_id: str, spec: dict[str, str]) -> WhatIfSet:
    what_if_store.open_again(ws, set_id)
    task = tasks.submit(ws, KIND, about=set_id, spec=spec, coordinates=True)
    what_if_store.hand_to(ws, set_id, task.id)
    return what_if_set(ws, set_id)


def _do(ws: Workspace, set_id: str, spec: dict[str, str], on_progress: Listener | None) -> list[WhatIf]:
    what_if_store.open_again(ws, set_id)
    claim = tasks_queue.enter_inline(ws, KIND, set_id, spec, ProcessId.me())
    what_if_store.hand_to(ws, set_id, claim.id)
    try:
        with Report(ws, claim) as report:
            see_to(ws, spec, report, on_progress)
    except (Stopped, Interrupted, KeyboardInterrupt) as ended:
        tasks_queue.finish(ws, claim, "stopped")
        raise Interrupted("stop", set_id) from ended
    except Exception as error:
        tasks_queue.finish(ws, claim, "failed", error=error_in_words(error))
        raise
    tasks_queue.finish(ws, claim, "done")
    return list(what_if_set(ws, set_id).what_ifs)


def _rows(ws: Workspace, what_if_id: str) -> list[Entered]:
    """The what-if of that id, or all of the set."""
    return what_if_store.entered(ws, of_set=what_if_id) or [what_if_store.one(ws, what_if_id)]


def _resumable(ws: Workspace, what_if_id: str) -> str:
    """The set to be taken up again."""
    set_id = _rows(ws, what_if_id)[0].set_id
    found = what_if_set(ws, set_id)
    if found.active:
        raise JobError(f"'{what_if_id}' is under way already.")
    if not any(one.can_resume for one in found.what_ifs):
        raise JobError(f"'{what_if_id}' is done, so there is nothing to resume.")
    return set_id


def _last_spec(ws: Workspace, set_id: str) -> dict[str, str]:
    """How the set was to be done when it was last seen to."""
    known = tasks.tasks(ws, kind=KIND, about=set_id)
    return known[0].spec if known else {"set": set_id, "crew": "pool", "address": ""}
