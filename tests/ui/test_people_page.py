from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from recengine.core.dataset import Dataset
from recengine.data.synthetic import two_tastes as two_tastes_of
from recengine.services.recommend import recommend
from recengine.services.runs import list_runs
from recengine.services.workspace import Workspace
from tests.ui.conftest import put
from tests.ui.hostile import Page

Opened = Callable[..., AppTest]
Said = Callable[[AppTest], str]
Charts = Callable[[AppTest], list[str]]


def rows(app: AppTest, name: str) -> list[Page]:
    """The lists of that name on the page."""
    parts = [part.proto.body for part in app.get("html")]
    return [Page(part) for part in parts if f'aria-label="{name}"' in part]


def titles(dataset: Dataset, item_ids: list[str]) -> list[str]:
    return dataset.items.labels(dataset.items.codes(item_ids))


def test_without_data_the_page_points_to_where_data_come_from(
    home: object, opened: Opened, said: Said
) -> None:
    assert "There are no data yet" in said(opened("4_People"))


def test_at_first_the_page_offers_those_with_the_longest_history(
    reading: Workspace, opened: Opened, two_tastes: Dataset, said: Said
) -> None:
    app = opened("4_People")
    most = int(two_tastes.interactions.frame["user"].value_counts().iloc[0])
    (people,) = rows(app, "People")
    assert len(people.values("href")) == 12
    assert f"{most}" in people.text
    assert "longest history" in said(app)


def test_people_are_found_by_words_and_the_words_stand_in_the_address(
    reading: Workspace, opened: Opened
) -> None:
    app = opened("4_People")
    app.text_input(key="people.find").set_value("north").run()
    assert app.query_params["find"] == "north"
    (people,) = rows(app, "People")
    assert people.text.count("north") == 12
    assert "south" not in people.text


def test_people_are_found_by_a_feature(reading: Workspace, opened: Opened) -> None:
    app = opened("4_People")
    app.selectbox(key="people.by.group").set_value("south")
    next(button for button in app.button if button.label == "Find").click().run()
    assert app.query_params["find"] == 'group="south"'
    (people,) = rows(app, "People")
    assert people.text.count("south") == 12


def test_words_that_nobody_matches_are_quoted_back(reading: Workspace, opened: Opened, said: Said) -> None:
    assert "No person has “zzz” in id or features" in said(opened("4_People", find="zzz"))


def test_a_deep_link_shows_the_person_with_past_and_lists(
    reading: Workspace, opened: Opened, said: Said, charts: Charts, two_tastes: Dataset
) -> None:
    app = opened("4_People", person="u1")
    shown = said(app)
    assert "u1" in shown
    assert "Had last" in shown
    assert "weeks, the busiest with" in charts(app)[0]
    best, second = sorted(list_runs(reading), key=lambda run: -run.metrics["ndcg@10"])
    for run in (best, second):
        wanted = recommend(reading, run.id, "u1", 10).rows["title"].tolist()
        (listed,) = rows(app, f"List of {run.title}")
        places = [listed.text.index(title) for title in wanted]
        assert places == sorted(places)


def test_a_person_who_is_not_here_is_said_so_and_others_are_offered(
    reading: Workspace, opened: Opened, said: Said
) -> None:
    app = opened("4_People", person="u9999")
    assert "No person 'u9999' among 200" in said(app)
    assert len(rows(app, "People")) == 1


def test_one_model_and_only_what_was_had_before(
    reading: Workspace, opened: Opened, two_tastes: Dataset
) -> None:
    run = next(run for run in list_runs(reading) if run.spec.model == "popularity")
    app = opened("4_People", person="u1", run=run.id, repeats="again", length="20")
    (listed,) = rows(app, f"List of {run.title}")
    had = two_tastes.interactions.frame.query("user == 1")["item"].nunique()
    assert listed.text.count("↻") == min(20, had)
    assert "same for everyone" in listed.text


def test_the_question_can_be_changed_and_stays_for_the_next_person(
    reading: Workspace, opened: Opened
) -> None:
    app = opened("4_People", person="u1")
    app.segmented_control(key="people.repeats").set_value("again").run()
    assert app.query_params["repeats"] == "again"
    app.query_params["person"] = "u2"
    del app.query_params["repeats"]
    app.run()
    assert app.segmented_control(key="people.repeats").value == "again"
    assert app.query_params["repeats"] == "again"


def test_what_was_had_most_often_is_one_click_away(reading: Workspace, opened: Opened, said: Said) -> None:
    assert "Had most often" in said(opened("4_People", person="u1", past="often"))


