import csv
import io
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recengine.core.errors import SettingsError
from recengine.services.export import safe_csv, write_table

NASTY = ["=1+1", "+1+1", "-cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "  =1", "＝1+1"]


def cells(frame: pd.DataFrame) -> list[list[str]]:
    """The frame's safe CSV as a spreadsheet would take it apart."""
    return list(csv.reader(io.StringIO(safe_csv(frame), newline="")))


@pytest.mark.parametrize("text", NASTY)
def test_a_formula_is_shown_instead_of_calculated(text: str) -> None:
    assert cells(pd.DataFrame({"title": [text]}))[1] == [f"'{text}"]


def test_a_formula_in_a_heading_is_shown_too() -> None:
    assert safe_csv(pd.DataFrame({"=A1": [1]})).startswith("'=A1")


@pytest.mark.parametrize("text", ["tea", "-3.5", "+49", "a=b", "'quoted", "", "🫖 =", "7-8"])
def test_what_is_no_formula_stays_as_it_is(text: str) -> None:
    assert cells(pd.DataFrame({"title": [text], "one": [1]}))[1] == [text, "1"]


def test_numbers_and_missing_values_are_left_alone() -> None:
    frame = pd.DataFrame({"n": [-1.5, None], "t": [None, "x"]})
    assert safe_csv(frame) == "n,t\r\n-1.5,\r\n,x\r\n"


def test_a_line_break_inside_a_cell_starts_no_row() -> None:
    assert cells(pd.DataFrame({"title": ["x\r=1+1", "y\n=1+1"]}))[1:] == [["x\r=1+1"], ["y\n=1+1"]]


@given(st.lists(st.text(max_size=12), min_size=1, max_size=5))
def test_every_cell_comes_back_and_none_starts_like_a_formula(texts: list[str]) -> None:
    written = [row[0] if row else "" for row in cells(pd.DataFrame({"t": pd.Series(texts, dtype="str")}))[1:]]
    assert [cell.removeprefix("'") for cell in written] == [text.removeprefix("'") for text in texts]
    numbers = pd.to_numeric(pd.Series(texts), errors="coerce").notna()
    for cell, number in zip(written, numbers, strict=True):
        assert number or not cell.lstrip().startswith(("=", "+", "-", "@"))


@pytest.mark.parametrize("ending", ["csv", "parquet", "json"])
def test_a_table_comes_back_from_every_kind_of_file(tmp_path: Path, ending: str) -> None:
    frame, path = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}), tmp_path / f"table.{ending}"
    write_table(frame, path)
    read = {"csv": pd.read_csv, "parquet": pd.read_parquet, "json": pd.read_json}[ending]
    pd.testing.assert_frame_equal(read(path), frame, check_dtype=False)


def test_an_unknown_ending_is_refused_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"Use .csv or .parquet or .json"):
        write_table(pd.DataFrame(), tmp_path / "table.xls")
