"""How a list avoids more of the same, whether things come again, and what is left to chance."""

from __future__ import annotations

from typing import Any, get_args

import pandas as pd
import streamlit as st

from recengine.strategy import Diversify, Explore
from recengine.strategy.strategy import Exploring, Method
from recengine.ui import cards, strategy_known
from recengine.ui.cards import draw
from recengine.ui.strategy_draft import View
from recengine.ui.strategy_weights import STEP, says

SHARE = 0.1  # of the lists, where epsilon was just chosen
REPEATS = {"as the run": "As the model was trained", "allowed": "May be listed again", "not": "Never again"}
METHODS = {
    "none": "None",
    "mmr": "No two alike (MMR)",
    "dpp": "All unlike one another (DPP)",
    "calibrated": "Mixed as their past (calibrated)",
    "xquad": "Something for each interest (xQuAD)",
}
CHANCES = {
    "none": "Nothing",
    "epsilon": "A place on some lists",
    "thompson": "Scores drawn (Thompson)",
    "linucb": "Scores read high (LinUCB)",
}


def show(view: View, moved: pd.DataFrame | None) -> None:
    """The controls; `moved` is what the parts do, None while the strategy cannot be."""
    draw(cards.heading("Variety", "how a list avoids more of the same", level=3))
    _variety(view, moved)
    with st.expander("Repeats, candidates and chance", key=view.page.name("more")):
        _more(view)


def _variety(view: View, moved: pd.DataFrame | None) -> None:
    now = view.strategy.diversify
    keys = {name: view.page.name(f"variety.{name}") for name in ("method", "weight", "column")}
    _select(
        "Variety",
        {name: METHODS[name] for name in get_args(Method)},
        now.method,
        keys["method"],
        _set_variety,
        view,
        keys,
    )
    if now.method == "none":
        return
    columns = {"": "all columns", **{name: name for name in strategy_known.categories(view)}}
    _select("Alike by", columns, now.column, keys["column"], _set_variety, view, keys)
    st.session_state[keys["weight"]] = now.weight
    st.slider(
        "How much",
        0.0,
        1.0,
        step=STEP,
        key=keys["weight"],
        help="0: the score alone counts. 1: variety alone.",
        on_change=_set_variety,
        args=(view, keys),
    )
    says(f"variety ({now.method})", now.weight, moved)


def _set_variety(view: View, keys: dict[str, str]) -> None:
    said = {name: st.session_state[key] for name, key in keys.items() if key in st.session_state}
    view.draft.write(diversify=Diversify.of(view.strategy.diversify.model_dump() | said))


def _more(view: View) -> None:
    now, page = view.strategy, view.page
    keys = {name: page.name(name) for name in ("repeats", "candidates")}
    _select("What they had", REPEATS, now.repeats, keys["repeats"], _set_more, view, keys)
    st.session_state[keys["candidates"]] = now.candidates
    st.number_input(
        "Candidates",
        1,
        10_000,
        step=50,
        key=keys["candidates"],
        help="How many of the model's best items are looked at for a list.",
        on_change=_set_more,
        args=(view, keys),
    )
    chance = {name: page.name(f"chance.{name}") for name in ("method", "amount")}
    _select(
        "Left to chance",
        {name: CHANCES[name] for name in get_args(Exploring)},
        now.explore.method,
        chance["method"],
        _set_chance,
        view,
        chance,
    )
    if now.explore.method == "none":
        st.caption("With nothing left to chance, what these lists leave out can never be learnt from.")
        return
    share = now.explore.method == "epsilon"
    st.session_state[chance["amount"]] = now.explore.amount
    st.number_input(
        "Share of the lists" if share else "In standard errors",
        0.0,
        1.0 if share else 5.0,
        step=STEP,
        key=chance["amount"],
        on_change=_set_chance,
        args=(view, chance),
    )


def _set_more(view: View, keys: dict[str, str]) -> None:
    view.draft.write(**{name: st.session_state[key] for name, key in keys.items()})


def _set_chance(view: View, keys: dict[str, str]) -> None:
    said = {name: st.session_state[key] for name, key in keys.items() if key in st.session_state}
    if said["method"] == "epsilon":
        said["amount"] = min(1.0, said.get("amount", SHARE))
    view.draft.write(explore=Explore.of(view.strategy.explore.model_dump() | said))


def _select(
    label: str, options: dict[str, str], now: str, field: str, changed: Any, view: View, keys: Any
) -> None:
    """One of a few words; the address says which."""
    st.session_state[field] = now if now in options else next(iter(options))
    st.selectbox(
        label, list(options), key=field, format_func=options.__getitem__, on_change=changed, args=(view, keys)
    )
