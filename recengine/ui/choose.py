"""Which dataset and which run a page speaks of: chosen in one place, kept in the address."""

from __future__ import annotations

import streamlit as st

from recengine.services.datasets import DatasetCard, list_datasets
from recengine.services.runs import Run
from recengine.services.workspace import Workspace
from recengine.ui import format, messages


def choose_dataset(ws: Workspace, *, label: str = "Dataset") -> DatasetCard:
    """The dataset in the address (?dataset=), else the newest; the page ends here where there is none."""
    shelf = {card.name: card for card in list_datasets(ws)}
    if not shelf:
        messages.empty(
            "There are no data yet",
            "Bring your own file, or start with a year of real grocery purchases.",
            page="pages/1_Data.py",
            action="Go to Data",
        )
        st.stop()
    note_missing("dataset", shelf)
    name = st.selectbox(label, list(shelf), key="dataset", bind="query-params", persist_state="session")
    return shelf[name]


def choose_run(runs: list[Run], *, label: str = "Run") -> str | None:
    """The run in the address (?run=); None where none is chosen."""
    known = {run.id: run for run in runs}
    note_missing("run", known)
    return st.selectbox(
        label,
        list(known),
        index=None,
        format_func=lambda run_id: describe_run(known[run_id]),
        placeholder="Choose a run to look at",
        key="run",
        bind="query-params",
    )


def describe_run(run: Run) -> str:
    """A run in one line, for a list to choose from."""
    score = f", NDCG@10 {format.metric(run.metrics['ndcg@10'])}" if "ndcg@10" in run.metrics else ""
    return f"{run.title} · {run.spec.dataset} · {run.status}{score} · {format.clock(run.created_at)}"


def note_missing(name: str, known: dict[str, object] | dict[str, Run] | dict[str, DatasetCard]) -> None:
    """Say so where the address names something that is not here (any more)."""
    asked = st.query_params.get(name)
    if asked and asked not in known:
        messages.state(
            "warn", f"There is no {name} '{asked}' here", "It may have been deleted; choose another one."
        )
