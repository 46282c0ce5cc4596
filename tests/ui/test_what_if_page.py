"""The page on retraining without a browser: asked, watched, stopped, read. Its queue is worked by nobody."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Button

from recengine.services import queue, tasks, tasks_queue, what_if, what_if_warm
from recengine.services.processes import ProcessId
from recengine.services.runs import TrainSpec
from recengine.services.training import train
from recengine.services.what_if import Ask, do, what_ifs
from recengine.services.workspace import Workspace
from recengine.ui.what_if_answer import striking
from recengine.ui.what_if_list import compared, decided

Opened = Callable[..., AppTest]
Said = Callable[[AppTest], str]
Charts = Callable[[AppTest], list[str]]
PAGE = "9_What_if_retrain"
NORTH, SOUTH = "drop people where group = north", "drop people where group = south"


@pytest.fixture(scope="module")
def answered(trained: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The trained workspace with two what-ifs about ease-2 that were asked together."""
    ws = Workspace(Path(shutil.copytree(trained.root, tmp_path_factory.mktemp("answered") / "home")))
    assert queue.become_dispatcher(ws, ProcessId.me())
    do(ws, [Ask("ease-2", (NORTH,)), Ask("ease-2", (SOUTH,))], who="Ada")
    return ws


@pytest.fixture
def reading(answered: Workspace, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("RECENGINE_HOME", str(answered.root))
    return answered


@pytest.fixture
def ws(trained: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace of the test's own."""
    workspace = Workspace(Path(shutil.copytree(trained.root, tmp_path / "home")))
    monkeypatch.setenv("RECENGINE_HOME", str(workspace.root))
    assert queue.become_dispatcher(workspace, ProcessId.me())
    return workspace


def test_an_edit_is_chosen_previewed_and_asked(ws: Workspace, opened: Opened, said: Said) -> None:
    app = opened(PAGE, run="ease-2")
    assert "Nothing is different yet" in said(app)
    app.multiselect(key="whatif.pick.people.group.values").set_value(["north"]).run()
    app.button(key="whatif.add").click().run()
    assert app.query_params["edit"] == NORTH
    shown = said(app)
    assert "Without people where group is north" in shown
    assert "events to learn from" in shown
    assert "EASE draws no lots" in shown
    app.button(key="whatif.start").click().run()
    (asked,) = what_ifs(ws)
    assert (asked.base, asked.texts, asked.seeds, asked.histories) == ("ease-2", (NORTH,), 1, "kept")
    assert app.query_params["what_if"] == asked.id
    assert "edit" not in app.query_params
    shown = said(app)
    assert "a training, as it was" in shown
    assert "a training, edited" in shown
    app.button(key=f"whatif.{asked.id}.stop").click().run()
    app = opened(PAGE, what_if=asked.id)
    assert "What was trained is kept; Resume does the rest." in said(app)
    app.button(key=f"whatif.{asked.id}.resume").click().run()
    assert what_if.what_if(ws, asked.id).active


def test_what_is_typed_is_checked_before_it_is_added(reading: Workspace, opened: Opened, said: Said) -> None:
    app = opened(PAGE, run="ease-2")
    app.text_input(key="whatif.typed").set_value("drop people where grup = north").run()
    assert "It was not added" in said(app)
    assert "Did you mean 'group'?" in said(app)
    assert app.text_input(key="whatif.typed").value == "drop people where grup = north"
    app.text_input(key="whatif.typed").set_value(f"{NORTH}; keep last 50 days").run()
    assert app.query_params["edit"] == [NORTH, "keep last 50 days"]
    assert app.text_input(key="whatif.typed").value == ""
    app.button(key="whatif.edit.0").click().run()
    assert app.query_params["edit"] == "keep last 50 days"


@pytest.mark.parametrize(
    ("edit", "why"),
    [
        ("drop people where group = nort", "Did you mean 'north'?"),
        ("drop people with fewer than 1000 events", "leaves nothing to learn from"),
        ("drop items where popularity < 0", "changes nothing"),
        ("set epochz = 3", "epochz"),
    ],
)
def test_a_link_to_what_cannot_be_asked_says_why(
    edit: str, why: str, reading: Workspace, opened: Opened, said: Said
) -> None:
    app = opened(PAGE, run="ease-2", edit=edit)
    assert "This cannot be asked" in said(app)
    assert why in said(app)
    assert not [button for button in app.button if button.key == "whatif.start"]


def test_a_run_of_another_version_cannot_be_asked_and_the_page_says_what_to_do(
    ws: Workspace, opened: Opened, said: Said
) -> None:
    (ws.runs / "ease-2" / "report" / "per_person.parquet").write_bytes(b"of then")
    app = opened(PAGE, run="ease-2", edit=NORTH)
    assert "Train it again, with Redo on the Train page or `recengine train" in said(app)
    assert not [button for button in app.button if button.key == "whatif.start"]


def test_a_quick_guess_is_offered_where_a_model_can_be_trained_on_and_is_marked_as_one(
    ws: Workspace, opened: Opened, said: Said
) -> None:
    assert not guesses(opened(PAGE, run="ease-2", edit=NORTH))
    small = {"epochs": 1, "dims": 8, "history": 8, "patience": 0}
    run = train(ws, TrainSpec(dataset="two tastes", model="lstm", settings=small, device="cpu"))
    app = opened(PAGE, run=run.id, edit=NORTH)
    guesses(app)[0].click().run()
    assert "Guessing" in said(app)
    (task,) = tasks.tasks(ws, kind=what_if_warm.KIND)
    taken = tasks_queue.claim(ws, ["cpu:0"])
    assert taken is not None
    found = what_if_warm.warm_preview(ws, run.id, task.spec["edits"])
    tasks_queue.finish(ws, taken, "done", result=found.as_dict())
    shown = said(opened(PAGE, run=run.id, edit=NORTH))
    assert f"preview {found.sentence} {found.note}" in shown
    assert not guesses(opened(PAGE, run=run.id, edit="set epochs = 2"))


def guesses(app: AppTest) -> list[Button]:
    return [button for button in app.button if button.label == "Guess first"]


def test_several_are_previewed_and_asked_together(
    ws: Workspace, opened: Opened, said: Said, table: Callable[[AppTest, str], pd.DataFrame]
) -> None:
    app = opened(PAGE, run="ease-2", edit="drop people where group = {*}")
    assert "2 what-ifs, each on its own against the same model" in said(app)
    shown = table(app, "What each what-if would leave")
    assert shown["what if"].tolist() == [
        f"Without people where group is {name}" for name in ("north", "south")
    ]
    app.toggle(key="whatif.histories").set_value(True).run()
    app.button(key="whatif.start").click().run()
    assert [(one.texts, one.histories) for one in reversed(what_ifs(ws))] == [
        ((NORTH,), "edited"),
        ((SOUTH,), "edited"),
    ]
    assert app.query_params["set"] == what_ifs(ws)[0].set_id
    assert "2 still open" in said(app)


def test_the_verdict_comes_first_and_each_tab_draws(
    reading: Workspace, opened: Opened, said: Said, charts: Charts
) -> None:
    found = next(one for one in what_ifs(reading) if one.texts == (NORTH,))
    assert found.verdict is not None
    app = opened(PAGE, what_if=found.id)
    shown = said(app)
    assert found.verdict.sentence in shown
    assert shown.index(found.verdict.sentence) < shown.index("NDCG@10 as it was")
    assert "by Ada" in shown
    assert charts(app)[0].startswith("How every metric changes. NDCG@10 changes by ")

    def tab(name: str) -> AppTest:
        return opened(PAGE, tab={"whatif.tabs": name}, what_if=found.id)

    assert charts(tab("Who gains, who loses"))[0].startswith("Where NDCG@10 changes most.")
    assert found.verdict.churn.sentence in said(tab("The lists"))
    assert "On more lists: items" in said(tab("Items and categories"))
    assert "The reasons were not compared yet" in said(tab("Reasons"))
    assert "Training took" in said(tab("Cost"))


def test_groups_are_looked_at_one_feature_at_a_time(
    reading: Workspace, opened: Opened, charts: Charts
) -> None:
    app = opened(PAGE, tab={"whatif.tabs": "Who gains, who loses"}, what_if="what-if-1", by="group")
    assert charts(app)[0].startswith("NDCG@10 by group.")


def test_reasons_are_worked_out_on_demand(ws: Workspace, opened: Opened, said: Said, charts: Charts) -> None:
    from recengine.services import learnt
    from recengine.services.verdict_drift import SPEC

    (found,) = do(ws, [Ask("ease-2", (NORTH,))])
    app = opened(PAGE, tab={"whatif.tabs": "Reasons"}, what_if=found.id)
    app.button(key="whatif.drift.start").click().run()
    assert "Working out what drives EASE #2" in said(app)
    assert found.verdict is not None
    for run_id in (found.verdict.base[0], found.verdict.edited[0]):
        learnt.learn(ws, run_id, SPEC)
    app = opened(PAGE, tab={"whatif.tabs": "Reasons"}, what_if=found.id)
    assert charts(app)[0].startswith("What weighs more and what less.")
    assert "Agreement of the two orders" in said(app)


def test_all_what_ifs_stand_on_one_scale_with_a_link_to_each(
    reading: Workspace, opened: Opened, said: Said, charts: Charts
) -> None:
    for query in ({"run": "ease-2"}, {"set": what_ifs(reading)[0].set_id}):
        app = opened(PAGE, **query)
        assert charts(app)[0].startswith("All what-ifs on one scale.")
        links = "".join(part.proto.body for part in app.get("html"))
        assert links.count("what_if=what-if-") == 2
    assert decided(what_ifs(reading)) in said(app)


def test_equal_what_ifs_are_compared_once(reading: Workspace) -> None:
    found = what_ifs(reading)
    assert len(compared([*found, *found])) == 2
    table = compared(found)
    assert table["relative"].is_monotonic_decreasing


def test_an_edited_run_is_told_from_the_others_and_may_become_the_champion(
    reading: Workspace, opened: Opened
) -> None:
    app = opened(PAGE, run="ease-2")
    options = app.selectbox(key="whatif.run").options
    assert options[0] == "EASE #2"
    assert options[-1].endswith(f"· {NORTH}") or options[-1].endswith(f"· {SOUTH}")
    app = opened(PAGE, what_if="what-if-1")
    assert [button.label for button in app.button if button.label == "Make it the champion"]


def test_what_is_not_here_is_said_so(reading: Workspace, opened: Opened, said: Said) -> None:
    assert "there is no what-if 'what-if-99'" in said(opened(PAGE, what_if="what-if-99"))
    assert "There is nothing called “set-99” here" in said(opened(PAGE, set="set-99"))
    assert "There is no run “ease-99” to look at here" in said(opened(PAGE, run="ease-99"))


def test_a_what_if_can_be_forgotten(ws: Workspace, opened: Opened) -> None:
    (found,) = do(ws, [Ask("ease-2", (NORTH,))])
    app = opened(PAGE, what_if=found.id)
    app.button(key="whatif.forget").click().run()
    assert what_ifs(ws) == []
    assert app.query_params == {"dataset": "two tastes", "run": "ease-2"}


def test_without_a_model_the_page_points_to_training(home: object, opened: Opened, said: Said) -> None:
    assert "There are no data yet" in said(opened(PAGE))


def test_the_largest_real_changes_come_first() -> None:
    rows = pd.DataFrame(
        {
            "verdict": ["better", "no real difference", "worse"],
            "relative": [0.1, 0.9, -0.2],
            "said": list("abc"),
        }
    )
    assert striking(rows)["said"].tolist() == ["c", "a"]
    assert striking(rows[rows["said"] == "b"])["said"].tolist() == ["b"]
