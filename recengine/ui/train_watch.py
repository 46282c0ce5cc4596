"""One run under the eyes of its reader: progress, curves, buttons, and what came of it."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from recengine.core.errors import RecengineError
from recengine.services import jobs
from recengine.services.jobs import JobView
from recengine.services.runs import Comparison, Run, get_run, log_tail, points, redo, run_notes
from recengine.services.workspace import Workspace
from recengine.ui import cards, champion_view, format, messages, navigation
from recengine.ui.choose import choose_next
from recengine.ui.live_chart import show_live
from recengine.ui.model_charts import loss_curves, validation_curves
from recengine.ui.page import guarded
from recengine.ui.search_view import show_search, show_verdict
from recengine.ui.wording import baseline_title, beyond_chance, metric_explanation, metric_title

EVERY_S = 1.0  # between two looks at a run that is under way
SHOWN_METRICS = ("ndcg@10", "recall@10", "precision@10", "f1@10")
LIKE = "train.like"  # session: the run whose settings the form starts from
PROBLEM = "train.problem"  # session: what a button could not do, in words


def watch(ws: Workspace, run_id: str) -> None:
    """Draw a run; as long as it is under way, again each second."""
    active = _is_active(ws, run_id)
    fragment = st.fragment(guarded(_watch), run_every=EVERY_S if active else None)
    fragment(ws, run_id, active)


def _is_active(ws: Workspace, run_id: str) -> bool:
    return any(view.active for view in _views(ws) if view.run_id == run_id)


def _views(ws: Workspace) -> list[JobView]:
    jobs.recover(ws)
    return jobs.jobs(ws)


def _watch(ws: Workspace, run_id: str, was_active: bool) -> None:
    run = get_run(ws, run_id)
    view = next((view for view in _views(ws) if view.run_id == run_id), None)
    active = view is not None and view.active
    if active != was_active:
        st.rerun()  # the page starts or ends the timer
    champion_id = champion_view.starred(ws, run.spec.dataset)
    _head(run, view, champion_id)
    if view:
        _buttons(ws, view)
    if problem := st.session_state.pop(PROBLEM, ""):
        messages.failed("That did not work", problem)
    _state(ws, run, view)
    for note in run_notes(ws, run.id):
        messages.state("info", note)
    if run.search and run.search.verdict:
        show_verdict(run.search)
    if run.spec.is_auto:
        show_search(run.search, key=f"train.search.{run.id}")
    else:
        _curves(ws, run, active)
    if run.finished:
        _results(run)
    if not run.spec.is_auto:
        _settings(run)
    if not active:
        _ways_on(ws, run, champion_id)


def _settings(run: Run) -> None:
    """What was tried to find the model, and every setting in force, both behind folds."""
    if run.search:
        with st.expander(f"Models tried ({len(run.search.candidates)})", key=f"train.tried.{run.id}"):
            show_search(run.search, key=f"train.search.{run.id}")
    spec = run.spec
    changed = f", {format.plural(len(spec.settings), 'change')}" if spec.settings else ""
    with st.expander(f"Settings in force ({spec.preset}{changed})", key=f"train.settings.{run.id}"):
        cards.draw(cards.facts({**spec.model_settings().model_dump()}, unknown="This model has none."))


def _head(run: Run, view: JobView | None, champion_id: str) -> None:
    chosen = "" if run.spec.is_auto else f"{run.spec.preset} · "
    title = champion_view.title(run, champion_id)
    cards.draw(cards.heading(title, f"{run.spec.dataset} · {chosen}seed {run.spec.seed}"))
    figures = {"state": STATES[run.status]}
    if run.epochs:
        most = getattr(run.spec.model_settings(), "epochs", None)
        figures["epochs"] = f"{run.epochs}" + (f" of {most}" if most and run.status != "done" else "")
    if view and view.active:
        figures["interactions a second"] = (
            format.short(view.per_second) if view.per_second == view.per_second else "–"
        )
        figures["time left"] = format.duration(view.eta_s)
    elif run.seconds:
        figures["training time"] = format.duration(run.seconds)
    figures["device"] = run.device or run.spec.device
    cards.draw(cards.numbers(figures))


def _state(ws: Workspace, run: Run, view: JobView | None) -> None:
    if view and view.active:
        words = view.message or STAGES.get(view.stage, "")
        st.progress(min(1.0, max(0.0, view.progress)), text=f"{view.progress:.0%} · {messages.plain(words)}")
    elif run.status in ("failed", "lost"):
        messages.failed("The training broke off", run.error)
        if tail := log_tail(ws, run.id):
            with st.expander("The last lines of its log"):
                st.code(tail, language=None)
    elif run.status in ("paused", "stopped"):
        messages.state("info", STATES[run.status].capitalize(), REMARKS[run.status])


def _curves(ws: Workspace, run: Run, active: bool) -> None:
    measured = points(ws, run.id)
    names = set(measured["name"])
    if not names & {"loss", "running_loss"}:
        if run.finished:
            messages.empty("No curve to watch", "This model is worked out in one go, not epoch by epoch.")
        return
    left, right = st.columns(2, gap="medium")
    with left:
        show_live(loss_curves(measured), key=f"train.loss.{run.id}", growing=active)
    with right:
        if names & set(SHOWN_METRICS):
            show_live(validation_curves(measured), key=f"train.quality.{run.id}", growing=active)
        else:
            messages.empty("The first epoch is under way", "The quality of the lists is measured after it.")


def _buttons(ws: Workspace, view: JobView) -> None:
    actions: list[tuple[str, str, bool, Callable[[Workspace, str], None]]] = [
        ("Pause", ":material/pause:", view.can_pause, jobs.pause),
        ("Resume", ":material/play_arrow:", view.can_resume, jobs.resume),
        ("Stop", ":material/stop:", view.can_stop, jobs.stop),
    ]
    with st.container(horizontal=True):
        for label, icon, possible, action in actions:
            if possible:
                st.button(
                    label,
                    icon=icon,
                    key=f"train.{label.lower()}",
                    on_click=_asked,
                    args=(action, ws, view.run_id),
                )


def _asked(action: Callable[[Workspace, str], object], ws: Workspace, run_id: str) -> None:
    """A button's work; what goes wrong is kept for the next drawing."""
    try:
        action(ws, run_id)
    except RecengineError as error:
        st.session_state[PROBLEM] = str(error)


