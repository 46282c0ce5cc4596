from __future__ import annotations

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from recengine.core.dataset import Dataset
from recengine.services.explain import explain
from recengine.services.recommend import recommend
from recengine.services.runs import list_runs
from recengine.services.workspace import Workspace
from tests.ui.hostile import Page
from tests.ui.test_people_page import rows

Opened = Callable[..., AppTest]
Said = Callable[[AppTest], str]
Charts = Callable[[AppTest], list[str]]
PAGE = "6_Explain"


def run_of(ws: Workspace, model: str) -> str:
    return next(run.id for run in list_runs(ws) if run.spec.model == model)


def listed(ws: Workspace, person: str = "u1", model: str = "ease") -> list[str]:
    return list(recommend(ws, run_of(ws, model), person, 10).rows["item_id"].astype(str))


def test_without_data_and_without_a_model_the_page_says_what_to_do(
    home: object, opened: Opened, said: Said
) -> None:
    assert "There are no data yet" in said(opened(PAGE))


def test_without_a_model_training_is_one_click_away(ws: Workspace, opened: Opened, said: Said) -> None:
    assert "No model of these data yet" in said(opened(PAGE, person="u1"))


def test_at_first_somebody_is_shown_with_the_first_item_of_their_list(
    reading: Workspace, opened: Opened, said: Said, charts: Charts
) -> None:
    app = opened(PAGE)
    (offered,) = rows(app, "Their list")
    assert len(offered.values("href")) == 10
    assert offered.values("aria-current") == ["true"]
    assert "1st on the list" in said(app)
    assert charts(app)[0].startswith("The largest reasons. The largest reasons: ")


def test_a_deep_link_tells_the_reasons_what_would_change_it_and_a_contrast(
    reading: Workspace, opened: Opened, said: Said, charts: Charts
) -> None:
    run_id, item_id = run_of(reading, "ease"), listed(reading)[2]
    app = opened(PAGE, run=run_id, person="u1", item=item_id)
    shown, told = said(app), explain(reading, run_id, "u1", item_id)
    assert told.sentences["executive"] in shown
    assert "3rd on the list" in shown
    assert "reads no features" in shown
    for heading in ("What would change it", "Compared with another one of the list"):
        assert heading in shown
    assert [alt.partition(".")[0] for alt in charts(app)] == [
        "The largest reasons",
        "What makes the difference",
    ]


def test_question_and_detail_are_chosen_and_stand_in_the_address(
    reading: Workspace, opened: Opened, said: Said
) -> None:
    run_id, item_id = run_of(reading, "ease"), listed(reading)[0]
    app = opened(PAGE, run=run_id, person="u1", item=item_id)
    app.segmented_control(key="explain.question").set_value("ahead").run()
    app.segmented_control(key="explain.depth").set_value("scientist").run()
    assert (app.query_params["question"], app.query_params["depth"]) == ("ahead", "scientist")
    assert explain(reading, run_id, "u1", item_id, question="ahead").sentences["scientist"] in said(app)


def test_another_item_can_be_chosen_for_the_contrast(reading: Workspace, opened: Opened, said: Said) -> None:
    run_id, (first, _, third, *_) = run_of(reading, "ease"), listed(reading)
    app = opened(PAGE, run=run_id, person="u1", item=first)
    app.selectbox(key="explain.against").set_value(third).run()
    assert app.query_params["against"] == third
    assert explain(reading, run_id, "u1", first, against=third).sentences["executive"] in said(app)


def test_folds_are_worked_out_once_they_are_opened(
    reading: Workspace, opened: Opened, said: Said, charts: Charts
) -> None:
    address = {"run": run_of(reading, "ease"), "person": "u1", "item": listed(reading)[0]}
    closed = opened(PAGE, **address)
    assert len(charts(closed)) == 2
    folds = {f"explain.fold.{name}": True for name in ("all", "sum", "receipt")}
    app = opened(PAGE, tab=folds, **address)
    titles = [alt.partition(".")[0] for alt in charts(app)]
    assert titles[2:] == ["All reasons", "How the reasons add up"]
    assert any(word in said(app) for word in ("Green: every check passed", "Amber: read it with care"))


def test_a_row_of_the_list_leads_to_its_reasons_for_the_same_person_and_model(
    reading: Workspace, opened: Opened
) -> None:
    run_id = run_of(reading, "ease")
    (offered,) = rows(opened(PAGE, run=run_id, person="u1", repeats="new", length="20"), "Their list")
    address = str(offered.values("href")[4])
    wanted = list(recommend(reading, run_id, "u1", 20, repeats="new").rows["item_id"].astype(str))[4]
    for part in (f"run={run_id}", f"item={wanted}", "person=u1", "length=20", "repeats=new"):
        assert part in address


def test_what_is_not_on_the_list_can_be_looked_for_and_is_told_why_not(
    reading: Workspace, opened: Opened, said: Said
) -> None:
    run_id = run_of(reading, "ease")
    app = opened(PAGE, run=run_id, person="u1", repeats="new", other="i0")
    (others,) = rows(app, "Others")
    assert "item=i0" in str(others.values("href")[0])
    shown = said(opened(PAGE, run=run_id, person="u1", repeats="new", item="i0"))
    assert "Why is it not on the list?" in shown
    assert "of 40 items for this person; the list ends at 10" in shown
    for heading in ("What speaks against it", "What would bring it in"):
        assert heading in shown


