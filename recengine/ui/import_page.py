"""The Data page's second half: a file comes in, column by column and rule by rule in the open."""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from recengine.core.errors import RecengineError
from recengine.data.build import Imported
from recengine.data.checks import Verdict
from recengine.data.cleaning import RULES, CleaningConfig, CleaningReport
from recengine.data.files import Preview, preview
from recengine.data.mapping import Guess, Mapping, guess_mapping
from recengine.services.datasets import SAMPLE, ensure_sample, import_dataset, list_datasets
from recengine.services.workspace import Workspace
from recengine.ui import cards, format, messages, navigation
from recengine.ui.choose import choose_next
from recengine.ui.data_page import cleaning, health
from recengine.ui.fields import fields_of
from recengine.ui.forms import draw_field, problem_of

LOOK, BRING = "Look at a dataset", "Bring in data"  # the two halves of the page
DONE = "data.imported"  # session: what the last import gave, until the next file is chosen
SHOWN_EVERY_S = 0.2  # between two updates of a progress line
ROLES = {
    "user": "Who",
    "item": "What",
    "time": "When",
    "weight": "How much",
    "event": "Kind of event",
}
REQUIRED = ("user", "item")
# What `kept` puts before a file's name; the reader knows the file without it.
_FILE_ID = re.compile(r"\b[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-")


def bring_in(ws: Workspace) -> None:
    """Choose a file, check how it was understood, import it."""
    _offer_sample(ws)
    events = st.file_uploader(
        "A file of events: one row for each time somebody bought, saw or rated something", key="data.events"
    )
    if events is None:
        st.session_state.pop(DONE, None)
        st.caption(
            "Two columns are needed, who and what; a third, when, is worth having. CSV, TSV or any other "
            "delimiter, Parquet or JSON lines, also packed as .gz or .zip. The file stays on this machine."
        )
        return
    if DONE in st.session_state and st.session_state[DONE][0] == events.file_id:
        _imported(*st.session_state[DONE][1:])
        return
    path = kept(ws, events)
    try:
        _understand(ws, path, events)
    except RecengineError as error:
        messages.failed("This file cannot be used as it is", _FILE_ID.sub("", str(error)))


def kept(ws: Workspace, upload: Any) -> Path:
    """Where the uploaded file lies in the workspace; written on the first call only."""
    name = re.sub(r"[^\w.\-]+", "_", Path(upload.name).name)[-80:]
    path = ws.uploads / f"{upload.file_id}-{name}"
    if not path.exists():
        ws.uploads.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f"{path.name}.part")
        upload.seek(0)
        with part.open("wb") as file:
            shutil.copyfileobj(upload, file)
        part.replace(path)
    return path


def _offer_sample(ws: Workspace) -> None:
    if any(card.name == SAMPLE for card in list_datasets(ws)):
        return
    with st.container(border=True):
        st.markdown("**No file at hand?** Start with a year of real grocery purchases, 1.47 million rows.")
        if st.button("Import the sample", key="data.sample", icon=":material/shopping_basket:"):
            with _rows_counted("Importing the sample") as progress:
                ensure_sample(ws, progress)
            st.rerun()


def _understand(ws: Workspace, path: Path, events: Any) -> None:
    header = _choose_header()
    seen, guess = _seen(path, header)
    _show_preview(seen)
    mapping = _choose_mapping(seen.frame, guess, key=f"data.map.{events.file_id}")
    others = _choose_others(ws)
    rules, problem = _choose_rules()
    name = st.text_input(
        "Name of the dataset", value=_name_of(events.name), max_chars=60, key=f"data.name.{events.file_id}"
    )
    if missing := [ROLES[role] for role in REQUIRED if getattr(mapping, role) is None]:
        problem = f"Choose the column for: {', '.join(missing)}."
    if problem:
        messages.state("warn", "Not ready yet", problem)
    if st.button("Import", type="primary", key="data.import", disabled=bool(problem or not name)):
        with _rows_counted("Reading") as progress:
            imported = import_dataset(
                ws,
                path,
                name=name,
                mapping=mapping,
                cleaning=rules,
                header=header,
                progress=progress,
                **others,
            )
        st.session_state[DONE] = (
            events.file_id,
            name,
            imported.cleaning,
            imported.checks,
            _said(imported),
        )
        path.unlink(missing_ok=True)
        st.rerun()


@st.cache_data(show_spinner="Looking at the file…", max_entries=8)
def _seen(path: Path, header: bool | None) -> tuple[Preview, Guess]:
    """How a kept upload reads and what its columns seem to be; its path is never used for another file."""
    seen = preview(path, header=header)
    return seen, guess_mapping(seen.frame)


def _choose_header() -> bool | None:
    words = {"Find out": None, "Names": True, "Data": False}
    chosen = st.segmented_control(
        "First row", list(words), default="Find out", required=True, key="data.header"
    )
    return words[chosen or "Find out"]


def _show_preview(seen: Preview) -> None:
    facts = [seen.format, _size_of(seen.num_bytes)]
    facts += [f"delimiter {_DELIMITERS.get(seen.delimiter, seen.delimiter)}"] if seen.delimiter else []
    facts += [str(seen.encoding)] if seen.encoding else []
    facts += ["first row = column names" if seen.header else "no column names"]
    cards.draw(cards.heading("How it was read", " · ".join(facts), 3))
    st.dataframe(
        seen.frame, height=240, hide_index=True, key="data.preview", alt="The first rows of the file"
    )


_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "space"}


