from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from recengine.ui import navigation
from recengine.ui.navigation import PLACES, destination, href

ROOT = Path(__file__).parents[2]
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@given(
    st.sampled_from([place.script for place in PLACES]), st.dictionaries(TEXTS, st.lists(TEXTS, min_size=1))
)
def test_an_address_leads_back_to_the_page_and_the_parameters_it_was_made_of(
    script: str, query: dict[str, list[str]]
) -> None:
    assert destination(href(script, dict(query))) == (script, query)


@pytest.mark.parametrize(
    "address",
    ["http://evil.example/People", "//evil.example/People", "./Nowhere", "javascript:alert(1)", "../People"],
)
def test_no_address_but_our_own_is_followed(address: str) -> None:
    assert destination(address) is None


def test_every_page_is_on_the_shelf_and_every_script_there_exists() -> None:
    scripts = {"dashboard.py", *(f"pages/{path.name}" for path in (ROOT / "pages").glob("*.py"))}
    assert {place.script for place in PLACES} == scripts


def test_the_sidebar_links_all_pages_of_the_app(home: Path) -> None:
    app = AppTest.from_file(str(ROOT / "dashboard.py"), default_timeout=60)
    app.switch_page("pages/5_Item.py").run()
    assert not app.exception
    assert [link.proto.label for link in app.get("page_link")] == [place.label for place in PLACES]


def test_here_changes_some_parameters_and_keeps_the_rest() -> None:
    def page() -> None:
        import streamlit as st

        from recengine.ui import navigation

        st.text(navigation.here(navigation.PEOPLE, item=["1", "2"], find=None))

    app = AppTest.from_function(page)
    app.query_params["dataset"] = "a&b"
    app.query_params["find"] = "x"
    app.run()
    assert destination(app.text[0].value) == (navigation.PEOPLE, {"dataset": ["a&b"], "item": ["1", "2"]})


def test_the_phones_bar_leads_to_every_page_and_marks_the_one_in_view() -> None:
    bar = navigation.bar("Compare")
    assert bar.count("<a ") == len(navigation.PLACES)
    assert bar.count('aria-current="page"') == 1
    assert 'href="./Compare" aria-current="page"' in bar
