"""The parts of the Overview page: where things stand, what is under way, the numbers, one person, ways on."""

from __future__ import annotations

import math
import time
from functools import partial

import streamlit as st

from recengine.services import jobs, overview, people, runs
from recengine.services.jobs import JobView
from recengine.services.overview import Overview
from recengine.services.overview import Tile as Headline
from recengine.services.recommend import RecommendationList
from recengine.services.runs import Comparison, Run
from recengine.services.workspace import Workspace
from recengine.ui import business_view, cards, champion_view, format, messages, navigation, picks, shown
from recengine.ui.cards import Door, Tile, draw
from recengine.ui.messages import esc, isolated
from recengine.ui.page import Page, guarded
from recengine.ui.wording import baseline_title, beyond_chance

BATCH_S = 60.0  # jobs submitted so close to each other are shown together
WELCOME = (
    "Welcome. The built-in sample, a year of real grocery purchases, is being read, and four models learn "
    "from it one after the other. Results appear here as they land; it goes on when you leave the page."
)
SHARES = ("hit_rate", "recall", "precision", "coverage")  # metrics told in percent on this page
LISTED = 8  # rows of the one person's history and list
_STEP_ICONS = {
    "done": "✓",
    "running": "◔",
    "queued": "·",
    "failed": "×",
    "lost": "×",
    "paused": "‖",
    "stopped": "■",
}
_STEP_TONES = {"done": "re-done", "running": "re-running", "failed": "re-failed", "lost": "re-failed"}


def hero(view: Overview) -> None:
    """The state in one sentence, and how old data and model are."""
    card = view.dataset
    name = f'<p class="re-eyebrow">{isolated(card.name)}</p>' if card else ""
    draw(f'<header>{name}<h1 class="re-sentence">{esc(view.sentence, 300)}</h1>{_ages(view)}</header>')


def _ages(view: Overview) -> str:
    parts = []
    if view.dataset:
        about = view.dataset.about
        kept, read = view.dataset.num_interactions, view.dataset.rows_in
        share = f"{format.short(kept)} of {format.short(read)}" if read > kept else format.short(kept)
        parts.append(f"{share} {shown.events_of(about)}")
        parts.append(format.plural(view.dataset.num_users, about.person))
        parts.append(format.plural(view.dataset.num_items, about.item))
        if view.data_as_of is not None:
            parts.append(f"data as of {format.moment(view.data_as_of, about.time_kind)}")
    if view.trained_at is not None:
        parts.append(f"trained {format.ago(time.time() - view.trained_at)}, {format.clock(view.trained_at)}")
    return f'<p class="re-meta">{"".join(f"<span>{esc(part)}</span>" for part in parts)}</p>'


def watch(ws: Workspace, view: Overview, page: Page) -> None:
    """What is being trained now, redrawn every second; the page starts anew whenever a result has landed."""
    with_sentence = view.state == "preparing"
    if with_sentence and view.dataset is None:
        draw(f'<p class="re-lead">{esc(WELCOME, 400)}</p>')
    redraw = st.fragment(guarded(_under_way), run_every=1.0, key=page.name("watch"))
    redraw(ws, _stand(view.jobs), with_sentence)


def _under_way(ws: Workspace, stand: frozenset[tuple[str, str]], with_sentence: bool) -> None:
    every = jobs.jobs(ws)
    active = [job for job in every if job.active]
    names = {name for name, _ in stand}
    if stand != _stand([job for job in every if job.active or job.run_id in names]):
        st.rerun()
    if with_sentence:
        hero(overview.overview(ws))
    since = min((job.created_at for job in active), default=math.inf) - BATCH_S
    batch = sorted((job for job in every if job.created_at >= since), key=lambda job: job.created_at)
    finished = {run.id: run for run in runs.list_runs(ws, status="done")}
    draw('<ol class="re-steps" aria-label="Training now">', *(_step(job, finished) for job in batch), "</ol>")


def _stand(shown_jobs: list[JobView]) -> frozenset[tuple[str, str]]:
    return frozenset((job.run_id, job.status) for job in shown_jobs)


def _step(job: JobView, finished: dict[str, Run]) -> str:
    pulse = " re-pulse" if job.status == "running" else ""
    tone = _STEP_TONES.get(job.status, "")
    bar = (
        f'<span class="re-bar"><i style="width:{100 * job.progress:.0f}%"></i></span>'
        if job.status == "running"
        else ""
    )
    return (
        f'<li class="{tone}"><span class="re-state-icon{pulse}" aria-hidden="true">'
        f'{_STEP_ICONS.get(job.status, "·")}</span><span class="re-step-name">{esc(job.title)}</span>'
        f'<span class="re-step-note">{esc(_note(job, finished.get(job.run_id)))}</span>{bar}</li>'
    )


def _note(job: JobView, run: Run | None) -> str:
    """The one thing worth knowing of a job now."""
    if run is not None:
        return f"NDCG@10 {format.metric(run.metrics.get('ndcg@10'))}"
    doing = job.message.partition(":")[0] if job.stage == "training" else job.message  # figures are on Train
    if job.status == "running" and job.eta_s is not None:
        return f"{doing or job.stage or 'running'} · {format.duration(job.eta_s)} left"
    return doing or job.status