def test_chance_leads_to_someone_and_heaviest_back_to_the_many(reading: Workspace, opened: Opened) -> None:
    app = opened("4_People")
    app.button(key="people.random").click().run()
    assert app.query_params["person"].startswith("u")
    app.button(key="people.heaviest").click().run()
    assert "person" not in app.query_params


def test_a_new_person_starts_empty_and_says_what_to_do(
    reading: Workspace, opened: Opened, said: Said
) -> None:
    app = opened("4_People")
    app.button(key="people.new").click().run()
    assert app.query_params["new"] == "1"
    shown = said(app)
    assert "Nothing chosen yet" in shown
    assert "fallback" in shown  # the lists say that there is nothing to go by


def test_clicked_items_make_a_person_whose_list_follows(
    reading: Workspace, opened: Opened, two_tastes: Dataset
) -> None:
    run = next(run for run in list_runs(reading) if run.spec.model == "ease")
    tastes = two_tastes.items.features["taste"]
    for taste in tastes.unique():
        liked = [f"i{code}" for code in tastes.index[tastes == taste][:3]]
        app = opened("4_People", new="1", item=liked, run=run.id, repeats="new")
        (chosen,) = rows(app, "Chosen")
        assert all(title in chosen.text for title in titles(two_tastes, liked))
        (listed,) = rows(app, f"List of {run.title}")
        assert listed.text.count(f"{taste}".title()) == 10  # nothing of the other taste


def test_a_click_on_a_chosen_item_takes_it_out_and_on_the_shelf_puts_it_in(
    reading: Workspace, opened: Opened
) -> None:
    app = opened("4_People", new="1", item=["i0", "i1"])
    (chosen,) = rows(app, "Chosen")
    assert [str(address).count("item=") for address in chosen.values("href")] == [1, 1]
    assert "item=i1" in str(chosen.values("href")[0])
    (shelf,) = rows(app, "Popular items")
    assert all("item=i0&item=i1&item=" in str(address) for address in shelf.values("href"))
    assert len(shelf.values("href")) == 8


def test_what_is_known_of_a_new_person_stands_in_the_address(reading: Workspace, opened: Opened) -> None:
    app = opened("4_People", new="1", item="i0")
    app.selectbox(key="people.with.group").set_value("south").run()
    app.number_input(key="people.with.age").set_value(44.0).run()
    assert not app.exception
    assert app.query_params["with.group"] == "south"
    assert app.query_params["with.age"] == "44.0"
    assert [expander.label for expander in app.expander] == ["What is known of them (2 of 2)"]


def test_an_item_that_is_not_here_is_said_so(reading: Workspace, opened: Opened, said: Said) -> None:
    assert "No item 'nothing' among 60" in said(opened("4_People", new="1", item="nothing"))


def test_without_a_model_the_past_is_shown_and_training_is_one_click_away(
    ws: Workspace, opened: Opened, said: Said
) -> None:
    shown = said(opened("4_People", person="u1"))
    assert "Had last" in shown
    assert "No model of these data yet" in shown
    assert "Train a model" in shown


def test_a_dataset_that_is_gone_is_said_so(reading: Workspace, opened: Opened, said: Said) -> None:
    assert "There is no dataset “gone” here" in said(opened("4_People", dataset="gone"))


@pytest.mark.parametrize(
    "query", [{"length": "x"}, {"repeats": "x"}, {"run": "x"}, {"with.age": "x"}, {"past": "x"}]
)
def test_an_address_with_nonsense_in_it_still_shows_the_person(
    reading: Workspace, opened: Opened, said: Said, query: dict[str, str]
) -> None:
    shown = said(opened("4_People", person="u1", **query))
    assert "Had last" in shown
    assert "wrong" not in shown


def test_another_dataset_starts_anew(ws: Workspace, opened: Opened, said: Said) -> None:
    put(ws, replace(two_tastes_of(20), name="small"))
    app = opened("4_People", dataset="two tastes", person="u150")
    app.selectbox(key="people.dataset").set_value("small").run()
    assert not app.exception
    assert app.query_params == {"dataset": "small"}
    (people,) = rows(app, "People")
    assert all("dataset=small" in str(address) for address in people.values("href"))


def test_back_from_an_item_leads_to_the_person_left_behind(
    reading: Workspace, opened: Opened, said: Said
) -> None:
    app = opened("4_People", person="u1")
    del app.query_params["person"]
    app.query_params["item"] = "i3"  # what Streamlit leaves in the browser's history
    app.run()
    assert "Had last" in said(app)
