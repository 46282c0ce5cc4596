"""The Feedback page and the buttons under lists: what is pressed is kept, counted and followed at once."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from recengine.services import strategies
from recengine.services.drift import drift_of
from recengine.services.feedback import Event, accept, events
from recengine.services.prequential import Asked, ask_for_prequential, prequential
from recengine.services.runs import TrainSpec, list_runs
from recengine.services.shown import places, show
from recengine.services.training import train
from recengine.services.workspace import Workspace
from recengine.strategy import Strategy
from recengine.ui.feedback_charts import quality, regret
from recengine.ui.feedback_days import ways
from recengine.ui.feedback_drift import drift_chart
from recengine.ui.feedback_events import by_strategy

Opened = Callable[..., AppTest]
Said = Callable[[AppTest], str]
PAGE, DATA = "11_Feedback", "two tastes"
DAYS, UPDATE, EARNED, SIMULATION = (
    {"feedback.tabs": name} for name in ("Learning day by day", "Update", "Would it earn more?", "Simulation")
)


@pytest.fixture
def changing(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace of the test's own with a trained model."""
    monkeypatch.setenv("RECENGINE_HOME", str(ws.root))
    train(ws, TrainSpec(dataset=DATA, model="ease"))
    return ws


def run_of(ws: Workspace) -> str:
    return list_runs(ws)[0].id


def press(app: AppTest, kind: str) -> tuple[AppTest, str]:
    """Press a button of the first item; the page after it, and that item's id."""
    pills = next(one for one in app.button_group if str(one.key).endswith(".kind"))
    item = str(pills.key).split(".")[2]
    return pills.set_value(kind).run(), item


def listed(app: AppTest) -> list[str]:
    return [str(one.key).split(".")[2] for one in app.button_group if str(one.key).endswith(".kind")]


def test_a_list_that_is_only_looked_at_is_not_kept_as_shown(changing: Workspace, opened: Opened) -> None:
    opened("4_People", person="u1", run=run_of(changing))
    assert places(changing).empty


def test_hiding_an_item_keeps_the_event_and_changes_the_list_at_once(
    changing: Workspace, opened: Opened
) -> None:
    app = opened("4_People", person="u1", run=run_of(changing))
    app.toggle(key="people.answering").set_value(True).run()
    assert len(listed(app)) == 10
    app, item = press(app, "hide")
    kept = events(changing)
    assert kept[["person", "item", "kind", "position", "source"]].values.tolist() == [
        ["u1", item, "hide", 1, "app"]
    ]
    assert next(toast.value for toast in app.toast).endswith("Not listed for them any more\\.")
    assert item not in listed(app)
    assert len(listed(app)) == 10


def test_without_feedback_the_page_says_how_to_get_some(
    changing: Workspace, opened: Opened, said: Said
) -> None:
    app = opened(PAGE)
    assert "No feedback yet" in said(app)
    assert "recengine feedback serve" in app.code[0].value


def test_events_are_counted_by_kind_and_strategy(
    changing: Workspace, opened: Opened, said: Said, table: Callable[..., pd.DataFrame]
) -> None:
    seen = show(changing, run_of(changing), "u1", ["i1", "i2"], strategy="fresh", strategy_version=1)
    show(changing, run_of(changing), "u2", ["i1", "i2"])
    accept(changing, [Event(uuid4().hex, seen.list_id, item, "click") for item in ("i1", "i2")], "file")
    app = opened(PAGE)
    counted = table(app, "For each strategy").set_index("strategy")
    assert counted.loc["fresh", ["lists", "clicks", "clicks per 100 lists"]].tolist() == [1, 2, 200.0]
    assert counted.loc["the model alone", ["lists", "clicks"]].tolist() == [1, 0]
    assert table(app, "The latest")["item"].tolist() == ["i2", "i1"]
    assert "2 clicks" in said(app)