def test_what_is_left_out_by_the_question_says_so(
    reading: Workspace, opened: Opened, said: Said, two_tastes: Dataset
) -> None:
    had = two_tastes.interactions.frame.query("user == 1")["item"].iloc[0]
    shown = said(opened(PAGE, run=run_of(reading, "ease"), person="u1", repeats="new", item=f"i{had}"))
    assert "had it before" in shown
    assert "What speaks against it" not in shown


def test_people_are_found_and_lead_to_their_reasons(reading: Workspace, opened: Opened) -> None:
    app = opened(PAGE)
    app.text_input(key="explain.find").set_value("north").run()
    (people,) = rows(app, "People")
    assert all(str(address).startswith("./Explain?") for address in people.values("href"))
    app.button(key="explain.random").click().run()
    assert app.query_params["person"].startswith("u")
    assert "find" not in app.query_params


def test_a_newcomer_is_explained_from_the_address_alone(
    reading: Workspace, opened: Opened, said: Said
) -> None:
    run_id = run_of(reading, "ease")
    app = opened(PAGE, run=run_id, new="1", had=["i1", "i3"])
    assert "A new person" in said(app)
    assert any("Salty" in alt for alt in [element.proto.alt for element in app.get("plotly_chart")])
    (link,) = [part.proto.body for part in app.get("html") if "Their history" in part.proto.body]
    assert "item=i1&amp;item=i3" in link


def test_of_a_list_of_one_only_its_own_reasons_are_told(
    reading: Workspace, opened: Opened, said: Said
) -> None:
    shown = said(opened(PAGE, run=run_of(reading, "ease"), new="1", had=["i1"], repeats="again"))
    assert "1st on the list" in shown
    assert "That did not work" not in shown
    assert "What would change it" not in shown


def test_a_newcomer_without_a_past_is_told_what_then_counts(
    reading: Workspace, opened: Opened, said: Said
) -> None:
    shown = said(opened(PAGE, run=run_of(reading, "ease"), new="1"))
    assert "There is no history a model could use" in shown
    assert "wrong" not in shown


def test_a_model_that_gives_everyone_the_same_list_says_so(
    reading: Workspace, opened: Opened, said: Said, charts: Charts
) -> None:
    app = opened(PAGE, run=run_of(reading, "popularity"), person="u1")
    assert "gives all people the same one" in said(app)


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"person": "u9999"}, "No person 'u9999' among 200"),
        ({"person": "u1", "item": "i999"}, "No item 'i999' among 60"),
        ({"new": "1", "had": "nothing"}, "No item 'nothing' among 60"),
        ({"dataset": "gone"}, "There is no dataset “gone” here"),
        ({"run": "gone-7"}, "There is no run “gone-7” to look at here"),
        ({"person": "u1", "other": "zzz"}, "No item has “zzz” in title or id"),
        ({"find": "zzz"}, "No person has “zzz” in id or features"),
    ],
)
def test_each_mistake_in_the_address_has_a_sentence_of_its_own(
    reading: Workspace, opened: Opened, said: Said, query: dict[str, str], sentence: str
) -> None:
    assert sentence in said(opened(PAGE, **query))


@pytest.mark.parametrize("name", ["question", "depth", "against", "length", "repeats", "run", "open"])
def test_an_address_with_nonsense_in_it_still_explains(
    reading: Workspace, opened: Opened, said: Said, name: str
) -> None:
    shown = said(opened(PAGE, person="u1", **{name: "x"}))
    assert "What would change it" in shown
    assert "wrong" not in shown


def test_every_recommendation_of_the_overview_asks_why(reading: Workspace, opened: Opened) -> None:
    (offered,) = rows(opened("../dashboard"), "Recommendations")
    why = [str(address) for address in offered.values("href") if str(address).startswith("./Explain?")]
    assert len(why) == 8
    assert all("person=u" in address and "repeats=" in address for address in why)


def test_every_recommendation_for_a_person_asks_why(reading: Workspace, opened: Opened) -> None:
    run_id = run_of(reading, "ease")
    (offered,) = rows(opened("4_People", person="u1", run=run_id), f"List of {_title(reading, run_id)}")
    why = [str(address) for address in offered.values("href") if str(address).startswith("./Explain?")]
    assert len(why) == 10
    assert all("person=u1" in address and f"run={run_id}" in address for address in why)


def test_a_newcomers_recommendation_asks_why_of_the_same_newcomer(reading: Workspace, opened: Opened) -> None:
    run_id = run_of(reading, "ease")
    query = {"new": "1", "item": ["i1", "i3"], "run": run_id, "with.age": "44.0"}
    (offered,) = rows(opened("4_People", **query), f"List of {_title(reading, run_id)}")
    why = [str(address) for address in offered.values("href") if str(address).startswith("./Explain?")]
    assert len(why) == 10
    assert all("new=1&had=i1&had=i3&with.age=44.0" in address for address in why)


def _title(ws: Workspace, run_id: str) -> str:
    return next(run.title for run in list_runs(ws) if run.id == run_id)


def test_a_link_of_why_says_what_it_asks(reading: Workspace, opened: Opened) -> None:
    run_id = run_of(reading, "ease")
    (offered,) = rows(opened("4_People", person="u1", run=run_id), f"List of {_title(reading, run_id)}")
    assert sum(str(label).startswith("Why Salty") for label in offered.values("aria-label")) == 10
    assert isinstance(offered, Page)
