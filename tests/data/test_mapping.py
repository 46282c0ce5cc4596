from __future__ import annotations

import time
from collections.abc import Sequence

import pandas as pd
import pytest

from recengine.core.errors import DataError
from recengine.data.mapping import Guess, Mapping, guess_mapping, spoken


def guessed(columns: str, *rows: Sequence[object]) -> dict[str, str]:
    frame = pd.DataFrame(list(rows), columns=columns.split(",")).astype("str")
    return {
        role: column
        for role, column in guess_mapping(frame).mapping.model_dump(exclude={"event_weights"}).items()
        if column is not None
    }


RATINGS = [[n % 7 + 1, 10 + n % 13, n % 5 + 1, 978_300_760 + n * 100] for n in range(60)]


@pytest.mark.parametrize(
    ("columns", "row", "found"),
    [
        ("userId,movieId,rating,timestamp", [1, 5, 3.5, 964_982_703], "userId movieId timestamp rating"),
        (
            "Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country",
            ["489434", "85048", "GLASS BALL", 12, "2009-12-01 07:45:00", 6.95, 13085, "UK"],
            "Customer ID|StockCode|InvoiceDate|Quantity",
        ),
        (
            "household_id,store_id,basket_id,product_id,quantity,sales_value,week,transaction_timestamp",
            [900, 330, 31198570044, 1095275, 1, 0.5, 1, "2017-01-01 11:53:26"],
            "household_id product_id transaction_timestamp quantity",
        ),
        (
            "reviewerID,asin,reviewerName,overall,summary,unixReviewTime,reviewTime",
            ["A1", "0001", "Jo", 5.0, "good", 1_393_545_600, "02 28, 2014"],
            "reviewerID asin unixReviewTime overall",
        ),
        (
            "t_dat,customer_id,article_id,price,sales_channel_id",
            ["2018-09-20", "aa", 663_713_001, 0.05, 2],
            "customer_id article_id t_dat",
        ),
        (
            "userId,click_article_id,click_timestamp",
            [1, 5, 1_506_826_800_026],
            "userId click_article_id click_timestamp",
        ),
        (
            "code_module,id_student,id_site,date,sum_click",
            ["AAA", 28400, 546652, -10, 4],
            "id_student id_site date sum_click",
        ),
        ("user,item,watch_time,when", ["a", "b", 20, "2024-01-01"], "user item when"),
    ],
)
def test_names_say_which_column_is_what(columns: str, row: list[object], found: str) -> None:
    names = found.split("|") if "|" in found else found.split()
    assert guessed(columns, row, row) == dict(zip(("user", "item", "time", "weight"), names, strict=False))


def test_without_names_ids_come_first_and_values_tell_the_rest() -> None:
    names = ("user", "item", "weight", "time")
    four = guessed("column_1,column_2,column_3,column_4", *RATINGS)
    assert four == {name: f"column_{place + 1}" for place, name in enumerate(names)}
    without_rating = guessed("column_1,column_2,column_3", *[[u, i, t] for u, i, _, t in RATINGS])
    assert without_rating == {"user": "column_1", "item": "column_2", "time": "column_3"}
    assert guessed("column_1,column_2", *[[u, i] for u, i, _, _ in RATINGS]) == {
        "user": "column_1",
        "item": "column_2",
    }


def test_kinds_of_events_are_found_without_names_and_large_ids_are_no_times() -> None:
    rows = [
        [151_603_712 + u, i, i + 1000, ["pv", "buy", "cart"][n % 3], t]
        for n, (u, i, _, t) in enumerate(RATINGS)
    ]
    found = guessed("column_1,column_2,column_3,column_4,column_5", *rows)
    assert found == {"user": "column_1", "item": "column_2", "event": "column_4", "time": "column_5"}


def test_names_nobody_knows_are_taken_in_order() -> None:
    rows = [["x1", "y1", "2020-01-01T00:00:00Z"], ["x2", "y2", "2020-01-02T00:00:00Z"]]
    assert guessed("A,B,C", *rows) == {"user": "A", "item": "B", "time": "C"}


