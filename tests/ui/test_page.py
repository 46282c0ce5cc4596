from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from recengine.ui.page import sentence

Said = Callable[[AppTest], str]


def run(page: Callable[[], None]) -> AppTest:
    app = AppTest.from_function(page, default_timeout=60).run()
    assert not app.exception
    return app


def test_a_mistake_of_ours_shows_a_number_and_no_traceback(
    home: Path, said: Said, caplog: pytest.LogCaptureFixture
) -> None:
    def page() -> None:
        from recengine.ui.page import setup_page

        with setup_page("Page", "🏠", key="page"):
            raise ValueError("secret detail")

    shown = said(run(page))
    assert "Something went wrong on our side" in shown
    assert "secret" not in shown
    assert "ValueError" not in shown
    (record,) = (record for record in caplog.records if record.name == "recengine.ui")
    assert record.getMessage().split()[-1] in shown  # the number leads to the log's entry
    assert record.exc_info is not None


def test_a_mistake_of_the_readers_is_said_in_words(home: Path, said: Said) -> None:
    def page() -> None:
        from recengine.core.errors import DataError
        from recengine.ui.page import setup_page

        with setup_page("Page", "🏠", key="page"):
            raise DataError("the file has no <b>column</b> 'x'; name one")

    shown = said(run(page))
    assert "That did not work" in shown
    assert "The file has no <b>column</b> 'x'; name one" in shown


def test_stopping_a_page_is_no_error(home: Path, said: Said) -> None:
    def page() -> None:
        import streamlit as st

        from recengine.ui.page import setup_page

        def leave() -> None:
            st.stop()

        with setup_page("Page", "🏠", key="page"):
            st.text("before")
            leave()
            st.text("after")

    app = run(page)
    assert [text.value for text in app.text] == ["before"]
    assert "wrong" not in said(app)


def test_the_heading_is_the_pages_title_with_its_lead_escaped(home: Path, said: Said) -> None:
    def page() -> None:
        from recengine.ui.page import setup_page

        with setup_page("People", "👤", key="people", lead="a < b") as page:
            import streamlit as st

            st.text(page.name("find"))

    app = run(page)
    assert [title.value for title in app.title] == ["People"]
    assert "a < b" in said(app)
    assert app.text[0].value == "people.find"


def test_work_outside_of_the_page_is_guarded_on_its_own(home: Path, said: Said) -> None:
    def page() -> None:
        import streamlit as st

        from recengine.core.errors import JobError
        from recengine.ui.page import guarded

        @guarded
        def work(number: int) -> int:
            if number < 0:
                raise JobError("it is over already")
            return 2 * number

        st.text(str(work(2)))
        st.text(str(work(-1)))

    app = run(page)
    assert [text.value for text in app.text] == ["4", "None"]
    assert "It is over already" in said(app)


def test_a_sentence_begins_with_a_capital_and_an_address_stays_as_it_is() -> None:
    assert sentence("nobody answers.") == "Nobody answers."
    assert sentence("mongodb://host/shop refuses it.") == "mongodb://host/shop refuses it."