def _choose_mapping(frame: pd.DataFrame, guess: Guess, *, key: str) -> Mapping:
    """One selectbox a role, filled with the guess; its reason stands below."""
    cards.draw(cards.heading("Which column is what", "guessed; correct it where it is wrong", 3))
    names = [str(name) for name in frame.columns]
    chosen: dict[str, str | None] = {}
    for column, (role, word) in zip(st.columns(len(ROLES)), ROLES.items(), strict=True):
        guessed = getattr(guess.mapping, role)
        with column:
            options = [None, *names]  # None is an option: Streamlit clears no choice that it was given
            chosen[role] = st.selectbox(
                word,
                options,
                index=options.index(guessed) if guessed in names else 0,
                format_func=lambda name, role=role: _said_column(name, role),
                help=Mapping.model_fields[role].description,
                key=f"{key}.{role}",
            )
            if reason := guess.reasons.get(role):
                st.caption(messages.plain(reason))
    return Mapping.of({**chosen, "event_weights": _choose_event_weights(frame, chosen["event"], guess, key)})


def _said_column(name: str | None, role: str) -> str:
    if name is not None:
        return name
    return "choose a column" if role in REQUIRED else "none"


def _choose_event_weights(
    frame: pd.DataFrame, column: str | None, guess: Guess, key: str
) -> dict[str, float]:
    if column is None:
        return {}
    kinds = sorted(frame[column].dropna().astype(str).unique())[:12]
    st.caption("How much each kind of event counts; 0 leaves it out. Kinds not listed count 1.")
    weights = {}
    with st.container(horizontal=True):
        for kind in kinds:
            usual = guess.mapping.event_weights.get(kind, 1.0)
            weights[kind] = st.number_input(
                messages.plain(kind, 30), 0.0, None, usual, 0.5, key=f"{key}.kind.{kind}", width=140
            )
    return weights


def _choose_others(ws: Workspace) -> dict[str, Path | None]:
    """The optional files that come along."""
    with st.expander("More files: people, items, a test of your own", key="data.others"):
        users = st.file_uploader("People: one row each, with the same ids", key="data.users")
        items = st.file_uploader("Items: one row each, with the same ids", key="data.items")
        test = st.file_uploader("Test: events held back, with the same columns as above", key="data.test")
    return {
        name: kept(ws, file) if file else None
        for name, file in (("users", users), ("items", items), ("test", test))
    }


def _choose_rules() -> tuple[CleaningConfig, str]:
    """A switch for each cleaning rule, and how strict it is; with what is wrong with them."""
    fields = {field.name: field for field in fields_of(CleaningConfig)}
    values = {}
    with st.expander("Cleaning rules: what is set aside", key="data.rules"):
        for rule in RULES.values():
            switch, threshold = st.columns([3, 2], vertical_alignment="center")
            with switch:
                values[rule.code] = st.toggle(
                    rule.title,
                    value=rule.default,
                    key=f"data.rule.{rule.code}",
                    help=f"{fields[rule.code].help} {rule.remedy}",
                )
            if rule.threshold:
                with threshold:
                    field = fields[rule.threshold]
                    values[field.name] = draw_field(field, field.default, f"data.rule.{field.name}")
    problem = problem_of(CleaningConfig, values)
    return (CleaningConfig() if problem else CleaningConfig.of(values)), problem


@contextmanager
def _rows_counted(words: str) -> Iterator[Callable[[int], None]]:
    """A status line that counts the rows read, and how many a second, while something long runs."""
    status = st.status(f"{words}…", state="running")
    started = time.perf_counter()
    shown_at = 0.0

    def progress(rows: int) -> None:
        nonlocal shown_at
        elapsed = time.perf_counter() - started
        if elapsed - shown_at >= SHOWN_EVERY_S:
            shown_at = elapsed
            status.update(label=f"{words}: {rows:,} rows, {rows / elapsed:,.0f} a second")

    try:
        yield progress
    except BaseException:
        status.update(label=f"{words}: stopped", state="error")
        raise
    status.update(
        label=f"{words}: done in {format.duration(time.perf_counter() - started)}", state="complete"
    )


def _said(imported: Imported) -> str:
    dataset, report = imported.dataset, imported.cleaning
    people = format.plural(dataset.num_users, dataset.about.person)
    items = format.plural(dataset.num_items, dataset.about.item)
    return f"{report.rows_in:,} rows read, {report.rows_out:,} kept: {people} and {items}."


def _imported(name: str, report: CleaningReport, checks: list[Verdict], said: str) -> None:
    """What the import gave, and the ways on."""
    messages.done(f"{name} is in", said)
    with st.container(horizontal=True):
        st.button("Look at it", key="data.look", type="primary", on_click=_look_at, args=(name,))
        navigation.link("pages/2_Train.py", "Train a model on it", icon="⚙️", query={"dataset": name})
    cards.draw(cards.heading("Health", level=3))
    health(checks)
    cards.draw(cards.heading("Cleaning", level=3))
    cleaning(report, key="data.imported.cleaning")


def _look_at(name: str) -> None:
    choose_next("dataset", name)
    st.session_state["view"] = LOOK


def _name_of(file: str) -> str:
    """A dataset's name from its file's: "my sales.2024.csv.gz" -> "my-sales"."""
    stem = Path(file).name.split(".")[0]
    return re.sub(r"[^\w]+", "-", stem).strip("-")[:60] or "data"


def _size_of(num_bytes: int) -> str:
    return f"{num_bytes / 2**20:,.1f} MB" if num_bytes >= 2**20 else f"{num_bytes / 2**10:,.1f} kB"


def choose_half(ws: Workspace) -> str:
    """Look at what is there, or bring in more; with nothing there, only the second makes sense."""
    halves = [LOOK, BRING]
    if not list_datasets(ws):
        return BRING
    chosen = st.segmented_control(
        "What to do",
        halves,
        default=LOOK,
        required=True,
        key="view",
        bind="query-params",
        label_visibility="collapsed",
    )
    return chosen or LOOK
