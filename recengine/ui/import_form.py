"""The form that every import ends in: which column is what, what is set aside, what it is called."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd
import streamlit as st

from recengine.data.cleaning import RULES, CleaningConfig
from recengine.data.domains import DOMAINS
from recengine.data.mapping import Confidence, Guess, Mapping
from recengine.ui import cards, messages
from recengine.ui.fields import fields_of
from recengine.ui.forms import draw_field, problem_of

ROLES = {
    "user": "Who",
    "item": "What",
    "time": "When",
    "weight": "How much",
    "event": "Kind of event",
}
REQUIRED = ("user", "item")
SURE: dict[Confidence, str] = {"sure": "Sure", "likely": "Likely", "unsure": "Only a guess"}
MOST_KINDS = 12  # of events that get a field of their own
NO_DOMAIN = ""


@dataclass(frozen=True)
class Form:
    """What was chosen for an import.

    Attributes:
        problem: what is missing or wrong, in words; "" where it can start.
    """

    name: str
    mapping: Mapping
    cleaning: CleaningConfig
    problem: str


def choose_domain(key: str) -> str | None:
    """What the data are about; None for anything else than the presets know."""
    titles = {NO_DOMAIN: "Anything else"} | {name: domain.title for name, domain in DOMAINS.items()}
    chosen = st.segmented_control(
        "What are they about?",
        list(titles),
        default=NO_DOMAIN,
        required=True,
        format_func=titles.__getitem__,
        key=key,
        help="Sets the words of all pages, how much each kind of event counts, how models are examined and "
        "what the health checks look for.",
    )
    if not chosen:
        return None
    st.caption(f"{DOMAINS[chosen].summary} {DOMAINS[chosen].why}")
    return chosen


def draw_form(frame: pd.DataFrame, guess: Guess, *, name: str, key: str) -> Form:
    """Columns, rules and the name.

    Args:
        frame: the first rows.
        name: what the dataset is called unless the reader says otherwise.
        key: of the file or table, so that each keeps its own choices.
    """
    mapping = _choose_mapping(frame, guess, f"data.map.{key}")
    rules, problem = _choose_rules()
    chosen = st.text_input("Name of the dataset", value=name, max_chars=60, key=f"data.name.{key}")
    if missing := [ROLES[role] for role in REQUIRED if getattr(mapping, role) is None]:
        problem = f"Choose the column for: {', '.join(missing)}."
    return Form(chosen, mapping, rules, problem or ("" if chosen.strip() else "Give the dataset a name."))


def _choose_mapping(frame: pd.DataFrame, guess: Guess, key: str) -> Mapping:
    """One selectbox a role, filled with the guess; how sure it is and its reason stand below."""
    cards.draw(cards.heading("Which column is what", "guessed; correct it where it is wrong", 3))
    names = [str(name) for name in frame.columns]
    chosen: dict[str, str | None] = {}
    for column, (role, word) in zip(st.columns(len(ROLES)), ROLES.items(), strict=True):
        guessed = getattr(guess.mapping, role)
        with column:
            options = [None, *names]  # None is an option: Streamlit clears no choice that it was given
            chosen[role] = st.selectbox(
                word,
                options,
                index=options.index(guessed) if guessed in names else 0,
                format_func=lambda name, role=role: _said_column(name, role),
                placeholder=_said_column(None, role),
                help=Mapping.model_fields[role].description,
                key=f"{key}.{role}",
            )
            if role in guess.reasons and chosen[role] == guessed:
                st.caption(_said_reason(guess, role))
    domain = guess.mapping.domain
    weights = _choose_event_weights(frame, chosen["event"], guess, f"{key}.{domain}")
    return Mapping.of({**chosen, "event_weights": weights, "domain": domain})


def _said_column(name: str | None, role: str) -> str:
    if name is not None:
        return name
    return "choose a column" if role in REQUIRED else "none"


def _said_reason(guess: Guess, role: str) -> str:
    sure = f"**{SURE[guess.confidence[role]]}:** " if role in guess.confidence else ""
    return f"{sure}{messages.plain(guess.reasons[role])}"


def _choose_event_weights(
    frame: pd.DataFrame, column: str | None, guess: Guess, key: str
) -> dict[str, float]:
    if column is None:
        return {}
    kinds = sorted(frame[column].dropna().astype(str).unique())[:MOST_KINDS]
    st.caption("How much each kind of event counts; 0 leaves it out. Kinds not listed count by their names.")
    weights = {}
    with st.container(horizontal=True):
        for kind in kinds:
            usual = guess.mapping.event_weights.get(kind, 1.0)
            weights[kind] = st.number_input(
                messages.plain(kind, 30), 0.0, None, usual, 0.5, key=f"{key}.kind.{kind}", width=140
            )
    return weights


def _choose_rules() -> tuple[CleaningConfig, str]:
    """A switch for each cleaning rule, and how strict it is; with what is wrong with them."""
    fields = {field.name: field for field in fields_of(CleaningConfig)}
    values = {}
    with st.expander("Cleaning rules: what is set aside", key="data.rules"):
        for rule in RULES.values():
            switch, threshold = st.columns([3, 2], vertical_alignment="center")
            with switch:
                values[rule.code] = st.toggle(
                    rule.title,
                    value=rule.default,
                    key=f"data.rule.{rule.code}",
                    help=f"{fields[rule.code].help} {rule.remedy}",
                )
            if rule.threshold:
                with threshold:
                    field = fields[rule.threshold]
                    values[field.name] = draw_field(field, field.default, f"data.rule.{field.name}")
    problem = problem_of(CleaningConfig, values)
    return (CleaningConfig() if problem else CleaningConfig.of(values)), problem
