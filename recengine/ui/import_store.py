"""Data out of a store: connect, pick a table or write a query, look at the rows, import."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from recengine.core.errors import RecengineError
from recengine.data.mapping import Guess, guess_mapping
from recengine.data.remote import PREVIEW_ROWS, Place, Query, Remote
from recengine.services.import_work import begin_store
from recengine.services.tasks import Task
from recengine.services.workspace import Workspace
from recengine.ui import cards, import_watch, messages
from recengine.ui.import_form import choose_domain, draw_form
from recengine.ui.import_names import name_of
from recengine.ui.import_start import start
from recengine.ui.page import sentence
from recengine.ui.store_connect import Opened, opened

TABLE, QUERY = "Pick", "Query"  # two ways to say which rows


@dataclass(frozen=True)
class Wanted:
    """Which rows: a table, or a query."""

    table: str | None = None
    query: str | None = None

    def name(self, store: Opened) -> str:
        """What the rows are called as a dataset: a table of a schema without the schema."""
        if self.table is None:
            return "query"
        return name_of(self.table.rpartition(".")[2] if store.remote.queries else self.table)


@dataclass(frozen=True)
class Seen:
    """The first rows of a table or a query.

    Attributes:
        columns: names and types, as the store has them; none of a query.
    """

    frame: pd.DataFrame
    columns: list[tuple[str, str]]
    guess: Guess


def from_store(group: str, ws: Workspace) -> None:
    """Connect to a store, choose rows, check how they are understood, import them."""
    if (store := opened(group)) is None:
        return
    wanted = _choose_rows(store)
    if wanted is None:
        return
    about = f"{store.key}.{wanted.table}.{wanted.query}"
    if import_watch.done_shown(ws, about):
        return
    try:
        _understand(ws, store, wanted, about)
    except RecengineError as error:
        messages.failed("These rows cannot be used as they are", sentence(str(error)))


def _choose_rows(store: Opened) -> Wanted | None:
    """A table out of a list or, where the store speaks a language, a query."""
    way: str | None = TABLE
    if language := store.remote.queries:
        words = {TABLE: "A table or view", QUERY: f"A query ({language})"}
        way = st.segmented_control(
            "Events from",
            list(words),
            default=TABLE,
            required=True,
            format_func=words.__getitem__,
            key="data.store.way",
        )
    return _write_query(store) if way == QUERY else _pick_table(store)


def _pick_table(store: Opened) -> Wanted | None:
    schemas = _schemas(store)
    left, right = st.columns([1, 2]) if len(schemas) > 1 else (None, st.container())
    schema = next(iter(schemas), "")
    if left:
        with left:
            schema = st.selectbox("Schema", list(schemas), key=f"data.store.schema.{store.key}")
    places = {place.name: place for place in schemas.get(schema, [])}
    with right:
        table = st.selectbox(
            "One row for each event",
            list(places),
            index=None,
            format_func=lambda name: _said_place(places[name]),
            placeholder=f"Choose one of {len(places):,}",
            key=f"data.store.table.{store.key}.{schema}",
        )
    return Wanted(table=table) if table else None


def _schemas(store: Opened) -> dict[str, list[Place]]:
    """The places by schema, in the store's order; what has no schema stands under ""."""
    found: dict[str, list[Place]] = {}
    for place in store.places:
        schema = place.name.rpartition(".")[0] if store.remote.queries else ""
        found.setdefault(schema, []).append(place)
    return found


def _said_place(place: Place) -> str:
    rows = "" if place.rows is None else f" · about {place.rows:,} rows"
    return f"{place.name} · {place.kind}{rows}"


def _write_query(store: Opened) -> Wanted | None:
    with st.form(f"data.store.query.{store.key}", border=False):
        text = st.text_area(
            "One SELECT that gives a row for each event",
            placeholder="SELECT customer_id, product_id, bought_at FROM orders WHERE quantity > 0",
            help="It can only read: in a read-only transaction, within a limit of time and of rows.",
            key=f"data.store.text.{store.key}",
        )
        st.form_submit_button("Look at the rows", key="data.store.run")
    return Wanted(query=text.strip()) if text.strip() else None


def _understand(ws: Workspace, store: Opened, wanted: Wanted, about: str) -> None:
    domain = choose_domain("data.store.domain")
    seen = _seen(store.key, wanted.table, wanted.query, domain, store.remote)
    _show(seen)
    people, items = _choose_others(store, wanted)
    form = draw_form(seen.frame, seen.guess, name=wanted.name(store), key=about)

    def begin() -> Task:
        return begin_store(
            ws,
            form.name,
            store.remote.connection,
            table=wanted.table,
            query=wanted.query,
            users=people,
            items=items,
            rows=store.rows_of(wanted.table),
            mapping=form.mapping,
            cleaning=form.cleaning,
        )

    start(ws, about, form.problem, begin)


@st.cache_data(scope="session", show_spinner="Looking at the rows…", max_entries=8)
def _seen(opened: str, table: str | None, query: str | None, domain: str | None, _remote: Remote) -> Seen:
    """The start of the rows; nobody else's session gets to see them."""
    frame = _remote.head(table or Query(query or ""))
    return Seen(frame, _remote.columns(table) if table else [], guess_mapping(frame, domain))


def _show(seen: Seen) -> None:
    count = min(PREVIEW_ROWS, len(seen.frame))
    cards.draw(cards.heading("What is there", f"the first {count} rows", 3))
    rows = seen.frame.head(PREVIEW_ROWS)
    if not seen.columns:
        st.dataframe(rows, height=240, hide_index=True, key="data.store.rows", alt="The first rows")
        return
    left, right = st.columns([1, 3])
    with left:
        columns = pd.DataFrame(seen.columns, columns=["column", "type"])
        st.dataframe(
            columns, height=240, hide_index=True, key="data.store.columns", alt="The columns and their types"
        )
    with right:
        st.dataframe(rows, height=240, hide_index=True, key="data.store.rows", alt="The first rows")


def _choose_others(store: Opened, wanted: Wanted) -> tuple[str | None, str | None]:
    """The tables of people and of items that come along, if any."""
    with st.expander("More tables: people, items", key="data.store.others"):
        return _choose_other("People", store, wanted), _choose_other("Items", store, wanted)


def _choose_other(label: str, store: Opened, wanted: Wanted) -> str | None:
    names = [place.name for place in store.places if place.name != wanted.table]
    return st.selectbox(
        f"{label}: one row each, with the same ids",
        [None, *names],
        format_func=lambda name: name or "none",
        key=f"data.store.{label}.{store.key}",
    )
