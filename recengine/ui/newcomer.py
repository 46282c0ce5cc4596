"""Someone made up by clicking: a new person of chosen items and features, and the lists that follow at once.

All of it stands in the address (new=1, item=..., with.FEATURE=...), so a made-up person can be handed on.
"""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from recengine.services.datasets import DatasetCard
from recengine.services.people import PersonView
from recengine.services.workspace import Workspace
from recengine.ui import cache, cards, format, lists, messages, navigation, picks
from recengine.ui.cards import Row, draw
from recengine.ui.looks import look
from recengine.ui.page import Page

SHELF = 8  # items offered at once
COPIED = 12  # latest items a copy of a person starts with
MOST_CHOSEN = 50  # items of a made-up person; more do not fit an address
_WITH = "with."  # prefix of their features in the address


def show(ws: Workspace, card: DatasetCard, page: Page) -> None:
    """The page: click items, say what is known of them, and the lists follow at once."""
    chosen = navigation.asked_all("item")[:MOST_CHOSEN]
    features = made_up_features()
    word = card.about.item
    draw(cards.heading(f"A new {card.about.person}", f"click {format.many(word)}, and the lists follow"))
    _shelf(ws, card, page, chosen)
    _feature_choices(ws, card, page, features)
    draw(cards.heading("What they chose, and what they are offered", lists.LEGEND))
    lists.beside(
        ws,
        card,
        page,
        lambda run, k, kind: cache.newcomers_list(
            ws.root, run.id, card.name, tuple(chosen), tuple(features.items()), k, kind
        ),
        who=as_asked(chosen, features),
        first=lambda: _chosen(ws, card, chosen),
    )
    query = {"dataset": card.name, **as_asked(chosen, features)}
    draw(cards.more({"What if they were another?": navigation.href(navigation.IF_PERSON, query)}))


def as_asked(chosen: list[str], features: Mapping[str, str]) -> dict[str, str | list[str]]:
    """A made-up person in the address of the Explain page."""
    return {"new": "1", "had": chosen, **{_WITH + name: value for name, value in features.items()}}


def made_up_features() -> dict[str, str]:
    """What the address says is known of the made-up person."""
    names = sorted(name for name in st.query_params if name.startswith(_WITH))
    return {name.removeprefix(_WITH): navigation.asked(name) for name in names}


def _chosen(ws: Workspace, card: DatasetCard, chosen: list[str]) -> None:
    """What has been clicked so far; a click takes it out again."""
    if not chosen:
        text = f"Click {format.many(card.about.item)} above. Until then models know nothing and fall back."
        messages.empty("Nothing chosen yet", text)
        return
    frame = cache.items_of(ws.root, card.name, card.fingerprint, tuple(chosen))
    rows = [
        Row(
            title=str(row.title),
            look=look(str(row.category), str(row.title)),
            href=navigation.here(navigation.PEOPLE, item=[*chosen[:place], *chosen[place + 1 :]]),
            detail=str(row.category),
            value="✕",
            action=f"Take out {row.title}",
        )
        for place, row in enumerate(frame.itertuples(index=False))
    ]
    draw(cards.panel(cards.heading("Chosen", "click to take out", level=3), cards.rows(rows, label="Chosen")))


def _feature_choices(ws: Workspace, card: DatasetCard, page: Page, features: Mapping[str, str]) -> None:
    """What may be said of the new person besides what they chose."""
    values = cache.feature_values(ws.root, card.name, card.fingerprint)
    if not values:
        return
    with st.expander(f"What is known of them ({len(features)} of {len(values)})"):
        for name, options in values.items():
            key = page.name(f"with.{name}")
            label, said = cards.words(name), features.get(name)
            if options:
                st.session_state[key] = said
                more = [] if said is None or said in options else [said]
                st.selectbox(
                    label,
                    [*more, *options],
                    index=None,
                    key=key,
                    placeholder="unknown",
                    on_change=_say,
                    args=(key, name),
                )
            else:
                st.session_state[key] = _number(said)
                st.number_input(
                    label, value=None, key=key, placeholder="unknown", on_change=_say, args=(key, name)
                )


def _number(text: str | None) -> float | None:
    """A number out of the address; None for anything else."""
    try:
        return None if text is None else float(text)
    except ValueError:
        return None


def _say(key: str, name: str) -> None:
    value = st.session_state[key]
    if value is None:
        st.query_params.pop(_WITH + name, None)
    else:
        st.query_params[_WITH + name] = value


def _shelf(ws: Workspace, card: DatasetCard, page: Page, chosen: list[str]) -> None:
    """Items to click: those that match the words, else the most popular."""
    word = card.about.item
    query = picks.words(
        f"Find {format.a(word)}", page.name("shelf"), "Words of its title or an id", name="shelf"
    )
    frame = cache.found_items(ws.root, card.name, card.fingerprint, query, SHELF + len(chosen))
    frame = frame[~frame["item_id"].isin(chosen)].head(SHELF)
    if frame.empty:
        messages.empty(
            "Nothing matches", f"No {word} has “{messages.clip(query, 80)}” in title, id or features."
        )
        return
    rows = [
        Row(
            title=str(row.title),
            look=look(str(row.category), str(row.title)),
            href=navigation.here(navigation.PEOPLE, item=[*chosen, str(row.item_id)]),
            detail=str(row.category),
            value="＋",
            action=f"Add {row.title}",
        )
        for row in frame.itertuples(index=False)
    ]
    title = f"{'Found' if query else 'Popular'} {format.many(word)}"
    draw(cards.rows(rows, label=title, grid=True))


def address_like(person: PersonView) -> dict[str, str | list[str]]:
    """The address of a made-up person with this one's latest items and features."""
    items = list(dict.fromkeys(person.history["item_id"].astype(str)))[:COPIED]
    features = {_WITH + name: str(value) for name, value in person.features.items()}
    return {"dataset": person.dataset, "new": "1", "item": items[::-1], **features}
