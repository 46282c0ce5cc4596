from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recengine.ui.looks import HUES, look


@pytest.mark.parametrize(
    ("category", "title", "icon"),
    [
        ("Produce", "Tropical fruit: bananas, 40 lb", "🍌"),
        ("Grocery", "Fluid milk white only, 1 ga", "🥛"),
        ("Grocery", "Ice cream sandwiches", "🍦"),  # no ice, no bread
        ("Grocery", "Ice - crushed/cubed, 22 lb", "🧊"),
        ("Produce", "Apples red delicious", "🍎"),  # "delicious" is no deli
        ("Grocery", "Hot dog buns", "🌭"),  # no dog
        ("Grocery", "Can dog food", "🐶"),
        ("Grocery", "Peanut butter", "🥜"),
        ("Grocery", "Orange juice", "🧃"),
        ("Meat", "", "🥩"),
        ("Comedy", "Chicken Run (2000)", "😄"),  # a film, not a bird
        ("Sci-Fi", "", "🚀"),
        ("Film-Noir", "The Big Sleep", "🌒"),
        ("forumng", "", "💬"),
        ("quiz", "", "📝"),
    ],
)
def test_category_and_title_decide_the_icon(category: str, title: str, icon: str) -> None:
    assert look(category, title).icon == icon


def test_what_says_nothing_gets_its_first_letter_and_a_colour_of_its_category() -> None:
    shown = look("qqq", "xyzzy 7")
    assert shown.icon == "X"
    assert shown.hue in HUES
    assert {look("qqq", title).hue for title in ("xyzzy", "zork", "")} == {shown.hue}


def test_nothing_at_all_still_has_a_look() -> None:
    assert look("", "").icon == "•"


@given(st.text(), st.text())
def test_any_text_has_one_short_look_and_always_the_same(category: str, title: str) -> None:
    shown = look(category, title)
    assert 1 <= len(shown.icon) <= 3
    look.cache_clear()
    assert look(category, title) == shown
