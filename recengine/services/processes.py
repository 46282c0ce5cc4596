"""Is that process still the one we mean? A pid alone does not say."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from dataclasses import dataclass

import psutil

# The start time is derived from the boot time, which a clock correction can move a little.
SAME_START_S = 2.0


@dataclass(frozen=True)
class ProcessId:
    """One process for good: pids are used again, a pid with its start time is not."""

    pid: int
    started_at: float

    @classmethod
    def of(cls, pid: int) -> ProcessId | None:
        """The process that has this pid now; None where there is none."""
        try:
            return cls(pid, psutil.Process(pid).create_time())
        except psutil.NoSuchProcess:
            return None

    @classmethod
    def me(cls) -> ProcessId:
        """This process."""
        return cls(os.getpid(), psutil.Process().create_time())

    @property
    def alive(self) -> bool:
        """Whether it still runs. A zombie (ended, its parent has not looked yet) does not."""
        try:
            process = psutil.Process(self.pid)
            same = abs(process.create_time() - self.started_at) < SAME_START_S
            return same and process.status() != psutil.STATUS_ZOMBIE
        except psutil.Error:  # gone, or not ours
            return False

    def kill(self) -> None:
        """End it and, where it leads a process group, all it started; nothing if it is gone."""
        if not self.alive:
            return
        with suppress(ProcessLookupError):
            if hasattr(os, "killpg") and os.getpgid(self.pid) == self.pid:
                os.killpg(self.pid, signal.SIGKILL)
            else:
                psutil.Process(self.pid).kill()
