from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from recengine.ui import cards, navigation
from recengine.ui.cards import Door, Row, Tile
from recengine.ui.looks import Look
from recengine.ui.messages import clip
from tests.ui.hostile import HOSTILE, Page

LOOK = Look("🥛", "sky")
WRITTEN = [text for text in HOSTILE if text.strip()]


@pytest.mark.parametrize("text", WRITTEN, ids=range(len(WRITTEN)))
def test_no_piece_lets_a_data_string_become_markup(text: str) -> None:
    harmless = Page(_every_piece("x"))
    hostile = Page(_every_piece(text))
    assert hostile.tags == harmless.tags
    assert [name for name, _ in hostile.attributes] == [name for name, _ in harmless.attributes]
    assert hostile.text.count(clip(text)[:20]) >= 10


def _every_piece(text: str) -> str:
    """All builders with the text wherever a data string may come."""
    row = Row(
        text, LOOK, navigation.href(navigation.ITEM, {"item": text}), text, text, 0.5, text, action=text
    )
    return "".join(
        (
            cards.rows(
                [row, Row(text, Look(text[:1] or "x", "red"), badges=cards.badges_of([text]))], label=text
            ),
            cards.tiles([Tile(text, text, text, text, "good", text, text)]),
            cards.facts({text: text}),
            cards.numbers({text: text}),
            cards.mix([(text, LOOK, 1.0)], label=text),
            cards.doors([Door("🔭", text, text, "./People")]),
            cards.heading(text, text),
            cards.more({text: "./People"}),
        )
    )


def test_a_row_leads_to_the_very_item_whatever_its_id() -> None:
    for item_id in HOSTILE:
        row = Row("title", LOOK, navigation.href(navigation.ITEM, {"item": item_id}))
        (address,) = Page(cards.rows([row], label="x")).values("href")
        assert parse_qs(urlsplit(str(address)).query, keep_blank_values=True) == {"item": [item_id]}


def test_a_tile_shows_the_difference_with_a_sign_not_only_with_a_colour() -> None:
    better = Page(cards.tiles([Tile("NDCG@10", "0.451", "habit 0.438", "+3 %", "good", "What it is.")]))
    same = Page(cards.tiles([Tile("NDCG@10", "0.451", "habit 0.451", "+0 %", "neutral", "What it is.")]))
    assert "▲+3 %" in better.text
    assert "vs habit 0.438" in better.text
    assert "What it is." in better.text
    assert "▲" not in same.text
    assert "▼" not in same.text


def test_a_bar_stays_inside_its_track() -> None:
    for share, width in ((-1.0, "width:0.0%"), (0.25, "width:25.0%"), (7.0, "width:100.0%")):
        assert width in cards.rows([Row("x", LOOK, share=share)], label="x")


def test_a_list_has_a_name_and_is_numbered_only_where_order_means_something() -> None:
    assert '<ol class="re-rows re-numbered" aria-label="Top">' in cards.rows([], label="Top", numbered=True)
    assert '<ul class="re-rows re-grid" aria-label="Shelf">' in cards.rows([], label="Shelf", grid=True)


def test_known_badges_explain_themselves_and_unknown_ones_are_shown_as_they_are() -> None:
    fallback, odd = cards.badges_of("fallback, odd")
    assert "popular" in fallback.meaning
    assert (odd.word, odd.meaning) == ("odd", "")
    assert cards.badges_of("") == ()
    assert "53 times" in cards.had(53).meaning


def test_column_names_become_words() -> None:
    assert cards.words("household_size") == "Household size"
    assert cards.words("") == ""
