"""The parts of the page on what a model has learnt: working it out, the finding, and looks at it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pandas as pd
import streamlit as st

from recengine.core.words import many, plural
from recengine.services import explain_all, learnt, learnt_drift, tasks
from recengine.services import learnt_views as views
from recengine.services.datasets import DatasetCard
from recengine.services.learnt import Learnt, LearntSpec
from recengine.services.runs import Run, load_run_model
from recengine.services.tasks import Task
from recengine.services.workspace import Workspace
from recengine.ui import cards, format, learnt_charts, learnt_dots, lists, messages, picks, task_view
from recengine.ui.charts import show as show_chart
from recengine.ui.downloads import csv_bytes, file_name
from recengine.ui.forms import config_form, problem_of
from recengine.ui.looks import Hue, Look
from recengine.ui.page import Page, guarded
from recengine.ui.tabs import in_tabs

KIND_HUES: dict[str, Hue] = {"action": "blue", "group": "green", "person": "orange", "item": "pink"}
NOTHING = "nothing"


def show(ws: Workspace, card: DatasetCard, page: Page) -> None:
    """The page: one run, and what is known of it."""
    finished = picks.finished_runs(ws, card)
    if not finished:
        lists.nothing_trained(ws, card)
        return
    picks.unknown_runs(finished)
    with st.container(horizontal=True, vertical_alignment="bottom", key=page.name("asked")):
        run = picks.model(finished, page)
        # Before results are looked for: one that is brought in between would be missed by both.
        newest = next(iter(tasks.tasks(ws, kind=learnt.KIND, about=run.id)), None)
        known = learnt.kept(ws, run.id)
        found = _which(known, page)
    if not load_run_model(ws, run.id).personal:
        word = card.about.person
        body = f"Nothing about {format.a(word)} drives its scores. Choose another model above."
        messages.empty(f"{run.title} gives everyone the same list", body)
        return
    under_way = newest if newest and _matters(newest, known) else None
    if under_way:
        people, doing = many(card.about.person), f"Working out what drives the scores of {run.title}"
        task_view.watch(ws, under_way, doing=doing, pieces=people, key=page.name("work"))
    if found:
        answer(ws, found, finished, page)
    if not (under_way and under_way.active):
        _form(ws, run, card, page, first=found is None)
    if found:
        everyone(ws, run, card, page)
        st.button(
            "Forget this result",
            key=page.name("forget"),
            type="tertiary",
            on_click=learnt.forget,
            args=(ws, found),
        )


def _which(known: list[Learnt], page: Page) -> Learnt | None:
    """The result that is looked at, by default the newest; None where there is none."""
    if len(known) < 2:
        return known[0] if known else None
    words = {one.key: f"{views.of_whom(one)} {format.clock(one.made_at)}" for one in known}
    chosen = picks.other("Worked out from", words, page, name="draw")
    return next(one for one in known if one.key == chosen)


def _matters(newest: Task, known: list[Learnt]) -> bool:
    """Whether the newest task is under way, or was broken off since there is a result."""
    return newest.status != "done" and newest.queued_at > (known[0].made_at if known else 0.0)


def _form(ws: Workspace, run: Run, card: DatasetCard, page: Page, *, first: bool) -> None:
    """What to work out, and the button that starts it."""
    if first:
        people = many(card.about.person)
        messages.empty(
            "Not worked out yet",
            f"Some {people} are drawn by chance, the first {many(card.about.item)} of their lists are "
            "explained, and the reasons put together. It runs in the background and is kept with the model.",
        )
    with st.expander("Work it out" if first else "Work it out with other settings", expanded=first):
        values = config_form(LearntSpec, LearntSpec().model_dump(), key=page.name(f"form.{run.id}"))
        problem = problem_of(LearntSpec, values)
        if problem:
            messages.state("warn", "One setting needs another value", problem)
        icon = ":material/play_arrow:"
        if st.button(
            "Work it out", type="primary", icon=icon, key=page.name("start"), disabled=bool(problem)
        ):
            learnt.start(ws, run.id, LearntSpec.of(values))
            st.rerun()


def answer(ws: Workspace, found: Learnt, finished: list[Run], page: Page) -> None:
    """The finding in words, the strongest drivers, and four closer looks."""
    left, right = st.columns([5, 4], gap="medium", vertical_alignment="center")
    with left:
        cards.draw(f'<p class="re-finding">{messages.esc(views.in_a_sentence(found), 600)}</p>')
    with right:
        cards.draw(_mix(found))
    st.caption(messages.plain(_small_print(found), 900))
    drivers = views.drivers(found)
    show_chart(learnt_charts.strongest(found, drivers), key=page.name("strongest"))
    looks = {
        "Every single effect": partial(_every_effect, ws, found, page),
        "By segment": partial(_segments, ws, found, page),
        "One reason up close": partial(_one_reason, ws, found, drivers, page),
        "Beside another run": partial(_other_run, ws, found, finished, page),
    }
    in_tabs({name: guarded(draw) for name, draw in looks.items()}, key=page.name("tabs"))


def _mix(found: Learnt) -> str:
    words = learnt_charts.kind_words(found)
    shares = [
        (words[row.kind], Look("", KIND_HUES[row.kind]), float(row.share))
        for row in views.kinds(found).itertuples()
        if row.share > 0
    ]
    return cards.mix(shares, label="What weighs how much")


def _small_print(found: Learnt) -> str:
    """The sample, the sensitive features, and when it was worked out."""
    said = [views.of_whom(found), views.from_where(found)]
    for row in views.sensitive(found).itertuples():
        span = f"{format.percent(row.low, 1)} to {format.percent(row.high, 1)}"
        said.append(
            f"Sensitive features together weigh {format.percent(row.share, 1)} ({span}): {row.names}."
        )
    took = f"in {format.duration(found.seconds)} on the {found.device}"
    return " ".join([*said, f"Worked out {format.clock(found.made_at)}, {took}."])


def _every_effect(ws: Workspace, found: Learnt, page: Page) -> None:
    show_chart(learnt_dots.every_effect(found, views.swarm(ws, found)), key=page.name("swarm"))


def _segments(ws: Workspace, found: Learnt, page: Page) -> None:
    words = {name: cards.words(name) for name in views.splits(ws, found)}
    split = picks.other("Split by", words, page, name="split")
    frame = views.by_segment(ws, found, split)
    if frame.empty:
        few = f"None has {views.FEWEST} {many(found.person)} in it. Work it out again with more of them."
        messages.empty("The segments are too small", few)
        return
    show_chart(learnt_charts.in_segments(found, frame, words[split].lower()), key=page.name("segments"))


def _one_reason(ws: Workspace, found: Learnt, drivers: pd.DataFrame, page: Page) -> None:
    words = {f"{row.kind}:{row.name}": cards.words(row.name) for row in drivers.itertuples()}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        source = picks.other("Reason", words, page, name="reason")
        colours = {NOTHING: "nothing", **{key: text for key, text in words.items() if key != source}}
        colour = picks.other("Colour by", colours, page, name="colour")
    shown, beside = _source(source), None if colour == NOTHING else _source(colour)
    frame = views.dependence(ws, found, shown, beside)
    chart = learnt_dots.one_reason(found, frame, shown[1], beside[1] if beside else "")
    show_chart(chart, key=page.name("dependence"))


def _source(key: str) -> tuple[str, str]:
    """The kind and the name of a source: "person:age" -> ("person", "age")."""
    kind, _, name = key.partition(":")
    return kind, name


def _other_run(ws: Workspace, found: Learnt, finished: list[Run], page: Page) -> None:
    known = [one for run in finished for one in learnt.kept(ws, run.id) if one.key != found.key]
    if not known:
        body = "Choose another model above and work it out with the same settings; then come back here."
        messages.empty("There is nothing to compare with yet", body)
        return
    known.sort(key=lambda one: (one.spec != found.spec, one.run_id == found.run_id))  # most alike first
    words = {one.key: f"{one.model}: {views.of_whom(one)}" for one in known}
    chosen = picks.other("Beside", words, page, name="beside")
    second = next(one for one in known if one.key == chosen)
    compared = learnt_drift.drifted(found, second)
    cards.draw(f'<p class="re-finding re-second">{messages.esc(compared.sentence, 600)}</p>')
    st.caption(messages.plain(_agreement(compared), 300))
    show_chart(learnt_charts.two_runs(found, compared), key=page.name("drift"))


def _agreement(compared: learnt_drift.Drifted) -> str:
    return (
        f"Agreement of the two orders of reasons: {compared.agreement:.2f} ({compared.low:.2f} to "
        f"{compared.high:.2f}); 1 is the same order, 0 none at all."
    ).replace("-", format.MINUS)


def everyone(ws: Workspace, run: Run, card: DatasetCard, page: Page) -> None:
    """The reasons of many people's lists as one table to take along."""
    people = many(card.about.person)
    with st.expander(f"Take the reasons of many {people} along as a table"):
        newest = next(iter(tasks.tasks(ws, kind=explain_all.KIND, about=run.id)), None)
        if newest:
            doing = f"Explaining the lists of {people}"
            task_view.watch(ws, newest, doing=doing, pieces=people, key=page.name("all"))
        if newest and newest.status == "done":
            _download(newest, run, card, page)
        if not (newest and newest.active):
            _ask_for_everyone(ws, run, card, page)


