"""What is told agrees with the chart: numbers are read back from the sentences and compared."""

from __future__ import annotations

import re

import numpy as np
import pytest

from recengine.core.profiles import Profiles
from recengine.core.words import MINUS
from recengine.explain.explanation import Explanation, Method
from recengine.explain.game import Question
from recengine.explain.naming import Named, Words, number, phrase
from recengine.explain.players import Player, Players
from recengine.explain.sentence import Seat, sentences

NAMED = (
    Named("action", "Tea", "3 times", detail="last 5 Dec 2017"),
    Named("action", "Milk, 1 l", "once"),
    Named("person", "Age", "45-54", sensitive=True),
    Named("item", "Brand", "National"),
    Named("group", "the rest of Sweets", "12 products"),
    Named("action", "Jam", "2 times"),
)
EFFECTS = (0.8123, 0.5049, -0.3, 0.0512, 0.25, -0.0441)


def explained(
    effects: tuple[float, ...] = EFFECTS,
    question: Question = "score",
    method: Method = "sampled",
    base: float = -1.25,
) -> Explanation:
    kinds = [Player(named.kind, column=named.name) for named in (NAMED * 2)[: len(effects)]]
    players = Players(tuple(kinds), Profiles.new([], now=0.0))
    errors_P = np.full(len(effects), 0.0214 if method == "sampled" else 0.0)
    score = base + sum(effects)
    return Explanation(question, 7, players, base, np.array(effects), errors_P, score, method, 2048)


def words(count: int = len(NAMED), **given: object) -> Words:
    named = {"person": "household", "item": "product", "subject": "Cake", "other": "Pie", "unit": "log-odds"}
    return Words(**{**named, "players": (NAMED * 2)[:count], **given})  # type: ignore[arg-type]


def numbers_in(text: str) -> list[float]:
    return [float(found.replace(MINUS, "-")) for found in re.findall(rf"{MINUS}?\d+\.\d+", text)]


def test_an_executive_hears_the_few_reasons_that_matter() -> None:
    said = sentences(explained(), words(), Seat(1))["executive"]
    assert said == (
        "“Cake” is 1st on this household's list mainly because of “Tea” (3 times) and “Milk, 1 l” in "
        "their past."
    )


def test_what_weighs_against_it_is_said_where_it_is_large() -> None:
    said = sentences(explained((0.8, 0.1, -0.7, 0.0, 0.0, 0.0)), words(), Seat(2))["executive"]
    assert said.endswith("; their age (45-54; sensitive) speaks against it.")
    assert "is 2nd on" in said


def test_many_small_reasons_are_called_so() -> None:
    said = sentences(explained((0.1, 0.1, 0.1, 0.1, 0.9, 0.1)), words(), Seat(3))["executive"]
    assert "mainly because of the rest of Sweets (12 products) in their past" in said
    said = sentences(explained((0.2,) * 12), words(12), Seat(3))["executive"]
    assert (
        "for many small reasons, most of all “Tea” (3 times) and “Milk, 1 l” in their past and their" in said
    )


def test_an_item_had_before_is_not_named_twice() -> None:
    named = (Named("action", "Cake", "9 times", itself=True), *NAMED[1:])
    said = sentences(explained(), words(players=named), Seat(1))["executive"]
    assert "because of having had it 9 times before and “Milk, 1 l” in their past." in said


@pytest.mark.parametrize("method", ["sampled", "exact", "closed form"])
@pytest.mark.parametrize("question", ["score", "ahead", "above"])
def test_the_analysts_numbers_are_those_of_the_chart_and_add_up(question: Question, method: Method) -> None:
    explanation = explained(question=question, method=method)
    said = sentences(explanation, words(), Seat(1), shown=4)["analyst"]
    score, base, *effects = numbers_in(said)
    signs = [-1 if verb.startswith("take") else 1 for verb in re.findall("adds|takes? away|add", said)]
    told = np.array(signs) * effects
    np.testing.assert_allclose(told[:4], explanation.effects_P[explanation.shown(4)], atol=0.0005)
    assert score == pytest.approx(explanation.score, abs=0.0005)
    assert base + told.sum() == pytest.approx(score, abs=0.0005 * 7)
    assert "the other 2 reasons together" in said


def test_the_scientists_numbers_are_those_of_the_chart_with_their_errors() -> None:
    explanation = explained()
    said = sentences(explanation, words(), Seat(1), shown=3)["scientist"]
    _, score, *bars = numbers_in(said)
    assert score == pytest.approx(explanation.score, abs=0.0005)
    np.testing.assert_allclose(bars[::2], explanation.effects_P[explanation.shown(3)], atol=0.0005)
    np.testing.assert_allclose(bars[1::2], 0.021, atol=0.0005)
    assert (
        "3 past actions, 1 group of past actions, 1 feature of the person and 1 feature of the item" in said
    )
    assert "sampled from 2,048 coalitions, ± one standard error" in said


def test_exact_effects_have_no_error_beside_them() -> None:
    assert "±" not in sentences(explained(method="exact"), words(), Seat(1))["scientist"]


def test_two_items_are_compared_in_the_direction_they_stand() -> None:
    above = sentences(explained(question="above", base=0.0), words(), Seat(1))["executive"]
    below = sentences(explained((0.5, 0.0, -0.9, 0.1, 0.0, 0.1), "above", base=-0.15), words(), Seat(9))[
        "executive"
    ]
    assert above.startswith("“Cake” stands above “Pie” for this household mainly because of “Tea”")
    assert below == (
        "“Cake” stands below “Pie” for this household mainly because of their age (45-54; sensitive); “Tea” "
        "(3 times) speaks for it."
    )


