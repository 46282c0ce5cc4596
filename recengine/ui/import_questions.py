"""What must not be guessed is asked: the questions that data raise, and the reader's answers."""

from __future__ import annotations

from typing import NoReturn

import streamlit as st

from recengine.core.errors import Question
from recengine.data.workbook import ALL
from recengine.services.uploads import as_handed
from recengine.ui import cards, messages

ASKED = "data.asked"  # session: the questions raised, by what was read and by their setting
TITLES = {
    "dates": "How are these dates written?",
    "decimals": "Which sign begins the decimals?",
    "sheet": "Which sheet holds the events?",
    "users_sheet": "Which sheet holds the people?",
    "items_sheet": "Which sheet holds the items?",
    "test_sheet": "Which sheet holds the test events?",
}
MOST_LINES = 6  # more answers than this go into a list that opens


Answers = dict[str, str | None]  # by setting; None where the reader has not said yet


def ask(about: str, question: Question) -> NoReturn:
    """Have a question answered before the same data are read again.

    Args:
        about: the file or table that raised it.

    Raises:
        Question: it was asked before, so another answer is no help.
    """
    asked = st.session_state.setdefault(ASKED, {}).setdefault(about, {})
    if question.setting in asked:
        raise question
    asked[question.setting] = question
    st.rerun()


def answers(about: str, *settings: str) -> Answers:
    """Draw what was asked about these settings of these data; what the reader said."""
    asked: dict[str, Question] = st.session_state.get(ASKED, {}).get(about, {})
    return {
        setting: answer(question, f"data.ask.{about}.{setting}")
        for setting, question in asked.items()
        if setting in settings
    }


def answer(question: Question, key: str) -> str | None:
    """Draw a question; what the reader said, None where nothing yet."""
    with st.container(border=True):
        cards.draw(cards.heading(TITLES[question.setting], as_handed(question.subject), 3))
        st.caption("Each of these can be read, and the wrong one would go unnoticed.")
        return _draw(question, key)


def _draw(question: Question, key: str) -> str | None:
    title, options = TITLES[question.setting], list(question.options)

    def said(answer: str) -> str:
        meaning = question.options[answer]
        return f"{answer}: {meaning}" if "sheet" in question.setting and answer != ALL else meaning

    if len(options) > MOST_LINES:
        return st.selectbox(title, options, index=None, format_func=said, key=key)
    return st.radio(
        title, options, index=None, key=key, label_visibility="collapsed",
        format_func=lambda answer: messages.plain(said(answer)),
    )  # fmt: skip