def tiles(view: Overview) -> None:
    """A few numbers, each against the better baseline."""
    compared = {one.metric: one for one in view.best.comparisons} if view.best else {}
    draw(cards.tiles([_tile(tile, compared.get(tile.metric)) for tile in view.tiles]))


def _tile(tile: Headline, compared: Comparison | None) -> Tile:
    tones: dict[bool | None, cards.Tone] = {True: "good", False: "bad", None: "neutral"}
    share = tile.metric.startswith(SHARES)
    said = partial(format.percent, digits=1) if share else format.metric
    return Tile(
        label=tile.label,
        value=said(tile.value),
        against=f"{baseline_title(tile.baseline)} {said(tile.baseline_value)}" if tile.baseline else "",
        change=format.change(1 + tile.lift, 1.0),
        tone=tones[tile.good],
        definition=tile.help,
        verdict=beyond_chance(compared, points=share) if compared else "",
    )


def one_person(ws: Workspace, view: Overview, page: Page) -> None:
    """One real person: what they did, and what they are offered."""
    person, offered, card = view.person, view.recommendations, view.dataset
    if person is None or offered is None or card is None:
        return
    about = card.about
    with st.container(horizontal=True, vertical_alignment="bottom", key=page.name("who")):
        known = shown.known_of(person.features) or "nothing known but the history"
        draw(
            cards.heading(f"One real {about.person}"),
            f'<p class="re-small">{isolated(shown.person_title(about, person.id))} · {isolated(known)}</p>',
        )
        if st.button(f"Another {about.person}", key=page.name("another"), icon="🎲"):
            st.query_params["person"] = people.random_person(ws, card.name)
            st.rerun()
    events = f"the last {LISTED} of {format.count(person.num_events)} {shown.events_of(about)}"
    before = cards.panel(
        cards.heading("What they did", events, level=3),
        cards.rows(shown.past(person.history.head(LISTED), person.dataset, about), label="History"),
    )
    after = cards.panel(
        cards.heading("What they are offered", f"by {offered.model}{_legend(offered)}", level=3),
        cards.marks(cards.badges_of(offered.badges)),
        cards.rows(shown.recommended(offered)[:LISTED], label="Recommendations", numbered=True),
    )
    address = shown.person_href(card.name, person.id)
    draw(cards.pair(before, after))
    draw(cards.more({f"Everything about this {about.person}": address}))


def _legend(offered: RecommendationList) -> str:
    """What the figures beside a list stand for."""
    known = offered.rows["probability"].notna().any()
    return " · with the chance that it is chosen" if known else ""


def doors(view: Overview) -> None:
    """Explore, the two kinds of what-if, share."""
    name = {"dataset": view.dataset.name} if view.dataset else {}
    word = view.dataset.about.person if view.dataset else "person"
    item = view.dataset.about.item if view.dataset else "item"
    draw(
        cards.heading("From here"),
        cards.doors(
            [
                Door(
                    "🔭",
                    "Explore",
                    f"Find {format.a(word)}, follow their history, and compare the lists of several models.",
                    navigation.href(navigation.PEOPLE, name),
                ),
                Door(
                    "🎛️",
                    f"Change {format.a(word)}",
                    f"Leave out or add a {item}, and watch the list follow.",
                    navigation.href(navigation.IF_PERSON, name),
                ),
                Door(
                    "🧪",
                    "Change the data",
                    "Leave some out or change a setting, train again, and read whether it matters.",
                    navigation.href(navigation.IF_RETRAIN, name),
                ),
                Door(
                    "📤",
                    "Share",
                    "Compare the models on the same test and take the numbers and lists with you as files.",
                    navigation.href(navigation.COMPARE, name),
                ),
            ]
        ),
    )


def start(view: Overview) -> None:
    """The first step where nothing has been trained yet."""
    if view.dataset is None:
        body = "Bring your own file, or start with a year of real grocery purchases."
        messages.empty("There are no data yet", body, page=navigation.DATA, action="Go to Data")
        return
    query = {"dataset": view.dataset.name}
    body = "A first one takes seconds; results appear here as they land."
    title = "No model of these data yet"
    messages.state("info", title, body, page=navigation.TRAIN, action="Train a model", query=query)


def show(ws: Workspace, page: Page) -> None:
    """The whole page, whatever state the workspace is in."""
    overview.ensure_first_models(ws)
    view = overview.overview(ws, picks.asked_dataset(ws), person=navigation.asked("person") or None)
    alive = any(job.active for job in view.jobs)
    if view.state != "preparing":
        hero(view)
    for job in view.jobs:
        if job.status in ("failed", "lost"):
            messages.failed(
                f"{job.title} did not finish", job.message, page=navigation.TRAIN, action="Open Train"
            )
    if view.state == "empty":
        start(view)
    if alive:
        watch(ws, view, page)
    if view.tiles:
        tiles(view)
    if view.dataset:
        champion_view.tell(ws, view.dataset.name)
    if view.dataset and view.best and not alive:
        business_view.tell(ws, view.dataset.name, page)
    one_person(ws, view, page)
    if view.dataset or alive:
        doors(view)
