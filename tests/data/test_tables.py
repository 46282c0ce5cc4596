from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from recengine.core.columns import Kind
from recengine.core.errors import DataError
from recengine.data.carried import Carried, find_carried
from recengine.data.files import open_file
from recengine.data.kinds import read_features
from recengine.data.tables import Table, join, read_table
from recengine.data.typed_files import FrameFile

MANY = 60  # rows enough for the share of distinct values to mean something


def read(**columns: Sequence[object]) -> tuple[pd.DataFrame, dict[str, Kind], str | None]:
    return read_features(pa.table({name: pa.array(values) for name, values in columns.items()}))


@pytest.mark.parametrize(
    ("name", "values", "kind"),
    [
        ("gender", ["f", "m", None] * 20, "categorical"),
        ("age", [str(20 + n % 40) for n in range(MANY)], "numeric"),
        ("price", ["3,5", "2,0", "1,25"] * 20, "numeric"),
        ("age_code", ["1", "18", "25"] * 20, "categorical"),
        ("zip_code", ["01234", "98765"] * 30, "categorical"),
        ("genres", ["Action|Drama", "Drama", "Comedy|Drama|Action"] * 20, "multi"),
        ("tags", [";".join(f"t{b}" for b in range(7) if n >> b & 1) or "t0" for n in range(MANY)], "multi"),
        ("region", ["East Anglian Region", "North Western Region", "Scotland"] * 20, "categorical"),
        ("summary", [f"the story number {n} of a long day" for n in range(MANY)], "text"),
        ("imdb_id", [f"{n:07d}" for n in range(MANY)], None),
        ("link", [f"http://x/{n}" for n in range(MANY)], None),
        ("constant", ["a"] * MANY, None),
    ],
)
def test_a_column_is_read_for_what_it_is(name: str, values: list[object], kind: str | None) -> None:
    _, kinds, _ = read(**{name: values})
    assert kinds == ({} if kind is None else {name: kind})


def test_lists_become_one_spelling_whatever_separates_them() -> None:
    mixed = [
        " ".join(w for b, w in enumerate(("Action", "Drama", "War", "Film-Noir")) if n >> b & 1)
        for n in range(1, 16)
    ]
    frame, kinds, _ = read(genre=mixed * 8, listed=[["a", "b"], ["c"], []] * 40)
    assert kinds == {"genre": "multi", "listed": "multi"}
    assert frame["genre"][:4].tolist() == ["Action", "Drama", "Action|Drama", "War"]
    assert frame["listed"][:2].tolist() == ["a|b", "c"]


def test_dates_become_years_and_missing_words_nothing() -> None:
    frame, kinds, _ = read(
        registered=["2024-01-01", None, "2024-07-02"],
        day=[date(2020, 1, 1)] * 3,
        genre=["x", "(no genres listed)", "y"],
    )
    np.testing.assert_allclose(frame["registered"], [2024.0, np.nan, 2024.5], atol=0.002)
    assert kinds == {"registered": "numeric", "day": "numeric", "genre": "categorical"}
    assert frame["genre"].isna().tolist() == [False, True, False]


def test_a_title_is_called_so_and_is_mostly_different() -> None:
    titles = [f"The Film {n}" for n in range(MANY)]
    frame, kinds, title = read(
        movieId=[str(n) for n in range(MANY)], description=["x"] * MANY, movie_title=titles
    )
    assert (title, kinds) == ("movie_title", {"movie_title": "text"})
    assert frame["movie_title"][0] == "The Film 0"


def test_without_names_the_title_is_the_first_column_of_words_that_differ() -> None:
    frame, _, title = read(column_2=["Drama|War", "War"] * 30, column_3=[f"Film {n}" for n in range(MANY)])
    assert title == "column_3"
    assert frame["column_3"][1] == "Film 1"


IDS = pd.Index(["1", "2", "3"], dtype="str")


