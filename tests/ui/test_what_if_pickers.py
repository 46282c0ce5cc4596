from __future__ import annotations

from dataclasses import replace

import pytest
from streamlit.testing.v1 import AppTest

from recengine.core.columns import EVENT, USER, TimeKind
from recengine.core.dataset import Dataset, Interactions
from recengine.core.edits import parse
from recengine.services.choices import choices_of
from recengine.services.datasets import dataset_card
from recengine.services.runs import Run, get_run
from recengine.services.workspace import Workspace
from recengine.ui.what_if_pickers import PICKERS, Asking


@pytest.fixture(scope="module")
def asking(trained: Workspace, two_tastes: Dataset) -> Asking:
    """Of data with two kinds of event."""
    frame = two_tastes.interactions.frame
    kinds = frame[USER].map(lambda user: "view" if user % 4 else "buy").astype("category")
    data = replace(two_tastes, interactions=Interactions(frame.assign(**{EVENT: kinds})))
    return Asking(dataset_card(trained, "two tastes"), choices_of(data), get_run(trained, "ease-2"), "pick")


def drawn(asking: Asking, sort: str) -> AppTest:
    """The pickers with one sort of edit chosen."""

    def page(asking: object) -> None:
        import streamlit as st

        from recengine.ui.what_if_pickers import Asking, choose_edit

        assert isinstance(asking, Asking)
        st.text(choose_edit(asking))

    app = AppTest.from_function(page, args=(asking,), default_timeout=20)
    app.session_state["pick.sort"] = sort
    app.run()
    assert not app.exception
    return app


def text(app: AppTest) -> str:
    assert not app.exception
    return str(app.text[0].value)


@pytest.mark.parametrize(
    ("sort", "written"),
    [
        ("people", ""),
        ("activity", "drop people with fewer than 20 events"),
        ("items", ""),
        ("popularity", "drop items where popularity < 100"),
        ("time", "drop last 30 days"),
        ("kinds", ""),
        ("forget", "drop feature group"),
        ("setting", ""),
    ],
)
def test_every_sort_of_edit_begins_with_something_readable_or_with_nothing(
    asking: Asking, sort: str, written: str
) -> None:
    assert text(drawn(asking, sort)) == written
    assert not written or len(parse(written)) == 1
    assert sort in PICKERS


def test_values_become_a_condition_and_each_may_be_tried_alone(asking: Asking) -> None:
    app = drawn(asking, "people")
    app.multiselect(key="pick.people.group.values").set_value(["north"]).run()
    assert text(app) == "drop people where group = north"
    app.segmented_control(key="pick.people.verb").set_value("weigh").run()
    assert text(app) == "weigh people where group = north by 2"
    app.number_input(key="pick.people.factor").set_value(0.5).run()
    app.multiselect(key="pick.people.group.values").set_value(["north", "south"]).run()
    assert text(app) == "weigh people where group in (north, south) by 0.5"
    app.toggle(key="pick.people.group.turns").set_value(True).run()
    assert text(app) == "weigh people where group = {north|south} by 0.5"


def test_numbers_are_compared(asking: Asking) -> None:
    app = drawn(asking, "people")
    app.selectbox(key="pick.people.feature").set_value("age").run()
    app.selectbox(key="pick.people.age.sign").set_value("<")
    app.number_input(key="pick.people.age.number").set_value(40.5).run()
    assert text(app) == "drop people where age < 40.5"


def test_a_stretch_of_time_is_written_with_its_ends(asking: Asking) -> None:
    app = drawn(asking, "time")
    app.selectbox(key="pick.time.way").set_value("drop {} to {}").run()
    assert text(app).startswith("drop 20")
    (edit,) = parse(text(app))
    assert edit.text == text(app)
    app.selectbox(key="pick.time.way").set_value("from {}").run()
    assert text(app).startswith("from 20")


@pytest.mark.parametrize(("kind", "offered"), [("day", True), ("order", False)])
def test_times_are_asked_for_as_the_data_have_them(asking: Asking, kind: TimeKind, offered: bool) -> None:
    card = replace(asking.card, about=replace(asking.card.about, time_kind=kind))
    here = replace(asking, card=card)
    assert PICKERS["time"].fits(here) == offered
    if offered:
        app = drawn(here, "time")
        app.selectbox(key="pick.time.way").set_value("until {}").run()
        assert text(app).removeprefix("until ").isdigit()


def test_days_can_be_given_back_where_some_were_left_out(asking: Asking) -> None:
    def ways(run: Run) -> list[str]:
        return [
            str(way) for way in drawn(replace(asking, run=run), "time").selectbox(key="pick.time.way").options
        ]

    edited = replace(asking.run, spec=asking.run.spec.model_copy(update={"edits": ("drop last 60 days",)}))
    assert len(ways(edited)) == len(ways(asking.run)) + 1


def test_kinds_of_event_are_left_out_or_weighed(asking: Asking) -> None:
    app = drawn(asking, "kinds")
    app.multiselect(key="pick.kinds.values").set_value(["view"]).run()
    assert text(app) == "drop events where kind = view"
    app.multiselect(key="pick.kinds.values").set_value(["view", "buy"]).run()
    assert text(app) == "drop events where kind in (view, buy)"


def test_a_setting_is_written_once_it_differs(asking: Asking) -> None:
    app = drawn(asking, "setting")
    assert text(app) == ""
    number = app.number_input[0]
    number.set_value(2 * float(number.value or 1)).run()
    assert text(app).startswith("set ")
    assert len(parse(text(app))) == 1
