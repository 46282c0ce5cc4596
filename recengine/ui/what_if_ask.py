"""Asking a what-if: what should be different, what that would leave and cost, and the start."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import streamlit as st

from recengine.core.errors import RecengineError
from recengine.core.split import Histories
from recengine.core.words import count, many, plural
from recengine.models import MODELS
from recengine.services import what_if
from recengine.services.datasets import DatasetCard
from recengine.services.estimates import Estimate
from recengine.services.runs import Run
from recengine.services.what_if import Ask
from recengine.services.what_if_edits import meant
from recengine.services.what_if_preview import Preview, preview
from recengine.services.workspace import Workspace
from recengine.ui import cards, champion_view, messages, what_if_edits, what_if_guess
from recengine.ui.page import Page
from recengine.ui.what_if_charts import signed

SEEDS = {1: "1, a first look", 3: "3", 5: "5", 10: "10"}
USUAL_SEEDS = 3
SEEDS_HELP = (
    "A model comes out a little different each time. Several trainings of both sides, with the same seeds, "
    "tell what an edit does from what chance does."
)
MOST_PREVIEWED = 24  # of a grid; all of it is asked, though


@dataclass(frozen=True)
class Wish:
    """What is about to be asked: edits of one what-if or of several, and how.

    Attributes:
        what_ifs: the edits of each.
    """

    run: Run
    what_ifs: tuple[tuple[str, ...], ...]
    seeds: int
    histories: Histories

    def asks(self) -> list[Ask]:
        """As services want it."""
        return [Ask(self.run.id, edits, self.seeds, self.histories) for edits in self.what_ifs]


def ask(ws: Workspace, card: DatasetCard, run: Run, page: Page) -> None:
    """The editor and, beside it, what the edits would leave."""
    left, right = st.columns([6, 5], gap="large")
    with left:
        cards.draw(cards.heading("What should be different?"))
        what_if_edits.editor(ws, card, run, page)
    with right:
        cards.draw(cards.heading("What that means"))
        if not what_if_edits.chosen():
            body = (
                "Add one or more edits; what they leave, and how long it takes, is told before anything runs."
            )
            messages.empty("Nothing is different yet", body)
            return
        _proposal(ws, card, run, page)


def _proposal(ws: Workspace, card: DatasetCard, run: Run, page: Page) -> None:
    before = st.container()  # what it means stands above how it is asked
    try:
        found = understood(str(ws.root), run.id, "; ".join(what_if_edits.chosen()))
        seeds, histories = _how(card, run, page)
        wish = Wish(run, found, seeds, histories)
        with before, st.spinner("Looking at what that leaves"):
            previews = [_preview(str(ws.root), one) for one in wish.asks()[:MOST_PREVIEWED]]
    except RecengineError as error:
        with before:
            messages.failed("This cannot be asked", str(error))
        return
    with before:
        if len(found) == 1:
            draw_preview(previews[0])
        else:
            _draw_several(previews, len(found))
    _start(ws, wish, page)
    if len(found) == 1:
        what_if_guess.offer(ws, wish.asks()[0], page)


@st.cache_data(max_entries=64, show_spinner=False)
def understood(root: str, run_id: str, text: str) -> tuple[tuple[str, ...], ...]:
    """The what-ifs a text stands for, checked.

    Raises:
        EditError, SettingsError: it cannot be read, or cannot be asked of the run.
    """
    return tuple(map(tuple, meant(Workspace(Path(root)), run_id, text)))


def _preview(root: str, one: Ask) -> Preview:
    return _kept_preview(root, one.base, one.edits, one.seeds, one.histories)


@st.cache_data(max_entries=128, show_spinner=False, ttl=60)
def _kept_preview(
    root: str, run_id: str, edits: tuple[str, ...], seeds: int, histories: Histories
) -> Preview:
    """For a minute: how long it takes depends on what has been trained meanwhile."""
    return preview(Workspace(Path(root)), run_id, edits, seeds=seeds, histories=histories)


def _how(card: DatasetCard, run: Run, page: Page) -> tuple[int, Histories]:
    """How many trainings, and whether histories change as well."""
    seeds = 1
    if not MODELS[run.spec.model].deterministic:
        seeds = (
            st.segmented_control(
                "Trainings of each side",
                list(SEEDS),
                default=USUAL_SEEDS,
                required=True,
                format_func=SEEDS.__getitem__,
                key=page.name("seeds"),
                help=SEEDS_HELP,
            )
            or USUAL_SEEDS
        )
    people = many(card.about.person)
    edited = st.toggle(
        f"Edit the past of the {people} in the test as well",
        key=page.name("histories"),
        help="Usually the model learns from other data, but the test stays as it is. Switched on, what is "
        f"left out is also taken from what these {people} did before, as though it had never been there.",
    )
    return seeds, "edited" if edited else "kept"


def draw_preview(found: Preview) -> None:
    """One what-if before it is run."""
    rows = "".join(
        f"<tr><th>{messages.esc(row.part)}</th><td>{count(row.before)}</td><td>{count(row.after)}</td>"
        f"<td>{_share(row.before, row.after)}</td></tr>"
        for row in found.rows.itertuples(index=False)
    )
    cards.draw(
        f'<p class="re-finding">{messages.esc(found.sentence, 600)}</p>',
        '<table class="re-before-after"><thead><tr><th></th><th>now</th><th>then</th><th></th></tr></thead>'
        f"<tbody>{rows}</tbody></table>",
        cards.numbers(_figures(found)),
        *(f'<p class="re-small">{messages.esc(note, 400)}</p>' for note in found.notes),
    )


def _share(before: float, after: float) -> str:
    return signed(100 * (after / before - 1)) if before and after != before else "same"


def _figures(found: Preview) -> dict[str, str]:
    """How long it takes, and what it could find."""
    told = {"until the verdict": cost(found.seconds, found.num_trainings)}
    if found.detectable is not None:
        told["the smallest change of NDCG@10 it can find"] = f"±{100 * found.detectable:.1f}%"
    return told


def cost(seconds: Estimate, trainings: int) -> str:
    """How long trainings take: "about 40 s (3 trainings)"."""
    if not trainings:
        return "at once: all is trained"
    return f"{seconds.in_words} ({plural(trainings, 'training')})"


def _draw_several(previews: list[Preview], total: int) -> None:
    """A grid before it is run."""
    seconds = sum(one.seconds.seconds for one in previews) * total / len(previews)
    measured = all(one.seconds.measured for one in previews)
    trainings = sum(one.num_trainings for one in previews) * total // len(previews)
    cards.draw(
        f'<p class="re-finding">{plural(total, "what-if")}, each on its own against the same model</p>',
        cards.numbers({"until all verdicts": cost(Estimate(seconds, measured), trainings)}),
    )
    st.dataframe(several_table(previews), hide_index=True, alt="What each what-if would leave to learn from")
    if total > len(previews):
        st.caption(f"The first {len(previews)} of {total}; all of them will be asked.")


def several_table(previews: list[Preview]) -> pd.DataFrame:
    """One row a what-if: what it is and what it leaves."""
    return pd.DataFrame(
        [
            {"what if": one.sentence, **dict(zip(one.rows["part"], one.rows["after"], strict=True))}
            for one in previews
        ]
    )


def _start(ws: Workspace, wish: Wish, page: Page) -> None:
    """Not a callback: that would get the form as it was before the very last edit."""
    label = (
        "Retrain and compare" if len(wish.what_ifs) == 1 else f"Retrain and compare all {len(wish.what_ifs)}"
    )
    if st.button(label, type="primary", icon=":material/play_arrow:", key=page.name("start")):
        asked = what_if.submit(ws, wish.asks(), who=str(st.session_state.get(champion_view.WHO, "")))
        where = {"what_if": asked.what_ifs[0].id} if len(asked.what_ifs) == 1 else {"set": asked.id}
        st.query_params.from_dict({"dataset": wish.run.spec.dataset, "run": wish.run.id, **where})
        st.rerun()
