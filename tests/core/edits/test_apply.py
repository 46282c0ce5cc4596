"""What each edit leaves, by sums in the head; places are those of conftest.EVENTS."""

from collections.abc import Callable, Sequence
from contextlib import suppress

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recengine.core.columns import ITEM, TIME, USER, WEIGHT
from recengine.core.dataset import Dataset, Entities
from recengine.core.edits import EDITS, EditError, Edits, alternatives, parse

ALL = list(range(10))


def left(shop: Dataset, text: str) -> list[int]:
    """The places of the events that are left."""
    kept = Edits.of([text]).apply(shop).interactions.column(TIME)
    return np.flatnonzero(np.isin(shop.interactions.column(TIME), kept)).tolist()


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("drop people where age = 65+", [1, 3, 4, 6, 8]),
        ("keep people where age in (65+, 35-44)", [0, 2, 3, 5, 7, 9]),
        ("keep people where age = unknown", [6]),
        ("drop people where income != 50K", [1, 3, 4, 8]),
        ("keep people where income = 50k and age not in (35-44)", [1, 4, 8]),
        ("drop people with fewer than 3 events", [0, 1, 2, 4, 5, 7, 8, 9]),
        ("drop people with more than 3 events", [1, 3, 4, 6, 8]),
        ("keep people with at least 3 events", [0, 1, 2, 4, 5, 7, 8, 9]),
        ("keep people with at most 1 events", [3, 6]),
        ("drop people where id in (a, d)", [1, 3, 4, 8]),
        ("keep items where price <= 3.5", [0, 1, 2, 3, 7, 8]),
        ("drop items where price > 2", [0, 1, 3, 4, 5, 7]),
        ("keep items where price = unknown", [4, 5]),
        ("keep items where tags = hot", [0, 1, 2, 3, 7, 8]),
        ('drop items where category = "soft drinks"', [0, 1, 2, 3, 4, 5, 7, 8]),
        ("drop items where title = 'Ham & eggs'", [0, 1, 2, 3, 4, 5, 7, 8]),
        ("drop items where popularity < 3", [0, 1, 3, 7]),
        ("keep the 1 most popular items", [0, 1, 3, 7]),
        ("drop the 2 least popular items", [0, 1, 3, 6, 7, 9]),
        ("drop events where kind = view", [0, 3, 4, 5, 6, 7, 9]),
        ("drop events where weight < 2", []),
        ("from 2017-02-28", [6, 7, 8, 9]),
        ("until January 2017", [0, 1, 2, 3]),
        ("drop February 2017", [0, 1, 2, 3, 7, 8, 9]),
        ("keep 2017-02-01 to 2017-02-28", [4, 5, 6]),
        ("drop last February", [0, 1, 2, 3, 7, 8, 9]),
        ("drop last 2 days", ALL[:8]),
        ("keep last 13 days", [7, 8, 9]),
        ("drop first 2 days", ALL[2:]),
        ("cap people at 2 events", [3, 4, 6, 7, 8, 9]),
        ("drop people with fewer than 3 events; drop items where popularity < 2", [0, 1, 2, 4, 5, 7, 8]),
        ("drop people with more than 2 events; until 2017-01-31", [0, 1, 2, 3]),  # times are cut first
        ("drop feature age", ALL),
        ("set epochs = 3", ALL),
    ],
)
def test_what_is_left(shop: Dataset, text: str, places: list[int]) -> None:
    assert left(shop, text) == places


def test_weighing_events_multiplies_their_weights(shop: Dataset) -> None:
    edited = Edits.of(["weigh events where kind = view by 0.2", "weigh items where category = Care by 3"])
    weights = edited.apply(shop).interactions.column(WEIGHT)
    np.testing.assert_allclose(weights, [1, 0.2, 0.2, 1, 3, 3, 1, 1, 0.2, 1], rtol=1e-6)
    np.testing.assert_array_equal(weights, edited.encode(shop).interactions.column(WEIGHT))


def test_weighing_people_makes_copies_of_them_after_all_others(shop: Dataset) -> None:
    edited = Edits.of(["weigh people where income = 50K by 3"]).apply(shop)
    counts = np.bincount(edited.interactions.column(USER), minlength=edited.num_users)
    assert counts.tolist() == [5, 3, 1, 1, 3, 3, 1, 1]  # two further copies of b, then of c
    assert list(edited.users.ids[4:]) == ["b (copy 2)", "b (copy 3)", "c (copy 2)", "c (copy 3)"]
    assert edited.users.features["age"].tolist()[4:] == ["25-34", "25-34", "35-44", "35-44"]
    copy, original = (edited.interactions.frame[edited.interactions.frame[USER] == code] for code in (4, 1))
    pd.testing.assert_frame_equal(
        copy.drop(columns=USER).reset_index(drop=True), original.drop(columns=USER).reset_index(drop=True)
    )


