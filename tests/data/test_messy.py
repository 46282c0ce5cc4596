"""Messy exports, made out of rows that are known, and compared with them row by row."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import datetime
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recengine.core.columns import ITEM, TIME, USER, WEIGHT
from recengine.core.errors import DataError, Question
from recengine.data import packing
from recengine.data.build import Imported, import_files, import_frames
from recengine.data.cleaning import CleaningConfig, CleaningReport, Finding
from recengine.data.files import open_file, preview
from recengine.data.mapping import Mapping

Row = tuple[str, str, str, float]  # person, item, ISO time, quantity
TRUTH: list[Row] = [
    (f"{17850 + n % 5}", f"i{n % 4}", f"2024-0{1 + n % 9}-{13 + n:02} 09:30:00", 1.5 + n) for n in range(12)
]
HEADER = "customer;product;ordered at;qty"


def put(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def exported(rows: list[Row], when: str = "%Y-%m-%d %H:%M:%S", decimal: str = ".") -> list[str]:
    """Lines as an export has them."""
    return [
        f"{user};{item};{datetime.fromisoformat(time).strftime(when)};{str(qty).replace('.', decimal)}"
        for user, item, time, qty in rows
    ]


def events(imported: Imported) -> list[Row]:
    """What came out of it, in the order of time."""
    dataset = imported.dataset
    frame = dataset.interactions.frame
    times = pd.to_datetime(frame[TIME], unit="s").dt.strftime("%Y-%m-%d %H:%M:%S")
    users, items = dataset.users.ids[frame[USER]], dataset.items.ids[frame[ITEM]]
    return list(zip(users, items, times, frame[WEIGHT].astype(float), strict=True))


def truth(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: row[2])


def found(imported: Imported, code: str) -> Finding:
    return next(finding for finding in imported.cleaning.findings if finding.code == code)


def test_a_german_export_with_titles_totals_returns_and_itself_twice(tmp_path: Path) -> None:
    lines = exported(TRUTH, "%d.%m.%Y %H:%M", ",")
    table = [HEADER, *lines, "17850;i1;24.12.2024 10:00;-2,5", "Summe;;;88,0"]
    text = "\r\n".join(["Verkäufe 2024", "Stand: 31.12.2024", "", *table, *table])
    imported = import_files(put(tmp_path / "a.csv", text, "cp1252"), name="x")
    assert events(imported) == truth(TRUTH)
    report = imported.cleaning
    assert report.rows_in == 2 * len(table) - 1
    assert report.removed == {"repeated_headers": 1, "totals": 2, "returns": 2, "duplicates": len(TRUTH)}
    assert found(imported, "lines_above").examples == ("Verkäufe 2024", "Stand: 31.12.2024")
    assert found(imported, "decimal_commas").changed == 2 * len(TRUTH) + 2
    assert found(imported, "totals").examples[0] == "row 14: Summe, 88,0"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "cp932", "gb18030"])
def test_an_encoding_is_found_and_shown(tmp_path: Path, encoding: str) -> None:
    word = {"cp932": "コーヒーと紅茶", "gb18030": "咖啡和红茶"}.get(encoding, "Crème brûlée")
    rows = [(user, f"{word} {item}", time, qty) for user, item, time, qty in TRUTH]
    path = put(tmp_path / "a.csv", "\n".join([HEADER, *exported(rows)]), encoding)
    assert events(import_files(path, name="x")) == truth(rows)
    assert preview(path).encoding == encoding


def test_times_in_several_ways_are_one_column(tmp_path: Path) -> None:
    ways = ["%Y-%m-%d %H:%M:%S", "%d.%m.%Y %H:%M", "%b %d, %Y %I:%M %p", "%d/%m/%Y %H:%M:%S", "%Y%m%dT%H%M%S"]
    lines = [exported([row], ways[n % 5])[0] for n, row in enumerate(TRUTH)]
    serial = (datetime(2024, 12, 24, 6) - datetime(1899, 12, 30)).total_seconds() / 86_400
    lines.append(f"17850;i1;{serial};2.0")
    imported = import_files(put(tmp_path / "a.csv", "\n".join([HEADER, *lines])), name="x")
    assert events(imported) == truth([*TRUTH, ("17850", "i1", "2024-12-24 06:00:00", 2.0)])
    assert found(imported, "mixed_times").changed == len(TRUTH) - 5  # ISO text twice over is most of them
    assert found(imported, "excel_dates").changed == 1


def open_dates(tmp_path: Path, more: str = "") -> Path:
    return put(tmp_path / "a.csv", f"user,item,when\nu,a,03/04/2024\nv,b,05/06/2024\n{more}")


def test_a_day_that_could_be_the_month_is_asked_about(tmp_path: Path) -> None:
    with pytest.raises(
        Question, match="column 'when' can be read in 2 ways. Say which with --dates"
    ) as asked:
        import_files(open_dates(tmp_path), name="x")
    assert asked.value.setting == "dates"
    assert asked.value.options == {"dmy": "03/04/2024 is 3 April 2024", "mdy": "03/04/2024 is 4 March 2024"}
    for order, first in (("dmy", "2024-04-03"), ("mdy", "2024-03-04")):
        mapping = Mapping.of({"dates": order})
        assert events(import_files(open_dates(tmp_path), name="x", mapping=mapping))[0][2][:10] == first


@pytest.mark.parametrize(("last", "first"), [("25/12/2024", "2024-04-03"), ("12/25/2024", "2024-03-04")])
def test_one_date_that_leaves_no_choice_decides_for_all_however_late(
    tmp_path: Path, last: str, first: str
) -> None:
    path = open_dates(tmp_path, f"w,a,{last}\n")
    assert events(import_files(path, name="x"))[0][2][:10] == first


def test_dates_of_both_kinds_are_asked_about(tmp_path: Path) -> None:
    with pytest.raises(Question, match="it holds 25/12/2024 as well as 12/25/2024"):
        import_files(open_dates(tmp_path, "w,a,25/12/2024\nw,b,12/25/2024\n"), name="x")


@pytest.mark.parametrize(
    ("cells", "numbers", "code"),
    [
        (["1,234.50", "7", "2,000"], [1234.5, 7, 2000], "thousands"),
        (["1.234,50", "7", "2.000"], [1234.5, 7, 2000], "thousands"),
        (["€ 3,50", "12 kr", "$7"], [3.5, 12, 7], "currency_signs"),
        (["1 234,5", "3,5", "1'000"], [1234.5, 3.5, 1000], "decimal_commas"),
    ],
)
def test_numbers_are_read_as_people_write_them(cells: list[str], numbers: list[float], code: str) -> None:
    frame = pd.DataFrame({"user": ["u", "v", "w"], "item": ["a", "b", "c"], "qty": cells})
    imported = import_frames(frame, name="x")
    np.testing.assert_allclose(imported.dataset.interactions.column(WEIGHT), numbers)
    assert found(imported, code).changed >= 1
    off = import_frames(frame, name="x", cleaning=CleaningConfig.of({code: False}))
    assert found(off, "unstated_weights").changed == found(off, code).found == found(imported, code).found


def test_brackets_and_late_signs_are_returns_and_a_doubtful_comma_is_asked_about() -> None:
    frame = pd.DataFrame({"user": list("uvwx"), "item": list("abcd"), "qty": ["(3.5)", "2-", "−1", "4"]})
    assert import_frames(frame, name="x").cleaning.removed == {"returns": 3}
    doubtful = frame.assign(qty=["1,234", "5", "6", "7"])
    with pytest.raises(Question, match="point = 1,234 is 1,234; comma = 1,234 is 1.234"):
        import_frames(doubtful, name="x")
    weights = import_frames(doubtful, name="x", mapping=Mapping(decimals="comma")).dataset.interactions
    assert weights.column(WEIGHT)[0] == np.float32(1.234)


def test_ids_are_what_they_were_before_a_spreadsheet_opened_them() -> None:
    user = ["17850.0", "17850", "guest", "4.006381333931E+12", "4006381333931"]
    frame = pd.DataFrame({"user": user, "item": ["0012", "12", '="0013"', "0013", "0099"]})
    imported = import_frames(frame, name="x")
    assert list(imported.dataset.users.ids) == ["17850", "4.006381333931E+12", "4006381333931", "guest"]
    assert list(imported.dataset.items.ids) == ["0012", "0013", "0099"]
    assert (found(imported, "spreadsheet_ids").changed, found(imported, "lost_zeros").changed) == (2, 1)
    numbers = import_frames(frame.assign(user=["1.2E+1", "12", "3", "4.01E+12", "4"]), name="x")
    assert set(numbers.dataset.users.ids) == {"3", "4", "12"}  # which barcode 4.01E+12 was, nobody knows
    assert numbers.cleaning.removed == {"rounded_ids": 1}
    total = pd.DataFrame({"user": ["Total", None], "item": [None, "END OF REPORT"], "time": [None, None]})
    below = pd.concat([frame.assign(user=["12", "12", "3", "4.01E+12", "4"]), total])
    assert import_frames(below, name="x").cleaning.removed == {
        "totals": 1,
        "rounded_ids": 1,
        "missing_ids": 1,
    }
    apart = import_frames(frame, name="x", cleaning=CleaningConfig(lost_zeros=False))
    assert "12" in apart.dataset.items.ids
    assert found(apart, "lost_zeros").found == 1


def test_a_quote_that_is_never_closed_costs_its_own_row_only(tmp_path: Path) -> None:
    rows = [f'u{n},i{n % 50},"a, ""b""\n{n}",{n}' for n in range(3_000)]
    rows[1_500] = 'u1500,i0,"never closed,1500'
    path = put(tmp_path / "a.csv", "\n".join(["user,item,note,n", *rows]))
    file = open_file(path)
    table = pa.concat_tables(file.batches(block_bytes=2**16)).to_pydict()
    assert table["user"] == [f"u{n}" for n in range(3_000) if n != 1_500]
    assert table["note"][7] == 'a, "b"\n7'
    assert file.malformed == (1, ('a quote is not closed: u1500,i0,"never closed,1500',))


def test_a_quote_that_the_next_quoted_cell_seems_to_close_costs_its_row(tmp_path: Path) -> None:
    rows = [f'u{n},"Mug, red",i{n},"{n},5"' for n in range(9)]
    rows[4] = 'u4,"never closed,i4,"4,5"'
    rows[5] = 'u5,"Mug, "red" one",i5,"5,5"'
    file = open_file(put(tmp_path / "a.csv", "\n".join(["user,note,item,qty", *rows])))
    table = pa.concat_tables(file.batches()).to_pydict()
    assert (table["user"], file.malformed[0]) == ([f"u{n}" for n in range(9) if n != 4], 1)
    assert table["qty"][4] == "5,5"


def test_a_row_of_several_lines_with_a_cell_too_many_is_one_malformed_row(tmp_path: Path) -> None:
    rows = [
        'u1;"a\nb";i1;x',
        'u2;"c";i2',
        'u3;"d\ne;1;2";i3;x',
        'u4;f;i4;"\n";',
        *[f"u{n};f;i{n}" for n in range(5, 20)],
    ]
    file = open_file(put(tmp_path / "a.csv", "\n".join(["user;note;item", *rows])))
    assert pa.concat_tables(file.batches())["user"].to_pylist() == ["u2", *[f"u{n}" for n in range(5, 20)]]
    assert file.malformed[0] == 3


def test_a_short_table_between_titles_and_remarks_is_cut_at_its_delimiter(tmp_path: Path) -> None:
    rows = [f"u{n};Red mug {n};12/2{n}/18 2:54;i{n}" for n in range(8)]
    text = ["Sales: all shops", "Filter: none", "user;title;time;item", *rows, "8 rows selected."]
    file = open_file(put(tmp_path / "a.csv", "\n".join(text)))
    assert (file.columns, file.delimiter) == (["user", "title", "time", "item"], ";")


@pytest.mark.parametrize("price", ["{}4,50", "${}.50"])
def test_a_sign_that_stands_in_every_price_cuts_no_ragged_table(tmp_path: Path, price: str) -> None:
    rows = [f"u{n};2024-05-1{n} 10:00;{price.format(n)};i{n}{';x' * (n % 5 == 0)}" for n in range(9)]
    file = open_file(put(tmp_path / "a.csv", "\n".join(["user;time;price;item", *rows])))
    assert file.delimiter == ";"
    assert sum(map(len, file.batches())) + file.malformed[0] == 9


def test_a_zip_bomb_is_refused_before_it_fills_anything(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packing, "BOMB_BYTES", 2**20)
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.csv", "user,item\n" + "u,i\n" * 2**22)
    with pytest.raises(DataError, match="a.zip: it unpacks to more than 200 times its size"):
        open_file(tmp_path / "a.zip")


def workbook(path: Path, *sheets: str) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for name in sheets:
        sheet = book.create_sheet(name)
        sheet.append([f"Sales of {name}"])
        sheet.append([])
        sheet.append(["customer", "product", "when", "qty"])
        for user, item, time, qty in TRUTH:
            sheet.append([float(user), item, datetime.fromisoformat(time), qty])
    book.create_sheet("Remarks").append(["Nothing to see"])
    book.save(path)
    return path


def test_a_workbook_is_read_like_the_table_in_it(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", "May")
    assert events(import_files(path, name="x")) == truth(TRUTH)
    assert (preview(path).format, open_file(path).above) == ("workbook", ("Sales of May",))


def test_a_number_of_a_workbook_or_of_json_has_its_point_whatever_texts_beside_it_have(
    tmp_path: Path,
) -> None:
    cells = [2.716, "12,5", "1.234,5"]
    rows = [{"user": f"u{n}", "item": "i", "qty": qty} for n, qty in enumerate(cells)]
    book = openpyxl.Workbook()
    for row in (list(rows[0]), *(list(row.values()) for row in rows)):
        book.worksheets[0].append(row)
    book.save(tmp_path / "a.xlsx")
    lines = put(tmp_path / "a.jsonl", "\n".join(map(json.dumps, rows)))
    for path in (tmp_path / "a.xlsx", lines, put(tmp_path / "a.json", json.dumps(rows))):
        weights = import_files(path, name="x", mapping=Mapping(decimals="comma")).dataset.interactions
        np.testing.assert_allclose(weights.column(WEIGHT), [2.716, 12.5, 1234.5], rtol=1e-6)


def test_which_of_forty_sheets_is_asked_and_alike_ones_may_be_taken_together(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", *(f"S{n}" for n in range(40)))
    with pytest.raises(Question, match="a.xlsx can be read in 41 ways. Say which with --sheet") as asked:
        preview(path)
    assert list(asked.value.options)[:2] == ["all", "S0"]
    assert events(import_files(path, name="x", mapping=Mapping(sheet="S7"))) == truth(TRUTH)
    every = import_files(path, name="x", mapping=Mapping(sheet="all")).cleaning
    assert (every.rows_in, every.removed) == (40 * len(TRUTH), {"duplicates": 39 * len(TRUTH)})
    with pytest.raises(DataError, match="there is no sheet 'S77'. Did you mean 'S7'"):
        import_files(path, name="x", mapping=Mapping(sheet="S77"))


def test_the_sheet_of_a_workbook_beside_the_events_is_asked_by_its_own_name(tmp_path: Path) -> None:
    events = put(tmp_path / "a.csv", "\n".join([HEADER, *exported(TRUTH)]))
    book = workbook(tmp_path / "b.xlsx", "S1", "S2")
    said: dict[str, str] = {}
    for asked in ("users_sheet", "items_sheet", "test_sheet"):
        with pytest.raises(Question, match=f"--{asked.replace('_', '-')}, or") as question:
            import_files(events, users=book, items=book, test=book, name="x", mapping=Mapping.of(said))
        assert question.value.setting == asked
        said[asked] = "S2"
    report = import_files(
        events, users=book, items=book, test=book, name="x", mapping=Mapping.of(said)
    ).cleaning
    assert report.test is not None
    assert report.users is not None
    assert report.items is not None
    assert (report.test.rows_in, report.users.removed, report.items.removed) == (
        len(TRUTH), {"repeated_ids": len(TRUTH) - 5}, {"repeated_ids": len(TRUTH) - 4},
    )  # fmt: skip


def test_each_row_of_a_table_of_items_is_kept_or_counted(tmp_path: Path) -> None:
    events = put(tmp_path / "a.csv", "\n".join([HEADER, *exported(TRUTH)]))
    rows = [
        '"i0";red',
        'i5;"x"',
        "i1;blue;7",
        'i1;"open',
        ";grey",
        "i2;red",
        "i2;blue",
        "i99;red",
        "",
        "i3;blue",
    ]
    items = put(tmp_path / "items.csv", "\n".join(["Colours", "product;colour", *rows]))
    report = import_files(events, items=items, name="x").cleaning
    assert report.users is None
    assert report.items is not None
    told = {"malformed_rows": 2, "missing_ids": 1, "repeated_ids": 1, "no_events": 2}
    assert (report.items.rows_in, report.items.rows_out, report.items.removed) == (9, 3, told)
    assert [finding.examples for finding in report.items.findings[2:]] == [
        ("row 3",), ("row 5: i2",), ("row 2: i5", "row 6: i99"),
    ]  # fmt: skip
    assert CleaningReport.from_dict(json.loads(json.dumps(report.to_dict()))) == report
    with pytest.raises(DataError, match="'malformed_rows' that leaves them out is off"):
        import_files(events, items=items, name="x", cleaning=CleaningConfig(malformed_rows=False))


def test_a_third_of_unreadable_times_is_counted_and_quoted(tmp_path: Path) -> None:
    lines = exported(TRUTH)
    lines[::3] = [line.replace("2024", "soon") for line in lines[::3]]
    imported = import_files(put(tmp_path / "a.csv", "\n".join([HEADER, *lines])), name="x")
    assert imported.cleaning.removed == {"unreadable_times": 4}
    assert "time 'soon-01-13 09:30:00'" in found(imported, "unreadable_times").examples[0]
    assert found(imported, "unreadable_times").note.startswith("33% of the rows. Choose another column")


@pytest.mark.parametrize("values", [[[1], [2]], [True, False], [b"a", b"b"]])
def test_what_can_be_no_id_is_refused(values: list[object]) -> None:
    frame = pd.DataFrame({"who": values, "item": ["a", "b"]})
    with pytest.raises(DataError, match="column 'who' holds values of type .* can be no ids"):
        import_frames(frame, name="x", mapping=Mapping(user="who", item="item"))


CELLS = st.text(st.sampled_from('ab07.,;"\n\t =E+é天'), max_size=4)


@given(
    rows=st.lists(st.lists(CELLS, min_size=2, max_size=4), min_size=1, max_size=12),
    delimiter=st.sampled_from(",;\t"),
    broken=st.integers(0, 12),
    encoding=st.sampled_from(["utf-8", "utf-16", "gb18030"]),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
def test_no_file_ends_in_a_traceback_and_every_row_is_kept_or_counted(
    tmp_path: Path, rows: list[list[str]], delimiter: str, broken: int, encoding: str
) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=delimiter).writerows([["user", "item", "when"], *rows])
    lines = text.getvalue().splitlines(keepends=True)
    lines.insert(broken, f'x{delimiter}"open{delimiter}1\r\n')
    path = put(tmp_path / "a.csv", "".join(lines), encoding)
    try:
        file = open_file(path)
        num_read = sum(map(len, file.batches()))
        report = import_files(path, name="x", mapping=Mapping(user=file.columns[0], time=None)).cleaning
    except DataError:
        return
    assert report.rows_in == num_read + file.malformed[0] == report.rows_out + sum(report.removed.values())
