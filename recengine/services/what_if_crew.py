"""Who carries out the trainings of a set of what-ifs: this process, or the queue where they are dear."""

from __future__ import annotations

import os
import traceback
from collections.abc import Callable
from typing import ClassVar, Protocol

from recengine.core.errors import RecengineError
from recengine.services import jobs, queue
from recengine.services.fitting import Told
from recengine.services.processes import ProcessId
from recengine.services.recorder import Interrupted
from recengine.services.tasks_worker import Stopped
from recengine.services.training import begin, to_the_end
from recengine.services.what_if_arms import Planned
from recengine.services.what_if_fast import Kin
from recengine.services.workspace import Workspace

# A training expected to take less than this is not worth a process of its own.
CHEAP_S = float(os.environ.get("RECENGINE_CHEAP_S", "15"))


class Crew(Protocol):
    """Whoever carries out trainings.

    Attributes:
        alone: whether somebody sits at this process and stops all where they stop what it trains.
    """

    alone: ClassVar[bool]

    def takes(self, arm: Planned) -> bool:
        """Whether it would begin this one now."""

    def begin(self, arm: Planned) -> str:
        """See to it that the training is done; the new run's id."""

    def resume(self, arm: Planned, run_id: str) -> None:
        """The same for a run that was interrupted."""

    def tend(self) -> bool:
        """Do what is to be done now; False where there is only waiting.

        Raises:
            Interrupted: a training in this process was stopped.
        """

    def let_go(self) -> None:
        """Stop what was begun and nobody is at yet."""


class Here:
    """Trains in this process, one after the other.

    Args:
        tell: called at every sign of life; may raise Stopped.
    """

    alone: ClassVar[bool] = True

    def __init__(self, ws: Workspace, tell: Callable[[], None]) -> None:
        self.ws = ws
        self._tell = tell
        self._claim: queue.Claim | None = None
        self._kin = Kin()

    def takes(self, arm: Planned) -> bool:
        """One at a time."""
        return self._claim is None

    def begin(self, arm: Planned) -> str:
        """Enter the new run; `tend` carries it out."""
        self._kin.start_from(self.ws, arm.base.id)
        self._claim = begin(self.ws, arm.spec, fingerprint=arm.base.dataset_fingerprint)
        return self._claim.id

    def resume(self, arm: Planned, run_id: str) -> None:
        """Claim a run that was interrupted; `tend` carries it out."""
        self._kin.start_from(self.ws, arm.base.id)
        self._claim = queue.resume_inline(self.ws, run_id, ProcessId.me())

    def tend(self) -> bool:
        """Carry out what was begun; where that fails, the run keeps the reason.

        Raises:
            Interrupted: it was stopped.
        """
        claim, self._claim = self._claim, None
        if claim is None:
            return False
        try:
            to_the_end(self.ws, claim, on_event=lambda told: self._hear(claim, told), build=self._kin.build)
        except Interrupted:
            raise
        except Exception as error:
            if not isinstance(error, RecengineError):
                traceback.print_exc()
        return True

    def let_go(self) -> None:
        """Give back what was claimed for this process."""
        if self._claim is not None:
            queue.finish(self.ws, self._claim, "stopped")
            self._claim = None

    def _hear(self, claim: queue.Claim, told: Told) -> None:
        try:
            self._tell()
        except Stopped:  # let the training write down where it stands
            queue.ask(self.ws, claim.id, "stop")


class Pool(Here):
    """Trains here what costs little, and queues the rest: it shares the machine's slots and outlives us."""

    alone: ClassVar[bool] = False

    def takes(self, arm: Planned) -> bool:
        """All that is queued, and one at a time of what is done here."""
        return not _is_cheap(arm) or super().takes(arm)

    def begin(self, arm: Planned) -> str:
        """Enter the new run, for here or for the queue."""
        if _is_cheap(arm):
            return super().begin(arm)
        return jobs.submit(self.ws, arm.spec, fingerprint=arm.base.dataset_fingerprint).id

    def resume(self, arm: Planned, run_id: str) -> None:
        """The same for a run that was interrupted."""
        if _is_cheap(arm):
            super().resume(arm, run_id)
        else:
            jobs.resume(self.ws, run_id)

    def tend(self) -> bool:
        """Carry out what was begun here, and see to it that somebody works the queue."""
        jobs.ensure_dispatcher(self.ws)
        return super().tend()


def _is_cheap(arm: Planned) -> bool:
    """Whatever learns pass by pass on a GPU waits for its turn there, however little it costs."""
    if arm.spec.model_settings().build().iterative and arm.base.device.startswith("cuda"):
        return False
    return arm.expected_s < CHEAP_S