def test_a_half_weight_leaves_half_of_them_out_and_always_the_same_half(shop: Dataset) -> None:
    edits = Edits.of(["weigh people where id != a by 0.34"])  # of three people one is left
    counts = np.bincount(edits.apply(shop).interactions.column(USER), minlength=4)
    assert counts[0] == 5
    assert (counts[1:] > 0).sum() == 1
    np.testing.assert_array_equal(
        counts, np.bincount(edits.apply(shop).interactions.column(USER), minlength=4)
    )


@given(st.integers(1, 1200).filter(lambda percent: percent != 100))
@settings(max_examples=25)
def test_so_many_people_as_the_weight_says(shop: Dataset, percent: int) -> None:
    edited = Edits.of([f"weigh people where id != a by {percent / 100}"]).apply(shop)
    counts = np.bincount(edited.interactions.column(USER), minlength=4)
    assert abs((counts[1:] > 0).sum() - 3 * percent / 100) <= 0.5 + 1e-9
    assert counts[0] == 5


def test_only_people_with_events_are_copied_or_drawn(shop: Dataset) -> None:
    edits = Edits.of(["drop people where age = 65+", "weigh people where events < 9 by 2"])
    edited = edits.apply(shop)
    assert list(edited.users.ids[4:]) == ["b (copy 2)", "c (copy 2)", "d (copy 2)"]


def test_too_many_copies_are_refused(shop: Dataset) -> None:
    with pytest.raises(EditError, match="too many to learn from"):
        Edits.of(["weigh people where age = 65+ by 100"]).apply(shop)


def test_a_dropped_feature_is_unseen_by_models_but_not_by_readers(shop: Dataset) -> None:
    edited = Edits.of(["drop feature AGE", "drop feature of items price"]).apply(shop)
    assert (list(edited.users.kinds), list(edited.items.kinds)) == (["income"], ["category", "tags"])
    assert "age" in edited.users.features
    assert edited.fingerprint != shop.fingerprint


@pytest.mark.parametrize("example", [text for kind in EDITS.values() for text in kind.examples])
def test_applying_an_edit_touches_nothing_and_makes_data_of_their_own(shop: Dataset, example: str) -> None:
    events, people = shop.interactions.frame.copy(), shop.users.features.copy()
    spelt = example.replace("brand = Private", "category = Care")
    if example.startswith("add"):
        return
    edited = Edits.of([spelt]).apply(shop)
    pd.testing.assert_frame_equal(shop.interactions.frame, events)
    pd.testing.assert_frame_equal(shop.users.features, people)
    assert (edited.fingerprint == shop.fingerprint) == (edited is shop)


CUTS = [
    text
    for kind in EDITS.values()
    for text in kind.examples
    if text.split(" ")[0] in ("drop", "keep", "cap", "from", "until") and "last 30" not in text
]


@pytest.mark.parametrize("text", CUTS)
def test_doing_it_twice_leaves_what_once_leaves(shop: Dataset, text: str) -> None:
    if "popular" in text or "feature" in text:
        return  # whoever is popular among those left is another question, and a feature is gone by then
    (edit,) = parse(text)
    once = edit.apply(shop)
    pd.testing.assert_frame_equal(edit.apply(once).interactions.frame, once.interactions.frame)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("drop people where agee = 65+", "a customer has no 'agee' here. Did you mean 'age'"),
        ("drop people where age = 65", "no customers with age = '65'. Did you mean '65"),
        ("keep items where price = cheap", "'price' is a number; found 'cheap'"),
        ("keep people where age < 30", "'age' is no number.*There are: 25-34, 35-44, 65"),
        ("drop events where kind = buyy", "Did you mean 'buy'"),
        ("drop feature price", "Write drop feature of items price"),
        ("drop feature agee", "Did you mean 'age'"),
        ("add last 30 days", "nothing to add"),
        ("from 100", "times are dates here"),
    ],
)
def test_what_is_not_there_is_told_with_what_there_is(shop: Dataset, text: str, said: str) -> None:
    with pytest.raises(EditError, match=said):
        Edits.of([text]).apply(shop)


def test_what_is_not_known_is_told_with_what_holds_then(shop: Dataset) -> None:
    drop, keep, sure = parse(
        "drop people where age = 65+; keep items where price > 3 and tags != hot; drop people where id = a"
    )
    assert drop.unknowns(shop) == [
        "The age of 1 of 4 customers is not known; 'age = 65+' holds for none of them."
    ]
    assert keep.unknowns(shop) == [
        "The price of 1 of 4 articles is not known; 'price > 3' holds for none of them.",
        "The tags of 1 of 4 articles is not known; 'tags != hot' holds for all of them.",
    ]
    assert sure.unknowns(shop) == []


def test_names_and_values_become_as_the_data_spell_them(shop: Dataset) -> None:
    edits = Edits.of(
        ['drop customers where "AGE" = "65+"; drop last FEB; keep items where Tags = Hot'], shop.about
    )
    assert edits.named(shop).texts == (
        "drop people where age = 65+",
        "drop 2017-02-01 to 2017-02-28",
        "keep items where tags = hot",
    )


