"""How a run's model was found: what was tried, how far apart it lies, and the verdict."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from recengine.services.search import NOT_REAL, Candidate, Search
from recengine.ui import format, messages, model_charts
from recengine.ui.charts import show

VERDICTS = {"": "", "worse": "yes, behind", "better": "yes, ahead", NOT_REAL: "no"}
METRIC = "NDCG@10 on the validation"


def show_verdict(search: Search) -> None:
    """Which model won, by how much, and whether that is real."""
    first, *rest = search.verdict
    messages.state("done", first, " ".join(rest))


def show_search(search: Search | None, *, key: str) -> None:
    """Draw what was tried so far, best first."""
    if search is None or not search.candidates:
        messages.empty("The first model is being tried", "Its result appears here as soon as it is known.")
        return
    st.caption(_judged_on(search))
    if search.leader:
        show(model_charts.ranked_with_intervals(best_of_each(search), metric=METRIC), key=f"{key}.ranked")
    st.dataframe(
        search_table(search),
        hide_index=True,
        key=f"{key}.table",
        alt="Every model that was tried, best first",
        column_config={
            "model": st.column_config.TextColumn(pinned=True),
            "NDCG@10": st.column_config.NumberColumn(format="%.4f"),
            "seconds": st.column_config.NumberColumn(format="%.1f"),
        },
    )


def _judged_on(search: Search) -> str:
    people = f"{format.count(search.num_people)} people" if search.num_people else "people"
    tried = f"Tried for {format.duration(search.used_s)} of {format.duration(search.budget_s)}"
    return f"{tried}, judged on {people} of the validation, never on the test."


def best_of_each(search: Search) -> pd.DataFrame:
    """Each model's best trial, as the chart wants it."""
    best: dict[str, Candidate] = {}
    for one in search.ranked:
        if one.has_score:
            best.setdefault(one.model, one)
    rows = [(one.title, one.value, one.low, one.high, one.rank == 0) for one in best.values()]
    return pd.DataFrame(rows, columns=["name", "value", "low", "high", "is_baseline"])


def search_table(search: Search) -> pd.DataFrame:
    """One row a trial, best first, with headings for a reader; gaps to the winner once there is one."""
    ranked = search.ranked
    columns = {
        "model": [one.title for one in ranked],
        "settings": [one.choice for one in ranked],
        "NDCG@10": [one.value for one in ranked],
        "95% interval": [_span(one.low, one.high) for one in ranked],
    }
    if search.winner is not None:
        won = search.candidates[search.winner]
        columns["gap to the winner"] = [_gap(one) for one in ranked]
        columns["is it real?"] = ["winner" if one is won else VERDICTS[one.verdict] for one in ranked]
    columns["seconds"] = [one.seconds or None for one in ranked]
    columns["remark"] = [one.note for one in ranked]
    return pd.DataFrame(columns)


def _gap(one: Candidate) -> str:
    return "" if one.gap is None else f"{one.gap:.4f} ({_span(one.gap_low, one.gap_high)})"


def _span(low: float | None, high: float | None) -> str:
    return "" if low is None or high is None else f"{low:.4f} to {high:.4f}"
