"""Where imported data, runs and the database lie."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import recengine


@dataclass(frozen=True)
class Workspace:
    """One folder that holds all a user made; nothing else is ever written to."""

    root: Path

    @classmethod
    def default(cls) -> Workspace:
        """$RECENGINE_HOME, else data/ of the checkout, else the platform's folder for user data."""
        if home := os.environ.get("RECENGINE_HOME"):
            return cls(Path(home).expanduser().resolve())
        checkout = Path(recengine.__file__).resolve().parents[1]
        if (checkout / "pyproject.toml").exists() and (checkout / "dashboard.py").exists():
            return cls(checkout / "data")
        return cls(_user_data_folder() / "recengine")

    @property
    def datasets(self) -> Path:
        """Imported data: one immutable folder a fingerprint."""
        return self.root / "datasets"

    @property
    def runs(self) -> Path:
        """One folder a run: model, report, checkpoint, log."""
        return self.root / "runs"

    @property
    def database(self) -> Path:
        """The SQLite file of datasets' names, runs, metric points and jobs."""
        return self.root / "recengine.sqlite"

    @property
    def uploads(self) -> Path:
        """Files handed over in the browser, until they are imported."""
        return self.root / "uploads"

    @property
    def rows(self) -> Path:
        """Rows as stores gave them, one folder an import; kept so that later only new ones are asked for."""
        return self.root / "rows"

    @property
    def downloads(self) -> Path:
        """Files of publishers of known data sets, one folder a set; fetched once."""
        return self.root / "downloads"

    @property
    def tasks(self) -> Path:
        """One folder a task: what its process printed, and what it is to hand out."""
        return self.root / "tasks"

    @property
    def baselines(self) -> Path:
        """Baseline reports, one folder for each test they sat; computed once."""
        return self.root / "baselines"


def _user_data_folder() -> Path:
    """Where this platform keeps a user's application data."""
    home = Path.home()
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", home / "AppData" / "Local"))
    if sys.platform == "darwin":
        return home / "Library" / "Application Support"
    return Path(os.environ.get("XDG_DATA_HOME", home / ".local" / "share"))
