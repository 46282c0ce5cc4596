"""The champion as pages show it: which run it is, who is ahead of it, and how another one is made it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd
import streamlit as st

from recengine.core.errors import RecengineError
from recengine.services import challengers, champion
from recengine.services.challengers import Standing
from recengine.services.champion import Champion
from recengine.services.runs import Run, get_run, list_runs
from recengine.services.workspace import Workspace
from recengine.ui import cards, format, messages, navigation, picks
from recengine.ui.wording import beyond_chance, metric_title

STAR = "★"
WHO = "champion.who"  # session: who this reader is, asked once
MEANING = "the run that recommendations are meant to come from; what-ifs are asked about it first"


def starred(ws: Workspace, dataset: str) -> str:
    """The champion's run id; "" where there is none."""
    made = champion.champion(ws, dataset)
    return made.run_id if made else ""


def title(run: Run, champion_id: str) -> str:
    """A run as a list to choose from shows it, the champion with its star."""
    return f"{picks.run_words(run)} {STAR} champion" if run.id == champion_id else picks.run_words(run)


def tell(ws: Workspace, dataset: str, *, linked: bool = True) -> None:
    """The champion and who is ahead of it, as one card; nothing where there is no champion.

    Args:
        linked: whether a link leads to Compare.
    """
    if found := challengers.standing(ws, dataset):
        _card(found, linked)


def _card(found: Standing, linked: bool) -> None:
    said = f"{STAR} {found.run.title} is the champion"
    if found.ahead is None or found.found is None:
        messages.state("done", said, f"{_made(found.champion)} Nobody is ahead of it on its test.")
        return
    compared, metric = found.found, metric_title(found.found.metric)
    body = (
        f"{_made(found.champion)} {found.ahead.title} has {metric} {compared.value:.3f}, the champion "
        f"{compared.baseline_value:.3f}. {beyond_chance(compared)}"
    )
    real = compared.verdict == "better"
    messages.state(
        "warn" if real else "done",
        f"{said}, and {found.ahead.title} is ahead of it" if real else said,
        body,
        page=navigation.COMPARE if linked else None,
        action="Compare",
        query={"dataset": found.champion.dataset},
    )


def _made(made: Champion) -> str:
    why = f": {made.why}" if made.why else ""
    return f"Since {datetime.fromtimestamp(made.since, UTC):%-d %b %Y}, by {made.who}{why}.".replace(
        "..", "."
    )


def make(ws: Workspace, runs: Mapping[str, str], *, key: str, first: str = "") -> None:
    """A way to make a run the champion: which (where there are several), who says so, and why.

    Args:
        runs: what may be made the champion, with its words.
        first: what is chosen first.
    """
    run_id = next(iter(runs))
    label = f"Make {messages.plain(runs[run_id])} the champion" if len(runs) == 1 else "Make a champion"
    with (
        st.expander(label, icon="🏆", key=f"{key}.champion"),
        st.form(f"{key}.champion.form", border=False),
    ):
        st.caption(f"The champion is {MEANING}.")
        with st.container(horizontal=True, vertical_alignment="bottom"):
            if len(runs) > 1:
                place = list(runs).index(first) if first in runs else 0
                run_id = st.selectbox("Run", list(runs), place, format_func=runs.__getitem__, width=240)
            who = st.text_input("Who says so", value=st.session_state.get(WHO, ""), max_chars=80, width=200)
            why = st.text_input("Why", max_chars=200, placeholder="Best lists for newcomers", width=320)
            if st.form_submit_button("Make it the champion", type="primary"):
                _make(ws, run_id, who, why)


def _make(ws: Workspace, run_id: str, who: str, why: str) -> None:
    try:
        champion.make_champion(ws, run_id, who, why)
    except RecengineError as error:
        messages.failed("It was not made the champion", str(error))
        return
    st.session_state[WHO] = who
    st.rerun()


def history(ws: Workspace, dataset: str, *, key: str) -> None:
    """Every champion so far, behind a fold; nothing where there was none."""
    made = champion.history(ws, dataset)
    if not made:
        return
    titles = {run.id: run.title for run in list_runs(ws, dataset)}
    with st.expander(f"Champions so far ({len(made)})", key=f"{key}.champions"):
        st.dataframe(
            history_table(made, titles),
            hide_index=True,
            alt="Every champion, newest first, with who made it so and why",
            column_config={"since": st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm")},
        )


def history_table(made: list[Champion], titles: Mapping[str, str]) -> pd.DataFrame:
    """One row a champion, newest first; a run that was deleted since goes by its id."""
    return pd.DataFrame(
        {
            "champion": [titles.get(one.run_id, f"{one.run_id} (deleted)") for one in made],
            "since": pd.to_datetime([one.since for one in made], unit="s"),
            "who": [one.who for one in made],
            "why": [one.why for one in made],
        }
    )


def section(ws: Workspace, dataset: str, runs: Mapping[str, str], *, key: str, first: str) -> None:
    """The Compare page's part: the champion, a way to make another, and those before.

    Args:
        runs: what may be made the champion, with its words.
        first: what is offered first.
    """
    cards.draw(cards.heading("Champion", MEANING))
    tell(ws, dataset, linked=False)
    now = starred(ws, dataset)
    if others := {run_id: words for run_id, words in runs.items() if run_id != now}:
        make(ws, others, key=key, first=first)
    history(ws, dataset, key=key)


def beside(ws: Workspace, table: pd.DataFrame, metric: str) -> pd.DataFrame:
    """A leaderboard (columns model and run) with the champion starred and each run's gap to it in words."""
    known = [str(run_id) for run_id in table["run"] if run_id]
    now = starred(ws, get_run(ws, known[0]).spec.dataset) if known else ""
    if now not in known:
        return table
    gaps = [_gap(str(ws.root), run_id, now, metric) if run_id else "" for run_id in table["run"]]
    model = table["model"].where(table["run"] != now, table["model"] + f" {STAR}")
    table = table.assign(model=model)
    table.insert(2, "against the champion", gaps)
    return table


@st.cache_data(show_spinner=False, max_entries=512)
def _gap(root: str, run_id: str, champion_id: str, metric: str) -> str:
    """Finished runs never change, and their ids are never used twice."""
    ws = Workspace(Path(root))
    found = challengers.against_champion(ws, get_run(ws, run_id), get_run(ws, champion_id), metric)
    if found is None:
        return "the champion" if run_id == champion_id else ""
    ends = " to ".join(f"{end:+.4f}" for end in (found.difference_low, found.difference_high))
    return f"{found.verdict} ({ends})".replace("-", format.MINUS)
