"""The Data page's first half: what is in a dataset, and what it is worth."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import streamlit as st

from recengine.core.errors import RecengineError
from recengine.data.checks import Verdict
from recengine.data.cleaning import CleaningReport
from recengine.services.datasets import (
    DatasetCard,
    DatasetView,
    dataset_view,
    delete_dataset,
    import_report,
    moments,
)
from recengine.services.workspace import Workspace
from recengine.ui import cards, data_charts, format, lineage_view, messages, navigation
from recengine.ui.charts import show
from recengine.ui.downloads import download_table

TONES: dict[str, messages.Tone] = {"bad": "failed", "warn": "warn", "ok": "done"}


def explore(ws: Workspace, card: DatasetCard) -> None:
    """One dataset: its size, its charts, its features, how it was cleaned, how healthy it is."""
    view = dataset_view(ws, card.name)
    _head(card, view)
    parts: dict[str, Callable[[], None]] = {
        "At a glance": lambda: _glance(view),
        format.many(card.about.person).capitalize(): lambda: _people(view),
        format.many(card.about.item).capitalize(): lambda: _items(view),
        "Cleaning": lambda: cleaning(import_report(ws, card.name)[0], key="data.cleaning"),
        "Health": lambda: health(import_report(ws, card.name)[1]),
        "Where from": lambda: lineage_view.story(card),
    }
    for tab, draw in zip(
        st.tabs(list(parts), key="data.tabs", on_change="rerun"), parts.values(), strict=True
    ):
        if tab.open:
            with tab:
                draw()
    _ways_on(ws, card)


def _head(card: DatasetCard, view: DatasetView) -> None:
    about = card.about
    cards.draw(
        cards.numbers(
            {
                "events": format.short(card.num_interactions),
                format.many(about.person): format.count(card.num_users),
                format.many(about.item): format.count(card.num_items),
                "of all pairs occur": format.percent(view.density, 2),
                "first event": format.moment(card.first_at, about.time_kind),
                "last event": format.moment(card.last_at, about.time_kind),
            }
        )
    )
    told = [
        f"Source: {about.source}" if about.source else "",
        f"Licence: {about.licence}" if about.licence else "",
    ]
    told += [f"Weight: {about.weight_unit}" if about.weight_unit else "", f"Fingerprint: {card.fingerprint}"]
    st.caption(messages.plain(" · ".join(part for part in told if part), 600))


def _glance(view: DatasetView) -> None:
    about = view.card.about
    left, right = st.columns(2, gap="large")
    with left:
        _activity(view)
        lengths = data_charts.history_lengths(view.histories, median=view.median_history, person=about.person)
        show(lengths, key="data.lengths")
    with right:
        tail = data_charts.long_tail(view.long_tail, items_for_half=view.items_for_half, item=about.item)
        show(tail, key="data.tail")
        pairs = data_charts.filled_pairs(
            view.sparsity, density=view.density, person=about.person, item=about.item
        )
        show(pairs, key="data.sparsity")


def _activity(view: DatasetView) -> None:
    kind = view.card.about.time_kind
    if kind == "order":
        messages.empty("No times, so no history", "Map the column that holds the time when you import.")
        return
    first, last = moments(view.card.about, np.array([view.card.first_at, view.card.last_at]))
    chart = data_charts.activity(
        data_charts.whole_periods(view.activity, first, last),
        unit=view.activity_unit,
        time_kind=kind,
        person=view.card.about.person,
    )
    show(chart, key="data.activity")


def _people(view: DatasetView) -> None:
    _features(view, of="person", word=format.many(view.card.about.person))


def _items(view: DatasetView) -> None:
    word = format.many(view.card.about.item)
    _features(view, of="item", word=word)
    cards.draw(cards.heading(f"The most popular {word}", level=3))
    people = format.many(view.card.about.person)
    table = view.top_items.rename(columns={"people": people})
    counts = {name: st.column_config.NumberColumn(format="localized") for name in ("events", people)}
    alt = f"The most popular {word}"
    st.dataframe(table, hide_index=True, key="data.top", alt=alt, column_config=counts)
    download_table(table, f"top {word}", key="data.top.csv")


def _features(view: DatasetView, *, of: str, word: str) -> None:
    features = view.features[view.features["of"] == of].drop(columns="of").reset_index(drop=True)
    if features.empty:
        messages.empty(
            f"Nothing but ids is known of the {word}",
            f"Add a table of {word} when you import: models use what they know, and newcomers need it.",
        )
        return
    left, right = st.columns(2, gap="large")
    with left:
        named = features.assign(feature=features["feature"].map(cards.words))
        show(data_charts.known_features(named, of=word), key=f"data.known.{of}")
    with right:
        _values(view, features, of=of)


def _values(view: DatasetView, features: pd.DataFrame, *, of: str) -> None:
    counted = set(view.values.loc[view.values["of"] == of, "feature"])  # texts have no values to count
    shares = dict(zip(features["feature"], features["known_share"], strict=True))
    names = [name for name in shares if name in counted]
    if not names:
        messages.empty("No values to count", "Texts reach the models word by word.")
        return
    feature = st.selectbox("Values of", names, format_func=cards.words, key=f"data.feature.{of}")
    counts = view.feature_values(of, feature)
    words = cards.words(feature)
    show(
        data_charts.feature_values(counts, feature=words, known_share=shares[feature]),
        key=f"data.values.{of}",
    )


def cleaning(report: CleaningReport, *, key: str) -> None:
    """What was set aside before anyone learnt from it, rule by rule."""
    cards.draw(
        cards.numbers(
            {
                "rows in": format.count(report.rows_in),
                "set aside": format.count(report.rows_in - report.rows_out),
                "rows out": format.count(report.rows_out),
                "kept": format.percent(report.rows_out / report.rows_in if report.rows_in else 0, 1),
            }
        )
    )
    st.caption(messages.plain(_sentences(*report.notes), 2_000))
    table = cleaning_table(report)
    st.dataframe(
        table,
        hide_index=True,
        height="content",
        key=key,
        alt="Each cleaning rule with what it found and did",
        column_config={
            "rule": st.column_config.TextColumn(width=260),
            "found": st.column_config.NumberColumn(format="localized"),
            "set aside": st.column_config.NumberColumn(format="localized"),
            "put right": st.column_config.NumberColumn(format="localized"),
        },
    )
    st.caption("A rule that is off still counts what it would have found. Switch rules when you import.")
    download_table(table, "cleaning report", key=f"{key}.csv")
    for name, words in {"test": "The test file", "users": "The people", "items": "The items"}.items():
        if (other := getattr(report, name)) is not None:
            cards.draw(cards.heading(words, level=3))
            cleaning(other, key=f"{key}.{name}")


def cleaning_table(report: CleaningReport) -> pd.DataFrame:
    """The rules with headings for a reader, those that did most first."""
    table = report.frame()
    table["switch"] = table["on"].map({True: "on", False: "off"})
    table = table.sort_values(["removed", "changed", "found"], ascending=False, kind="stable")
    headings = {
        "title": "rule",
        "switch": "switch",
        "removed": "set aside",
        "changed": "put right",
        "found": "found",
        "note": "note",
        "examples": "examples",
        "remedy": "at the source",
    }
    if not table["note"].astype(bool).any():
        del headings["note"]
    return table[list(headings)].rename(columns=headings)


def health(verdicts: list[Verdict]) -> None:
    """What the checks say, the worst first; those that found nothing wrong are folded."""
    if not verdicts:
        messages.empty("Nothing was checked", "Import the data again to have them checked.")
    passed = [verdict for verdict in verdicts if verdict.level == "ok"]
    for level in ("bad", "warn"):
        _say([verdict for verdict in verdicts if verdict.level == level])
    if passed:
        with st.expander(f"{format.plural(len(passed), 'check')} passed"):
            _say(passed)


def _say(verdicts: list[Verdict]) -> None:
    for verdict in verdicts:
        messages.state(TONES[verdict.level], verdict.title, _sentences(verdict.finding, verdict.remedy))


def _sentences(*parts: str) -> str:
    """The parts as sentences after each other: capital first, full stop last."""
    return " ".join(f"{part[0].upper()}{part[1:].rstrip('.')}." for part in parts if part)


def _ways_on(ws: Workspace, card: DatasetCard) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        navigation.link("pages/2_Train.py", "Train a model on it", icon="⚙️", query={"dataset": card.name})
        navigation.link("pages/4_People.py", "See its people", icon="👤", query={"dataset": card.name})
        lineage_view.offer_new(ws, card)
        with st.popover("Delete", type="tertiary", icon=":material/delete:", key="data.delete"):
            st.markdown(f"Delete **{messages.plain(card.name)}** from this workspace?")
            st.button("Yes, delete it", key="data.delete.yes", on_click=_delete, args=(ws, card.name))
    if problem := st.session_state.pop("data.problem", ""):
        messages.failed("It was not deleted", problem)


def _delete(ws: Workspace, name: str) -> None:
    try:
        delete_dataset(ws, name)
    except RecengineError as error:
        st.session_state["data.problem"] = str(error)