def _results(run: Run) -> None:
    shown = [tile_of(found) for found in run.comparisons if found.metric in SHOWN_METRICS]
    cards.draw(cards.heading("On the test", "people's choices after everything the model has seen", 3))
    if shown:
        cards.draw(cards.tiles(shown))
    else:
        cards.draw(
            cards.numbers(
                {metric_title(name): format.metric(run.metrics.get(name)) for name in SHOWN_METRICS}
            )
        )


def tile_of(found: Comparison) -> cards.Tile:
    """A metric against the best baseline, its tone by the interval of the difference."""
    tones: dict[str, cards.Tone] = {"better": "good", "worse": "bad"}
    return cards.Tile(
        label=metric_title(found.metric),
        value=format.metric(found.value),
        against=f"{baseline_title(found.baseline)} {format.metric(found.baseline_value)}",
        change=format.change(found.value, found.baseline_value),
        tone=tones.get(found.verdict, "neutral"),
        definition=metric_explanation(found.metric),
        verdict=beyond_chance(found),
    )


def _ways_on(ws: Workspace, run: Run, champion_id: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        if st.button(
            "Train again",
            icon=":material/replay:",
            key="train.redo",
            help="The same settings on exactly the same data.",
        ):
            choose_next("run", redo(ws, run.id).id)
            st.rerun()
        if st.button(
            "Change and train",
            icon=":material/tune:",
            key="train.change",
            help="Fills the form below with these settings.",
        ):
            st.session_state[LIKE] = run.id
            st.rerun()
        if run.finished:
            about = {"dataset": run.spec.dataset}
            navigation.link("pages/3_Compare.py", "Compare it", icon="📊", query=about)
            navigation.link(
                "pages/4_People.py", "See people's lists", icon="👤", query=about | {"run": run.id}
            )
            navigation.link(navigation.LEARNT, "What it learnt", icon="🧠", query=about | {"run": run.id})
            navigation.link(navigation.IF_RETRAIN, "What if?", icon="🧪", query=about | {"run": run.id})
    if run.finished and run.id != champion_id:
        champion_view.make(ws, {run.id: run.title}, key="train")


STATES = {
    "queued": "waiting",
    "running": "running",
    "paused": "paused",
    "done": "done",
    "failed": "failed",
    "stopped": "stopped",
    "lost": "lost",
}
STAGES = {"": "starting", "data": "preparing the data", "training": "training", "test": "sitting the test"}
REMARKS = {
    "paused": "Where it stood is written down. Resume goes on from there, also tomorrow.",
    "stopped": "It was stopped on request. Resume goes on from its last checkpoint, if it has one.",
}
