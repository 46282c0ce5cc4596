from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from recengine.ui.messages import clip, esc, isolated, plain
from tests.ui.hostile import HOSTILE, Page


@given(st.text(), st.integers(min_value=1, max_value=50))
def test_clipping_gives_one_line_of_at_most_so_many_characters(text: str, most: int) -> None:
    line = clip(text, most)
    assert len(line) <= most
    assert "\n" not in line


def test_clipping_says_that_something_is_missing() -> None:
    assert clip("abcdef", 4) == "abc…"
    assert clip("abcd", 4) == "abcd"


@given(st.text())
def test_escaped_text_is_the_same_text_to_a_browser_and_no_tag(text: str) -> None:
    page = Page(f'<p title="{esc(text)}">{esc(text)}</p>')
    assert page.tags == ["p"]
    assert page.attributes == [("title", clip(text))]
    assert page.text == clip(text)


def test_isolated_text_cannot_leave_its_element() -> None:
    for text in HOSTILE:
        assert Page(isolated(text)).tags == ["bdi"]


@given(st.text())
def test_in_markdown_every_sign_with_a_meaning_is_escaped(text: str) -> None:
    shown = plain(text)
    assert not re.search(r"(?<!\\)(\\\\)*[`*_\[\]()<>#!|$:~]", shown)
    assert re.sub(r"\\(.)", r"\1", shown).replace("\N{WORD JOINER}", "") == clip(text).replace(
        "\N{WORD JOINER}", ""
    )


@pytest.mark.parametrize("text", ["http://evil.example", "www.evil.example", "me@evil.example"])
def test_an_address_in_markdown_does_not_become_a_link(text: str) -> None:
    assert "\N{WORD JOINER}" in plain(text)


def test_each_state_says_its_words_and_failures_interrupt_a_screen_reader() -> None:
    def page() -> None:
        from recengine.ui import messages

        messages.empty(
            "<i>Nothing</i>", "![x](http://evil.example/x.png)", page="pages/1_Data.py", action="Go"
        )
        messages.running("Under way", progress=0.5)
        messages.failed("Broken", "Mend it.")
        messages.done("Done")

    app = AppTest.from_function(page).run()
    assert not app.exception
    shown = [Page(element.proto.body) for element in app.get("html")]
    assert "<i>Nothing</i>" in shown[0].text
    assert "![x](http://evil.example/x.png)" in shown[0].text
    assert shown[0].values("href") == ["./Data"]
    assert [page.values("role") for page in shown] == [["status"], ["status"], ["alert"], ["status"]]
    assert len(app.get("progress")) == 1
