from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from streamlit.testing.v1 import AppTest

from recengine.core.dataset import Dataset
from recengine.services.runs import TrainSpec
from recengine.services.training import train
from recengine.services.workspace import Workspace
from tests.ui.conftest import ROOT, put


def script() -> None:
    import streamlit as st

    from recengine.ui.choose import choose

    words = {"a": "First", "b": "Second"}
    st.session_state["chosen"] = choose(
        "Letter", ["a", "b"], name="letter", said=words.__getitem__, first="b"
    )


def letters(**query: str) -> AppTest:
    app = AppTest.from_function(script)
    app.query_params.update(query)
    return app.run()


def test_the_address_decides_what_is_chosen() -> None:
    assert letters(letter="a").session_state["chosen"] == "a"


def test_without_an_address_the_usual_is_chosen_and_written_there() -> None:
    app = letters()
    assert app.session_state["chosen"] == "b"
    assert app.query_params["letter"] == "b"


def test_a_choice_is_written_into_the_address_by_its_name_not_its_words() -> None:
    app = letters()
    app.selectbox[0].select("a").run()
    assert app.session_state["chosen"] == "a"
    assert app.query_params["letter"] == "a"


def test_an_address_that_names_nothing_is_told_and_the_usual_chosen() -> None:
    app = letters(letter="z")
    assert "There is no letter" in app.get("html")[0].proto.body
    assert app.session_state["chosen"] == "b"


def test_a_new_address_wins_over_what_was_chosen_before() -> None:
    app = letters()
    app.selectbox[0].select("b").run()
    app.query_params["letter"] = "a"  # a link was followed
    app.run()
    assert app.session_state["chosen"] == "a"


def test_a_choice_wins_over_the_address_it_was_made_under() -> None:
    app = letters(letter="a")
    app.selectbox[0].select("b").run().run()
    assert app.session_state["chosen"] == "b"


def test_a_page_without_an_address_opens_the_data_looked_at_last_else_those_trained_on_last(
    ws: Workspace, opened: Callable[..., AppTest], two_tastes: Dataset
) -> None:
    train(ws, TrainSpec(dataset="two tastes", model="popularity"))
    put(ws, replace(two_tastes, name="newer"))
    assert opened("3_Compare").query_params["dataset"] == "two tastes"
    later = AppTest.from_file(str(ROOT / "pages" / "3_Compare.py"), default_timeout=60)
    later.session_state["dataset"] = "newer"  # what People and Items remember
    assert later.run().query_params["dataset"] == "newer"
