"""What a person had, ticked where it counts; and what could be added."""

from __future__ import annotations

import html
from typing import Any

import pandas as pd

from recengine.core.edits.person_edits import Added, Without
from recengine.services.what_if_person import PersonWhatIf
from recengine.services.what_if_person_known import past
from recengine.ui import cache, cards, format, messages, navigation, picks
from recengine.ui.asked import Asked
from recengine.ui.cards import Row, draw
from recengine.ui.looks import look
from recengine.ui.page import Page
from recengine.ui.what_if_person_log import Log

AT_ONCE = 12  # rows shown, and so many more with each click
OFFERED = 8


def ticks(asked: Asked, told: PersonWhatIf, log: Log, page: Page) -> None:
    """What they had, most recent first; a click leaves it out or takes it back in."""
    had = past(asked.ws, asked.run.id, asked.profile)
    if had.empty:
        draw('<p class="re-small">Nothing yet. Add something, and it counts as had just now.</p>')
        return
    query = picks.words("Search", page.name("past"), "Words of a title or category, or an id", name="past")
    found = had[_matches(had, query)]
    if found.empty:
        messages.empty("Nothing matches", f"They had nothing with “{messages.clip(query, 80)}”.")
        return
    most = _most()
    out = told.edits[told.edits["kind"] == "past"].set_index("item_id")["count"].to_dict()
    rows = "".join(
        _tick(asked, row, out.get(row.item_id), log) for row in found.head(most).itertuples(index=False)
    )
    draw(f'<ul class="re-rows re-ticks" aria-label="What they had">{rows}</ul>', _ways(found, out, log, most))


def _ways(found: pd.DataFrame, out: dict[str, int], log: Log, most: int) -> str:
    """All of these at once, and more of them."""
    ids, links = found["item_id"].astype(str).tolist(), {}
    ticked, unticked = [id_ for id_ in ids if id_ not in out], [id_ for id_ in ids if id_ in out]
    if ticked and navigation.asked("past"):
        links[f"Leave out all {format.count(len(ticked))}"] = log.having(*_texts(Without, ticked, None)).href
    if unticked:
        links[f"Take back in all {format.count(len(unticked))}"] = log.having(
            *_texts(Without, unticked, 0)
        ).href
    if len(found) > most:
        links[f"Show more of {format.count(len(found))}"] = navigation.here(
            navigation.IF_PERSON, most=str(most + 3 * AT_ONCE)
        )
    return cards.more(links)


def _texts(kind: type[Without], item_ids: list[str], last: int | None) -> list[str]:
    return [kind(item_id, last).text for item_id in item_ids]


def _most() -> int:
    asked = navigation.asked("most")
    return int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else AT_ONCE


def _matches(had: pd.DataFrame, query: str) -> pd.Series:
    """Where every word occurs in title, category or id."""
    texts = (had["title"] + " " + had["category"] + " " + had["item_id"]).str.lower()
    match = pd.Series(True, index=had.index)
    for word in query.lower().split():
        match &= texts.str.contains(word, regex=False)
    return match


def _tick(asked: Asked, row: Any, out: int | None, log: Log) -> str:
    """One item of the past: `out` of its latest events are left out (0: all of them; None: none)."""
    gone = row.times if out == 0 else (out or 0)
    title, left = str(row.title), row.times - gone
    back = Without(row.item_id, 0 if out is not None else None).text
    verb = "Take back in" if out is not None else "Leave out"
    state = "off" if not left else "part" if gone else "on"
    part = f"{format.count(left)} of " if state == "part" else ""
    count = f"{part}{format.count(row.times)}×"
    icon = cards.icon(look(str(row.category), title))
    inner = (
        f'<span class="re-tick re-{state}" aria-hidden="true"></span>{icon}'
        f'<span class="re-row-text"><span class="re-row-title">{messages.isolated(title)}</span>'
        f'<span class="re-row-detail">{messages.isolated(_detail(asked, row), 200)}</span></span>'
        f'<span class="re-row-value">{count}</span>'
    )
    link = (
        f'<a class="re-row re-go" href="{html.escape(log.having(back).href)}" '
        f'aria-label="{verb} {messages.esc(title)}">{inner}</a>'
    )
    return f'<li class="re-{state}">{link}{_one_less(row, gone, log)}</li>'


def _one_less(row: Any, gone: int, log: Log) -> str:
    """A small link that leaves out one event more, the latest that is left."""
    if row.times - gone < 2:
        return ""
    address = log.having(Without(row.item_id, gone + 1).text).href
    words = f'aria-label="Leave out the last one of {messages.esc(row.title)}" title="Leave out the last one"'
    return f'<a class="re-why re-go" href="{html.escape(address)}" {words}>−1</a>'


def _detail(asked: Asked, row: Any) -> str:
    when = format.moment(float(row.time), asked.card.about.time_kind)
    return " · ".join(filter(None, (when, str(row.category))))


def additions(asked: Asked, told: PersonWhatIf, log: Log, page: Page) -> None:
    """What was added, and more to add; a click adds it, had just now."""
    word = asked.card.about.item
    added = told.edits[told.edits["kind"] == "added"]
    if len(added):
        draw(cards.rows(_added(asked, added, log), label="Added"))
    query = picks.words(f"Find {format.a(word)}", page.name("add"), "Words of its title or an id", name="add")
    frame = cache.found_items(asked.ws.root, asked.card.name, asked.card.fingerprint, query, OFFERED)
    if frame.empty:
        messages.empty("Nothing matches", f"No {word} has “{messages.clip(query, 80)}” in title or id.")
        return
    counts = added.set_index("item_id")["count"].to_dict()
    rows = [
        Row(
            title=str(row.title),
            look=look(str(row.category), str(row.title)),
            href=log.having(Added(str(row.item_id), counts.get(str(row.item_id), 0) + 1).text).href,
            detail=str(row.category),
            value="＋",
            action=f"Add {row.title}",
        )
        for row in frame.itertuples(index=False)
    ]
    draw(cards.rows(rows, label=f"{'Found' if query else 'Popular'} {format.many(word)}"))


def _added(asked: Asked, added: pd.DataFrame, log: Log) -> list[Row]:
    ids = tuple(added["item_id"].astype(str))
    frame = cache.items_of(asked.ws.root, asked.card.name, asked.card.fingerprint, ids)
    return [
        Row(
            title=str(row.title),
            look=look(str(row.category), str(row.title)),
            href=log.having(edit.back).href,
            detail="had just now" + (f", {edit.count} times" if edit.count > 1 else ""),
            value="✕",
            action=f"Take out {row.title}",
        )
        for row, edit in zip(frame.itertuples(index=False), added.itertuples(index=False), strict=True)
    ]