def test_a_table_is_joined_by_the_column_of_the_same_name() -> None:
    frame = pd.DataFrame(
        {"other": ["1", "2", "3"], "Item_ID": ["3", "1", "9"], "colour": ["red", "blue", "red"]}
    )
    table = read_table(FrameFile(frame, "t"), "item", IDS, "item_id")
    joined = join(IDS, table, "item")
    assert table.id_column == "Item_ID"
    assert joined.entities.features["colour"].fillna("?").tolist() == ["blue", "?", "red"]
    assert joined.note == "item table: it knows 2 of 3; 1 of its rows have no event that was kept"


def test_else_by_the_column_whose_values_cover_the_ids_best() -> None:
    frame = pd.DataFrame({"year": [1, 1, 2], "key": [3.0, 2.0, 1.0], "colour": ["red", "blue", "red"]})
    table = read_table(FrameFile(frame, "t"), "item", IDS, "item_id")
    assert table.id_column == "key"
    assert join(IDS, table, "item").entities.features["colour"].tolist() == ["red", "blue", "red"]


def test_the_first_row_of_an_id_counts_and_rows_without_id_do_not() -> None:
    frame = pd.DataFrame({"id": ["1", "1", None], "colour": ["red", "blue", "green"]})
    joined = join(IDS, Table(frame, "id", {"colour": "categorical"}), "item")
    assert joined.entities.features["colour"][0] == "red"
    assert joined.note.endswith("2 rows without an id or with one used before are left out")


def test_a_table_of_something_else_is_refused() -> None:
    frame = pd.DataFrame({"id": ["x", "y"], "colour": ["red", "blue"]})
    with pytest.raises(
        DataError, match=r"no column of the item table \(id, colour\) holds ids .* such as '1', '2', '3'"
    ):
        read_table(FrameFile(frame, "t"), "item", IDS, "item_id")
    with pytest.raises(DataError, match="no row of the item table belongs to the events"):
        join(IDS, Table(frame, "id", {}), "item")


def test_columns_nobody_has_a_value_in_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("item_id,week_from,colour\n1,,red\n2,,blue\n9,5,red\n")
    joined = join(IDS, read_table(open_file(tmp_path / "t.csv"), "item", IDS, "item_id"), "item")
    assert list(joined.entities.features) == ["colour"]


def test_events_may_carry_what_is_known_of_their_item_and_their_person() -> None:
    rows = [
        ("u1", "i1", "red", "UK", "1"),
        ("u2", "i1", "red", "FR", "2"),
        ("u1", "i2", "blue", "UK", "1"),
    ] * 3
    table = pa.table(
        dict(
            zip(
                ("user", "item", "colour", "country", "amount"),
                map(list, zip(*rows, strict=True)),
                strict=True,
            )
        )
    )
    others = ["colour", "country", "amount"]
    assert find_carried(table, "item", others) == ["colour"]
    assert find_carried(table, "user", ["country"]) == ["country"]
    carried = Carried("item", ["colour"])
    carried.add(table.slice(0, 2))
    carried.add(table.slice(2))
    known = carried.table()
    assert known is not None
    assert known.frame.to_dict("list") == {"item": ["i1", "i2"], "colour": ["red", "blue"]}
    assert known.kinds == {"colour": "categorical"}
    assert Carried("user", []).table() is None


def test_a_table_with_columns_only_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "people.csv"
    path.write_text("user,age\n")
    with pytest.raises(DataError, match=r"people.csv holds no person, only columns: user, age\."):
        read_table(open_file(path), "person", pd.Index(["1"]), "user")


def test_lists_of_fractions_are_vectors_and_lists_of_words_are_not() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(60, 8)).round(3).tolist()
    frame, kinds, _ = read(
        photo=vectors,
        sound=[str(vector) for vector in vectors],
        tags=[["a", "b"], ["b", "c"]] * 30,
        sizes=["1 2 3 4 5", "2 3 4 5 6"] * 30,
    )
    assert (kinds["photo"], kinds["sound"], kinds["tags"]) == ("vector", "vector", "multi")
    assert kinds["sizes"] != "vector"
    assert frame["photo"][0].split()[0] == str(vectors[0][0])
