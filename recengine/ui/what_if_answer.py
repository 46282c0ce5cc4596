"""What came of a what-if: the finding in words, then every metric, people, lists, items, cost and reasons."""

from __future__ import annotations

from functools import partial
from typing import Any

import pandas as pd
import streamlit as st

from recengine.core.words import count, many
from recengine.services import what_if
from recengine.services.datasets import DatasetCard
from recengine.services.runs import get_run
from recengine.services.verdict import Verdict
from recengine.services.what_if import WhatIf
from recengine.services.workspace import Workspace
from recengine.ui import (
    cards,
    champion_view,
    format,
    messages,
    navigation,
    picks,
    shown,
    what_if_charts,
    what_if_list,
    what_if_watch,
)
from recengine.ui.cards import Badge, Row
from recengine.ui.charts import show as show_chart
from recengine.ui.looks import look
from recengine.ui.page import Page, guarded
from recengine.ui.tabs import in_tabs
from recengine.ui.what_if_charts import POINTS, signed
from recengine.ui.what_if_reasons import reasons

STRIKING = "The largest changes"
MOST_ROWS = 14  # of one chart; the numbers behind it have them all
WIDEST = 12  # rows that gain, and as many that lose
BETWEEN = " · "  # titles in one text, as a verdict has them


def answer(ws: Workspace, card: DatasetCard, found: WhatIf, page: Page) -> None:
    """The page of one what-if."""
    base = get_run(ws, found.base)
    asked = f"asked {format.clock(found.created_at)}" + (f" by {found.who}" if found.who else "")
    cards.draw(
        f'<p class="re-eyebrow">{messages.esc(f"{base.title} · {asked}")}</p>', cards.heading(found.sentence)
    )
    if found.verdict:
        _finding(found, found.verdict, card)
    what_if_watch.watch(ws, found, key=page.name(found.id))
    if found.verdict:
        _looks(ws, found.verdict, card, page)
    _ways_on(ws, card, found, page)


def _finding(found: WhatIf, verdict: Verdict, card: DatasetCard) -> None:
    tone = what_if_list.TONES.get(verdict.decision, "neutral")
    so_far = what_if_watch.pairs_so_far(found)
    marks = [Badge(verdict.decision, "on NDCG@10, the quality of the ranking", tone)]
    marks += [Badge(so_far, "It may change until all pairs are trained.", "warn")] if so_far else []
    cards.draw(
        cards.marks(marks),
        f'<p class="re-finding">{messages.esc(verdict.sentence, 600)}</p>',
        f'<p class="re-small">{messages.esc(verdict.who, 400)}</p>',
        cards.numbers(_figures(verdict, card)),
    )


def _figures(verdict: Verdict, card: DatasetCard) -> dict[str, str]:
    head, noise = verdict.headline, verdict.headline["seed_noise"]
    told = {
        "NDCG@10 as it was": f"{head['base']:.4f}",
        "NDCG@10 edited": f"{head['edited']:.4f}",
        f"{many(card.about.person)} asked": count(head["num_people"]),
        "trainings of each side": str(len(verdict.base)),
    }
    if noise > 0 and head["base"]:
        told["what another seed changes"] = f"±{100 * noise / head['base']:.1f}%"
    if verdict.detectable == verdict.detectable:
        told["the smallest change it would find"] = f"±{100 * verdict.detectable:.1f}%"
    return told


def _looks(ws: Workspace, verdict: Verdict, card: DatasetCard, page: Page) -> None:
    parts = {
        "Every metric": partial(_metrics, verdict, page),
        "Who gains, who loses": partial(_segments, verdict, card, page),
        "The lists": partial(_lists, verdict, card),
        "Items and categories": partial(_exposure, verdict, card, page),
        "Reasons": partial(reasons, ws, verdict, card, page),
        "Cost": partial(_cost, verdict),
    }
    in_tabs({name: guarded(draw) for name, draw in parts.items()}, key=page.name("tabs"))
    for note in verdict.notes:
        st.caption(messages.plain(note, 400))


