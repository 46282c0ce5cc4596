from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recengine.core.columns import DAY
from recengine.core.dataset import About, Dataset, Entities, Interactions
from recengine.core.edits.person import PersonEdits, read_edit
from recengine.core.edits.person_edits import Added, Known, Offered, PersonEdit, Without
from recengine.core.errors import EditError
from recengine.core.profiles import Profiles

TITLES = ["Milk", "Bread", "Beer", "Beer", 'Tea "green"; 20 bags']


@pytest.fixture(scope="module")
def shop() -> Dataset:
    """One household that had milk, bread, milk, milk on days 1 to 4, and five products with features."""
    events = pd.DataFrame(
        {"user": 0, "item": [0, 1, 0, 0], "time": [DAY, 2 * DAY, 3 * DAY, 4 * DAY], "weight": [1, 5, 3, 2]}
    )
    people = pd.DataFrame({"age": ["45-54", "65+"], "pets": [2.0, np.nan], "home": ["own", None]})
    items = pd.DataFrame(
        {
            "name": TITLES,
            "price": [1.0, 2.5, np.nan, 4.0, 5.0],
            "brand": pd.Categorical(["Own", "Own", "Famous", None, "Famous"]),
            "tags": ["a|b", "b", None, "c", "a"],
        }
    )
    return Dataset(
        "shop",
        Interactions.sorted(events),
        Entities(
            pd.Index(["h1", "h2"]), people, {"age": "categorical", "pets": "numeric", "home": "categorical"}
        ),
        Entities(
            pd.Index(["10", "11", "12", "13", "last"]),
            items,
            {"price": "numeric", "brand": "categorical", "tags": "multi"},
            title="name",
        ),
        "0" * 16,
        About(person="household", item="product"),
    )


@pytest.fixture(scope="module")
def household(shop: Dataset) -> Profiles:
    return Profiles.of(shop, np.array([0]), 5 * DAY)


def read(shop: Dataset, household: Profiles, *texts: str) -> PersonEdits:
    return PersonEdits.read(texts, shop, household)


def test_leaving_out_takes_every_event_with_the_item_or_the_latest_ones(
    shop: Dataset, household: Profiles
) -> None:
    for text, left in (("without 10", [1]), ("without last 10", [0, 1, 0]), ("without last 2 10", [0, 1])):
        someone = read(shop, household, text).apply(shop, household)
        assert someone.profile.items.tolist() == left
        assert someone.profile.now.tolist() == [5 * DAY]
    assert household.items.tolist() == [0, 1, 0, 0]


def test_more_than_there_is_leaves_out_all(shop: Dataset, household: Profiles) -> None:
    assert read(shop, household, "without last 9 11").apply(shop, household).profile.items.tolist() == [
        *(0, 0, 0)
    ]


def test_what_is_added_comes_last_just_before_now_as_strong_as_usual(
    shop: Dataset, household: Profiles
) -> None:
    profile = read(shop, household, "add 12 2 times; add 11").apply(shop, household).profile
    assert profile.items.tolist() == [0, 1, 0, 0, 2, 2, 1]
    assert profile.weights[-3:].tolist() == [2.5, 2.5, 2.5]  # the median of 1, 2, 3 and 5
    assert (profile.times[-3:] < 5 * DAY).all()
    assert (np.diff(profile.times) >= 0).all()


def test_what_they_had_is_left_out_before_anything_is_added_whatever_comes_first(
    shop: Dataset, household: Profiles
) -> None:
    for texts in (("add 10", "without 10"), ("without 10", "add 10")):
        assert read(shop, household, *texts).apply(shop, household).profile.items.tolist() == [1, 0]


def test_features_of_the_person_are_changed_and_forgotten(shop: Dataset, household: Profiles) -> None:
    someone = read(shop, household, "Age = 65+; pets = unknown; home unknown").apply(shop, household)
    row = someone.profile.features.iloc[0]
    assert row["age"] == "65+"
    assert row[["pets", "home"]].isna().all()
    assert household.features["age"].tolist() == ["45-54"]


def test_an_item_on_offer_is_described_otherwise_and_keeps_its_other_features(
    shop: Dataset, household: Profiles
) -> None:
    edits = read(shop, household, "price of 10 = 4.990; brand of Milk = famous; tags of 12 = a|c")
    someone = edits.apply(shop, household)
    rows = someone.items(shop)
    assert rows.index.tolist() == [0, 2]
    assert rows.loc[0, ["name", "price", "brand", "tags"]].tolist() == ["Milk", 4.99, "Famous", "a|b"]
    assert rows.loc[2, "tags"] == "a|c"
    assert someone.profile.items.tolist() == household.items.tolist()
    assert shop.items.features["price"].tolist()[0] == 1.0


def test_of_two_edits_about_the_same_the_later_counts_and_what_changes_nothing_is_left_out(
    shop: Dataset, household: Profiles
) -> None:
    edits = read(
        shop,
        household,
        *("without 10", "with 10", "add 12", "add 12 0 times", "age = 65+", "age = 45-54"),
        *("price of 10 = 3", "price of 10 = 1.0", "brand of 13 = unknown", "pets = 2"),
    )
    assert edits.texts == ()
    assert read(shop, household, "without 10; without last 10").texts == ("without last 1 10",)


def test_every_edit_can_be_taken_back(shop: Dataset, household: Profiles) -> None:
    said = "without last 2 10; add 12 3 times; age = 65+; home = unknown; price of 12 = 3; tags of 10 = c"
    edits = read(shop, household, said)
    back = [edit.back(shop, household).text for edit in edits.of]
    assert back == [
        *("with 10", "add 12 0 times", "age = 45-54", "home = own"),
        *("price of 12 = unknown", 'tags of 10 = "a|b"'),
    ]
    assert read(shop, household, *edits.texts, *back).of == ()


