"""Tables as files that are safe to open."""

from __future__ import annotations

from pathlib import Path

import pandas as pd


def safe_csv(frame: pd.DataFrame) -> str:
    """CSV text in which no cell can act as a spreadsheet formula (such cells get a leading ')."""
    raise NotImplementedError


def write_table(frame: pd.DataFrame, path: Path) -> None:
    """Write a .csv (safe, see above), .parquet or .json file, replacing it atomically.

    Raises:
        SettingsError: the file's ending says no format we know.
    """
    raise NotImplementedError
