"""Edits put together by choosing: every picker draws its fields and writes one text of the edit language.

PICKERS["people"].draw(asking)  ->  'drop people where age = "65+"'
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Literal

import streamlit as st

from recengine.core.columns import DAY
from recengine.core.edits.reading import value_text
from recengine.core.sensitive import is_sensitive
from recengine.core.words import many
from recengine.services.choices import Choice, Choices
from recengine.services.datasets import DatasetCard
from recengine.services.runs import Run
from recengine.ui import cards
from recengine.ui.fields import fields_of
from recengine.ui.forms import draw_field

Of = Literal["people", "items"]
COMPARED = {">=": "at least", "<=": "at most", ">": "more than", "<": "less than", "=": "exactly"}
VERBS = {"drop": "Leave out", "keep": "Keep only", "weigh": "Weigh"}
EVERY = "each of them"
TURNS = "One what-if for each"
TURNS_HELP = "Instead of all of them at once: each is tried alone, and all are compared in the end."


@dataclass(frozen=True)
class Asking:
    """What the pickers choose from.

    Attributes:
        key: prefix of the widgets' keys.
    """

    card: DatasetCard
    choices: Choices
    run: Run
    key: str

    @property
    def words(self) -> dict[str, str]:
        """What people and items are called in these data."""
        return {"people": many(self.card.about.person), "items": many(self.card.about.item)}

    def features(self, of: Of) -> dict[str, Choice]:
        """What is known of people or of items."""
        return self.choices.person if of == "people" else self.choices.item


@dataclass(frozen=True)
class Picker:
    """One sort of edit.

    Attributes:
        label: with {people} and {items} for the domain's words.
        draw: draws the fields; returns the edit, "" as long as something is missing.
        fits: whether these data have anything to choose.
    """

    label: str
    draw: Callable[[Asking], str]
    fits: Callable[[Asking], bool] = lambda asking: True


def choose_edit(asking: Asking) -> str:
    """Draw the sorts of edit and the fields of the one chosen; the edit, "" as long as it is not complete."""
    fitting = {name: picker for name, picker in PICKERS.items() if picker.fits(asking)}
    name = st.selectbox(
        "Change",
        list(fitting),
        format_func=lambda name: fitting[name].label.format_map(asking.words),
        key=f"{asking.key}.sort",
    )
    return fitting[name or next(iter(fitting))].draw(asking)


def _features_of(of: Of) -> Callable[[Asking], str]:
    def draw(asking: Asking) -> str:
        key, features = f"{asking.key}.{of}", asking.features(of)
        verb = _verb(key)
        name = st.selectbox("By which feature?", list(features), format_func=_named, key=f"{key}.feature")
        condition = _condition(features[name], f"{key}.{name}")
        return _sentence(verb, f"{of} where {condition}" if condition else "", key)

    return draw


def _verb(key: str) -> str:
    verb = st.segmented_control(
        "What happens to them?",
        list(VERBS),
        default="drop",
        required=True,
        format_func=VERBS.__getitem__,
        key=f"{key}.verb",
    )
    return verb or "drop"


def _sentence(verb: str, what: str, key: str) -> str:
    """The edit, with its factor where something is weighed."""
    if verb != "weigh":
        return f"{verb} {what}" if what else ""
    factor = st.number_input(
        "They count … times as much",
        0.01,
        100.0,
        2.0,
        format="%.6g",
        key=f"{key}.factor",
        help="2: as if each were there twice. 0.5: half as much.",
    )
    return f"weigh {what} by {factor:.6g}" if what else ""


def _named(name: str) -> str:
    """A feature in words; one to be careful with is marked."""
    return f"{cards.words(name)}{' ⚠' if is_sensitive(name) else ''}"


def _condition(choice: Choice, key: str) -> str:
    """A feature and what it must be, "" where nothing is chosen."""
    if choice.kind == "numeric":
        return _number(choice, key)
    chosen = st.multiselect("is", choice.values, key=f"{key}.values", placeholder="Choose one or more")
    if len(chosen) < 2:
        return f"{value_text(choice.name)} = {value_text(chosen[0])}" if chosen else ""
    values = [value_text(value) for value in chosen]
    if st.toggle(TURNS, key=f"{key}.turns", help=TURNS_HELP):
        return f"{value_text(choice.name)} = {{{'|'.join(values)}}}"
    return f"{value_text(choice.name)} in ({', '.join(values)})"


def _number(choice: Choice, key: str) -> str:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        sign = st.selectbox(
            "is", list(COMPARED), format_func=COMPARED.__getitem__, key=f"{key}.sign", width=140
        )
        value = st.number_input(
            "this", None, None, (choice.low + choice.high) / 2, format="%.6g", key=f"{key}.number", width=160
        )
    st.caption(f"from {choice.low:,.6g} to {choice.high:,.6g}")
    return f"{value_text(choice.name)} {sign} {value:.10g}"


def _activity(asking: Asking) -> str:
    """Cutting by how many events a person has."""
    key, people = f"{asking.key}.activity", asking.words["people"]
    ways = {
        "drop people with fewer than {} events": f"Leave out {people} with fewer than … events",
        "drop people with more than {} events": f"Leave out {people} with more than … events",
        "cap people at {} events": "Count only the latest … events of each",
    }
    return _way(ways, key, start=20)


def _popularity(asking: Asking) -> str:
    key, (people, items) = f"{asking.key}.popularity", asking.words.values()
    ways = {
        "drop items where popularity < {}": f"Leave out {items} that fewer than … {people} had",
        "keep the {} most popular items": f"Keep only the … most popular {items}",
        "drop the {} most popular items": f"Leave out the … most popular {items}",
    }
    return _way(ways, key, start=100)


def _way(ways: Mapping[str, str], key: str, *, start: int, most: int | None = None) -> str:
    """One of several edits that differ in a number alone."""
    way = st.selectbox("How?", list(ways), format_func=ways.__getitem__, key=f"{key}.way")
    number = st.number_input("…", 1, most, min(start, most or start), key=f"{key}.number.{way}", width=160)
    return way.format(number)


def _time(asking: Asking) -> str:
    key, span = f"{asking.key}.time", asking.card.last_at - asking.card.first_at
    ways = {
        "drop last {} days": "Leave out the last … days",
        "keep last {} days": "Learn from the last … days alone",
        "from {}": "Learn from … on",
        "until {}": "Learn until …",
        "drop {} to {}": "Leave out a stretch of time",
    }
    if asking.run.spec.edits:
        ways["add last {} days"] = "Give back the last … days that were left out"
    way = st.selectbox("How?", list(ways), format_func=ways.__getitem__, key=f"{key}.way")
    if way.endswith("days"):
        return way.format(
            st.number_input("Days", 1, max(1, int(span / DAY)), 30, key=f"{key}.days", width=160)
        )
    first, last = _moment(asking, asking.card.first_at), _moment(asking, asking.card.last_at)
    if way.count("{}") == 1:
        return way.format(
            _at("From" if way.startswith("from") else "Until", first, last, 0.5, f"{key}.{way[:4]}")
        )
    with st.container(horizontal=True):
        return way.format(
            _at("From", first, last, 0.5, f"{key}.first"), _at("to", first, last, 0.75, f"{key}.last")
        )


def _moment(asking: Asking, time: float) -> date | int:
    """A time of the data as a picker takes it: a date, or the number of a day."""
    return (
        datetime.fromtimestamp(time, UTC).date()
        if asking.card.about.time_kind == "date"
        else int(time // DAY)
    )


def _at(label: str, first: date | int, last: date | int, share: float, key: str) -> str:
    """One moment between two; begins a share of the way."""
    if isinstance(first, int) or isinstance(last, int):
        low, high = int(str(first)), int(str(last))
        return str(
            st.number_input(f"{label} day", low, high, low + int(share * (high - low)), key=key, width=160)
        )
    return str(
        st.date_input(
            label, first + share * (last - first), first, last, key=key, format="YYYY-MM-DD", width=180
        )
    )


def _kinds(asking: Asking) -> str:
    key = f"{asking.key}.kinds"
    verb = _verb(key)
    chosen = st.multiselect(
        "Kinds of event", asking.choices.kinds, key=f"{key}.values", placeholder="Choose one or more"
    )
    values = ", ".join(map(value_text, chosen))
    condition = (
        f"events where kind {f'in ({values})' if len(chosen) > 1 else f'= {values}'}" if chosen else ""
    )
    return _sentence(verb, condition, key)


def _forget(asking: Asking) -> str:
    """A feature that the model does not get to see."""
    texts = {
        f"drop feature {value_text(name)}": f"{_named(name)} of {asking.words['people']}"
        for name in asking.choices.person
    }
    texts |= {
        f"drop feature of items {value_text(name)}": f"{_named(name)} of {asking.words['items']}"
        for name in asking.choices.item
    }
    return st.selectbox("Which?", list(texts), format_func=texts.__getitem__, key=f"{asking.key}.forget")


def _setting(asking: Asking) -> str:
    """A setting of the model, as its own form would ask for it."""
    settings = asking.run.spec.model_settings()
    fields = {field.name: field for field in fields_of(type(settings))}
    key = f"{asking.key}.setting"
    name = st.selectbox(
        "Which?", list(fields), format_func=lambda name: fields[name].label, key=f"{key}.name"
    )
    now = getattr(settings, name)
    value = draw_field(fields[name], now, f"{key}.{asking.run.id}.{name}")
    if value == now:
        st.caption(f"Now it is {now}; choose another value.")
        return ""
    return f"set {name} = {value_text(value) if isinstance(value, str) else value}"


# The shelf of pickers. To add one: write its function, then add its line here.
PICKERS: dict[str, Picker] = {
    "people": Picker(
        "{people}, by what is known of them",
        _features_of("people"),
        lambda asking: bool(asking.choices.person),
    ),
    "activity": Picker("{people}, by how much they did", _activity),
    "items": Picker(
        "{items}, by what is known of them", _features_of("items"), lambda asking: bool(asking.choices.item)
    ),
    "popularity": Picker("{items}, by how popular they are", _popularity),
    "time": Picker("the time learnt from", _time, lambda asking: asking.card.about.time_kind != "order"),
    "kinds": Picker("kinds of event", _kinds, lambda asking: bool(asking.choices.kinds)),
    "forget": Picker(
        "a feature the model does not see",
        _forget,
        lambda asking: bool(asking.choices.person or asking.choices.item),
    ),
    "setting": Picker(
        "a setting of the model",
        _setting,
        lambda asking: bool(fields_of(type(asking.run.spec.model_settings()))),
    ),
}
