from __future__ import annotations

from streamlit.testing.v1 import AppTest


def script() -> None:
    import streamlit as st

    from recengine.ui.choose import choose

    words = {"a": "First", "b": "Second"}
    st.session_state["chosen"] = choose(
        "Letter", ["a", "b"], name="letter", said=words.__getitem__, first="b"
    )


def opened(**query: str) -> AppTest:
    app = AppTest.from_function(script)
    app.query_params.update(query)
    return app.run()


def test_the_address_decides_what_is_chosen() -> None:
    assert opened(letter="a").session_state["chosen"] == "a"


def test_without_an_address_the_usual_is_chosen_and_written_there() -> None:
    app = opened()
    assert app.session_state["chosen"] == "b"
    assert app.query_params["letter"] == "b"


def test_a_choice_is_written_into_the_address_by_its_name_not_its_words() -> None:
    app = opened()
    app.selectbox[0].select("a").run()
    assert app.session_state["chosen"] == "a"
    assert app.query_params["letter"] == "a"


def test_an_address_that_names_nothing_is_told_and_the_usual_chosen() -> None:
    app = opened(letter="z")
    assert "There is no letter" in app.get("html")[0].proto.body
    assert app.session_state["chosen"] == "b"


def test_a_new_address_wins_over_what_was_chosen_before() -> None:
    app = opened()
    app.selectbox[0].select("b").run()
    app.query_params["letter"] = "a"  # a link was followed
    app.run()
    assert app.session_state["chosen"] == "a"


def test_a_choice_wins_over_the_address_it_was_made_under() -> None:
    app = opened(letter="a")
    app.selectbox[0].select("b").run().run()
    assert app.session_state["chosen"] == "b"
