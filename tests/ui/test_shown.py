from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from recengine.core.columns import DAY
from recengine.core.dataset import About
from recengine.services.recommend import RecommendationList
from recengine.ui import shown

NAN = float("nan")


def listed(scores: list[float], chances: list[float], had: list[int]) -> RecommendationList:
    count = len(scores)
    rows = pd.DataFrame(
        {
            "rank": range(1, count + 1),
            "item_id": [f"i{place}" for place in range(count)],
            "title": [f"Item {place}" for place in range(count)],
            "category": ["Dairy"] * count,
            "score": scores,
            "probability": chances,
            "had": had,
            "badges": ["seen" if times else "" for times in had],
        }
    )
    return RecommendationList("ease-1", "EASE #1", "my shop", "u1", "both", rows, (), "")


def test_bars_compare_each_chance_with_the_first_one() -> None:
    rows = shown.recommended(listed([2.0, 1.0], [0.5, 0.05], [3, 0]))
    assert [row.share for row in rows] == [1.0, pytest.approx(0.1)]
    assert [row.value for row in rows] == ["50%", "5.0%"]
    assert [len(row.badges) for row in rows] == [1, 0]
    assert rows[1].href == "./Item?dataset=my+shop&item=i1"


def test_without_chances_bars_show_where_a_score_lies_in_the_list_and_no_number_poses_as_one() -> None:
    rows = shown.recommended(listed([4.0, 3.0, 2.0], [NAN] * 3, [0, 0, 0]))
    assert [row.share for row in rows] == [1.0, pytest.approx(0.53), pytest.approx(0.06)]
    assert {row.value for row in rows} == {""}
    assert "score 3 on the model's own scale" in rows[1].meaning


def test_an_item_nobody_had_is_marked_as_such() -> None:
    found = listed([2.0, 1.0], [NAN] * 2, [0, 0])
    marked = replace(found, rows=found.rows.assign(badges=["cold", ""]))
    assert [len(row.badges) for row in shown.recommended(marked)] == [1, 0]


def test_an_empty_list_has_no_rows() -> None:
    assert shown.recommended(listed([], [], [])) == []


def test_equal_scores_get_equal_bars() -> None:
    assert [row.share for row in shown.recommended(listed([1.0, 1.0], [NAN, NAN], [0, 0]))] == [1.0, 1.0]


def history() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "time": [2 * DAY + 5, 2 * DAY, DAY],
            "item_id": ["a", "b", "a"],
            "title": ["Milk", "Bread", "Milk"],
            "category": ["Dairy", "", "Dairy"],
        }
    )


def test_a_history_is_told_day_by_day_in_its_own_order() -> None:
    days = [(heading, list(events["title"])) for heading, events in shown.days(history(), About())]
    assert days == [("3 Jan 1970", ["Milk", "Bread"]), ("2 Jan 1970", ["Milk"])]


def test_past_events_carry_their_date_where_no_heading_does() -> None:
    dated = [row.detail for row in shown.past(history(), "shop", About())]
    assert dated == ["Dairy · 3 Jan 1970", "3 Jan 1970", "Dairy · 2 Jan 1970"]
    assert [row.detail for row in shown.past(history(), "shop", About(), dated=False)] == [
        "Dairy",
        "",
        "Dairy",
    ]


def test_the_domains_own_words_are_used() -> None:
    about = About(person="household", weight_unit="purchase lines")
    assert shown.person_title(about, "718") == "Household 718"
    assert shown.events_of(about) == "purchase lines"
    assert shown.events_of(About()) == "events"
    assert shown.known_of({"age": "45-54", "size": 3, "home": "own"}, most=2) == "Age 45-54 · Size 3"
