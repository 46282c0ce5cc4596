"""What comes of a what-if of one person: the finding, what is changed, and the list with arrows."""

from __future__ import annotations

import html
from math import isfinite
from typing import Any

import pandas as pd

from recengine.core.words import ordinal
from recengine.services.what_if_person import PersonWhatIf
from recengine.ui import cards, format, messages, navigation
from recengine.ui.cards import Badge, Row
from recengine.ui.looks import look
from recengine.ui.what_if_person_log import Log

FEW = 2  # changes; more of them would make the sentence too long
MOST_CHIPS = 8
OFF = {"left": "No longer on the list", "beyond": "Changed, but not on the list"}


def finding(told: PersonWhatIf) -> str:
    """What comes of it, in a sentence (which chips begin, where much is changed), and what to know."""
    much = len(told.edits) > FEW
    said = f"{told.outcome[:1].upper()}{told.outcome[1:]}." if much else told.finding
    notes = "".join(f'<p class="re-small">{messages.esc(note, 400)}</p>' for note in told.notes)
    return f'<p class="re-finding" role="status">{messages.isolated(said, 1_500)}</p>{notes}'


def chips(told: PersonWhatIf, log: Log) -> str:
    """Everything that is changed; a click takes it back."""
    shown = told.edits.head(MOST_CHIPS)
    parts = [_chip(row, log) for row in shown.itertuples(index=False)]
    if left := len(told.edits) - len(shown):
        parts.append(f'<li class="re-small">and {left} more</li>')
    return f'<ul class="re-chips" aria-label="What is changed">{"".join(parts)}</ul>' if parts else ""


def _chip(row: Any, log: Log) -> str:
    words = {"past": f"without {row.phrase}", "added": f"with {row.phrase} too"}.get(row.kind, row.phrase)
    return (
        f'<li><a class="re-chip re-go" href="{html.escape(log.having(row.back).href)}" '
        f'aria-label="Take back: {messages.esc(words, 200)}">{messages.isolated(words, 70)}'
        '<span aria-hidden="true">✕</span></a></li>'
    )


def lists(told: PersonWhatIf, here: str) -> str:
    """The list as it would be, and what is not on it; a click leads to an item's reasons."""
    likeliest = float(told.rows["probability_after"].max())

    def rows(frame: pd.DataFrame) -> list[Row]:
        return [_row(row, here, likeliest) for row in frame.itertuples(index=False)]

    off = told.rows["change"].isin(list(OFF))
    parts = [cards.rows(rows(told.rows[~off]), label="Their list", numbered=True)]
    for change, title in OFF.items():
        frame = told.rows[told.rows["change"] == change]
        if len(frame):
            parts += [f'<p class="re-day">{title}</p>', cards.rows(rows(frame), label=title)]
    return "".join(parts)


def _row(row: Any, here: str, likeliest: float) -> Row:
    likely = isfinite(row.probability_after)
    return Row(
        title=str(row.title),
        look=look(str(row.category), str(row.title)),
        href=navigation.here(navigation.IF_PERSON, item=str(row.item_id)),
        detail=" · ".join(filter(None, (str(row.category), _was(row)))),
        value=_number(row.probability_after, row.score_after),
        share=row.probability_after / likeliest if likely and likeliest else None,
        meaning="P(like): how likely this is chosen, among all items" if likely else "the model's own score",
        badges=tuple(filter(None, (_arrow(row), _changed(row)))),
        action=f"Why {row.title}?",
        current=str(row.item_id) == here,
    )


def _arrow(row: Any) -> Badge | None:
    was, will = int(row.rank_before), int(row.rank_after)
    before = f"{ordinal(was)} before" if was else "not to be listed before"
    after = f"now {ordinal(will)}" if will else "no longer to be listed"
    return {
        "entered": Badge("new", f"Enters the list: {before}, {after}", "accent"),
        "left": Badge(
            f"▼ {ordinal(will)}" if will else "▼ out", f"Leaves the list: {before}, {after}", "bad"
        ),
        "up": Badge(f"▲ {was - will}", f"Rises: {before}, {after}", "good"),
        "down": Badge(f"▼ {will - was}", f"Falls: {before}, {after}", "bad"),
        "beyond": Badge(f"now {ordinal(will)}" if will else "▼ out", f"On neither list: {before}, {after}"),
    }.get(row.change)


def _changed(row: Any) -> Badge | None:
    return Badge("changed", "What is known of it is changed.", "warn") if row.swapped else None


def _was(row: Any) -> str:
    """Place and number before, where they are others now."""
    place = f"was {ordinal(int(row.rank_before))}" if row.change != "same" and row.rank_before else ""
    before = _number(row.probability_before, row.score_before)
    moved = before != _number(row.probability_after, row.score_after)
    number = f"{'' if place else 'was '}{before}" if moved else ""
    return ", ".join(filter(None, (place, number)))


def _number(probability: float, score: float) -> str:
    if not isfinite(probability):
        return f"{score:.3g}".replace("-", format.MINUS)
    return format.percent(probability, 1 if probability < 0.1 else 0)
