"""Feedback as it came in: how much of each kind, on which lists, the latest, and how more gets here."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import streamlit as st

from recengine.core.words import count
from recengine.services import feedback, uploads
from recengine.services.datasets import DatasetCard
from recengine.services.feedback import KINDS
from recengine.services.feedback_import import import_file
from recengine.services.shown import places
from recengine.services.workspace import Workspace
from recengine.ui import cards, messages, navigation
from recengine.ui.cards import draw
from recengine.ui.downloads import download_table
from recengine.ui.page import Page, guarded

LATEST = 50
MOST_MB = 20  # a file read while its reader waits; larger ones by the command line
SENT = {
    "like": "likes",
    "dislike": "dislikes",
    "hide": "hides",
    "click": "clicks",
    "purchase": "purchases",
    "rating": "ratings",
}
ALONE = "the model alone"


@guarded
def show(ws: Workspace, card: DatasetCard, page: Page) -> None:
    """What there is of these data's lists, or how to get some."""
    latest = feedback.events(ws, dataset=card.name, last=LATEST)
    if latest.empty:
        body = "Switch on “Give feedback” beside a list, bring in a file, or let a program send it."
        query = {"dataset": card.name}
        messages.state(
            "info", "No feedback yet", body, page=navigation.PEOPLE, action="Open a list", query=query
        )
    else:
        _numbers(ws, card, int(latest.index.max()), page)
        _latest(latest, page)
    _ways_in(ws, card, page)


def _numbers(ws: Workspace, card: DatasetCard, number: int, page: Page) -> None:
    table = _by_strategy(ws.root, card.name, number)
    totals = table[[SENT[kind] for kind in KINDS]].sum()
    draw(cards.numbers({str(name): count(int(total)) for name, total in totals.items() if total}))
    draw(cards.heading("By strategy", "lists shown, and what came of them"))
    st.dataframe(
        table,
        hide_index=True,
        alt="For each strategy: how many lists were shown, and how much feedback of each kind came",
        key=page.name("strategies"),
    )


@st.cache_data(max_entries=32, ttl=30, show_spinner=False)  # lists are shown without an event, too
def _by_strategy(root: Path, dataset: str, number: int) -> pd.DataFrame:
    """One row a strategy; `number` is the latest event's, by which a state of the log is told."""
    ws = Workspace(root)
    return by_strategy(feedback.events(ws, dataset=dataset), places(ws, dataset=dataset))


def by_strategy(events: pd.DataFrame, shown: pd.DataFrame) -> pd.DataFrame:
    """Lists shown, events of each kind, and clicks per 100 lists; one row a strategy, the busiest first."""
    lists = shown.groupby("strategy")["list_id"].nunique()
    kinds = pd.crosstab(events["strategy"], events["kind"])
    kinds = kinds.reindex(index=lists.index, columns=list(KINDS), fill_value=0)
    table = kinds.rename(columns=SENT).assign(lists=lists)
    table["clicks per 100 lists"] = (100 * table["clicks"] / table["lists"]).round(1)
    table = table.sort_values("lists", ascending=False).reset_index()
    table["strategy"] = table["strategy"].replace("", ALONE)
    return table[["strategy", "lists", *SENT.values(), "clicks per 100 lists"]]


def _latest(latest: pd.DataFrame, page: Page) -> None:
    """The last events, newest first."""
    draw(cards.heading("The latest", f"the last {len(latest)}, newest first"))
    shown = latest.iloc[::-1][["at", "person", "kind", "value", "item", "position", "strategy", "source"]]
    shown = shown.assign(strategy=shown["strategy"].replace("", ALONE))
    st.dataframe(
        shown,
        hide_index=True,
        alt="The latest feedback",
        column_config={"at": st.column_config.DatetimeColumn("at (UTC)", format="D MMM YYYY, HH:mm:ss")},
        key=page.name("latest"),
    )
    download_table(shown, "feedback", key=page.name("latest.csv"))


def _ways_in(ws: Workspace, card: DatasetCard, page: Page) -> None:
    """How feedback gets here."""
    draw(cards.heading("How feedback gets here"))
    with st.expander("From a file", icon="📄", key=page.name("file.fold")):
        _file(ws, page)
    with st.expander("From a program on this machine", icon="🔌", key=page.name("post.fold")):
        st.caption("Start the endpoint; it says its token. Sending the same event again changes nothing.")
        st.code(SERVE, language="bash", wrap_lines=True)
    with st.expander("From a database", icon="🗄️", key=page.name("store.fold")):
        st.caption("Read what came since the last time; run it as often as you like.")
        st.code(READ, language="bash", wrap_lines=True)
    query = {"dataset": card.name}
    draw(
        cards.more({f"By hand, on any {card.about.person}'s list": navigation.href(navigation.PEOPLE, query)})
    )


SERVE = """recengine feedback serve

curl http://127.0.0.1:8600/feedback -H "Authorization: Bearer TOKEN" -d \\
  '{"events": [{"event_id": "e1", "list_id": "LIST", "item": "ITEM", "kind": "like"}]}'"""
READ = "recengine feedback import --source mysql://reader@host/shop --table feedback --since-last"


def _file(ws: Workspace, page: Page) -> None:
    st.caption(
        "CSV, Parquet or JSON lines with the columns list_id, item, kind, and event_id or at; value, "
        "position and person where known. What was brought in before is passed over."
    )
    upload = st.file_uploader("A file of events", type=["csv", "parquet", "jsonl"], key=page.name("file"))
    if upload is None:
        return
    if upload.size > MOST_MB * 2**20:
        command = f"recengine feedback import {upload.name}"
        messages.state("info", f"{upload.name} is larger than {MOST_MB} MB", f"Bring it in with: {command}")
        return
    if st.button("Bring it in", type="primary", key=page.name("file.do")):
        with st.spinner("Reading the events"):
            brought = import_file(ws, uploads.spool(ws, upload, upload.file_id, upload.name))
        tone = messages.done if brought.accepted or not brought.refused else messages.failed
        tone(brought.sentence, "; ".join(brought.examples))
