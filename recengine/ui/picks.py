"""What the People and Items pages are asked for. Every choice stands in the address: each view has a link.

The address is read first, then shown by the widget, and a change of the widget is written back to it; so a
deep link, the back button and a click all lead to the same page.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from recengine.core.columns import Repeats
from recengine.services import datasets, jobs, runs
from recengine.services.champion import champion
from recengine.services.datasets import DatasetCard
from recengine.services.runs import Run
from recengine.services.workspace import Workspace
from recengine.ui import messages, navigation
from recengine.ui.page import Page

LENGTHS = (10, 20, 50)
MOST_LISTS = 4  # side by side; more do not fit a screen
REPEATS: dict[Repeats, str] = {"both": "Everything", "new": "Only new", "again": "Only again"}
LOOKED_AT = "dataset"  # the session's word for the data set in view, shared with the other pages


def dataset(ws: Workspace, page: Page) -> DatasetCard | None:
    """The data set the page speaks of: the address's, else the one looked at or trained on last.

    None, with a word about what to do, where there is none yet.
    """
    cards = {card.name: card for card in datasets.list_datasets(ws)}
    if not cards:
        if any(job.active for job in jobs.jobs(ws)):
            body = "Its people and items appear here in a moment; Overview shows how far it is."
            messages.state(
                "running", "The first data are being prepared", body, page=navigation.HOME, action="Watch"
            )
            return None
        body = "Bring your own file, or start with a year of real grocery purchases."
        messages.empty("There are no data yet", body, page=navigation.DATA, action="Go to Data")
        return None
    asked = asked_dataset(ws) or st.session_state.get(LOOKED_AT)
    name = asked if asked in cards else trained_last(ws, list(cards))
    if len(cards) > 1:
        key = page.name("dataset")
        st.session_state[key] = name
        st.selectbox("Dataset", list(cards), key=key, on_change=_other_dataset, args=(key,))
    st.session_state[LOOKED_AT] = name
    return cards[name]


def asked_dataset(ws: Workspace) -> str | None:
    """The dataset of the address; None, and a word about it, where it names one that is not here."""
    asked = navigation.asked("dataset")
    known = {card.name for card in datasets.list_datasets(ws)}
    if not asked or asked in known:
        return asked or None
    title = f"There is no dataset “{messages.clip(asked, 60)}” here"
    messages.state("warn", title, "It may have been deleted; this is another one." if known else "")
    return None


def finished_runs(ws: Workspace, card: DatasetCard) -> list[Run]:
    """The runs that can be asked for lists of these very data: the champion, then the best on NDCG@10.

    Those that learnt from edited data come last: they are answers to a what-if.
    """
    done = runs.list_runs(ws, card.name, status="done")
    same_data = [run for run in done if run.dataset_fingerprint == card.fingerprint]
    first = champion(ws, card.name)

    def place(run: Run) -> tuple[bool, bool, float]:
        is_first = first is not None and run.id == first.run_id
        return not is_first, bool(run.spec.edits), -run.metrics.get("ndcg@10", 0.0)

    return sorted(same_data, key=place)


def run_words(run: Run) -> str:
    """A run in a list to choose from, with what was edited."""
    return f"{run.title} · {'; '.join(run.spec.edits)}" if run.spec.edits else run.title


def unknown_runs(finished: Sequence[Run]) -> None:
    """A word about runs in the address that cannot be asked here; they are taken out of it."""
    named, known = navigation.asked_all("run"), {run.id for run in finished}
    missing = [run_id for run_id in named if run_id not in known]
    if not missing:
        return
    runs_of = f"There is no run “{messages.clip(missing[0], 60)}” to look at here"
    messages.state("warn", runs_of, "It may be deleted, unfinished or of other data; this is another one.")
    st.query_params["run"] = [run_id for run_id in named if run_id in known]


def models(finished: Sequence[Run], page: Page) -> list[Run]:
    """The runs whose lists stand side by side; by default the best run of the two best models."""
    by_id = {run.id: run for run in finished}
    asked = [run_id for run_id in _asked("run") if run_id in by_id]
    key = page.name("runs")
    st.session_state[key] = asked or [run.id for run in _best_of_each(finished)[:2]]
    chosen = st.multiselect(
        "Models",
        list(by_id),
        key=key,
        format_func=lambda run_id: run_words(by_id[run_id]),
        max_selections=MOST_LISTS,
        width=460,
        placeholder="Choose a model",
        on_change=_keep,
        args=(key, "run"),
    )
    return [by_id[run_id] for run_id in chosen]


def model(finished: Sequence[Run], page: Page, said: Callable[[Run], str] = run_words) -> Run:
    """The one run the page speaks of; by default the first."""
    by_id = {run.id: run for run in finished}
    asked = next((run_id for run_id in _asked("run") if run_id in by_id), finished[0].id)
    key = page.name("run")
    st.session_state[key] = asked
    st.selectbox(
        "Model",
        list(by_id),
        key=key,
        format_func=lambda run_id: said(by_id[run_id]),
        width=240,
        on_change=_keep,
        args=(key, "run"),
    )
    return by_id[asked]


def one_of(label: str, options: Mapping[str, str], page: Page, *, name: str, help: str | None = None) -> str:
    """One of a few options (name -> words), the first by default; it stands in the address as `name`."""
    asked = next(iter(_asked(name)), "")
    key = page.name(name)
    st.session_state[key] = asked if asked in options else next(iter(options))
    chosen = st.segmented_control(
        label,
        list(options),
        key=key,
        required=True,
        format_func=lambda option: options[option],
        help=help,
        on_change=_keep,
        args=(key, name),
    )
    return str(chosen or next(iter(options)))


def other(label: str, options: Mapping[str, str], page: Page, *, name: str) -> str:
    """One of many options (id -> words), the first by default; it stands in the address as `name`."""
    asked = navigation.asked(name)
    key = page.name(name)
    st.session_state[key] = asked if asked in options else next(iter(options))
    return str(
        st.selectbox(
            label,
            list(options),
            key=key,
            format_func=lambda option: options[option],
            on_change=_write,
            args=(key, name),
        )
    )


def repeats(card: DatasetCard, page: Page) -> Repeats:
    """Which items may be listed; by default what suits the data."""
    asked = next(iter(_asked("repeats")), "")
    key = page.name("repeats")
    st.session_state[key] = asked if asked in REPEATS else card.about.repeats
    chosen: Repeats | None = st.segmented_control(
        "Show",
        list(REPEATS),
        key=key,
        required=True,
        format_func=lambda kind: REPEATS[kind],
        help="Everything, only what is new to the person, or only what they had before.",
        on_change=_keep,
        args=(key, "repeats"),
    )
    return chosen or card.about.repeats


def length(page: Page) -> int:
    """How many items a list has."""
    key = page.name("length")
    asked = next(iter(_asked("length")), "")
    st.session_state[key] = int(asked) if asked in map(str, LENGTHS) else LENGTHS[0]
    return int(st.selectbox("Length", LENGTHS, key=key, width=88, on_change=_keep, args=(key, "length")))


def near(finished: Sequence[Run], page: Page) -> None:
    """By what items are near each other: who had both, or what a run has learnt."""
    if not finished:
        return
    by_id = {"": "who had both", **{run.id: run.title for run in finished}}
    asked = next(iter(_asked("near")), "")
    key = page.name("near")
    st.session_state[key] = asked if asked in by_id else ""
    st.selectbox(
        "Near by",
        list(by_id),
        key=key,
        format_func=lambda run_id: by_id[run_id],
        on_change=_keep,
        args=(key, "near"),
    )


def words(label: str, key: str, placeholder: str, *, name: str, leave: Sequence[str] = ()) -> str:
    """Words to search for. They become the parameter `name`; those in `leave` are dropped with them."""
    st.session_state[key] = navigation.asked(name)
    return st.text_input(
        label, key=key, placeholder=placeholder, type="search", on_change=_search, args=(key, name, leave)
    )


def _best_of_each(finished: Sequence[Run]) -> list[Run]:
    """The best run of every model, best model first."""
    best: dict[str, Run] = {}
    for run in finished:
        best.setdefault(run.spec.model, run)
    return list(best.values())


def trained_last(ws: Workspace, names: list[str]) -> str:
    """Of these datasets the one with the newest finished run, else the first."""
    done = (run.spec.dataset for run in runs.list_runs(ws, status="done"))
    return next((name for name in done if name in names), names[0])


def _other_dataset(key: str) -> None:
    """Another dataset has other people, items and runs: the address starts anew."""
    st.query_params.from_dict({"dataset": st.session_state[key]})


def _asked(name: str) -> list[str]:
    """What the address asks for, else what this reader chose last; the address then says so as well."""
    if name not in st.query_params and (last := st.session_state.get(f"re.{name}")):
        st.query_params[name] = last
    return navigation.asked_all(name)


def _keep(key: str, name: str) -> None:
    st.query_params[name] = st.session_state[f"re.{name}"] = st.session_state[key]


def _write(key: str, name: str) -> None:
    st.query_params[name] = st.session_state[key]


def _search(key: str, name: str, leave: Sequence[str]) -> None:
    for parameter in (*leave, name):
        st.query_params.pop(parameter, None)
    if found := st.session_state[key]:
        st.query_params[name] = found
