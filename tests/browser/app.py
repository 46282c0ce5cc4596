"""The app as a person runs it: its server, its command line, and the small things tests ask of both."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import URLError
from urllib.request import urlopen

import psutil
import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Page

START_LIMIT_S = 60


class Server:
    """The dashboard on a workspace, as `recengine dashboard` starts it; can be stopped and started again."""

    def __init__(self, home: Path, env: dict[str, str] | None = None) -> None:
        self.home = home
        self.env = environment(home) | (env or {})
        self.port = _free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> Server:
        """Start it and wait until it answers."""
        command = [
            sys.executable,
            "-m",
            "recengine.cli",
            "dashboard",
            "--port",
            str(self.port),
            "--no-browser",
        ]
        log = self.home.parent / f"server-{self.port}.log"
        with log.open("ab") as output:
            self.process = subprocess.Popen(
                command,
                stdout=output,
                stderr=output,
                env=self.env,
                start_new_session=True,
                cwd=self.home.parent,
            )
        until = time.monotonic() + START_LIMIT_S
        while not self._answers():
            if self.process.poll() is not None or time.monotonic() > until:
                pytest.fail(f"the server did not come up:\n{log.read_text()[-2000:]}")
            time.sleep(0.05)
        return self

    def kill(self) -> None:
        """End it without a word (SIGKILL), its jobs left alone."""
        if self.process is None:
            return
        server = psutil.Process(self.process.pid)
        for process in [*server.children(recursive=True), server]:
            if _is_server(process.pid):
                process.kill()
        self.process.wait()
        self.process = None

    def __enter__(self) -> Server:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.kill()
        end_jobs(self.home)

    def _answers(self) -> bool:
        try:
            with urlopen(f"{self.url}/_stcore/health", timeout=1) as answer:
                return bool(answer.status == 200)
        except (URLError, OSError):
            return False


def environment(home: Path) -> dict[str, str]:
    """What server and workers run with: the workspace, one thread, no display."""
    return {**os.environ, "RECENGINE_HOME": str(home), "OMP_NUM_THREADS": "1", "BROWSER": "true"}


def jobs_of(home: Path, module: str = "") -> list[psutil.Process]:
    """Processes that work for a workspace: "worker", "dispatcher", or all."""
    found = []
    for process in psutil.process_iter():
        try:
            words = process.cmdline()
        except psutil.Error:
            continue
        if str(home) in words and any(word.startswith(f"recengine.services.{module}") for word in words):
            found.append(process)
    return found


def end_jobs(home: Path) -> None:
    """Leave no process behind."""
    processes = jobs_of(home)
    for process in processes:
        process.kill()
    psutil.wait_procs(processes, timeout=10)


def _is_server(pid: int) -> bool:
    try:
        return not any("recengine.services" in word for word in psutil.Process(pid).cmdline())
    except psutil.Error:
        return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def settle(page: Page) -> None:
    """Wait until the script has run to its end and a heading stands there."""
    page.locator("[data-testid=stApp][data-test-script-state=notRunning]").wait_for()
    page.get_by_role("heading").first.wait_for()


def recengine(home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """The command line on a workspace; fails the test where it does not end well."""
    command = [sys.executable, "-m", "recengine.cli", *arguments]
    done = subprocess.run(command, env=environment(home), capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(arguments)}\n{done.stderr[-2000:]}"
    return done


def until(done: Callable[[], bool], what: str, page: Page | None = None, limit_s: float = 60) -> None:
    """Look again and again until something has come true; with a page, its events are served meanwhile."""
    end = time.monotonic() + limit_s
    while not done():
        if time.monotonic() > end:
            pytest.fail(f"waited {limit_s:.0f} s in vain for {what}")
        if page is None:
            time.sleep(0.05)
        else:
            page.wait_for_timeout(50)
