"""Learning from feedback: bring a run up to date, let the result sit the base's exam, and only then use it.

    queued = ask_for_update(ws, "ease-2")    # a run like any other: progress, pause, resume
    verdict = exam(ws, queued.id)            # once it is done
    adopt(ws, queued.id, who="Ada")          # refused if it is worse than its base

What a run learnt from is in its spec for good: the base, and from which to which event of feedback.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Literal

from recengine.core.errors import JobError, SettingsError
from recengine.core.words import plural
from recengine.services import jobs
from recengine.services.champion import Champion, make_champion
from recengine.services.feedback_split import changed_events, feedback_up_to
from recengine.services.fitting import Told
from recengine.services.runs import Run, TrainSpec, Update, get_run
from recengine.services.training import begin, split_of, to_the_end
from recengine.services.verdict import verdict
from recengine.services.workspace import Workspace
from recengine.strategy.learning.learners import learner_of

How = Literal["incremental", "full"]
EVERYTHING = 2**62
YOUNGER = (
    "The feedback is younger than the test, and was given on lists that knew of it: the test tells whether "
    "learning from it did harm, not how much good it does."
)


@dataclass(frozen=True)
class Waiting:
    """Feedback that a run has not learnt from.

    Attributes:
        events: of feedback; people: who gave it; actions: what of that is to be learnt from.
        up_to: number of the last event; 0 without any.
        how: in which way an update would learn from it; exact: whether that gives what a full training would.
        sentence: the same for a reader.
    """

    run: str
    events: int
    people: int
    actions: int
    up_to: int
    how: str
    exact: bool
    sentence: str

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)


@dataclass(frozen=True)
class Exam:
    """How an updated run did against its base, on the same test.

    Attributes:
        decision: as `Verdict.decision`.
        usable: unless it is worse.
        notes: what the comparison rests on, a sentence each.
    """

    base: str
    run: str
    decision: str
    sentence: str
    usable: bool
    notes: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values."""
        return asdict(self)


def waiting(ws: Workspace, run_id: str) -> Waiting:
    """What a run could learn from.

    Raises:
        NotFoundError: no such run.
    """
    run, data = get_run(ws, run_id), split_of(ws, run_id).before_test
    after = run.spec.update.up_to if run.spec.update else 0
    found = feedback_up_to(ws, run.spec.dataset, EVERYTHING, after=after)
    kept, added = changed_events(data, found)
    actions, people = len(added) + int((~kept).sum()), found["person"].nunique()
    learner = learner_of(run.spec.model_settings(), run.spec.seed)
    given = f"{plural(len(found), 'event')} of feedback by {plural(people, data.about.person)}"
    sentence = f"{given} since {run.title} learnt: {plural(actions, 'action')} to learn from, {learner.how}."
    return Waiting(
        run=run_id,
        events=len(found),
        people=people,
        actions=actions,
        up_to=int(max(found.index, default=0)),
        how=learner.how,
        exact=learner.exact,
        sentence=sentence if actions else f"There is no feedback that {run.title} could learn from.",
    )


def ask_for_update(ws: Workspace, run_id: str, how: How = "incremental") -> Run:
    """Queue a training that goes on from this run with all feedback there is by now.

    Args:
        how: "full" trains from the start on the same events.

    Raises:
        NotFoundError, JobError, SettingsError: as `update_spec`.
    """
    return jobs.submit(ws, update_spec(ws, run_id, how), fingerprint=get_run(ws, run_id).dataset_fingerprint)


def update_now(
    ws: Workspace, run_id: str, how: How = "incremental", on_event: Callable[[Told], None] | None = None
) -> Run:
    """The same in this process, to its end.

    Raises:
        NotFoundError, JobError, SettingsError: as `update_spec`.
        RecengineError, Interrupted: as `training.train`.
    """
    spec, fingerprint = update_spec(ws, run_id, how), get_run(ws, run_id).dataset_fingerprint
    return to_the_end(ws, begin(ws, spec, fingerprint=fingerprint), on_event=on_event)


def update_spec(ws: Workspace, run_id: str, how: How = "incremental") -> TrainSpec:
    """That training: the run's own, with all feedback there is by now.

    Raises:
        NotFoundError: no such run.
        JobError: it is not finished.
        SettingsError: there is nothing to learn from.
    """
    run = get_run(ws, run_id)
    if not run.finished:
        raise JobError(f"run '{run_id}' is {run.status}; only a finished run can be brought up to date.")
    found = waiting(ws, run_id)
    if not found.actions:
        raise SettingsError(f"{found.sentence} Likes, dislikes, purchases and ratings are learnt from.")
    after = run.spec.update.up_to if run.spec.update else 0
    update = Update(base=run_id, how=how, after=after, up_to=found.up_to)
    return run.spec.model_copy(update={"update": update})


def exam(ws: Workspace, run_id: str) -> Exam:
    """The updated run against its base.

    Raises:
        NotFoundError: no such run, or its base is gone.
        SettingsError: it is no update, or not finished.
    """
    run = get_run(ws, run_id)
    if run.spec.update is None:
        raise SettingsError(f"run '{run_id}' goes on from no other; it was trained from the start.")
    found = verdict(ws, [run.spec.update.base], [run_id])
    return Exam(
        base=run.spec.update.base,
        run=run_id,
        decision=found.decision,
        sentence=found.sentence,
        usable=found.decision != "worse",
        notes=(YOUNGER, *found.notes),
    )


def adopt(ws: Workspace, run_id: str, who: str) -> Champion:
    """Make an updated run the champion of its data, if its exam allows that.

    Raises:
        SettingsError: it did worse than its base, or as `exam`.
        JobError: as `make_champion`.
    """
    found = exam(ws, run_id)
    if not found.usable:
        raise SettingsError(f"{found.sentence} Its base stays in use; a full training may do better.")
    return make_champion(ws, run_id, who, why=f"brought up to date with feedback: {found.decision}")
