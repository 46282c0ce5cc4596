"""Feedback changes a person's profile and lists at once, and no run's evaluation."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import pandas as pd
import pytest

from recengine.services.desk import Desk
from recengine.services.explain import explain
from recengine.services.feedback import Event, accept
from recengine.services.recommend import recommend, recommend_all
from recengine.services.runs import get_run
from recengine.services.shown import show
from recengine.services.visit import last_word, visit
from recengine.services.workspace import Workspace

if TYPE_CHECKING:
    from tests.services.conftest import Shop

PERSON = "u7"


@pytest.fixture
def own(shop: Shop, tmp_path: Path) -> Workspace:
    """A copy of the shop in which feedback may be given."""
    shutil.copytree(shop.ws.root, tmp_path / "own")
    return Workspace(tmp_path / "own")


def say(ws: Workspace, run_id: str, kind: str, place: int) -> str:
    """Feedback on the item at this place of the list; its id."""
    listed = recommend(ws, run_id, PERSON).rows["item_id"].tolist()
    shown = show(ws, run_id, PERSON, listed)
    (answer,) = accept(ws, [Event(uuid4().hex, shown.list_id, listed[place], kind)], "app")
    assert answer.outcome == "accepted"
    return str(listed[place])


def test_a_like_joins_the_profile_and_is_marked(own: Workspace, shop: Shop) -> None:
    run = shop.runs["ease"].id
    before, metrics = visit(own, Desk.of(own, run, None), PERSON), get_run(own, run).metrics
    liked = say(own, run, "like", 3)
    after = visit(own, Desk.of(own, run, None), PERSON)
    ids = after.desk.dataset.items.ids
    assert ids.take(after.profile.items).tolist() == [*ids.take(before.profile.items), liked]
    assert recommend(own, run, PERSON).note.endswith("1 of these actions comes from feedback.")
    assert before.note == ""
    assert get_run(own, run).metrics == metrics


def test_what_is_hidden_leaves_the_list_and_the_explanation_agrees(own: Workspace, shop: Shop) -> None:
    run = shop.runs["ease"].id
    hidden = say(own, run, "hide", 0)
    second = recommend(own, run, PERSON)
    assert hidden not in second.rows["item_id"].tolist()
    assert "1 item is kept off this list by feedback." in second.note
    assert explain(own, run, PERSON, str(second.rows["item_id"][0])).rank == 1
    assert explain(own, run, PERSON, hidden).rank == 0


def test_the_last_word_tells_states_of_a_person_apart(own: Workspace, shop: Shop) -> None:
    run = shop.runs["ease"].id
    assert last_word(own, run, PERSON) == 0
    say(own, run, "click", 0)
    first = last_word(own, run, PERSON)
    say(own, run, "like", 1)
    assert last_word(own, run, PERSON) > first > 0
    assert last_word(own, run, "u8") == 0


def test_files_of_everybody_s_lists_heed_feedback_too(own: Workspace, shop: Shop, tmp_path: Path) -> None:
    run = shop.runs["ease"].id
    recommend_all(own, run, tmp_path / "before.parquet")
    hidden = say(own, run, "hide", 0)
    recommend_all(own, run, tmp_path / "after.parquet")
    before, after = (pd.read_parquet(tmp_path / f"{name}.parquet") for name in ("before", "after"))
    mine = after["person"] == PERSON
    assert after.loc[mine, "item_id"].tolist() == recommend(own, run, PERSON).rows["item_id"].tolist()
    assert hidden not in after.loc[mine, "item_id"].tolist()
    pd.testing.assert_frame_equal(after[~mine], before[before["person"] != PERSON])
