from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from recengine.services.champion import champion, history, make_champion
from recengine.services.runs import delete_run
from recengine.services.workspace import Workspace
from recengine.ui import champion_view

Opened = Callable[..., AppTest]
Said = Callable[[AppTest], str]
DATA = "two tastes"


@pytest.fixture
def ws(trained: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace of the test's own with popularity-1 and ease-2."""
    workspace = Workspace(Path(shutil.copytree(trained.root, tmp_path / "home")))
    monkeypatch.setenv("RECENGINE_HOME", str(workspace.root))
    return workspace


def crown(app: AppTest, who: str, why: str) -> AppTest:
    """Fill in the form and send it."""
    fields = {field.label: field for field in app.text_input}
    fields["Who says so"].set_value(who)
    fields["Why"].set_value(why)
    return next(button for button in app.button if button.label == "Make it the champion").click().run()


def test_a_champion_is_made_on_compare_with_who_and_why_and_its_history_is_kept(
    ws: Workspace, opened: Opened, said: Said, table: Callable[[AppTest, str], pd.DataFrame]
) -> None:
    app = opened("3_Compare")
    assert "is the champion" not in said(app)
    assert "say who makes it the champion" in said(crown(app, " ", "")).lower()
    app = crown(opened("3_Compare"), "Ada", "it ranks best")
    made = champion(ws, DATA)
    assert made is not None
    assert (made.run_id, made.who, made.why) == ("ease-2", "Ada", "it ranks best")
    shown = said(app)
    assert "★ EASE #2 is the champion" in shown
    assert "by Ada: it ranks best. Nobody is ahead of it on its test." in shown
    board = table(app, "Every run and simple rule").set_index("run")
    assert board.loc["ease-2", "model"] == "EASE #2 ★"
    assert board.loc["ease-2", "against the champion"] == "the champion"
    assert str(board.loc["popularity-1", "against the champion"]).startswith("worse (−")
    assert table(app, "Every champion")["who"].tolist() == ["Ada"]


def test_who_is_ahead_of_the_champion_stands_on_the_overview(
    ws: Workspace, said: Said, opened: Opened
) -> None:
    make_champion(ws, "popularity-1", "Ada", "a safe start.")
    app = AppTest.from_file(str(Path(__file__).parents[2] / "dashboard.py"), default_timeout=60).run()
    shown = said(app)
    assert "★ Popularity #1 is the champion, and EASE #2 is ahead of it" in shown
    assert "by Ada: a safe start. EASE #2 has NDCG@10" in shown
    assert "Better beyond chance" in shown


def test_the_train_page_stars_the_champion_and_offers_to_crown_the_others(
    ws: Workspace, opened: Opened, said: Said
) -> None:
    crown(opened("2_Train", run="ease-2"), "Ada", "")
    app = opened("2_Train", run="ease-2")
    assert "EASE #2 ★ champion" in said(app)
    assert not [button for button in app.button if button.label == "Make it the champion"]


def test_a_champion_whose_run_was_deleted_stays_in_the_history(
    ws: Workspace, opened: Opened, said: Said
) -> None:
    make_champion(ws, "popularity-1", "Ada")
    delete_run(ws, "popularity-1")
    assert "is the champion" not in said(opened("3_Compare"))
    shown = champion_view.history_table(history(ws, DATA), {})
    assert shown["champion"].tolist() == ["popularity-1 (deleted)"]
