"""What this installation has, what it lacks, and the command that mends it."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, distribution, version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from recengine import __version__
from recengine.core.errors import NotFoundError
from recengine.services.app import app_folder
from recengine.services.workspace import Workspace

if TYPE_CHECKING:
    from packaging.requirements import Requirement

GIB = 2**30
LEAST_FREE_GIB = 2  # a dataset of ten million events and its runs fit in this
EXTRAS = {
    "sql": "read from MySQL, PostgreSQL, SQLite...",
    "mongo": "read from MongoDB",
    "cluster": "fan work out to other machines",
    "mlflow": "log runs to an MLflow server of yours",
    "tune": "search for better settings",
    "learn": "watch for drift",
    "dev": "run the tests",
}


@dataclass(frozen=True)
class Finding:
    """One thing looked at.

    Attributes:
        level: "ok", "missing" for what is optional and not here, "bad" for what has to be mended.
        remedy: what to do about it; empty where nothing needs doing.
    """

    group: Literal["recengine", "packages", "device", "workspace", "extras"]
    name: str
    found: str
    level: Literal["ok", "missing", "bad"] = "ok"
    remedy: str = ""

    def line(self) -> str:
        """The finding as one line, with what to do about it."""
        mark = {"ok": "ok", "missing": "--", "bad": "!!"}[self.level]
        remedy = f"  ->  {self.remedy}" if self.remedy else ""
        return f"{mark}  {self.group:<10} {self.name:<20} {self.found}{remedy}"


@dataclass(frozen=True)
class Diagnosis:
    """All that was looked at."""

    findings: tuple[Finding, ...]

    @property
    def healthy(self) -> bool:
        """Whether nothing has to be mended; extras that are not installed are no illness."""
        return all(finding.level != "bad" for finding in self.findings)

    def lines(self) -> list[str]:
        """One line a finding."""
        return [finding.line() for finding in self.findings]

    def as_dict(self) -> dict[str, Any]:
        """As plain values, for JSON."""
        return {"healthy": self.healthy, "findings": [asdict(finding) for finding in self.findings]}


def doctor(ws: Workspace) -> Diagnosis:
    """Everything worth knowing about this installation and its workspace; nothing is written."""
    return Diagnosis((*_recengine(), *_packages(), *_device(), *_workspace(ws.root), *_extras()))


def _recengine() -> Iterator[Finding]:
    yield Finding("recengine", "recengine", __version__)
    yield Finding("recengine", "python", f"{platform.python_version()} at {sys.executable}")
    yield Finding("recengine", "system", f"{platform.system()} {platform.release()}, {platform.machine()}")
    try:
        yield Finding("recengine", "app", str(app_folder()))
    except NotFoundError as error:
        yield Finding("recengine", "app", str(error), "bad", "pip install --force-reinstall recengine")


def _packages() -> Iterator[Finding]:
    for requirement in _requirements():
        yield _package("packages", requirement, "bad", "pip install --upgrade recengine")


def _device() -> Iterator[Finding]:
    import psutil
    import torch

    memory_gib = psutil.virtual_memory().total / GIB
    threads = os.environ.get("OMP_NUM_THREADS", "not set")
    yield Finding(
        "device", "cpu", f"{os.cpu_count()} cores, {memory_gib:.1f} GiB memory, OMP_NUM_THREADS {threads}"
    )
    if torch.cuda.is_available():
        for number in range(torch.cuda.device_count()):
            card = torch.cuda.get_device_properties(number)
            yield Finding("device", f"gpu {number}", f"{card.name}, {card.total_memory / GIB:.0f} GiB")
    elif torch.version.cuda:
        yield Finding("device", "gpu", f"none found by torch {torch.__version__}; training runs on the CPU")
    elif shutil.which("nvidia-smi"):
        remedy = "install a CUDA build of torch (the install page of PyTorch has the command)"
        yield Finding("device", "gpu", "there is a card, but torch is a CPU build", "bad", remedy)
    else:
        yield Finding("device", "gpu", "none; training runs on the CPU")


def _workspace(home: Path) -> Iterator[Finding]:
    nearest = next(folder for folder in (home, *home.parents) if folder.exists())
    try:
        with tempfile.TemporaryFile(dir=nearest):
            yield Finding("workspace", "folder", str(home) + ("" if home.exists() else " (not made yet)"))
    except OSError as error:
        remedy = "set RECENGINE_HOME to a folder you may write to"
        yield Finding("workspace", "folder", f"{home} cannot be written to: {error.strerror}", "bad", remedy)
    free_gib = shutil.disk_usage(nearest).free / GIB
    if free_gib < LEAST_FREE_GIB:
        remedy = f"make room; {LEAST_FREE_GIB} GiB is comfortable, or set RECENGINE_HOME to another disk"
        yield Finding("workspace", "free space", f"{free_gib:.1f} GiB", "bad", remedy)
    else:
        yield Finding("workspace", "free space", f"{free_gib:.1f} GiB")


def _extras() -> Iterator[Finding]:
    for extra, purpose in EXTRAS.items():
        found = [_package("extras", text, "missing", "") for text in _requirements(extra)]
        lacking = [finding.name for finding in found if finding.level != "ok"]
        if lacking:
            said = f"lacks {', '.join(lacking)}; needed to {purpose}"
            yield Finding("extras", extra, said, "missing", f"pip install 'recengine[{extra}]'")
        else:
            yield Finding("extras", extra, f"complete; can {purpose}")


def _requirements(extra: str | None = None) -> list[str]:
    """What recengine itself needs, or what one of its extras adds, as requirement strings."""
    from packaging.requirements import Requirement

    wanted = []
    for text in distribution("recengine").requires or []:
        requirement = Requirement(text)
        if _belongs(requirement, extra):
            wanted.append(f"{requirement.name}{requirement.specifier}")
    return wanted


def _belongs(requirement: Requirement, extra: str | None) -> bool:
    if extra is None or requirement.marker is None:
        return extra is None and requirement.marker is None
    return requirement.marker.evaluate({"extra": extra})


def _package(
    group: Literal["packages", "extras"], text: str, level: Literal["missing", "bad"], remedy: str
) -> Finding:
    """Whether the package of one requirement string is here in a version that will do."""
    from packaging.requirements import Requirement

    requirement = Requirement(text)
    try:
        installed = version(requirement.name)
    except PackageNotFoundError:
        return Finding(group, requirement.name, f"not installed; {text} is wanted", level, remedy)
    if not requirement.specifier.contains(installed, prereleases=True):
        return Finding(group, requirement.name, f"{installed}; {text} is wanted", level, remedy)
    return Finding(group, requirement.name, installed)
