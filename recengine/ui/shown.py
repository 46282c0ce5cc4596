"""From what services return to the rows that cards draw."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

import pandas as pd

from recengine.core.dataset import About
from recengine.services.people import PersonView
from recengine.services.recommend import RecommendationList
from recengine.ui import cards, format, navigation
from recengine.ui.cards import Row
from recengine.ui.looks import look


def item_href(dataset: str, item_id: str) -> str:
    """The address of an item."""
    return navigation.href(navigation.ITEM, {"dataset": dataset, "item": item_id})


def person_href(dataset: str, person_id: str) -> str:
    """The address of a person."""
    return navigation.href(navigation.PEOPLE, {"dataset": dataset, "person": person_id})


def why_href(run: str, item_id: str, who: navigation.Query, **more: str | list[str]) -> str:
    """The address of the reasons for one item; `who` is asked for as the Explain page's address has it."""
    return navigation.href(navigation.EXPLAIN, {"run": run, "item": item_id, **who, **more})


def recommended(shown: RecommendationList, who: navigation.Query | None = None) -> list[Row]:
    """A list as rows: P(like) where the run has one; bars compare the rows with the first one.

    Args:
        who: whom the list is for, as the Explain page's address has it; by default the person it names.
    """
    frame = shown.rows
    who = {"dataset": shown.dataset, **({"person": shown.person} if who is None else who)}
    scores, chances = frame["score"].to_numpy(float), frame["probability"].to_numpy(float)
    low, high = (scores.min(), scores.max()) if len(scores) else (0.0, 0.0)
    likeliest = chances.max() if len(chances) else 1.0
    rows = []
    for row in frame.itertuples(index=False):
        likely = math.isfinite(row.probability)
        rows.append(
            Row(
                title=str(row.title),
                look=look(str(row.category), str(row.title)),
                href=item_href(shown.dataset, str(row.item_id)),
                detail=str(row.category),
                value=format.percent(row.probability, 1 if row.probability < 0.1 else 0) if likely else "",
                share=row.probability / likeliest if likely else _within(row.score, low, high),
                meaning="P(like): how likely this is chosen, among all items"
                if likely
                else f"score {row.score:.4g} on the model's own scale",
                badges=(cards.had(row.had),) if row.had else cards.badges_of(row.badges),
                why=why_href(shown.run_id, str(row.item_id), who, repeats=shown.repeats),
            )
        )
    return rows


def past(history: pd.DataFrame, dataset: str, about: About, *, dated: bool = True) -> list[Row]:
    """Events of one person as rows, in the order given; columns as in PersonView.history."""
    return [
        Row(
            title=str(row.title),
            look=look(str(row.category), str(row.title)),
            href=item_href(dataset, str(row.item_id)),
            detail=" · ".join(
                part
                for part in (str(row.category), format.moment(row.time, about.time_kind) if dated else "")
                if part
            ),
        )
        for row in history.itertuples(index=False)
    ]


def favourites(person: PersonView, most: int) -> list[Row]:
    """What a person had most often, as rows."""
    frame = person.favourites.head(most)
    top = float(frame["events"].max()) if len(frame) else 1.0
    return [
        Row(
            title=str(row.title),
            look=look(str(row.category), str(row.title)),
            href=item_href(person.dataset, str(row.item_id)),
            detail=str(row.category),
            value=f"{format.count(row.events)}×",
            share=row.events / top,
        )
        for row in frame.itertuples(index=False)
    ]


def days(history: pd.DataFrame, about: About) -> Iterable[tuple[str, pd.DataFrame]]:
    """The history day by day, as it comes (newest first), each with its heading."""
    headings = history["time"].map(lambda time: format.moment(time, about.time_kind))
    for heading, events in history.groupby(headings, sort=False):
        yield str(heading), events


def person_title(about: About, person_id: str) -> str:
    """How a person is addressed: "Household 718"."""
    return f"{cards.words(about.person)} {person_id}"


def events_of(about: About) -> str:
    """What one event is called, in the plural ("purchase lines")."""
    return about.weight_unit or "events"


def known_of(features: Mapping[str, object], most: int = 5) -> str:
    """The first few features in one line, figures with their names: "Age 45-54 · Homeowner"."""
    return " · ".join(_told(name, str(value)) for name, value in list(features.items())[:most])


def _told(name: str, value: str) -> str:
    """A value that speaks for itself alone, a figure with the name of what it counts."""
    return f"{cards.words(name)} {value}" if any(map(str.isdigit, value)) else value


def _within(score: float, low: float, high: float) -> float:
    """Where a score lies between the list's last and first; the last still gets a visible bar."""
    return 1.0 if high <= low else 0.06 + 0.94 * (score - low) / (high - low)