def test_times_that_are_day_numbers_or_none_at_all(dataset_of: Callable[..., Dataset]) -> None:
    from dataclasses import replace

    days = dataset_of([(0, 0, day * 86_400.0) for day in range(5)])
    numbered = replace(days, about=replace(days.about, time_kind="day"))
    assert left(numbered, "keep 1 to 3") == [1, 2, 3]
    assert left(numbered, "from 2") == [2, 3, 4]
    with pytest.raises(EditError, match="day numbers"):
        left(numbered, "from 2017-01-01")
    ordered = replace(days, about=replace(days.about, time_kind="order"))
    for text in ("from 2", "drop last 2 days"):
        with pytest.raises(EditError, match="no times"):
            left(ordered, text)


def test_alternatives_stand_for_every_combination(shop: Dataset) -> None:
    assert alternatives("drop people where age = {*}; set epochs = {5|10}", shop) == [
        f"drop people where age = {age}; set epochs = {epochs}"
        for age in ("25-34", "35-44", "65+")
        for epochs in (5, 10)
    ]
    assert alternatives("drop customers where income = {*}", shop) == [
        "drop people where income = 50K",
        'drop people where income = "Under 15K"',
    ]
    assert alternatives("drop items where category = {'Soft drinks'|care}", shop) == [
        'drop items where category = "Soft drinks"',
        "drop items where category = Care",
    ]
    assert alternatives("drop feature of articles {*}", shop) == [
        f"drop feature of items {name}" for name in ("category", "tags", "price")
    ]
    assert alternatives("drop people where age = 65+", shop) == ["drop people where age = 65+"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("set epochs = {5}", "offers no choice"),
        ("set epochs = {5|}", "offers no choice"),
        ("set epochs = {5", "a brace stands alone"),
        ("drop last {*} days", r"write drop people where age = \{\*\}"),
        ("drop items where price > {*}", r"write drop people where age"),
        ("drop items where price = {*}", r"write price < \{5"),
        ("set a = {1|2|3|4|5|6|7|8|9}; set b = {1|2|3|4|5|6|7|8|9}; set c = {1|2|3}", "243 what-ifs"),
    ],
)
def test_alternatives_that_offer_none(shop: Dataset, text: str, said: str) -> None:
    with pytest.raises(EditError, match=said):
        alternatives(text, shop)


NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=12).map(
    lambda text: " ".join(text.split())
)


@given(st.lists(NAMES.filter(bool), min_size=1, max_size=3, unique=True), NAMES.filter(bool))
def test_values_of_any_letters_come_back_as_they_were(values: Sequence[str], column: str) -> None:
    quoted = ", ".join('"' + value.replace('"', '""') + '"' for value in values)
    (edit,) = parse(f'drop people where "{column.replace(chr(34), chr(34) * 2)}" in ({quoted})')
    (again,) = parse(edit.text)
    assert again == edit
    (condition,) = edit.selection.where  # type: ignore[attr-defined]
    assert (condition.column, condition.values) == (column, tuple(values))


ODD = st.one_of(
    st.text(max_size=30),
    st.integers(-(10**20), 10**20).map(str),
    st.floats().map(str),
    st.dates().map(str),
    st.sampled_from(
        ["0000", "9999-12-31", "65+", "unknown", "(a,", "in (", "'", "{*}", ";", "December 0", "by"]
    ),
)
FRAMES = [
    "{}",
    "drop people where {}",
    "keep people where age = {}",
    "keep items where price > {}",
    "drop {} to {}",
    "from {}",
    "until {}; add last {} days",
    "drop last {} days",
    "keep the {} most popular items",
    "cap people at {} events",
    "weigh people where id = a by {}",
    "weigh items where price < 4 by {}",
    "drop people with fewer than {} events",
    "drop feature {}",
    "set {} = {}",
]


@given(st.sampled_from(FRAMES), ODD, ODD)
@settings(max_examples=300)
def test_no_text_does_anything_but_edit_or_say_why_not(
    shop: Dataset, frame: str, one: str, other: str
) -> None:
    typed = frame.replace("{}", one, 1).replace("{}", other, 1)
    with suppress(EditError):
        edits = Edits.of([typed])
        assert Edits.of(edits.texts) == edits
        edits.apply(shop)
    with suppress(EditError):
        Edits.of(alternatives(typed, shop)[:1]).apply(shop)


def test_an_edit_of_hostile_names_is_still_only_text(shop: Dataset) -> None:
    hostile = "x'); DROP TABLE runs; --"
    users = Entities(shop.users.ids, shop.users.features.assign(**{hostile: ["<b>", "{a|b}", "a;b", None]}))
    from dataclasses import replace

    data = replace(shop, users=users)
    for value, people in (("<b>", 0), ("{a|b}", 1), ("a;b", 2)):
        (text,) = alternatives(f'keep people where "{hostile}" = "{value}"', data)
        edited = Edits.of([text]).apply(data)
        assert set(edited.interactions.column(USER)) == {people}
        assert ITEM in edited.interactions.frame