def _ask_for_everyone(ws: Workspace, run: Run, card: DatasetCard, page: Page) -> None:
    words = many(card.about.person).capitalize(), f"{many(card.about.item).capitalize()} of each list"
    with (
        st.form(page.name("all.form"), border=False),
        st.container(horizontal=True, vertical_alignment="bottom"),
    ):
        people = st.number_input(words[0], 1, card.num_users, min(100, card.num_users))
        length = st.number_input(words[1], 1, 50, 10)
        if st.form_submit_button("Explain them", icon=":material/play_arrow:"):
            explain_all.start(ws, run.id, people=people, k=length)
            st.rerun()


def _download(done: Task, run: Run, card: DatasetCard, page: Page) -> None:
    path = Path(done.result["file"])
    if not path.exists():
        messages.state("info", "The last table is not here any more", "Explain them again.")
        return
    said = f"{plural(done.result['people'], card.about.person)}, {plural(done.result['rows'], 'reason')}"
    name = file_name(f"reasons {run.title}")
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(messages.plain(f"Ready: {said}."))
        st.download_button(
            "Parquet", path.read_bytes, f"{name}.parquet", key=page.name("all.parquet"), on_click="ignore"
        )
        st.download_button(
            "CSV",
            lambda: csv_bytes(pd.read_parquet(path)),
            f"{name}.csv",
            "text/csv",
            key=page.name("all.csv"),
            on_click="ignore",
        )
