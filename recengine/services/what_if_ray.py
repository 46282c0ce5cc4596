"""A crew on a Ray cluster: each training of a set is sent to whichever machine has room for it."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any, ClassVar

from recengine.core.errors import JobError, SettingsError
from recengine.services import queue
from recengine.services.processes import ProcessId
from recengine.services.store import Store
from recengine.services.training import begin
from recengine.services.what_if_arms import Planned
from recengine.services.what_if_remote import Told, carry_out, hear_progress, order, parcel, take_in
from recengine.services.workspace import Workspace

HEAR_S = 0.5
KNOCK_S = 5.0
MOST_KILLS = 3  # that Ray begins a training anew whose process or machine was lost


def check_cluster() -> None:
    """Raise SettingsError, saying what to install, where Ray is missing."""
    if find_spec("ray") is None:
        raise SettingsError(
            "a cluster needs Ray, which is not installed. Install it with: pip install 'recengine[cluster]'"
        )


class Board:
    """Lives in the cluster and knows how far each training is."""

    def __init__(self) -> None:
        self._told: dict[str, Told] = {}

    def tell(self, run_id: str, told: Told) -> None:
        """Say how far a training is."""
        self._told[run_id] = told

    def hear(self) -> dict[str, Told]:
        """What was said since somebody last asked."""
        told, self._told = self._told, {}
        return told


def _there(run_id: str, ordered: str, data: bytes, board: Any) -> dict[str, Any]:
    """In a process of the cluster."""
    return carry_out(ordered, data, lambda told: board.tell.remote(run_id, told))


class Cluster:
    """Sends trainings to a Ray cluster and takes in what comes back.

    Args:
        tell: called now and then; may raise Stopped.
        address: of the cluster, as `ray.init` takes it; "auto" is the one of this machine.

    Raises:
        SettingsError: Ray is not installed.
        JobError: no cluster answers at the address.
    """

    alone: ClassVar[bool] = False

    def __init__(self, ws: Workspace, tell: Callable[[], None], address: str) -> None:
        self._ws = ws
        self._ray = _connected(address)
        self._board = self._ray.remote(num_cpus=0)(Board).remote()
        self._parcels: dict[str, Any] = {}  # by base run, where they lie in the cluster
        self._sent: dict[queue.Claim, Any] = {}
        self._heard_at = 0.0

    def takes(self, arm: Planned) -> bool:
        """All of them; the cluster has a queue of its own."""
        return True

    def begin(self, arm: Planned) -> str:
        """Enter the new run and send it off."""
        claim = begin(self._ws, arm.spec, fingerprint=arm.base.dataset_fingerprint)
        self._send(arm, claim)
        return claim.id

    def resume(self, arm: Planned, run_id: str) -> None:
        """Send a run that was interrupted; it begins anew, as its checkpoint was lost with its process."""
        self._send(arm, queue.resume_inline(self._ws, run_id, ProcessId.me()))

    def _send(self, arm: Planned, claim: queue.Claim) -> None:
        if arm.base.id not in self._parcels:
            self._parcels[arm.base.id] = self._ray.put(parcel(self._ws, arm.base))
        on_gpu = arm.base.device.startswith("cuda")
        send = self._ray.remote(num_cpus=1, num_gpus=int(on_gpu), max_retries=MOST_KILLS)(_there)
        ordered = order(self._ws, claim.id)
        self._sent[claim] = send.remote(claim.id, ordered, self._parcels[arm.base.id], self._board)
        hear_progress(self._ws, claim.id, WAITING)

    def tend(self) -> bool:
        """Take in what is done, cancel what was stopped, hear how far the rest is."""
        if not self._sent:
            return False
        done, _ = self._ray.wait(list(self._sent.values()), num_returns=len(self._sent), timeout=0)
        for claim in [claim for claim, sent in self._sent.items() if sent in done]:
            take_in(self._ws, claim, self._outcome(self._sent.pop(claim)))
        for claim, want in self._unwanted().items():
            self._ray.cancel(self._sent.pop(claim), force=True)
            queue.finish(self._ws, claim, queue.ASKED[want])
        self._hear()
        return bool(done)

    def _outcome(self, sent: Any) -> Told:
        try:
            return self._ray.get(sent)
        except self._ray.exceptions.RayError as error:
            reason = str(error).strip().splitlines()[-1]
            return {"error": f"the cluster could not carry it out ({type(error).__name__}: {reason})."}

    def _unwanted(self) -> dict[queue.Claim, str]:
        """What somebody has asked to pause or stop."""
        with Store(self._ws).reading() as db:
            wants = dict(db.execute("SELECT run_id, want FROM jobs WHERE want != 'run'").fetchall())
        return {claim: wants[claim.id] for claim in self._sent if claim.id in wants}

    def _hear(self) -> None:
        if time.monotonic() - self._heard_at < HEAR_S:
            return
        self._heard_at = time.monotonic()
        for run_id, told in self._ray.get(self._board.hear.remote()).items():
            hear_progress(self._ws, run_id, told)

    def let_go(self) -> None:
        """Cancel all that is still out."""
        for claim, sent in self._sent.items():
            self._ray.cancel(sent, force=True)
            queue.finish(self._ws, claim, "stopped")
        self._sent.clear()


WAITING: Told = {
    "stage": "",
    "progress": 0.0,
    "per_second": None,
    "eta_s": None,
    "message": "sent to the cluster",
}


def _connected(address: str) -> Any:
    """Ray, connected to the cluster."""
    check_cluster()
    import ray

    try:
        _knock(address)
        ray.init(address, ignore_reinit_error=True, log_to_driver=False, logging_level=logging.ERROR)
    except OSError as error:  # of which ConnectionError is one
        raise JobError(
            f"no Ray cluster answers at '{address}'. Start one with `ray start --head` and give the address "
            "it prints, or 'auto' on that machine; where it wants a token, set RAY_AUTH_TOKEN."
        ) from error
    return ray


def _knock(address: str) -> None:
    """Raise OSError at once where nobody listens; Ray itself would try for minutes."""
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if colon and port.isdigit():
        socket.create_connection((host, int(port)), timeout=KNOCK_S).close()