def test_strategies_without_any_feedback_are_counted_too() -> None:
    none = pd.DataFrame({"strategy": [], "kind": []}, dtype="str")
    shown = pd.DataFrame({"strategy": ["a", "a"], "list_id": ["x", "x"]})
    assert by_strategy(none, shown)[["strategy", "lists", "clicks"]].values.tolist() == [["a", 1, 0]]


def test_days_that_were_gone_through_are_drawn_with_what_each_way_lost(changing: Workspace) -> None:
    asked = Asked(dataset=DATA, model="popularity", days=3, ways=("nightly", "frozen"), people=20)
    told = prequential(changing, asked)
    assert told.ways.set_index("way").loc[told.best, "title"] in quality(told).alt
    assert set(regret(told).table["title"]) == set(told.days["title"]) - {
        told.ways.set_index("way").loc[told.best, "title"]
    }
    assert list(ways(told)["way"]) == list(told.ways["title"])


def test_days_are_asked_for_as_a_task(changing: Workspace, opened: Opened, said: Said) -> None:
    assert "Not compared yet" in said(opened(PAGE, tab=DAYS))
    ask_for_prequential(changing, DATA, model="popularity", days=3, ways=("nightly", "frozen"), people=20)
    app = opened(PAGE, tab=DAYS)
    assert "Going through the days" in said(app)


def test_another_strategy_is_asked_about_only_where_lists_allow_it(
    changing: Workspace, opened: Opened, said: Said
) -> None:
    assert "No strategy to ask about" in said(opened(PAGE, tab=EARNED))
    strategies.save(changing, Strategy(name="fresh", weights={"relevance": 1, "novelty": 1}), "Ada")
    assert "No list was shown yet" in said(opened(PAGE, tab=EARNED))


def test_simulations_are_labelled_and_asked_for_as_a_task(
    changing: Workspace, opened: Opened, said: Said
) -> None:
    app = opened(PAGE, tab=SIMULATION)
    assert "simulated" in said(app)
    app.number_input(key="feedback.sim.days").set_value(2)
    next(one for one in app.button if one.label == "Simulate").click().run()
    assert not app.exception
    assert "Simulating the days" in said(app)


def test_a_model_can_learn_from_a_like_and_from_nothing_else(
    changing: Workspace, opened: Opened, said: Said
) -> None:
    app = opened(PAGE, tab=UPDATE)
    assert "There is no feedback that EASE #1 could learn from." in said(app)
    assert "No list of EASE #1 was shown yet" in said(app)
    seen = show(changing, run_of(changing), "u1", ["i1", "i2"])
    accept(changing, [Event(uuid4().hex, seen.list_id, "i1", "like")], "app")
    app = opened(PAGE, tab=UPDATE)
    assert "1 event of feedback by 1 person since EASE #1 learnt" in said(app)
    app.button(key="feedback.update").click().run()
    assert "is being trained" in said(app)


def test_a_fall_is_marked_in_the_curve_of_what_lists_earned() -> None:
    earned = np.r_[np.ones(300), np.zeros(300)]
    found = drift_of(earned, pd.Series(pd.date_range("2026-01-01", periods=600, freq="h", tz="UTC")), "lists")
    drawn = drift_chart(found)
    assert found.found
    assert drawn.alt == found.sentence
    assert [pd.Timestamp(shape.x0) for shape in drawn.figure.layout.shapes] == [found.at]


def test_feedback_on_a_saved_strategy_says_which_one_made_the_list(
    changing: Workspace, opened: Opened
) -> None:
    strategies.save(changing, Strategy(name="fresh", weights={"relevance": 1, "novelty": 1}), "Ada")
    app = opened("10_Strategy", person="u1", strategy="fresh")
    app.toggle(key="strategy.answering").set_value(True).run()
    press(app, "like")
    kept = events(changing)
    assert kept[["strategy", "strategy_version", "kind"]].values.tolist() == [["fresh", 1, "like"]]
