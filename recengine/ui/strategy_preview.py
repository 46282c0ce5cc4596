"""One person's list by the model alone and by the strategy, with the reason of every move."""

from __future__ import annotations

import time
from typing import Any

import pandas as pd
import streamlit as st

from recengine.core.columns import DAY
from recengine.core.words import ordinal
from recengine.services import people
from recengine.services.recommend import RecommendationList
from recengine.services.showing import show_list
from recengine.services.strategic_list import StrategicList, strategic_list
from recengine.ui import cards, feedback_buttons, format, messages, navigation, people_page, picks, shown
from recengine.ui.asked import Asked
from recengine.ui.cards import Badge, Row, draw
from recengine.ui.downloads import download_table
from recengine.ui.looks import look
from recengine.ui.page import guarded
from recengine.ui.strategy_draft import View

SOMEBODY_ELSE = ("person", "new", "had", "item")


def finder(view: View) -> None:
    """Ways to somebody else."""
    picks.words(
        f"For which {messages.plain(view.card.about.person)}",
        view.page.name("find"),
        "An id, or words",
        name="find",
        leave=SOMEBODY_ELSE,
    )
    if st.button("Random", icon="🎲", key=view.page.name("random"), help="Someone with a history, by chance"):
        for name in (*SOMEBODY_ELSE, "find"):
            st.query_params.pop(name, None)
        st.query_params["person"] = people.random_person(view.ws, view.card.name)
        st.rerun()


@guarded
def show(view: View) -> None:
    """The list before and after; those who match where somebody is looked for."""
    if navigation.asked("find"):
        people_page.found(view.ws, view.card, navigation.STRATEGY)
        return
    asked = Asked.of_address(view.ws, view.card, view.run, view.card.about.repeats, view.k)
    answering = _answering(view, asked)
    made = strategic_list(
        view.ws,
        view.run.id,
        asked.profile,
        view.strategy if view.draft.is_changed or not view.draft.saved else view.draft.saved,
        view.k,
        seed=int(time.time() // DAY) if answering else 0,  # another day, another draw
    )
    draw(_who(asked), f'<p class="re-finding re-second" role="status">{messages.isolated(finding(made))}</p>')
    if made.note:
        draw(f'<p class="re-small">{messages.esc(made.note, 600)}</p>')
    before, after = st.columns([3, 5], gap="medium")
    with before:
        draw(cards.panel(cards.heading("By the model alone", level=3), _before(made.before)))
    with after:
        if answering:
            _answered(view, made)
        else:
            moves = f'<div class="re-moves">{_after(made)}</div>'
            draw(cards.panel(cards.heading("By the strategy", level=3), moves))
        download_table(table(made), f"{made.strategy} for {asked.name}", key=view.page.name("list.csv"))


def _answering(view: View, asked: Asked) -> bool:
    """Whether the list counts as shown: only one of a saved strategy, to someone of the data."""
    if not asked.person or not view.draft.saved:
        return False
    wanted = feedback_buttons.asked(view.card.about.person, key=view.page.name("answering"))
    if wanted and view.draft.is_changed:
        st.caption("Save the changes first: feedback is kept with the strategy that made the list.")
    return wanted and not view.draft.is_changed


def _answered(view: View, made: StrategicList) -> None:
    with st.container(border=True):
        draw(cards.heading("By the strategy", level=3))
        listed = [_row(row, made.before) for row in made.rows.itertuples(index=False)]
        feedback_buttons.rows(view.ws, show_list(view.ws, made), listed, label="By the strategy")


def _who(asked: Asked) -> str:
    icon = cards.icon(people_page.avatar(asked.person))
    name = f'<p class="re-eyebrow">Preview</p><h2>{messages.isolated(asked.name)}</h2>'
    return f'<div class="re-who">{icon}<div>{name}</div></div>'


def finding(made: StrategicList) -> str:
    """What the strategy does to this list, in a sentence."""
    new = int((~made.rows["item_id"].isin(made.before.rows["item_id"])).sum())
    if made.rows.empty:
        return "Nothing may be listed for them under these rules."
    if not made.moved:
        return "Every item stands where the model has it."
    places = f"{made.moved} of {format.plural(len(made.rows), 'item')} stand elsewhere than by the model"
    return f"{places}; {new or 'none'} of them would not be listed by it."


def _before(before: RecommendationList) -> str:
    rows = [
        Row(title=str(row.title), look=look(str(row.category), str(row.title)), detail=str(row.category))
        for row in before.rows.itertuples(index=False)
    ]
    return cards.rows(rows, label="By the model alone", numbered=True)


def _after(made: StrategicList) -> str:
    rows = [_row(row, made.before) for row in made.rows.itertuples(index=False)]
    parts = [cards.rows(rows, label="By the strategy", numbered=True)]
    if len(made.dropped):
        gone = [_gone(row, made.before.dataset) for row in made.dropped.itertuples(index=False)]
        parts += ['<p class="re-day">No longer listed</p>', cards.rows(gone, label="No longer listed")]
    return "".join(parts)


def _row(row: Any, before: RecommendationList) -> Row:
    likely = pd.notna(row.probability)
    marks = (
        _arrow(int(row.before), int(row.rank), len(before.rows)),
        cards.had(row.had) if row.had else None,
    )
    return Row(
        title=str(row.title),
        look=look(str(row.category), str(row.title)),
        href=shown.item_href(before.dataset, str(row.item_id)),
        detail=str(row.because),
        value=format.percent(row.probability, 1 if row.probability < 0.1 else 0) if likely else "",
        meaning="P(like): how likely this is chosen, among all items" if likely else "",
        badges=tuple(filter(None, marks)),
    )


def _arrow(before: int, rank: int, listed: int) -> Badge | None:
    """How an item moved; None where it stayed."""
    if before == rank:
        return None
    if not before:
        return Badge("new", "Not among the candidates of the model alone", "accent")
    words = f"{ordinal(before)} by the model, now {ordinal(rank)}"
    if before > listed:
        return Badge(f"▲ from {ordinal(before)}", f"Enters the list: {words}", "accent")
    return (
        Badge(f"▲ {before - rank}", words, "good")
        if before > rank
        else Badge(f"▼ {rank - before}", words, "bad")
    )


def _gone(row: Any, dataset: str) -> Row:
    return Row(
        title=str(row.title),
        look=look(str(row.category), str(row.title)),
        href=shown.item_href(dataset, str(row.item_id)),
        detail=str(row.category),
        badges=(Badge(f"was {ordinal(int(row.rank))}", "Its place by the model alone", "bad"),),
    )


def table(made: StrategicList) -> pd.DataFrame:
    """The list with what each part adds, for a download."""
    return made.rows.drop(columns=["badges"])
