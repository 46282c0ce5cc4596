from __future__ import annotations

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from recengine.core.dataset import Dataset
from recengine.services.people import item_view
from recengine.services.workspace import Workspace
from tests.ui.hostile import Page

Opened = Callable[..., AppTest]
Said = Callable[[AppTest], str]


def rows(app: AppTest, name: str) -> Page:
    """The list of that name on the page."""
    return next(
        Page(part.proto.body) for part in app.get("html") if f'aria-label="{name}"' in part.proto.body
    )


def test_without_data_the_page_points_to_where_data_come_from(
    home: object, opened: Opened, said: Said
) -> None:
    assert "There are no data yet" in said(opened("5_Item"))


def test_at_first_the_page_offers_the_most_popular_items(
    reading: Workspace, opened: Opened, said: Said
) -> None:
    app = opened("5_Item")
    assert "The most popular items" in said(app)
    assert len(rows(app, "The most popular items").values("href")) == 24


def test_items_are_found_by_the_words_of_their_titles(reading: Workspace, opened: Opened) -> None:
    app = opened("5_Item")
    app.text_input(key="item.find").set_value("pepper").run()
    found = rows(app, "Found")
    assert found.text.count("pepper") == 24
    assert "honey" not in found.text


def test_a_deep_link_shows_the_item_with_features_neighbours_and_people(
    reading: Workspace, opened: Opened, said: Said, two_tastes: Dataset
) -> None:
    app = opened("5_Item", item="i7")
    view = item_view(reading, "two tastes", "i7")
    shown = said(app)
    assert view.title in shown
    assert f"#{view.rank}" in shown
    assert f"{two_tastes.items.features['price'][7]}" in shown
    nearest = rows(app, "Nearest items")
    assert all(title in nearest.text for title in view.nearest["title"])
    takers = rows(app, "People")
    assert [str(address) for address in takers.values("href")] == [
        f"./People?dataset=two+tastes&person={person}" for person in view.people["person"]
    ]


def test_neighbours_share_the_taste(reading: Workspace, opened: Opened, two_tastes: Dataset) -> None:
    taste = two_tastes.items.features["taste"][7]
    assert rows(opened("5_Item", item="i7"), "Nearest items").text.count(f"{taste}".title()) >= 8


def test_near_by_a_model_stands_in_the_address(reading: Workspace, opened: Opened) -> None:
    app = opened("5_Item", item="i7")
    box = app.selectbox(key="item.near")
    box.set_value(box.options[1]).run()
    assert not app.exception
    assert app.query_params["near"]


def test_an_item_that_is_not_here_is_said_so_and_others_are_offered(
    reading: Workspace, opened: Opened, said: Said
) -> None:
    app = opened("5_Item", item="nothing")
    assert "No item 'nothing' among 60" in said(app)
    assert "The most popular items" in said(app)
