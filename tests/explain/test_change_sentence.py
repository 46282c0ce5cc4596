from __future__ import annotations

from dataclasses import replace

import pytest

from recengine.core.ranking import NO_ITEM
from recengine.explain.absent import Absence, Entry
from recengine.explain.change_sentence import absence_sentence, entry_sentence, kept_by, without
from recengine.explain.counterfactual import Counterfactual
from recengine.explain.naming import Named, Words
from recengine.explain.search import Move

WORDS = Words(
    person="household",
    item="product",
    subject="Cake",
    unit="points",
    players=(
        Named("action", "Tea", "3 times"),
        Named("action", "Milk", "once"),
        Named("person", "Age", "45-54", sensitive=True),
        Named("person", "Town", "Ely"),
    ),
)
FOUND = Counterfactual(
    direction="out",
    kinds=("action",),
    k=10,
    most=5,
    rank=1,
    options=38,
    found=Move((0, 1), 14, -0.2),
    best=Move((0, 1), 14, -0.2),
    single=Move((0,), 6, 0.1),
    bare_rank=212,
    tried=120,
    proven=True,
    of_new=False,
)
NOTHING = replace(FOUND, found=None, best=Move((0, 1), 3, 0.2), proven=False)


def test_what_does_it_is_said_with_the_places_before_and_after() -> None:
    assert without(FOUND, WORDS) == (
        "Without “Tea” (3 times) and “Milk” in their past it would fall from 1st to 14th place. "
        "No smaller set does it."
    )
    one = replace(FOUND, found=Move((1,), 14, -0.2))
    assert without(one, WORDS) == "Without “Milk” in their past it would fall from 1st to 14th place."
    assert without(replace(FOUND, proven=False), WORDS).endswith("place. No smaller set was found.")


def test_on_a_list_of_what_is_new_it_is_said_that_nothing_comes_back() -> None:
    said = "place. No smaller set does it. What is taken away is not offered in its place."
    assert without(replace(FOUND, of_new=True), WORDS).endswith(said)
    assert "offered" not in without(replace(FOUND, of_new=True, kinds=("person",)), WORDS)


def test_features_are_unknown_rather_than_gone() -> None:
    features = replace(FOUND, kinds=("person",), found=Move((2, 3), 11, -0.1))
    assert without(features, WORDS).startswith(
        "If their age (45-54; sensitive) and their town (Ely) were unknown, it would fall from 1st to 11th"
    )


def test_that_nothing_does_it_is_said_plainly() -> None:
    assert without(NOTHING, WORDS) == (
        "No removal of up to 5 of the 38 products moves it off the list of 10 (120 were tried): the most it "
        "falls to is 3rd place. With no past at all it would fall from 1st to 212th place."
    )
    assert "(120 were" not in without(replace(NOTHING, proven=True), WORDS)
    assert "it would stay 1st" in without(replace(NOTHING, bare_rank=1), WORDS)
    behind = replace(NOTHING, direction="in", rank=40, best=Move((0,), 44, -1.0), bare_rank=90)
    assert without(behind, WORDS).endswith("moves it onto the list of 10 (120 were tried).")
    no_feature = replace(NOTHING, kinds=("person",), most=2, options=2, best=None, proven=True)
    assert without(no_feature, WORDS) == "No removal of any of the 2 features moves it off the list of 10."


def test_nothing_to_take_away_and_off_already() -> None:
    assert without(replace(NOTHING, options=0), WORDS) == "There is no past to take away."
    assert without(replace(NOTHING, options=0, kinds=("item",)), WORDS) == "There is no feature to leave out."
    off = replace(FOUND, rank=30, found=Move((), 30, -1.0))
    assert without(off, WORDS) == "It is not on the list of 10 as it is: 30th place."


def test_where_the_least_telling_are_in_groups_only_the_most_telling_were_tried() -> None:
    grouped = replace(WORDS, players=(*WORDS.players, Named("group", "the rest of Sweets", "9 products")))
    assert without(NOTHING, grouped).startswith("No removal of up to 5 of the 38 most telling products moves")


def test_bundles_go_by_their_own_names() -> None:
    bundles = {0: Named("group", "all of Drinks"), 1: Named("group", "all of Dairy")}
    assert without(FOUND, WORDS, bundles).startswith(
        "Without all of Drinks and all of Dairy in their past it"
    )


def test_what_matters_most_by_itself() -> None:
    assert kept_by(FOUND, WORDS) == (
        "What keeps it up most is “Tea” (3 times) in their past: without that alone it would fall from 1st "
        "to 6th place."
    )
    still = replace(FOUND, single=Move((0,), 1, 0.4))
    assert kept_by(still, WORDS) == "Leaving out any single one of them changes nothing: it stays 1st."
    assert kept_by(replace(FOUND, single=None), WORDS) == ""
    back = replace(FOUND, direction="in", rank=30, single=Move((0,), 12, -0.1))
    assert kept_by(back, WORDS).startswith(
        "What holds it back most is “Tea” (3 times) in their past: without"
    )


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("listed", "“Cake” is on this household's list: 3rd place."),
        ("ranked", "The last on the list, “Pie”, scores 0.84 more."),
        ("seen", "had it before and the list is of what is new to them; otherwise it would be 3rd of 40."),
        ("not had", "never had it and the list is of what they had before; among those products it would be"),
        ("not in catalogue", "was not there when the model was trained"),
    ],
)
def test_each_way_to_fall_out_has_its_sentence(reason: str, said: str) -> None:
    absence = Absence(reason, 10, 3, 40, 5, 0.84)  # type: ignore[arg-type]
    assert said in absence_sentence(absence, WORDS, last="Pie")


def test_a_place_on_a_list_that_is_not_full() -> None:
    absence = Absence("ranked", 10, 12, 3853, NO_ITEM, 0.0)
    assert absence_sentence(absence, WORDS) == (
        "“Cake” is 12th of 3,853 products for this household; the list ends at 10."
    )


def test_what_additions_do() -> None:
    entry = Entry(10, 40, Move((3,), 9, 0.1), Move((3,), 9, 0.1), Move((7,), 2, 1.0), 120)
    names = {3: "Jam", 4: "Rum"}
    assert entry_sentence(entry, WORDS, names) == (
        "Had they just had “Jam” too, it would rise from 40th to 9th place."
    )
    best = replace(entry, found=None, best=Move((3, 4), 22, -0.1))
    assert entry_sentence(best, WORDS, names) == (
        "None of the 120 additions tried brings it onto the list. Had they just had “Jam” and “Rum” too, it "
        "would rise from 40th to 22nd place. Had they had it itself just now, it would be in 2nd place."
    )
    nothing = replace(entry, found=None, best=None)
    assert entry_sentence(nothing, WORDS, names).startswith("None of the 120 additions tried lifts it.")
