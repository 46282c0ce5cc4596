"""The Train page's parts: what is under way, the form for a new training, and what was trained before."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from recengine.core.columns import Repeats
from recengine.core.errors import NotFoundError, RecengineError
from recengine.core.split import SplitConfig
from recengine.models import MODELS
from recengine.services import jobs
from recengine.services.datasets import DatasetCard
from recengine.services.device import num_gpus
from recengine.services.estimates import Pace
from recengine.services.runs import AUTO, BUDGET_S, Run, TrainSpec, get_run, list_runs
from recengine.services.workspace import Workspace
from recengine.ui import cards, format, messages
from recengine.ui.choose import choose_dataset, choose_next, choose_run
from recengine.ui.downloads import download_table
from recengine.ui.forms import Filled, config_form, model_form, problem_of
from recengine.ui.model_picker import Shelf, choose_model
from recengine.ui.train_watch import LIKE, STATES, watch
from recengine.ui.wording import REPEATS

MOST_MINUTES = 24 * 60


def under_way(ws: Workspace) -> None:
    """The run that is looked at, and the queue."""
    jobs.ensure_dispatcher(ws)
    runs = list_runs(ws)
    if not runs:
        messages.empty(
            "Nothing was trained yet", "Choose data and a model below; the first curve appears at once."
        )
        return
    views = jobs.jobs(ws)
    under_way = next((view.run_id for view in views if view.active), None)
    if run_id := choose_run(runs, label="Look at a run", first=under_way):
        with st.container(border=True):
            watch(ws, run_id)
    _queue(
        [view for view in views if view.status in ("queued", "running", "paused") and view.run_id != run_id]
    )


def _queue(views: list[jobs.JobView]) -> None:
    if not views:
        return
    cards.draw(cards.heading("Also in the queue", format.plural(len(views), "training"), 3))
    for view in views:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(
                view.title,
                key=f"train.look.{view.run_id}",
                type="tertiary",
                on_click=choose_next,
                args=("run", view.run_id),
            )
            st.caption(messages.plain(view.message or STATES[view.status]))


def new_training(ws: Workspace) -> None:
    """The form: data, model, settings, test, and the button that starts it."""
    cards.draw(cards.heading("New training"))
    like = _like(ws)
    left, right = st.columns([2, 3], gap="large")
    with left:
        card = choose_dataset(ws)
        st.caption(messages.plain(_said(card), 300))
        shelf = Shelf(card.size, Pace.measured(ws))
        first = like.spec.model if like else None
        model = choose_model(shelf, first=first, key="train.model" + (f".{like.id}" if like else ""))
    same = like if like and like.spec.model == model else None
    key = f"train.{model}.{card.name}" + (f".{same.id}" if same else "")
    with right:
        chosen, problem = _budget(shelf, same, key) if model == AUTO else _settings(shelf, model, same, key)
        test, test_problem = _test_settings(card, like, key)
        spec = {"dataset": card.name, "model": model, **chosen, **test}
        _start_button(ws, spec, problem or test_problem)


def _settings(shelf: Shelf, model: str, like: Run | None, key: str) -> tuple[dict[str, Any], str]:
    """Preset and settings of one model, and what is wrong with them."""
    start = Filled(like.spec.preset, dict(like.spec.settings)) if like else None
    filled = model_form(MODELS[model], shelf.size, key=key, start=start, remark=shelf.costs(model))
    if obstacle := shelf.obstacle(model):
        messages.state("warn", "This will not fit", obstacle)
    return {"preset": filled.preset, "settings": filled.settings}, filled.problem


def _budget(shelf: Shelf, like: Run | None, key: str) -> tuple[dict[str, Any], str]:
    """How long models may be tried."""
    minutes = st.number_input(
        "Minutes for trying models",
        1,
        MOST_MINUTES,
        round((like.spec.budget_s if like else None) or BUDGET_S) // 60 or 1,
        key=f"{key}.budget",
        help="After a quick look at every model the better ones get richer settings, until the time is up. "
        "The last fit of the winner is part of it; its test comes on top.",
    )
    st.caption(
        "Every model is judged on people of the validation, never on the test, which only the winner sits. "
        "Where nothing tells two models apart, the simpler one is taken."
    )
    tried = {name: config.title for name, config in MODELS.items() if config.contender}
    costs = {title: shelf.obstacle(name) or shelf.cost(name, "quick") for name, title in tried.items()}
    with st.expander(f"What is tried first ({len(costs)})", key=f"{key}.tried"):
        cards.draw(cards.facts(costs))
    return {"budget_s": 60.0 * minutes}, ""


def _start_button(ws: Workspace, spec: dict[str, Any], problem: str) -> None:
    """Not a callback: that would get the form as it was before the very last edit."""
    if problem:
        messages.state("warn", "One setting needs another value", problem)
    icon = ":material/play_arrow:"
    if st.button("Start training", type="primary", icon=icon, key="train.start", disabled=bool(problem)):
        try:
            choose_next("run", jobs.submit(ws, TrainSpec.of(spec)).id)
        except RecengineError as error:
            messages.failed("It could not be started", str(error))
            return
        st.session_state.pop(LIKE, None)
        st.rerun()


def _like(ws: Workspace) -> Run | None:
    """The run whose settings the form starts from, if one was asked for."""
    try:
        return get_run(ws, st.session_state[LIKE]) if LIKE in st.session_state else None
    except NotFoundError:
        return None


def _test_settings(card: DatasetCard, like: Run | None, key: str) -> tuple[dict[str, Any], str]:
    """How the past is cut, which question is asked, seed and device; and what is wrong with them."""
    usual = TrainSpec(dataset=card.name, model=AUTO)
    usual = usual.for_data(card.about, card.size, has_given_test=card.has_given_test)
    start = like.spec if like else usual
    with st.expander("Test, seed and device", key=f"{key}.test"):
        shown = (start.split or SplitConfig()).model_dump()
        split = config_form(SplitConfig, shown, key=f"{key}.split")
        options: list[Repeats] = ["both", "new", "again"]
        repeats = st.selectbox(
            "What may be recommended",
            options,
            index=options.index(start.repeats or "both"),
            format_func=REPEATS.__getitem__,
            key=f"{key}.repeats",
            help=TrainSpec.model_fields["repeats"].description,
        )
        seed_column, device_column = st.columns(2)
        seed = seed_column.number_input(
            "Seed", 0, None, start.seed, key=f"{key}.seed", help=TrainSpec.model_fields["seed"].description
        )
        devices = ["auto", "cpu", "cuda"] if num_gpus() else ["auto", "cpu"]
        device = device_column.segmented_control(
            "Device",
            devices,
            default="auto",
            required=True,
            key=f"{key}.device",
            help=TrainSpec.model_fields["device"].description,
        )
    problem = problem_of(SplitConfig, split)
    return {"split": split, "repeats": repeats, "seed": seed, "device": device or "auto"}, problem


def _said(card: DatasetCard) -> str:
    about = card.about
    span = (
        f"{format.moment(card.first_at, about.time_kind)} to {format.moment(card.last_at, about.time_kind)}"
    )
    return (
        f"{format.count(card.num_interactions)} events of {format.plural(card.num_users, about.person)} "
        f"with {format.plural(card.num_items, about.item)}, {span}"
    )


def history(ws: Workspace) -> None:
    """Every run so far, as a table to read and take away."""
    runs = list_runs(ws)
    if not runs:
        return
    cards.draw(cards.heading("Runs so far", format.plural(len(runs), "run")))
    table = history_table(runs)
    st.dataframe(
        table,
        hide_index=True,
        key="train.history",
        alt="All runs with their state, settings and headline metrics",
        column_config={
            "started": st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm"),
            "NDCG@10": st.column_config.NumberColumn(format="%.3f"),
            "recall@10": st.column_config.NumberColumn(format="%.3f"),
            "seconds": st.column_config.NumberColumn(format="%.1f"),
        },
    )
    download_table(table, "recengine runs", key="train.history.csv")


def history_table(runs: list[Run]) -> pd.DataFrame:
    """One row a run, newest first, with headings for a reader."""
    return pd.DataFrame(
        {
            "run": [run.title for run in runs],
            "dataset": [run.spec.dataset for run in runs],
            "state": [STATES[run.status] for run in runs],
            "NDCG@10": [run.metrics.get("ndcg@10") for run in runs],
            "recall@10": [run.metrics.get("recall@10") for run in runs],
            "preset": ["" if run.spec.is_auto else run.spec.preset for run in runs],
            "changed settings": [
                ", ".join(f"{name} = {value}" for name, value in run.spec.settings.items()) for run in runs
            ],
            "edits of the data": ["; ".join(run.spec.edits) for run in runs],
            "seed": [run.spec.seed for run in runs],
            "epochs": [run.epochs for run in runs],
            "seconds": [run.seconds for run in runs],
            "device": [run.device for run in runs],
            "started": pd.to_datetime([run.created_at for run in runs], unit="s"),
            "id": [run.id for run in runs],
        }
    )