def _metrics(verdict: Verdict, page: Page) -> None:
    rows = verdict.metrics
    of_ten = rows["metric"].map(lambda key: "@" not in key or key.endswith("@10"))
    show_chart(what_if_charts.of_metrics(rows[of_ten & rows["low"].notna()]), key=page.name("metrics"))
    with st.expander(f"All {len(rows)} metrics", key=page.name("metrics.all")):
        table = what_if_charts.change_table(rows.rename(columns={"title": "what"}))
        st.dataframe(table, hide_index=True, alt="Every metric before and after, with its interval")


def _segments(verdict: Verdict, card: DatasetCard, page: Page) -> None:
    rows = verdict.segments
    if rows.empty:
        messages.empty("No group is large enough", "Of fewer than ten people nothing can be said.")
        return
    ways = {STRIKING: STRIKING, **{of: cards.words(of) for of in dict.fromkeys(rows["of"])}}
    by = picks.other("By", ways, page, name="by")
    shown_rows = striking(rows) if by == STRIKING else rows[rows["of"] == by]
    title = "Where NDCG@10 changes most" if by == STRIKING else f"NDCG@10 by {ways[by].lower()}"
    chart = what_if_charts.of_segments(shown_rows, title=title, person=card.about.person)
    show_chart(chart, key=page.name("segments"))


def striking(rows: pd.DataFrame) -> pd.DataFrame:
    """The groups that change beyond chance, largest first; the largest of all where none does."""
    real = rows[rows["verdict"].isin(["better", "worse"])]
    some = real if len(real) else rows
    return some.sort_values("relative", key=abs, ascending=False, kind="stable").head(MOST_ROWS)


def _lists(verdict: Verdict, card: DatasetCard) -> None:
    churn = verdict.churn
    told = {
        "of 10 places are taken by others": f"{churn.replaced:.1f}",
        "lists that stay as they are": format.percent(churn.unchanged),
        "items in common (Jaccard)": _between(churn.jaccard, churn.jaccard_low, churn.jaccard_high),
        "order in common (RBO)": _between(churn.rbo, churn.rbo_low, churn.rbo_high),
    }
    if churn.replaced_of_seeds is not None and churn.replaced_of_seeds > 0:
        told["places that another seed alone changes"] = f"{churn.replaced_of_seeds:.1f}"
    cards.draw(
        f'<p class="re-finding re-second">{messages.esc(churn.sentence, 400)}</p>', cards.numbers(told)
    )
    for why, heading in (("most changed", "Lists that change most"), ("typical", "Lists in the middle")):
        examples = churn.examples[churn.examples["why"] == why]
        if len(examples):
            cards.draw(
                cards.heading(heading, level=3),
                *(_example(row, verdict, card) for row in examples.itertuples()),
            )


def _between(mean: float, low: float, high: float) -> str:
    return f"{mean:.2f} ({low:.2f} to {high:.2f})"


def _example(row: Any, verdict: Verdict, card: DatasetCard) -> str:
    """One person's list before and after: what left it and what came."""
    person, same = str(row.person), int(row.same)
    address = navigation.href(
        navigation.PEOPLE,
        {"dataset": card.name, "person": person, "run": [verdict.base[0], verdict.edited[0]]},
    )
    who = (
        f'<a class="re-go" data-top href="{messages.esc(address, 2_000)}">'
        f"{messages.isolated(shown.person_title(card.about, person))}</a>"
    )
    items = many(card.about.item)
    if not (row.left or row.entered):
        kept = f"the same {same} {items}, at most in another order"
        return f'<div class="re-example"><p>{who} · {messages.esc(kept)}</p></div>'
    sides = "".join(
        f"<div><dt>{words}</dt><dd>{messages.esc(getattr(row, name) or 'nothing', 600)}</dd></div>"
        for name, words in (("left", "leaves the list"), ("entered", "comes in"))
    )
    return f'<div class="re-example"><p>{who} · {same} of 10 stay</p><dl>{sides}</dl></div>'