def test_a_purchase_counts_more_than_a_view_and_a_removal_nothing() -> None:
    frame = pd.DataFrame(
        {"user": "u", "item": "i", "event": ["view", "addtocart", "transaction", "remove_from_cart"]}
    )
    guess = guess_mapping(frame)
    assert guess.mapping.event == "event"
    assert guess.mapping.event_weights == {"view": 1, "addtocart": 3, "transaction": 5, "remove_from_cart": 0}
    assert "view counts 1" in guess.reasons["event_weights"]


def test_types_of_products_are_no_kinds_of_events_and_empty_or_nested_columns_nothing() -> None:
    rows = [["u", "i", "toy", None], ["u", "j", "book", None]]
    assert guessed("user,item,product_type,event", *rows) == {"user": "user", "item": "item"}
    frame = pd.DataFrame(
        {"user": ["a", "b"], "item": ["x", "y"], "time": [[1, 2], [3]], "rating": [[5], [4]]}
    )
    assert guess_mapping(frame).mapping.columns == ("user", "item")


def test_five_hundred_columns_of_text_are_looked_through_in_seconds() -> None:
    wide = pd.DataFrame({f"c{n}": [f"v{n} {row % 7} 12/13" for row in range(50)] for n in range(500)})
    started = time.process_time()
    assert guess_mapping(wide).mapping.columns == ("c0", "c1")
    assert time.process_time() - started < 5


def test_every_guess_has_a_reason() -> None:
    frame = pd.DataFrame(RATINGS, columns=["uid", "item", "rating", "ts"])
    guess = guess_mapping(frame)
    assert (
        guess.reasons["user"]
        == "column 'uid' has a fitting name and has 7 different values at the start of the file"
    )
    assert guess.reasons["time"] == "column 'ts' has a fitting name and holds seconds since 1970"
    assert set(guess.reasons) == {"user", "item", "time", "weight"}


COLUMNS = ["user_id", "item_id", "Rating", "ts"]
GUESS = Guess(Mapping(user="user_id", item="item_id", time="ts", weight="Rating"), {})


def test_what_was_not_said_is_guessed_and_what_was_set_to_none_stays_empty() -> None:
    assert Mapping(user="user_id").resolve(COLUMNS, GUESS).columns == ("user_id", "item_id", "ts", "Rating")
    assert Mapping(weight=None, time="none").resolve(COLUMNS, GUESS).columns == ("user_id", "item_id")


def test_a_guess_does_not_take_a_column_somebody_gave_another_part() -> None:
    mapping = Mapping(item="Rating").resolve(COLUMNS, GUESS)
    assert (mapping.item, mapping.weight) == ("Rating", None)


def test_names_match_without_case_and_suffix_and_numbers_count_columns_without_header() -> None:
    assert Mapping(user="USER_ID", weight="rating:float").resolve(COLUMNS, GUESS).weight == "Rating"
    bare = ["column_1", "column_2"]
    nothing = Guess(Mapping(), {})
    assert Mapping(user="2", item="column_1").resolve(bare, nothing).columns == ("column_2", "column_1")


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        (Mapping(user="usr_id"), "no column 'usr_id' to be the user. Did you mean 'user_id'?"),
        (Mapping(item=None), "no column looks like the item's id among user_id, .* --item COLUMN"),
        (Mapping(user="item_id", item="item_id"), "'item_id' cannot be both"),
    ],
)
def test_a_mapping_that_cannot_be_is_refused(mapping: Mapping, message: str) -> None:
    with pytest.raises(DataError, match=message):
        mapping.resolve(COLUMNS, GUESS)


@pytest.mark.parametrize(
    ("role", "column", "word"),
    [
        ("user", "CustomerID", "customer"),
        ("item", "movieId", "movie"),
        ("user", "uid", "person"),
        ("item", "x", "item"),
    ],
)
def test_columns_lend_their_word_to_sentences(role: str, column: str, word: str) -> None:
    assert spoken(role, column) == word
