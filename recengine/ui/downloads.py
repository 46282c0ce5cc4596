"""Downloads that are safe to open in a spreadsheet."""

from __future__ import annotations

import re

import pandas as pd
import streamlit as st

from recengine.services.export import safe_csv


def download_table(frame: pd.DataFrame, name: str, *, key: str, label: str = "Download CSV") -> None:
    """A button that hands out the table; the file is only written once it is asked for."""
    st.download_button(
        label,
        data=lambda: csv_bytes(frame),
        file_name=f"{file_name(name)}.csv",
        mime="text/csv",
        key=key,
        icon=":material/download:",
        on_click="ignore",
    )


def csv_bytes(frame: pd.DataFrame) -> bytes:
    """The table as formula-safe CSV in UTF-8, marked as such: without the mark Excel misreads accents."""
    return safe_csv(frame).encode("utf-8-sig")


def file_name(title: str) -> str:
    """A title as a file name: lower case, words joined by dashes."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:60] or "table"
