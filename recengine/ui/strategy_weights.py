"""The controls of a strategy's score: terms and boosts, each with what it really moves."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from recengine.core.words import MINUS
from recengine.strategy import TERMS, Boost
from recengine.strategy.scoring import boost_title
from recengine.strategy.terms import find_term, term_title
from recengine.ui import cards, messages, strategy_known
from recengine.ui.cards import draw
from recengine.ui.strategy_draft import View

WIDEST = 3.0  # a slider's end, unless a weight lies beyond
STEP = 0.05
AT_FIRST = 0.5  # the weight of a term or boost that was just added


def show(view: View, moved: pd.DataFrame | None) -> None:
    """Every control; `moved` is what the parts do, None while the strategy cannot be."""
    draw(cards.heading("Weights", "one scale: 1 is one spread of any term", level=3))
    for name in view.strategy.weights:
        _weight(view, name, moved)
    _add_weight(view)
    draw(cards.heading("Boosts", "values to be lifted or lowered", level=3))
    for place in range(len(view.strategy.boosts)):
        _boost(view, place, moved)
    _add_boost(view)


def _weight(view: View, name: str, moved: pd.DataFrame | None) -> None:
    value, field = view.strategy.weights[name], view.page.name(f"weight.{name}")
    term, column = find_term(name)
    title = f"{term.title} of {column}" if column else term.title
    _row(
        view,
        title,
        value,
        field,
        term.explanation,
        _set_weight,
        (view, name, field),
        _drop_weight,
        (view, name),
    )
    says(term_title(name), value, moved)


def _boost(view: View, place: int, moved: pd.DataFrame | None) -> None:
    boost = view.strategy.boosts[place]
    field, title = view.page.name(f"boost.{place}.{boost_title(boost)}"), boost_title(boost)
    done = (view, place, field)
    _row(
        view,
        title,
        boost.weight,
        field,
        "Below 0 it is lowered.",
        _set_boost,
        done,
        _drop_boost,
        (view, place),
    )
    says(title, boost.weight, moved)


def _row(
    view: View,
    title: str,
    value: float,
    field: str,
    help: str,
    changed: Any,
    change: Any,
    left: Any,
    leave: Any,
) -> None:
    """A slider, and beside it a way to leave the part out."""
    widest = max(WIDEST, abs(value))
    st.session_state[field] = float(value)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        st.slider(
            messages.plain(title, 60),
            -widest,
            widest,
            step=STEP,
            key=field,
            help=messages.plain(help, 300),
            on_change=changed,
            args=change,
        )
        words = f"Leave out {messages.plain(title, 60)}"
        st.button("✕", key=f"{field}.out", help=words, type="tertiary", on_click=left, args=leave)


def says(part: str, weight: float, moved: pd.DataFrame | None) -> None:
    """What a part really does, under its control."""
    if moved is None:
        return
    if len(moved) == 1:
        draw('<p class="re-small">Lists follow it alone.</p>')
        return
    row = moved[moved["part"] == part]
    if row.empty or not weight:
        draw('<p class="re-small">Does not count.</p>')
        return
    draw(f'<p class="re-small re-effect" title="{messages.esc(MEANING, 400)}">{effect(row.iloc[0])}</p>')


MEANING = (
    "What would change on people's lists without it: the share of places with another item, how far items "
    "that stay would move, and its share in the differences of the score."
)


def effect(row: pd.Series) -> str:
    """What a part does, as HTML: a bar of the places it decides, and the rest in words."""
    said = f"decides {row['replaced']:.0%} of the places, moves items {row['places']:.1f} places"
    if row["changed"] == 0:
        said = "moves nothing on these lists"
    if pd.notna(row["spread"]):
        said += f", {row['spread']:.0%} of the score".replace("-", MINUS)
    width = 100 * min(1.0, float(row["replaced"]))
    return f'<span class="re-bar"><i style="width:{width:.0f}%"></i></span>{messages.esc(said)}'


def _set_weight(view: View, name: str, field: str) -> None:
    view.draft.write(weights=view.strategy.weights | {name: round(st.session_state[field], 4)})


def _drop_weight(view: View, name: str) -> None:
    view.draft.write(weights={one: weight for one, weight in view.strategy.weights.items() if one != name})


def _set_boost(view: View, place: int, field: str) -> None:
    boosts = list(view.strategy.boosts)
    boosts[place] = boosts[place].model_copy(update={"weight": round(st.session_state[field], 4)})
    view.draft.write(boosts=tuple(boosts))


def _drop_boost(view: View, place: int) -> None:
    boosts = view.strategy.boosts
    view.draft.write(boosts=(*boosts[:place], *boosts[place + 1 :]))


def _add_weight(view: View) -> None:
    field = view.page.name("weight.add")
    st.selectbox(
        "Weigh something else too",
        [name for name in _terms(view) if name not in view.strategy.weights],
        index=None,
        key=field,
        format_func=_title,
        placeholder="Add a term",
        on_change=_more_weight,
        args=(view, field),
        label_visibility="collapsed",
    )


def _terms(view: View) -> list[str]:
    """Every term that these data and this model know."""
    known = [name for name in TERMS if name not in ("like", "expected") or view.run.likelihood]
    over = {name for name in known if TERMS[name].over_column}
    columns = strategy_known.numbers(view)
    return [name for name in known if name not in over] + [
        f"{name} {one}" for name in over for one in columns
    ]


def _title(name: str) -> str:
    term, column = find_term(name)
    return f"{term.title} of {column}" if column else f"{term.title}: {term.explanation}"


def _more_weight(view: View, field: str) -> None:
    if name := st.session_state[field]:
        view.draft.write(weights=view.strategy.weights | {name: 1.0 if name == "relevance" else AT_FIRST})
        st.session_state[field] = None


def _add_boost(view: View) -> None:
    """A column and one of its values."""
    columns = strategy_known.categories(view)
    if not columns:
        st.caption("These data have no column of categories to boost by.")
        return
    with st.popover("Add a boost", icon=":material/add:", key=view.page.name("boost.add")):
        column = st.selectbox("Column", list(columns), key=view.page.name("boost.column"))
        value = st.selectbox("Value", columns[column], key=view.page.name(f"boost.value.{column}"))
        args = (view, column, value)
        st.button("Add it", key=view.page.name("boost.do"), type="primary", on_click=_more_boost, args=args)


def _more_boost(view: View, column: str, value: str) -> None:
    view.draft.write(boosts=(*view.strategy.boosts, Boost(column=column, value=value, weight=AT_FIRST)))
