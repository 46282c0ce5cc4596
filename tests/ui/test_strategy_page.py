"""The Strategy page: a draft in the address, what its parts really do, and strategies that are kept."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from recengine.services import strategies, strategy_use
from recengine.services.frontier_work import measure_frontier
from recengine.services.runs import TrainSpec, list_runs
from recengine.services.strategic_list import strategic_list
from recengine.services.training import train
from recengine.services.workspace import Workspace
from recengine.strategy import Diversify, Strategy
from recengine.ui.strategy_draft import Draft, spec_of
from recengine.ui.strategy_frontier import frontier_chart
from tests.ui.test_people_page import rows

Opened = Callable[..., AppTest]
Said = Callable[[AppTest], str]
PAGE = "10_Strategy"
NOVEL = Strategy(weights={"relevance": 1.0, "novelty": 2.0})


@pytest.fixture
def changing(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace of the test's own with a trained model."""
    monkeypatch.setenv("RECENGINE_HOME", str(ws.root))
    train(ws, TrainSpec(dataset="two tastes", model="popularity"))
    return ws


def run_of(ws: Workspace, model: str = "ease") -> str:
    return next(run.id for run in list_runs(ws) if run.spec.model == model)


def test_without_a_model_training_is_one_click_away(ws: Workspace, opened: Opened, said: Said) -> None:
    assert "No model of these data yet" in said(opened(PAGE))


def test_at_first_the_lists_are_the_models_own(reading: Workspace, opened: Opened, said: Said) -> None:
    app = opened(PAGE, run=run_of(reading), person="u1")
    assert "No strategy is in use" in said(app)
    assert "Every item stands where the model has it." in said(app)
    assert app.slider(key="strategy.weight.relevance").value == 1.0
    assert app.button(key="strategy.forget").disabled


def test_a_link_shows_its_strategy_and_what_each_part_does(
    reading: Workspace, opened: Opened, said: Said
) -> None:
    run = run_of(reading)
    app = opened(PAGE, run=run, person="u1", draft=spec_of(NOVEL))
    made = strategic_list(reading, run, "u1", NOVEL)
    assert f"{made.moved} of 10 items stand elsewhere than by the model" in said(app)
    assert made.rows["because"].iloc[0] in said(app)
    assert "decides" in said(app)
    assert "of the places" in said(app)
    assert len(rows(app, "By the strategy")[0].values("href")) == 10 + len(made.dropped)


def test_a_slider_writes_the_address_and_taking_it_back_clears_it(
    reading: Workspace, opened: Opened, said: Said
) -> None:
    app = opened(PAGE, run=run_of(reading), person="u1", draft=spec_of(NOVEL))
    app.slider(key="strategy.weight.novelty").set_value(0.5).run()
    changed = Strategy(weights={"relevance": 1.0, "novelty": 0.5})
    assert app.query_params["draft"] == spec_of(changed)
    assert "Novelty counts, weight 0.5" in said(app)
    app.button(key="strategy.weight.novelty.out").click().run()
    assert "draft" not in app.query_params
    assert not app.exception


def test_terms_and_rules_are_added_by_their_forms(reading: Workspace, opened: Opened, said: Said) -> None:
    app = opened(PAGE, run=run_of(reading), person="u1")
    app.selectbox(key="strategy.weight.add").set_value("popularity").run()
    assert app.slider(key="strategy.weight.popularity").value == 0.5
    app.selectbox(key="strategy.rule.kind").set_value("pin").run()
    app.text_input(key="strategy.rule.pin.item").set_value("i1").run()
    app.button(key="strategy.rule.do").click().run()
    assert "i1 pinned to 1st place" in said(app).lower()
    app.button(key="strategy.rule.0.out").click().run()
    assert "No rules: any item may be listed." in said(app)


def test_what_cannot_be_is_said_at_once_with_the_controls_left(
    reading: Workspace, opened: Opened, said: Said
) -> None:
    nothing = Strategy(weights={"relevance": 0.0})
    app = opened(PAGE, run=run_of(reading), draft=spec_of(nothing))
    assert "All weights are 0" in said(app)
    assert app.slider(key="strategy.weight.relevance").value == 0.0


@pytest.mark.parametrize("draft", ["{", "[]", '{"weights": {"charm": 1}}', '{"wheels": 4}'])
def test_a_broken_address_is_told_and_left_out(
    reading: Workspace, opened: Opened, said: Said, draft: str
) -> None:
    assert "The changes in the address cannot be read" in said(opened(PAGE, draft=draft))


def test_a_strategy_is_saved_put_into_use_and_listed(
    changing: Workspace, opened: Opened, said: Said, table: Callable[..., object]
) -> None:
    strategies.save(changing, NOVEL.model_copy(update={"name": "fresh"}), "Ada", "first")
    app = opened(
        PAGE, strategy="fresh", draft=spec_of(NOVEL.model_copy(update={"name": "fresh", "repeats": "not"}))
    )
    save = {field.label: field for field in app.text_input if field.form_id == "strategy.save.form"}
    assert save["Name"].value == "fresh"
    save["Who says so"].set_value("Ada")
    next(one for one in app.button if one.label == "Save it").click().run()
    assert strategies.get(changing, "fresh").version == 2
    use = {field.label: field for field in app.text_input if field.form_id == "strategy.use.form"}
    use["Why"].set_value("why not")
    next(one for one in app.button if one.label.startswith("Use fresh, version 2")).click().run()
    used = strategy_use.in_use(changing, "two tastes")
    assert used is not None
    assert (used.reference, used.who, used.why) == ("fresh@2", "Ada", "why not")
    assert "★ fresh, version 2, is in use" in said(app)


def test_the_saved_tab_compares_two_in_words(changing: Workspace, opened: Opened, said: Said) -> None:
    strategies.save(changing, NOVEL.model_copy(update={"name": "fresh"}), "Ada")
    app = opened(PAGE, tab={"strategy.tabs": "Saved"})
    assert "Novelty no longer counts (it weighed 2)" in said(app)


def test_a_draft_keeps_all_that_a_strategy_says() -> None:
    strategy = Strategy(diversify=Diversify(method="mmr", weight=0.7), rules=NOVEL.rules)
    assert Draft(strategy).spec == spec_of(Draft(strategy).strategy)


def test_the_frontier_is_drawn_with_what_beats_what(reading: Workspace) -> None:
    found = measure_frontier(reading, run_of(reading), NOVEL, people=20)
    buy, cost = found.measure("coverage"), found.measure("ndcg")
    drawn = frontier_chart(found, buy, cost)
    beaten = int(found.dominated("coverage", "ndcg").sum())
    assert drawn.alt.startswith(f"{len(found.frame()) - beaten} of {len(found.frame())} settings")
    assert drawn.frame()["beaten by another"].sum() == beaten
    assert [len(trace.x) for trace in drawn.figure.data if trace.name == "today"] == [1]


def test_a_frontier_is_asked_for_as_a_task(changing: Workspace, opened: Opened, said: Said) -> None:
    app = opened(PAGE, tab={"strategy.tabs": "Frontier"})
    assert "Not measured yet" in said(app)
    next(one for one in app.button if one.label == "Measure").click().run()
    assert "Trying other weights" in said(app)
