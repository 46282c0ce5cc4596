from __future__ import annotations

import re
from collections.abc import Callable
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from recengine.services.recommend import recommend
from recengine.services.runs import list_runs
from recengine.services.what_if_person import reasons, what_if_person
from recengine.services.what_if_person_known import past
from recengine.services.workspace import Workspace
from recengine.ui.what_if_person_log import Log
from tests.ui.hostile import Page
from tests.ui.test_people_page import rows

Opened = Callable[..., AppTest]
Said = Callable[[AppTest], str]
PAGE = "8_What_if_person"


def run_of(ws: Workspace, model: str = "ease") -> str:
    return next(run.id for run in list_runs(ws) if run.spec.model == model)


def had(ws: Workspace, person: str = "u1") -> list[str]:
    return list(past(ws, run_of(ws), person)["item_id"])


def links(app: AppTest, name: str) -> dict[str, dict[str, list[str]]]:
    """The parameters each link of a list leads to, by what a screen reader hears."""
    (part,) = [block.proto.body for block in app.get("html") if f'aria-label="{name}"' in block.proto.body]
    shown = re.split("</[ou]l>", part.partition(f'aria-label="{name}"')[2])[0]
    found = re.findall(r'<a [^>]*?href="([^"]*)" aria-label="([^"]*)"', shown)
    return {unescape(label): parse_qs(urlsplit(unescape(address)).query) for address, label in found}


def test_steps_go_back_and_forth_and_a_new_one_forgets_what_was_undone() -> None:
    log = Log().having("a").having("b", "c")
    assert log.done == ("a", "b; c")
    assert log.undo() == Log(("a",), ("b; c",))
    assert log.undo().redo() == log
    assert log.undo().having("d") == Log(("a", "d"), ())
    assert log.reset().redo().redo() == log
    assert Log().undo() == Log().redo() == Log()


def test_without_data_and_without_a_model_the_page_says_what_to_do(
    home: object, opened: Opened, said: Said
) -> None:
    assert "There are no data yet" in said(opened(PAGE))


def test_without_a_model_training_is_one_click_away(ws: Workspace, opened: Opened, said: Said) -> None:
    assert "No model of these data yet" in said(opened(PAGE, person="u1"))


def test_at_first_the_list_is_as_it_is_and_everything_is_ticked(
    reading: Workspace, opened: Opened, said: Said
) -> None:
    app = opened(PAGE, run=run_of(reading), person="u1")
    assert "Nothing is changed yet" in said(app)
    (listed,) = rows(app, "Their list")
    assert len(listed.values("href")) == 10
    assert all(label.startswith("Leave out ") for label in links(app, "What they had"))
    assert "No longer on the list" not in said(app)
    assert [app.button(key=f"ifperson.{word}").disabled for word in ("Undo", "Redo", "reset")] == [True] * 3


def test_a_link_shows_its_what_if_and_every_row_leads_on_from_there(
    reading: Workspace, opened: Opened, said: Said
) -> None:
    run_id, (first, second, *_) = run_of(reading), had(reading)
    app = opened(PAGE, run=run_id, person="u1", edit=f"without {first}")
    told = what_if_person(reading, run_id, "u1", [f"without {first}"])
    shown = said(app)
    assert told.finding in shown
    ticks = list(links(app, "What they had").items())
    assert ticks[0][0].startswith("Take back in ")
    assert ticks[0][1]["edit"] == [f"without {first}", f"with {first}"]
    assert ticks[1][1]["edit"] == [f"without {first}", f"without {second}"]
    (chip,) = links(app, "What is changed").values()
    assert chip["edit"] == [f"without {first}", f"with {first}"]
    item_id = next(item for item in told.rows["item_id"] if f"item={item}" in in_view(app))
    _, after = reasons(reading, run_id, "u1", [f"without {first}"], item_id)
    assert after.sentences["executive"] in shown


def in_view(app: AppTest) -> str:
    """The address of the row whose reasons are told."""
    (part,) = [
        block.proto.body
        for block in app.get("html")
        if 'aria-current="true"' in block.proto.body and "re-row" in block.proto.body
    ]
    return re.findall(r'href="([^"]*)"[^>]*aria-current="true"', part)[0]


