"""What-ifs beside each other: those asked about one model, those asked together, on one scale."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from recengine.core.words import plural
from recengine.services.runs import get_run
from recengine.services.what_if import WhatIf, WhatIfSet
from recengine.services.workspace import Workspace
from recengine.ui import cards, format, messages, navigation, what_if_charts, what_if_watch
from recengine.ui.cards import Badge, Row
from recengine.ui.charts import show as show_chart
from recengine.ui.looks import Look
from recengine.ui.page import Page
from recengine.ui.what_if_charts import signed

MOST_LISTED = 40
LOOKS = {
    "better": Look("▲", "green"),
    "worse": Look("▼", "orange"),
    "no real difference": Look("≈", "grey"),
    "not told from chance": Look("?", "yellow"),
}
UNDER_WAY, BROKEN = Look("◔", "blue"), Look("×", "red")
TONES: dict[str, cards.Tone] = {"better": "good", "worse": "bad", "not told from chance": "warn"}


def of_run(found: Sequence[WhatIf], page: Page) -> None:
    """All that was asked about a model, newest first, and on one scale."""
    if not found:
        return
    cards.draw(cards.heading("Asked so far about this model", _counted(found)))
    _rows(found)
    _together(found, page)


def of_set(ws: Workspace, found: WhatIfSet, page: Page) -> None:
    """What was asked together: its progress, one scale for all, and each to be opened."""
    base = get_run(ws, found.what_ifs[0].base)
    cards.draw(
        f'<p class="re-eyebrow">{messages.esc(base.title)}</p>',
        cards.heading(plural(len(found.what_ifs), "what-if"), "each on its own against the same model"),
        f'<p class="re-finding">{messages.esc(decided(found.what_ifs), 300)}</p>',
    )
    what_if_watch.watch_set(ws, found, key=page.name(found.id))
    _together(found.what_ifs, page)
    cards.draw(cards.heading("Each on its own", _counted(found.what_ifs)))
    _rows(found.what_ifs)


def decided(found: Sequence[WhatIf]) -> str:
    """How many verdicts there are of each sort: "2 better, 1 worse; 3 still open"."""
    done = [one.verdict.decision for one in found if one.verdict and one.status == "done"]
    told = ", ".join(f"{done.count(decision)} {decision}" for decision in LOOKS if decision in done)
    still = f"{len(found) - len(done)} still open" if len(done) < len(found) else ""
    return "; ".join(filter(None, (told, still)))


def _counted(found: Sequence[WhatIf]) -> str:
    """Why a verdict depends on how many there are."""
    looks = max((one.verdict.looks for one in found if one.verdict), default=0)
    if looks < 2:
        return ""
    strictly = "the more there are, the more strictly each is judged: some look real by chance"
    return f"{plural(looks, 'verdict')}; {strictly}"


def _rows(found: Sequence[WhatIf]) -> None:
    cards.draw(cards.rows([_row(one) for one in found[:MOST_LISTED]], label="What-ifs"))
    if len(found) > MOST_LISTED:
        st.caption(f"The first {MOST_LISTED} of {len(found)}; the numbers of the chart have them all.")


def href(found: WhatIf, dataset: str = "") -> str:
    """The address of a what-if."""
    data = (
        {"dataset": dataset or navigation.asked("dataset")} if dataset or navigation.asked("dataset") else {}
    )
    return navigation.href(navigation.IF_RETRAIN, {**data, "run": found.base, "what_if": found.id})


def _row(found: WhatIf) -> Row:
    verdict = found.verdict
    asked = f"{plural(found.seeds, 'training')} of each side · {format.clock(found.created_at)}"
    if verdict is None or found.status != "done":
        look = UNDER_WAY if found.active else BROKEN
        return Row(found.sentence, look, href(found), f"{found.status} · {asked}", action="Open this what-if")
    head = verdict.headline
    span = f"{signed(100 * head['relative_low'])} to {signed(100 * head['relative_high'])}"
    return Row(
        found.sentence,
        LOOKS[verdict.decision],
        href(found),
        f"{span} · {asked}",
        value=signed(100 * head["relative"]),
        meaning="the change of NDCG@10",
        badges=(Badge(verdict.decision, verdict.sentence, TONES.get(verdict.decision, "neutral")),),
        action="Open this what-if",
    )


def _together(found: Sequence[WhatIf], page: Page) -> None:
    table = compared(found)
    if len(table) < 2:
        return
    show_chart(what_if_charts.of_what_ifs(table, most=MOST_LISTED), key=page.name("together"))


def compared(found: Sequence[WhatIf]) -> pd.DataFrame:
    """The headline of every what-if that has a verdict, largest first; of equal ones the newest.

    Columns sentence, id, then those of a verdict's headline; verdicts as they count among all.
    """
    differing = {(one.base, one.texts, one.seeds, one.histories): one for one in reversed(found)}
    rows = [
        {"sentence": one.sentence, "id": one.id, **one.verdict.headline, "verdict": one.verdict.decision}
        for one in differing.values()
        if one.verdict
    ]
    table = pd.DataFrame(rows)
    return table.sort_values("relative", ascending=False, ignore_index=True) if rows else table
