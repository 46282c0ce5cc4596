"""One item's reasons as they would be, beside as they are."""

from __future__ import annotations

import streamlit as st

from recengine.core.words import ordinal
from recengine.services.explain import ItemExplanation
from recengine.services.what_if_person import PersonWhatIf, reasons
from recengine.ui import cards, messages, navigation
from recengine.ui.asked import Asked
from recengine.ui.cards import draw
from recengine.ui.looks import look
from recengine.ui.page import guarded
from recengine.ui.what_if_person_log import Log


def in_view(told: PersonWhatIf) -> str:
    """The item of the address, else what moves most, else the first; "" where nothing is listed."""
    asked = navigation.asked("item")
    if asked or told.rows.empty:
        return asked
    frame = told.rows
    last = told.k + 1  # where what is not listed counts as standing
    was, will = (
        frame[place].where(frame[place].between(1, told.k), last) for place in ("rank_before", "rank_after")
    )
    return str(frame["item_id"].iloc[int((was - will).abs().to_numpy().argmax())])


@guarded
def show(asked: Asked, told: PersonWhatIf, log: Log) -> None:
    """The item in view: its place and its reasons, before and after."""
    item_id = in_view(told)
    if not item_id:
        return
    with st.spinner("Asking for the reasons"):
        before, after = reasons(
            asked.ws, asked.run.id, asked.profile, log.done, item_id, repeats=asked.repeats, k=asked.k
        )
    places = " → ".join(dict.fromkeys((_place(before), _place(after))))
    eyebrow = f'<p class="re-eyebrow">{messages.esc(places)}</p>'
    icon = cards.icon(look("", after.title))
    head = (
        f'<div class="re-who">{icon}<div>{eyebrow}<h3>{messages.isolated(after.title, 200)}</h3></div></div>'
    )
    draw(cards.panel(head, _sentences(before, after), cards.more(_ways(asked, told, item_id))))


def _place(told: ItemExplanation) -> str:
    return ordinal(told.rank) if told.rank else "not to be listed"


def _sentences(before: ItemExplanation, after: ItemExplanation) -> str:
    """Both sentences, or the one where they are the same."""
    then, now = after.sentences["executive"], before.sentences["executive"]
    finding = f'<p class="re-finding re-second">{messages.isolated(then, 1_500)}</p>'
    if then == now:
        return finding
    return f'{finding}<p class="re-day">As it is</p><p class="re-small">{messages.isolated(now, 1_500)}</p>'


def _ways(asked: Asked, told: PersonWhatIf, item_id: str) -> dict[str, str]:
    return {"All reasons, as it is": asked.href(item_id)}
