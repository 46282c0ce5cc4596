from __future__ import annotations

import bz2
import gzip
import json
import lzma
import zipfile
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recengine.core.errors import DataError
from recengine.data.files import open_file, preview

NAMES = ["user_id", "item_id", "rating"]
ROWS = [["u1", "i1", "3"], ["u2", "i2", "5"], ["u1", "i3", "4"]]


def written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


def lines(delimiter: str, rows: list[list[str]]) -> str:
    return "".join(delimiter.join(row) + "\n" for row in rows)


def read(path: Path, header: bool | None = None, block_bytes: int = 2**20) -> pd.DataFrame:
    file = open_file(path, header)
    return pa.concat_tables(file.batches(block_bytes=block_bytes)).to_pandas()


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("user25,item4,2020-09-13\nuser3,item9,2020-09-14\n", False),
        ("user25,item4\nuser3,item9\n", False),
        ("user,item,item,time\n1,2,2,1600000000\n3,4,4,1600000001\n", True),
        ("ann,ann,pear\nbob,ann,plum\n", False),
    ],
)
def test_words_with_numbers_are_ids_and_names_may_stand_twice(
    tmp_path: Path, text: str, header: bool
) -> None:
    assert open_file(written(tmp_path / "events.csv", text)).header is header


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|", "::", "^", "~", " ", "   ", "\x01", "¦", ":"])
@pytest.mark.parametrize("header", [True, False])
def test_any_delimiter_is_found_with_and_without_a_header(
    tmp_path: Path, delimiter: str, header: bool
) -> None:
    path = written(tmp_path / "events.dat", lines(delimiter, [NAMES, *ROWS] if header else ROWS))
    frame = read(path)
    assert frame.to_numpy().tolist() == ROWS
    assert list(frame.columns) == (NAMES if header else ["column_1", "column_2", "column_3"])


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "xz": lzma.compress,
}


@pytest.mark.parametrize("packer", PACKERS)
def test_packed_files_are_unpacked_whatever_their_name(tmp_path: Path, packer: str) -> None:
    path = tmp_path / "events"
    path.write_bytes(PACKERS[packer](lines(",", [NAMES, *ROWS]).encode()))
    assert read(path).to_numpy().tolist() == ROWS


def test_the_largest_data_file_of_a_zip_is_taken(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "events.zip", "w") as archive:
        archive.writestr("data/README.txt", "x" * 10_000)
        archive.writestr("data/tags.csv", "a,b\n1,2\n")
        archive.writestr("data/ratings.csv", lines(",", [NAMES, *ROWS]))
        archive.writestr("__MACOSX/ratings.csv", "y" * 10_000)
    assert read(tmp_path / "events.zip").to_numpy().tolist() == ROWS


@pytest.mark.parametrize(
    ("encoding", "title"),
    [
        ("utf-8", "Amélie – 天使"),
        ("utf-8-sig", "Amélie"),
        ("utf-16", "Amélie 天使"),
        ("utf-16-le", "Amélie"),
        ("cp1252", "Amélie, Œuvre"),
        ("gb18030", "天使爱美丽很好看的电影"),
        ("cp1251", "Ирония судьбы или с лёгким паром"),
    ],
)
def test_common_encodings_are_told_apart(tmp_path: Path, encoding: str, title: str) -> None:
    rows = [["user", "item", "title"], *[[f"u{n}", f"i{n}", f'"{title}"'] for n in range(20)]]
    path = written(tmp_path / "events.csv", lines(";", rows), encoding)
    frame = read(path)
    assert list(frame.columns) == ["user", "item", "title"]
    assert set(frame["title"]) == {title}
    assert preview(path).encoding == {"utf-16": "utf-16"}.get(encoding, encoding)


def test_one_late_letter_outside_utf8_is_found_as_well(tmp_path: Path) -> None:
    plain = [[f"u{n}", f"i{n}", "abcdefghijklmnopqrstuvwxyz"] for n in range(60_000)]
    text = lines(",", [["user", "item", "word"], *plain, ["u", "i", "café"]])
    path = written(tmp_path / "events.csv", text, "cp1252")
    assert path.stat().st_size > 2**21  # beyond the part that is looked at first
    assert read(path)["word"].iloc[-1] == "café"


def test_quoted_cells_may_hold_delimiters_quotes_and_line_ends(tmp_path: Path) -> None:
    text = 'user,title\nu1,"a, b"\nu2,"say ""hi"""\nu3,"two\nlines"\nu4,plain\n'
    assert read(written(tmp_path / "t.csv", text))["title"].tolist() == [
        "a, b",
        'say "hi"',
        "two\nlines",
        "plain",
    ]