def test_undo_redo_and_start_over_walk_the_address(reading: Workspace, opened: Opened, said: Said) -> None:
    first, second, *_ = had(reading)
    app = opened(PAGE, run=run_of(reading), person="u1", edit=f"without {first}")
    app.query_params["edit"] = [f"without {first}", f"without {second}"]
    app.run()
    app.button(key="ifperson.Undo").click().run()
    assert app.query_params["edit"] == f"without {first}"
    assert app.query_params["undone"] == f"without {second}"
    app.button(key="ifperson.Redo").click().run()
    assert app.query_params["edit"] == [f"without {first}", f"without {second}"]
    app.button(key="ifperson.reset").click().run()
    assert "edit" not in app.query_params
    assert "Nothing is changed yet" in said(app)
    app.button(key="ifperson.Redo").click().run()
    assert app.query_params["edit"] == f"without {first}"


def test_an_added_item_stands_there_and_can_be_taken_out(
    reading: Workspace, opened: Opened, said: Said
) -> None:
    app = opened(PAGE, tab={"ifperson.tabs": "Add"}, run=run_of(reading), person="u1", edit="add i4 2 times")
    (taken,) = links(app, "Added").values()
    assert taken["edit"] == ["add i4 2 times", "add i4 0 times"]
    assert "had just now, 2 times" in said(app)
    app.text_input(key="ifperson.add").set_value("i4").run()
    again = next(iter(links(app, "Found items").values()))
    assert again["edit"] == ["add i4 2 times", "add i4 3 times"]


def test_the_past_is_searched_and_all_that_is_found_can_be_left_out(
    reading: Workspace, opened: Opened, said: Said
) -> None:
    app = opened(PAGE, run=run_of(reading), person="u1", past="salty")
    found = links(app, "What they had")
    assert 0 < len(found) <= 12
    assert "Leave out all" in said(app)
    assert "They had nothing with" in said(opened(PAGE, run=run_of(reading), person="u1", past="zzz"))


def test_a_model_that_reads_no_features_says_so(reading: Workspace, opened: Opened, said: Said) -> None:
    for tab in ("Person", "Item"):
        shown = said(opened(PAGE, tab={"ifperson.tabs": tab}, run=run_of(reading), person="u1"))
        assert "goes by the past alone" in shown


def test_a_newcomer_is_edited_too(reading: Workspace, opened: Opened, said: Said) -> None:
    app = opened(PAGE, run=run_of(reading), new="1", had="i4", edit="without i4")
    assert "A new person" in said(app)
    assert "Without “" in said(app)


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        ("without i999", "No item 'i999' among"),
        ("agee = 3", "Did you mean 'age'?"),
        ("<img src=x onerror=alert(1)>", "A person has no '"),
    ],
)
def test_an_edit_that_cannot_be_done_is_told_and_can_be_undone(
    reading: Workspace, opened: Opened, said: Said, edit: str, words: str
) -> None:
    app = opened(PAGE, run=run_of(reading), person="u1", edit=edit)
    assert words in said(app)
    assert not any("img" in Page(block.proto.body).tags for block in app.get("html"))
    app.button(key="ifperson.Undo").click().run()
    assert "Nothing is changed yet" in said(app)


def test_somebody_who_is_not_there_is_told(reading: Workspace, opened: Opened, said: Said) -> None:
    assert "nobody" in said(opened(PAGE, person="nobody"))


def test_the_item_in_view_is_the_one_clicked(reading: Workspace, opened: Opened, said: Said) -> None:
    run_id = run_of(reading)
    third = recommend(reading, run_id, "u1", 10).rows.iloc[2]
    app = opened(PAGE, run=run_id, person="u1", item=str(third["item_id"]))
    (listed,) = rows(app, "Their list")
    assert listed.values("aria-current") == ["true"]
    before, _ = reasons(reading, run_id, "u1", [], str(third["item_id"]))
    assert before.sentences["executive"] in said(app)
