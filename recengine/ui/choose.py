"""Which dataset and which run a page speaks of: chosen in one place, kept in the address."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import streamlit as st

from recengine.services.datasets import DatasetCard, list_datasets
from recengine.services.runs import Run
from recengine.services.workspace import Workspace
from recengine.ui import format, messages, picks


def choose_dataset(ws: Workspace, *, label: str = "Dataset") -> DatasetCard:
    """The dataset in the address (?dataset=), else the one looked at or trained on last.

    The page ends here where there is none.
    """
    shelf = {card.name: card for card in list_datasets(ws)}
    if not shelf:
        messages.empty(
            "There are no data yet",
            "Bring your own file, or start with a year of real grocery purchases.",
            page="pages/1_Data.py",
            action="Go to Data",
        )
        st.stop()
    last = st.session_state.get(picks.LOOKED_AT)
    first = last if last in shelf else picks.trained_last(ws, list(shelf))
    if "dataset" not in st.query_params and "next.dataset" not in st.session_state:
        choose_next("dataset", first)
    name = choose(label, list(shelf), name="dataset") or first
    st.session_state[picks.LOOKED_AT] = name
    return shelf[name]


def choose_run(runs: list[Run], *, label: str = "Run", first: str | None = None) -> str | None:
    """The run in the address (?run=), else `first`; None where none is chosen."""
    known = {run.id: run for run in runs}
    return choose(
        label,
        list(known),
        name="run",
        said=lambda run_id: describe_run(known[run_id]),
        first=first,
        placeholder="Choose a run to look at",
    )


def choose(
    label: str,
    options: Sequence[str],
    *,
    name: str,
    said: Callable[[str], str] = str,
    first: str | None = None,
    placeholder: str | None = None,
    help: str | None = None,
) -> str | None:
    """A choice that stands in the address as ?name=option, so that a reload or a link finds it again.

    (Streamlit's own `bind` writes the words of the option instead of its name, and words change.)

    Args:
        said: an option in words.
        first: what is chosen where the address says nothing; the first option if None.
        placeholder: given where nothing need be chosen; the words for that.
    """
    _take_from_address(name, options, first)
    chosen = st.selectbox(
        label,
        options,
        index=0 if placeholder is None else None,
        format_func=said,
        placeholder=placeholder,
        key=f"address.{name}",
        persist_state="session" if name == "dataset" else None,
        help=help,
    )
    _write_into_address(name, chosen)
    return chosen


def choose_next(name: str, option: str) -> None:
    """Choose for the reader from the next run of the page on; a widget already drawn cannot be changed."""
    st.session_state[f"next.{name}"] = option


def describe_run(run: Run) -> str:
    """A run in one line, for a list to choose from; nothing in it changes while the run goes on."""
    return f"{picks.run_words(run)} · {run.spec.dataset} · {format.clock(run.created_at)}"


def _take_from_address(name: str, options: Sequence[str], first: str | None) -> None:
    """What was chosen for the reader, else what a new address says, else what they chose before."""
    key, asked = f"address.{name}", st.query_params.get(name)
    wanted = st.session_state.pop(f"next.{name}", None)
    if wanted is None and asked != st.session_state.get(f"written.{name}"):  # somebody came by a link
        wanted = asked
        if asked and asked not in options:
            messages.state("warn", f"There is no {name} '{asked}' here", "It may have been deleted.")
    if wanted in options:
        st.session_state[key] = wanted
    elif key not in st.session_state or st.session_state[key] not in (None, *options):
        st.session_state[key] = first if first in options else None
    if st.session_state[key] is None:
        del st.session_state[key]  # the widget knows what it shows when nothing is chosen


def _write_into_address(name: str, chosen: str | None) -> None:
    st.session_state[f"written.{name}"] = chosen
    if chosen is None:
        st.query_params.pop(name, None)
    elif st.query_params.get(name) != chosen:
        st.query_params[name] = chosen