def _exposure(verdict: Verdict, card: DatasetCard, page: Page) -> None:
    rows = verdict.exposure
    categories, items = rows[rows["of"] == "category"], rows[rows["of"] == "item"]
    if len(categories):
        chart = what_if_charts.of_categories(categories.head(MOST_ROWS), item=card.about.item)
        show_chart(chart, key=page.name("categories"))
    gains, losses = (
        items[items["change"] > 0].head(WIDEST),
        items[items["change"] < 0].head(WIDEST),
    )
    if not items["verdict"].isin(["higher", "lower"]).any():
        st.caption("Among so many, none of these changes can be told from chance.")
    left, right = st.columns(2, gap="medium")
    for column, part, words in ((left, gains, "On more lists"), (right, losses, "On fewer lists")):
        with column:
            _moved(part, words, card)


def _moved(items: pd.DataFrame, words: str, card: DatasetCard) -> None:
    title = f"{words}: {many(card.about.item)}"
    if items.empty:
        messages.empty(title, "None.")
        return
    cards.draw(
        cards.panel(
            cards.heading(title, "of 100 lists", level=3),
            cards.rows([_item(row, card) for row in items.itertuples()], label=title),
        )
    )


def _item(row: Any, card: DatasetCard) -> Row:
    title, base, edited = str(row.title), row.base, row.edited
    real = row.verdict in ("higher", "lower")
    return Row(
        title,
        look("", title),
        shown.item_href(card.name, str(row.id)),
        f"{100 * base:.1f} → {100 * edited:.1f}",
        value=signed(100 * row.change, POINTS),
        meaning="the change, of 100 lists",
        badges=(Badge("real", "Beyond chance, counting all that are on lists.", "accent"),) if real else (),
    )


def _cost(verdict: Verdict) -> None:
    means = verdict.cost.groupby("side", sort=False)[["seconds", "events"]].mean()
    base, edited = means.loc["base"], means.loc["edited"]
    cards.draw(f'<p class="re-finding re-second">{messages.esc(_cost_sentence(base, edited), 300)}</p>')
    table = verdict.cost.assign(side=verdict.cost["side"].map(what_if_watch.SIDES)).rename(
        columns={"run_id": "run"}
    )
    st.dataframe(
        table,
        hide_index=True,
        alt="Every training with its time and what it learnt from",
        column_config={"seconds": st.column_config.NumberColumn(format="%.1f")},
    )


def _cost_sentence(base: pd.Series, edited: pd.Series) -> str:
    change = signed(100 * (edited["seconds"] / base["seconds"] - 1)) if base["seconds"] else "–"
    return (
        f"Training took {format.duration(edited['seconds'])} instead of {format.duration(base['seconds'])} "
        f"({change}), on {count(edited['events'])} events instead of {count(base['events'])}."
    )


def _ways_on(ws: Workspace, card: DatasetCard, found: WhatIf, page: Page) -> None:
    about = {"dataset": card.name}
    with st.container(horizontal=True, vertical_alignment="center"):
        navigation.link(navigation.IF_RETRAIN, "Ask another", icon="🧪", query=about | {"run": found.base})
        navigation.link(
            navigation.IF_RETRAIN,
            "Change this one",
            icon="✏️",
            query={**about, "run": found.base, "edit": list(found.texts)},
        )
        if len(what_if.what_if_set(ws, found.set_id).what_ifs) > 1:
            together = about | {"set": found.set_id}
            navigation.link(navigation.IF_RETRAIN, "All that was asked with it", icon="🗂️", query=together)
        if found.verdict:
            pair = {"run": [found.verdict.base[0], found.verdict.edited[0]]}
            navigation.link(
                navigation.PEOPLE, "People's lists, both ways", icon="👤", query={**about, **pair}
            )
            navigation.link(navigation.COMPARE, "Compare all models", icon="📊", query=about)
        if not found.active and st.button("Forget it", type="tertiary", key=page.name("forget")):
            what_if.delete(ws, found.id)
            st.query_params.from_dict({"dataset": card.name, "run": found.base})
            st.rerun()
    if found.verdict:
        _crown(ws, card, found.verdict, page)


def _crown(ws: Workspace, card: DatasetCard, verdict: Verdict, page: Page) -> None:
    """The edited model may be made the champion."""
    edited = verdict.edited[0]
    if edited != champion_view.starred(ws, card.name):
        champion_view.make(ws, {edited: get_run(ws, edited).title}, key=page.name("edited"))