def test_a_delimiter_inside_every_quoted_cell_does_not_cut(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", "user,title,n\n" + 'u1,"Matrix, The",5\n' * 40)
    assert read(path)["title"].unique().tolist() == ["Matrix, The"]


def test_quotes_that_protect_nothing_are_letters(tmp_path: Path) -> None:
    rows = [["item", "title"], *[[f"i{n}", f'"Unclosed {n}'] for n in range(5)]]
    assert read(written(tmp_path / "t.tsv", lines("\t", rows)))["title"].tolist() == [r[1] for r in rows[1:]]


def test_a_backslash_may_protect_a_quote(tmp_path: Path) -> None:
    text = "user,title,n\n" + 'u1,"say \\"hi, you\\"",1\n' * 3
    assert read(written(tmp_path / "t.csv", text))["title"].tolist() == ['say "hi, you"'] * 3


def test_rows_with_too_many_or_too_few_cells_are_counted_and_shown(tmp_path: Path) -> None:
    good = [[f"u{n}", f"i{n}", "1"] for n in range(50)]
    path = written(tmp_path / "t.csv", lines(",", [NAMES, *good, ["u", "i"], ["u", "i", "1", "2"]]))
    file = open_file(path)
    assert sum(len(table) for table in file.batches()) == 50
    count, examples = file.malformed
    assert count == 2
    assert examples == ("2 cells where 3 are wanted: u,i", "4 cells where 3 are wanted: u,i,1,2")


def test_windows_and_old_mac_line_ends_and_empty_lines_are_fine(tmp_path: Path) -> None:
    for end in ("\r\n", "\r", "\n\n"):
        path = written(tmp_path / "t.csv", end.join(",".join(row) for row in [NAMES, *ROWS]) + end)
        assert read(path).to_numpy().tolist() == ROWS


def test_names_lose_type_suffixes_blanks_and_marks_and_become_distinct(tmp_path: Path) -> None:
    path = written(tmp_path / "t.tsv", "\ufeffuser_id:token\t item \titem\t\n1\t2\t3\t4\n")
    assert open_file(path).columns == ["user_id", "item", "item_2", "column_4"]


def test_row_names_of_r_get_a_column_of_their_own(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", "user,item\n1,a,b\n2,a,c\n")
    assert read(path).to_dict("list") == {"row": ["1", "2"], "user": ["a", "a"], "item": ["b", "c"]}


def test_comment_lines_at_the_top_are_passed_over(tmp_path: Path) -> None:
    path = written(tmp_path / "out.net", "% bip weighted\n% 3 2 2\n1 7 5\n2 8 4\n2 7 3\n")
    assert read(path).to_numpy().tolist() == [["1", "7", "5"], ["2", "8", "4"], ["2", "7", "3"]]


def test_words_above_a_column_of_digits_are_names(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", "who,what,when\nann,apple,2024-01-01\nbob,pear,2024-01-02\n")
    assert open_file(path).columns == ["who", "what", "when"]


def test_all_text_without_known_names_is_data_unless_somebody_says_otherwise(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", "ann,apple\nbob,pear\nann,plum\n")
    assert len(read(path)) == 3
    assert read(path, header=True).to_dict("list") == {"ann": ["bob", "ann"], "apple": ["pear", "plum"]}


def test_a_line_of_a_person_and_all_their_items_becomes_one_row_each(tmp_path: Path) -> None:
    path = written(tmp_path / "train.txt", "0 5 3 9\n1 4\n2\n3 1 2\n")
    assert read(path).to_numpy().tolist() == [
        *([["0", "5"], ["0", "3"], ["0", "9"]]),
        *([["1", "4"], ["3", "1"], ["3", "2"]]),
    ]


LETTERS = st.characters(exclude_categories=["Cc", "Cs"]) | st.sampled_from('",;|\n\t\\')


@given(
    rows=st.lists(
        st.tuples(st.text(LETTERS, max_size=8), st.text(LETTERS, max_size=8)), min_size=1, max_size=30
    )
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)
def test_any_texts_come_back_as_they_were_written(tmp_path: Path, rows: list[tuple[str, str]]) -> None:
    rows = [tuple(cell.strip() or "x" for cell in row) for row in rows]  # type: ignore[misc]
    frame = pd.DataFrame(rows, columns=["user_id", "item_id"])
    frame.to_csv(tmp_path / "t.csv", index=False, quoting=1)
    found = read(tmp_path / "t.csv", header=True).fillna("")
    kept = frame.where(frame.isin(found.to_numpy().ravel()), "")  # words for "missing" are read as such
    assert found.to_numpy().tolist() == kept.to_numpy().tolist()


def test_a_quoted_cell_may_hold_what_looks_like_a_row(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", '"user_id","item_id"\n"x","0\n,"\n"y","1,2\n3,4"\n"z","5"\n')
    assert read(path).to_numpy().tolist() == [["x", "0\n,"], ["y", "1,2\n3,4"], ["z", "5"]]


def test_small_blocks_and_one_large_block_give_the_same_rows(tmp_path: Path) -> None:
    rows = [[f"u{n}", f"i{n % 7}", str(n)] for n in range(3_000)]
    path = written(tmp_path / "t.csv", lines(",", [NAMES, *rows]))
    file = open_file(path)
    pieces = list(file.batches(block_bytes=4_096))
    assert len(pieces) > 5
    assert pa.concat_tables(pieces).to_pandas().to_numpy().tolist() == rows
    assert [table.column_names for table in file.batches(["rating", "user_id"])] == [["rating", "user_id"]]


def test_parquet_keeps_its_types_and_leaves_out_what_is_nested(tmp_path: Path) -> None:
    table = pa.table(
        {"u": [1, 2], "nested": [{"a": 1}, {"a": 2}], "tags": [["x", "y"], []], "f": [0.5, None]}
    )
    pq.write_table(table, tmp_path / "t.parquet")
    file = open_file(tmp_path / "t.parquet")
    assert file.columns == ["u", "tags", "f"]
    assert next(file.batches(["f", "u"])).schema.names == ["f", "u"]
    assert next(file.batches(["u"])).schema.field("u").type == pa.int64()


def test_json_lines_may_lack_keys_and_broken_lines_are_counted(tmp_path: Path) -> None:
    rows = [
        {"user": 1, "item": "a", "n": 2.0},
        {"user": "x", "item": "b"},
        {"user": 3, "n": 1, "more": {"a": 1}},
        {},
    ]
    text = "\n".join([json.dumps(rows[0]), json.dumps(rows[1]), '{"broken', *map(json.dumps, rows[2:])])
    file = open_file(written(tmp_path / "t.jsonl", text))
    assert file.columns == ["user", "item", "n", "more"]
    found = pa.concat_tables(file.batches(["user", "item", "n"])).to_pylist()
    assert found == [
        {"user": "1", "item": "a", "n": "2"},
        {"user": "x", "item": "b", "n": None},
        {"user": "3", "item": None, "n": "1"},
        {"user": None, "item": None, "n": None},
    ]
    assert file.malformed == (1, ('{"broken',))


def test_clean_json_lines_keep_their_types_and_so_does_an_array(tmp_path: Path) -> None:
    rows = [{"user": n, "item": f"i{n}"} for n in range(3)]
    many = written(tmp_path / "t.jsonl", "\n".join(map(json.dumps, rows)))
    one = written(tmp_path / "t.json", json.dumps(rows))
    assert [next(open_file(path).batches()).column("item").to_pylist() for path in (many, one)] == [
        ["i0", "i1", "i2"]
    ] * 2
    assert next(open_file(many).batches(["item", "user"])).column("user").to_pylist() == [0, 1, 2]


def test_a_preview_shows_the_first_rows_and_how_the_file_is_written(tmp_path: Path) -> None:
    path = written(tmp_path / "t.csv", lines(";", [NAMES, *ROWS]))
    shown = preview(path, rows=2)
    assert shown.frame.to_numpy().tolist() == ROWS[:2]
    assert (shown.format, shown.delimiter, shown.header) == ("text", ";", True)
    assert shown.num_bytes == path.stat().st_size


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.csv", b"", "empty.csv: it is empty. Choose a file"),
        ("blank.csv", b"\n \n", "blank.csv: it is empty"),
        ("bytes.csv", bytes(range(256)) * 40, "bytes.csv: it is no text"),
        ("noise.bin", b"\x00\x01\x02\x03" * 500, "noise.bin: it is no text"),
        ("long.csv", b"a" * 3_000_000, "long.csv: a line of it is longer than 100,000 characters"),
        ("torn.zip", b"PK\x03\x04 cut off", "torn.zip cannot be read: File is not a zip file. Is it cut off"),
        ("torn.gz", b"\x1f\x8bnope", "torn.gz cannot be read"),
        ("half.gz", gzip.compress(b"user,item\n" * 9_999)[:-20], "half.gz cannot be read"),
        ("torn.bz2", b"BZh9 no", "torn.bz2 cannot be read"),
        ("torn.xz", b"\xfd7zXZ no", "torn.xz cannot be read"),
        (
            "prose.txt",
            b"one\ntwo words\nthree more words, and so on\n",
            "prose.txt: no delimiter cuts the lines",
        ),
        ("torn.parquet", b"PAR1 and no more", "torn.parquet: it is no whole Parquet file"),
        ("torn.json", b'[{"a": 1}, {', "torn.json: it is no whole JSON array"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason(
    tmp_path: Path, name: str, content: bytes, message: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=message):
        open_file(tmp_path / name)


def test_a_file_that_breaks_off_after_a_good_start_is_refused(tmp_path: Path) -> None:
    rows = [[f"u{n * 7919 % 10_007}", f"i{n * 31 % 997}", str(n % 5)] for n in range(100_000)]
    packed = gzip.compress(lines(",", [NAMES, *rows]).encode())
    (tmp_path / "half.parquet").write_bytes(b"PAR1" + packed + b"PAR1")
    (tmp_path / "half.csv.gz").write_bytes(packed[: len(packed) // 2])
    for name in ("half.parquet", "half.csv.gz"):
        with pytest.raises(DataError, match=name):
            read(tmp_path / name)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"there is no file .*nowhere.csv. Check the path"):
        open_file(tmp_path / "nowhere.csv")
