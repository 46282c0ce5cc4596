from __future__ import annotations

import csv
import io

import pandas as pd
import pytest

from recengine.ui.downloads import csv_bytes, file_name


def test_a_download_says_that_it_is_utf_8_and_holds_the_table() -> None:
    handed_out = csv_bytes(pd.DataFrame({"name": ["Käse", "日本"], "count": [1, 2]}))
    assert handed_out.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(handed_out.decode("utf-8-sig"))))
    assert rows == [["name", "count"], ["Käse", "1"], ["日本", "2"]]


@pytest.mark.parametrize("cell", ["=1+1", "+cmd|' /C calc'!A0", "@SUM(A1)", "-2+3", "\t=1", "=HYPERLINK(1)"])
def test_no_cell_of_a_download_is_a_formula(cell: str) -> None:
    handed_out = csv_bytes(pd.DataFrame({"title": [cell]})).decode("utf-8-sig")
    (_, (found,)) = list(csv.reader(io.StringIO(handed_out)))
    assert found == f"'{cell}"


def test_negative_numbers_stay_numbers() -> None:
    assert csv_bytes(pd.DataFrame({"x": [-1.5]})).decode("utf-8-sig").splitlines() == ["x", "-1.5"]


@pytest.mark.parametrize(
    ("title", "name"), [("The long tail", "the-long-tail"), ("../../etc", "etc"), ("日本", "table")]
)
def test_a_title_becomes_a_harmless_file_name(title: str, name: str) -> None:
    assert file_name(title) == name