def test_texts_are_canonical_in_one_order_and_stay_so(shop: Dataset, household: Profiles) -> None:
    said = "PRICE of 'milk' = 04.50 ; add Bread 3 times; age=65+; Without \"TEA\"; pets = unknown"
    with pytest.raises(EditError, match="no product 'TEA' among 5"):
        read(shop, household, said)
    edits = read(shop, household, said.replace('Without "TEA"', "without  bread"))
    assert edits.texts == (
        *("without 11", "add 11 3 times", "age = 65+", "pets = unknown"),
        "price of 10 = 4.5",
    )
    assert read(shop, household, *edits.texts) == edits
    assert read(shop, household, "; ".join(edits.texts)) == edits


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("without 110", "no product '110' among 5. Did you mean '11'?"),
        ("without Beer", "2 products are called 'Beer'. Name one by its id: 12 or 13."),
        (
            "without 12",
            "this household never had “Beer” (12), so there is nothing to leave out. Write 'add 12'",
        ),
        ("age = 45-55", "there are no households with age = '45-55'. Did you mean '45-54'?"),
        ("aeg = 65+", "no 'aeg' here. Did you mean 'age'?"),
        ("pets = many", "'pets' is a number; found 'many'"),
        ("pets = inf", "'pets' is a number; found 'inf'"),
        ("prize of 10 = 3", "a product has no 'prize' here. Did you mean 'price'?"),
        ("brand of 10 = Fmous", "Did you mean 'Famous'?"),
        ("tags of 10 = a|x", "'x'"),
        ("add 12 101 times", "up to 100 times; found 101"),
        ("hello", "'hello' says nothing that could be changed. Write without ITEM, "),
        ("without", "'without' says nothing"),
        ("age =", "'age =' says nothing"),
        ("= 3", "'= 3' says nothing"),
        ('without "10', "a quote is opened but never closed"),
    ],
)
def test_what_cannot_be_done_is_said_with_what_there_is(
    shop: Dataset, household: Profiles, text: str, said: str
) -> None:
    with pytest.raises(EditError) as caught:
        read(shop, household, text)
    assert said in str(caught.value)


def test_the_sentence_names_everything_in_the_readers_words(shop: Dataset, household: Profiles) -> None:
    def sentence(*texts: str) -> str:
        return read(shop, household, *texts).sentence(shop)

    assert sentence() == ""
    assert sentence("without 10") == "Without “Milk”"
    assert sentence("age = 65+", "without last 2 10", "without 11", "add 12 3 times", "add 13") == (
        "Without the last 2 of “Milk” and “Bread”, had they just had “Beer” (3 times) and “Beer” too "
        "and were their age 65+"
    )
    assert sentence("price of 11 = 9", "brand of 11 = unknown") == (
        "Were the price of “Bread” 9 and the brand of “Bread” not known"
    )


def test_many_things_are_not_all_named(shop: Dataset) -> None:
    busy = Profiles.new(range(5), now=9.0)
    more = replace(shop, items=Entities.bare(str(code) for code in range(10, 20)))
    busy = Profiles.new(range(10), now=9.0)
    edits = PersonEdits.read([f"without {code}" for code in range(10, 20)], more, busy)
    assert edits.sentence(more) == "Without “10”, “11”, “12”, “13” and 6 more"


def test_somebody_without_a_past_can_be_given_one(shop: Dataset) -> None:
    newcomer = Profiles.new([], now=100.0)
    profile = read(shop, newcomer, "add 10; age = 65+").apply(shop, newcomer).profile
    assert (profile.items.tolist(), profile.weights.tolist()) == ([0], [1.0])
    assert profile.features["age"].tolist() == ["65+"]


def test_every_edit_of_the_documentation_is_read() -> None:
    text = (Path(__file__).parents[3] / "docs" / "edits-of-a-person.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `(.+?)` \|", text, flags=re.MULTILINE)
    assert {type(read_edit(row)) for row in rows} == {Without, Added, Known, Offered}


HOSTILE = st.text(min_size=1, max_size=12).filter(lambda text: text.strip() == text and text.isprintable())
TRICKY = st.sampled_from(
    ["last", "of", "unknown", "3 times", "a of b", "x = 3", "with", 'say "hi"', "it's", ";"]
)


VALUES = (HOSTILE | TRICKY).filter(lambda value: value.lower() != "unknown")


@settings(max_examples=50)
@given(name=HOSTILE | TRICKY, feature=HOSTILE | TRICKY, value=VALUES, count=st.integers(1, 100))
def test_any_id_feature_and_value_survives_being_written_and_read(
    name: str, feature: str, value: str, count: int
) -> None:
    data = Dataset(
        "any",
        Interactions.sorted(pd.DataFrame({"user": [0], "item": [0], "time": [0.0], "weight": [1.0]})),
        Entities(pd.Index(["p"]), pd.DataFrame({feature: [None]}), {feature: "text"}),
        Entities(pd.Index([name]), pd.DataFrame({feature: [None]}), {feature: "text"}),
        "f",
    )
    person = Profiles.of(data, np.array([0]), 1.0)
    edits: list[PersonEdit] = [Without(name), Without(name, count), Added(name, count)]
    edits += [Known(feature, value), Offered(name, feature, value)]
    for edit in edits:
        assert PersonEdits.read([edit.text], data, person).of == (edit,)
