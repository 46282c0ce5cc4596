"""The rules of a strategy as lines one can read, in the order in which they act; each can be left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from recengine.core.errors import SettingsError
from recengine.strategy import RULES, Rule
from recengine.ui import cards, format, messages, strategy_known
from recengine.ui.cards import draw
from recengine.ui.strategy_draft import View
from recengine.ui.strategy_weights import says

PROBLEM = "strategy.rules.problem"  # session: why a rule could not be added, in words


@dataclass(frozen=True)
class Kind:
    """How a kind of rule is asked for: its name, and the fields to be filled in."""

    title: str
    fields: tuple[str, ...]


KINDS = {
    "exclude": Kind("Never list", ("any column", "value")),
    "in stock": Kind("Only in stock", ("number column", "at_least")),
    "age": Kind("Only of an age", ("at_least_days", "at_most_days")),
    "pin": Kind("Pin to a place", ("item", "place")),
    "at most": Kind("At most so many", ("column", "any value", "count")),
    "max share": Kind("At most a share", ("column", "any value", "share")),
    "min share": Kind("At least a share", ("column", "value", "share")),
}
EACH, BY_ID = "each value", "the item's id"


def show(view: View, moved: pd.DataFrame | None) -> None:
    """The rules there are, and a way to add one."""
    draw(cards.heading("Rules", "in the order in which they act", level=3))
    for place, rule in sorted(
        enumerate(view.strategy.rules), key=lambda pair: list(RULES).index(pair[1].kind)
    ):
        _line(view, place, rule, moved)
    if not view.strategy.rules:
        draw(f'<p class="re-small">No rules: any {messages.esc(view.card.about.item)} may be listed.</p>')
    with st.popover("Add a rule", icon=":material/add:", key=view.page.name("rule.add")):
        _form(view)
    if problem := st.session_state.pop(PROBLEM, ""):
        messages.failed("The rule was not added", problem)


def _line(view: View, place: int, rule: Rule, moved: pd.DataFrame | None) -> None:
    said = rule.words()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(messages.plain(f"{said[:1].upper()}{said[1:]}", 200), width="stretch")
        words = f"Leave out: {messages.plain(said, 120)}"
        key = view.page.name(f"rule.{place}.out")
        st.button("✕", key=key, help=words, type="tertiary", on_click=_drop, args=(view, place))
    says(said, 1.0, moved)


def _drop(view: View, place: int) -> None:
    rules = view.strategy.rules
    view.draft.write(rules=(*rules[:place], *rules[place + 1 :]))


def _form(view: View) -> None:
    """Which kind of rule, and what it is about."""
    kind = st.selectbox(
        "Rule", list(KINDS), key=view.page.name("rule.kind"), format_func=lambda name: KINDS[name].title
    )
    st.caption(messages.plain(str(RULES[kind].__doc__).partition("\n")[0], 200))
    said: dict[str, Any] = {"kind": kind}
    for field in KINDS[kind].fields:
        name, value = ASK[field](view, said)
        said[name] = value
    key = view.page.name("rule.do")
    st.button(
        "Add it", key=key, type="primary", on_click=_add, args=(view, said), disabled=None in said.values()
    )


def _add(view: View, said: dict[str, Any]) -> None:
    try:
        rule = RULES[said["kind"]].of(said)
    except SettingsError as error:
        st.session_state[PROBLEM] = str(error)
        return
    view.draft.write(rules=(*view.strategy.rules, rule))


def _column(view: View, said: dict[str, Any]) -> tuple[str, Any]:
    return "column", st.selectbox(
        "Column", list(strategy_known.categories(view)), key=_key(view, said, "column")
    )


def _any_column(view: View, said: dict[str, Any]) -> tuple[str, Any]:
    columns = ["", *strategy_known.categories(view)]
    shown = st.selectbox(
        "Column", columns, key=_key(view, said, "column"), format_func=lambda name: name or BY_ID
    )
    return "column", shown


def _number_column(view: View, said: dict[str, Any]) -> tuple[str, Any]:
    columns = strategy_known.numbers(view)
    if not columns:
        st.caption(f"These {format.many(view.card.about.item)} have no column of numbers.")
        return "column", None
    return "column", st.selectbox("Column that says how many", columns, key=_key(view, said, "column"))


def _value(view: View, said: dict[str, Any]) -> tuple[str, Any]:
    column = said["column"]
    if not column:
        return "value", st.text_input("Its id", key=_key(view, said, "value")) or None
    values = strategy_known.categories(view).get(column, [])
    return "value", st.selectbox("Value", values, key=_key(view, said, f"value.{column}"))


def _any_value(view: View, said: dict[str, Any]) -> tuple[str, Any]:
    column = said["column"]
    values = ["", *strategy_known.categories(view).get(column, [])]
    shown = st.selectbox(
        "Value",
        values,
        key=_key(view, said, f"value.{column}"),
        format_func=lambda value: value or EACH,
    )
    return "value", shown


def _item(view: View, said: dict[str, Any]) -> tuple[str, Any]:
    word = view.card.about.item
    shown = st.text_input(f"Id of the {messages.plain(word)}", key=_key(view, said, "item"))
    return "item", shown.strip() or None


def _number(
    name: str, label: str, value: float | int, low: float | int, high: float | int
) -> Callable[[View, dict[str, Any]], tuple[str, Any]]:
    def ask(view: View, said: dict[str, Any]) -> tuple[str, Any]:
        return name, st.number_input(label, low, high, value, key=_key(view, said, name))

    return ask


def _share(view: View, said: dict[str, Any]) -> tuple[str, Any]:
    percent = st.slider("Share of the list, in percent", 0, 100, 30, 5, key=_key(view, said, "share"))
    return "share", percent / 100


def _key(view: View, said: dict[str, Any], field: str) -> str:
    return view.page.name(f"rule.{said['kind']}.{field}")


ASK: dict[str, Callable[[View, dict[str, Any]], tuple[str, Any]]] = {
    "column": _column,
    "any column": _any_column,
    "number column": _number_column,
    "value": _value,
    "any value": _any_value,
    "item": _item,
    "place": _number("place", "Place", 1, 1, 1000),
    "count": _number("count", "How many at most", 2, 0, 1000),
    "share": _share,
    "at_least": _number("at_least", "At least", 1.0, -1e9, 1e9),
    "at_least_days": _number("at_least_days", "At least, in days", 0.0, 0.0, 36500.0),
    "at_most_days": _number("at_most_days", "At most, in days", 365.0, 1.0, 36500.0),
}