def test_a_group_is_told_after_single_reasons_where_it_is_the_largest() -> None:
    said = sentences(explained((0.3, 0.2, 0.0, 0.1, 0.5, 0.1)), words(), Seat(3))["executive"]
    assert "“Tea” (3 times), “Milk, 1 l” and the rest of Sweets (12 products) in their past." in said
    smaller = sentences(explained((0.3, 0.2, 0.0, 0.1, 0.2, 0.1)), words(), Seat(3))["executive"]
    assert "Sweets" not in smaller


def test_what_would_stand_above_anyway_is_told_so_with_what_the_reasons_do_to_the_gap() -> None:
    def said(effects: tuple[float, ...], base: float) -> str:
        explanation = explained(effects, "above", base=base)
        return sentences(explanation, words(len(effects)), Seat(1))["executive"]

    assert said((0.1, 0.0, -0.9, 0.0, -0.4, 0.0), 2.0) == (
        "“Cake” stands above “Pie” for this household even with none of the reasons; together these narrow "
        "the gap, most of all their age (45-54; sensitive)."
    )
    assert "together these widen the gap, most of all “Tea” (3 times) in their past." in said((0.4,), 2.0)
    assert said((0.0, 0.0), 2.0).endswith("nothing known of this household speaks for it.")
    assert said((-0.1, -0.4), -2.0).startswith("“Cake” stands below “Pie” for this household even with none")


def test_a_lead_over_rivals_is_told_with_its_place() -> None:
    said = sentences(explained(question="ahead"), words(), Seat(2))["executive"]
    assert said.startswith(
        "“Cake”, 2nd for this household, gains on its closest rivals mainly because of “Tea”"
    )


def test_what_speaks_for_an_item_far_down_is_not_enough() -> None:
    said = sentences(explained(), words(), Seat(212))["executive"]
    assert said == (
        "“Cake” is only 212th for this household; what speaks for it, most of all “Tea” (3 times) and "
        "“Milk, 1 l” in their past, is not enough."
    )
    barred = sentences(explained(), words(), Seat(0))["executive"]
    assert barred.startswith(
        "“Cake”, which may not be on this household's list, has its score mainly because"
    )


def test_what_suits_most_is_said_before_the_little_that_is_personal() -> None:
    seat = Seat(1, stranger_rank=2, spread=2.0)
    explanation = explained((0.1, 0.05, -0.02, 0.9, 0.0, 0.0))  # the fourth is the item's own
    said = sentences(explanation, words(), seat)
    assert said["executive"] == (
        "“Cake” is 1st on this household's list mainly because it suits most households: it would be 2nd "
        "for one nobody knows. What is known of this one changes little, most of all “Tea” (3 times) in "
        "their past."
    )
    assert said["analyst"].endswith("For a household nobody knows it would be 2nd: it suits most.")


@pytest.mark.parametrize(
    "seat",
    [
        Seat(1, stranger_rank=40, spread=2.0),
        Seat(40, stranger_rank=1, spread=2.0),
        Seat(9, stranger_rank=1, spread=2.0),
        Seat(1, stranger_rank=2, spread=0.1),
        Seat(1, spread=2.0),
    ],
)
def test_what_is_personal_is_not_said_to_suit_most(seat: Seat) -> None:
    explanation = explained((0.2, 0.1, 0.05, 0.9, 0.0, 0.0))
    assert "suits" not in sentences(explanation, words(), seat)["executive"]


def test_nothing_known_and_nothing_that_helps_are_said_plainly() -> None:
    nothing = sentences(explained(()), words(players=()), Seat(4))
    assert "nothing is known of this household, so this is what suits everyone" in nothing["executive"]
    assert "with none of the reasons it would be −1.25." in nothing["analyst"]
    assert "over no players" in nothing["scientist"]
    helpless = sentences(explained((-0.1, 0.0)), words(), Seat(4))["executive"]
    assert "nothing known of this household speaks for it" in helpless


def test_the_probability_is_said_where_it_is_known() -> None:
    assert "(P(like) 12.3%)" in sentences(explained(), words(probability=0.1234), Seat(1))["analyst"]


@pytest.mark.parametrize(
    ("largest", "value", "written"),
    [
        (0.8, -0.31249, f"{MINUS}0.312"),
        (12.0, 3.456, "3.46"),
        (0.004, 0.0012345, "0.00123"),
        (0.8, -0.0001, "0.000"),
        (0.0, 1.5, "1.50"),
    ],
)
def test_numbers_have_three_digits_of_the_largest_effect(largest: float, value: float, written: str) -> None:
    assert number(value, explained((largest, 0.0))) == written


def test_players_as_parts_of_a_sentence() -> None:
    said = [phrase(named, "product") for named in NAMED[:5]]
    assert said == [
        "“Tea” (3 times)",
        "“Milk, 1 l”",
        "their age (45-54; sensitive)",
        "the product's brand (National)",
        "the rest of Sweets (12 products)",
    ]
    assert phrase(Named("action", "Cake", "once", itself=True), "product") == "having had it once before"
    assert phrase(Named("other", "IMD rank"), "course") == "the other course's IMD rank"
