"""Why an item is on a list: the sentence, its largest reasons, what would change it, the rest in folds."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite

import streamlit as st

from recengine.core.edits.person_edits import Without
from recengine.core.words import ordinal
from recengine.explain.players import Kind
from recengine.services import explain
from recengine.services.changes import ACTIONS, CATEGORIES, FEATURES, Change, counterfactual
from recengine.services.explain import ItemExplanation
from recengine.services.recommend import RecommendationList
from recengine.ui import cards, charts, explain_charts, format, messages, navigation, picks
from recengine.ui.asked import Asked
from recengine.ui.cards import Row, draw
from recengine.ui.explain_charts import called, together
from recengine.ui.looks import Look, look
from recengine.ui.page import Page, guarded

BARS = 5  # reasons shown at once
MOST_BARS = 60  # in the fold
QUESTIONS = {"score": "Why this score", "ahead": "Why ahead of the others"}
ABOUT_QUESTIONS = (
    "Why this score: what makes the model think so highly of it. Why ahead of the others: what sets it "
    "apart from the ten best others; what speaks for all of them alike does not count."
)
DEPTHS = {"executive": "In brief", "analyst": "With numbers", "scientist": "In full"}


def show(asked: Asked, offered: RecommendationList, place: int, page: Page) -> None:
    """Everything about one item of the list."""
    row = offered.rows.iloc[place]
    chance = row["probability"]
    likely = f", chosen with a chance of {format.percent(chance, 1)}" if isfinite(chance) else ""
    head(asked, str(row["title"]), str(row["category"]), f"{ordinal(place + 1)} on the list{likely}")
    with st.container(horizontal=True, key=page.name("how")):
        question = picks.one_of("Question", QUESTIONS, page, name="question", help=ABOUT_QUESTIONS)
        depth = picks.one_of("Detail", DEPTHS, page, name="depth")
    told = _answer(asked, str(row["item_id"]), question, depth, page)
    if told is None:
        return
    if len(offered.rows) > 1:  # else there is nothing it could fall behind
        _what_changes_it(asked, told)
        _contrast(asked, offered, place, depth, page)
    _folds(asked, told, page)


def head(asked: Asked, title: str, category: str, standing: str) -> None:
    """The item, and where it stands."""
    eyebrow = messages.isolated(" · ".join(filter(None, (standing, category))), 200)
    draw(
        f'<div class="re-who">{cards.icon(look(category, title), "large")}<div>'
        f'<p class="re-eyebrow">{eyebrow}</p>'
        f"<h2>{messages.isolated(title, 300)}</h2></div></div>"
    )


@guarded
def _answer(asked: Asked, item_id: str, question: str, depth: str, page: Page) -> ItemExplanation | None:
    """The sentence and the largest reasons: at once, then once more as exact as they get."""
    spot, told = st.empty(), None
    for told in explain.in_steps(
        asked.ws,
        asked.run.id,
        asked.profile,
        item_id,
        question="ahead" if question == "ahead" else "score",
        expand=opened(),
        repeats=asked.repeats,
        k=asked.k,
    ):
        with spot.container():
            sentence(told, depth)
            bars(told, "The largest reasons", key=page.name(f"bars.{told.samples}"))
    return told


def sentence(told: ItemExplanation, depth: str, *, second: bool = False) -> None:
    """The finding, and what to know about it; `second` where it is not what the page is about."""
    known = () if second else filter(None, (_for_a_stranger(told), *told.notes))
    notes = "".join(f'<p class="re-small">{messages.esc(note, 400)}</p>' for note in known)
    kind = "re-second" if second else f"re-{depth}"
    draw(f'<p class="re-finding {kind}">{messages.isolated(told.sentences[depth], 4_000)}</p>{notes}')


def _for_a_stranger(told: ItemExplanation) -> str:
    """How much of the place is owed to the person at all."""
    if not (told.rank and told.stranger_rank):
        return ""
    place = f"{ordinal(told.stranger_rank)} of {format.count(told.num_eligible)}"
    return f"For somebody of whom nothing is known it would be {place}."


def bars(told: ItemExplanation, title: str, *, key: str) -> None:
    """The largest reasons as bars; nothing where nothing is a reason."""
    if told.frame()["effect"].any():
        charts.show(explain_charts.reasons(told, most=BARS, title=title), key=key)


def opened() -> list[str]:
    """The groups taken apart, as the address has it."""
    return [key for key in navigation.asked_all("open") if key.partition(":")[0] in ("group", "action")]


@guarded
def _what_changes_it(asked: Asked, told: ItemExplanation) -> None:
    """The executed counterfactual: by past actions, then by features."""
    draw(cards.heading("What would change it", "tried on the model, not guessed"))
    with st.spinner("Trying what would change it"):
        by_past = _what_if(asked, told, ACTIONS)
        if not by_past.found and by_past.rank <= by_past.k and "group" in set(told.frame()["kind"]):
            by_past = _what_if(asked, told, CATEGORIES)
    draw(changed(by_past), _try_it(asked, by_past))
    if set(told.frame()["kind"]) & {"person", "item"}:
        draw(f'<p class="re-small">{messages.isolated(_what_if(asked, told, FEATURES).sentence, 600)}</p>')


def _try_it(asked: Asked, found: Change) -> str:
    """A way to see the whole list move, where single items are taken away."""
    item_ids = found.removed["item_id"].astype(str)
    if item_ids.empty or not item_ids.all():
        return ""
    return cards.more(
        {"See the whole list move": asked.what_if_href([Without(id_).text for id_ in item_ids])}
    )


def _what_if(asked: Asked, told: ItemExplanation, kinds: tuple[Kind, ...]) -> Change:
    return counterfactual(
        asked.ws,
        asked.run.id,
        asked.profile,
        told.item_id,
        kinds=kinds,
        repeats=asked.repeats,
        k=asked.k,
    )


def changed(found: Change) -> str:
    """What is taken away, and the place before and after."""
    rows = [
        Row(
            title=called(row.kind, row.name),
            look=_look(row.kind, row.name),
            detail=together(row.value, row.detail),
        )
        for row in found.removed.itertuples(index=False)
    ]
    taken = cards.rows(rows, label="Taken away") if rows else ""
    places = cards.numbers({"now": ordinal(found.rank), "then": ordinal(found.rank_after)}) if rows else ""
    words = "".join(
        f"<p>{messages.isolated(text, 600)}</p>" for text in (found.sentence, found.keeps) if text
    )
    return cards.panel(f'<div class="re-change-it"><div>{words}</div>{places}</div>', taken)


def _look(kind: str, name: str) -> Look:
    return look("", name) if kind == "action" else Look("📦" if kind == "group" else "🏷️", "grey")


@guarded
def _contrast(asked: Asked, offered: RecommendationList, place: int, depth: str, page: Page) -> None:
    """Why it stands above another one of the list."""
    titles = dict(zip(offered.rows["item_id"].astype(str), offered.rows["title"].astype(str), strict=True))
    ids = list(titles)
    here = ids.pop(place)
    first = ids[min(place, len(ids) - 1)]  # the next one down; above the last, the one before it
    draw(cards.heading("Compared with another one of the list"))
    del titles[here]
    against = picks.other("Compared with", {first: titles[first], **titles}, page, name="against")
    told = explain.explain(
        asked.ws, asked.run.id, asked.profile, here, against=against, repeats=asked.repeats, k=asked.k
    )
    sentence(told, depth, second=True)
    bars(told, "What makes the difference", key=page.name("contrast"))


def _folds(asked: Asked, told: ItemExplanation, page: Page) -> None:
    """What few readers need, worked out once it is opened."""
    count = len(told.frame())
    _fold(f"All {count} reasons", lambda: _every(asked, told, page), page, "all")
    _fold("How they add up to the score", lambda: _waterfall(told, page), page, "sum")
    _fold("How far this can be trusted", lambda: _receipt(asked, told), page, "receipt")


def _fold(title: str, draw_it: Callable[[], None], page: Page, name: str) -> None:
    with st.expander(title, key=page.name(f"fold.{name}"), on_change="rerun") as fold:
        if fold.open:
            guarded(draw_it)()


def _every(asked: Asked, told: ItemExplanation, page: Page) -> None:
    """All reasons, and ways to take groups apart."""
    groups = told.frame()[told.frame()["kind"] == "group"]
    links = {
        f"Open {row.name} ({row.value})": asked.href(told.item_id, open=[*opened(), row.key])
        for row in groups.itertuples(index=False)
    }
    if opened():
        links["Close all groups"] = asked.href(told.item_id)
    draw(cards.more(links))
    charts.show(explain_charts.reasons(told, most=MOST_BARS, title="All reasons"), key=page.name("bars.all"))


def _waterfall(told: ItemExplanation, page: Page) -> None:
    charts.show(explain_charts.waterfall(told), key=page.name("waterfall"))


def _receipt(asked: Asked, told: ItemExplanation) -> None:
    """What was checked, green or amber."""
    with st.spinner("Checking"):
        found = explain.receipt(
            asked.ws,
            asked.run.id,
            asked.profile,
            told.item_id,
            question=told.question,
            repeats=asked.repeats,
            k=asked.k,
        )
    title = "Green: every check passed" if found.green else "Amber: read it with care"
    messages.state("done" if found.green else "warn", title, found.sentence)
    st.dataframe(found.frame(), hide_index=True, alt="The checks of this explanation")
