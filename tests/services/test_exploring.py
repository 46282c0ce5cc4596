"""Exploring by what feedback tells: before any, after some, and with the chance that is logged."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from recengine.services.desk import profile_of
from recengine.services.exploring import rewarded_places
from recengine.services.feedback import Event, accept
from recengine.services.shown import show
from recengine.services.strategic import Maker
from recengine.services.strategic_list import strategic_list
from recengine.services.workspace import Workspace
from recengine.strategy import Explore, Strategy, apply

if TYPE_CHECKING:
    from tests.services.conftest import Shop

THOMPSON = Strategy(name="try", explore=Explore(method="thompson", amount=0.5), candidates=20)


@pytest.fixture
def own(shop: Shop, tmp_path: Path) -> Workspace:
    """A copy of the shop in which lists may be shown."""
    shutil.copytree(shop.ws.root, tmp_path / "own")
    return Workspace(tmp_path / "own")


def test_before_feedback_the_run_s_order_is_expected_and_all_is_equally_unsure(shop: Shop) -> None:
    maker = Maker.of(shop.ws, shop.runs["ease"].id, THOMPSON)
    pool, _ = maker.pool(profile_of(maker.desk.dataset, ["u7"]))
    assert (np.diff(pool.scores_LC[0]) <= 0).all()
    assert pool.unsure_LC is not None
    assert (pool.unsure_LC > 0).all()


def test_places_that_earned_something_raise_items_like_them_and_make_them_surer(
    own: Workspace, shop: Shop
) -> None:
    run = shop.runs["ease"].id
    maker = Maker.of(own, run, THOMPSON)
    profile = profile_of(maker.desk.dataset, ["u7"])
    before, _ = maker.pool(profile)
    items = [str(maker.desk.dataset.items.ids[code]) for code in before.items_LC[0]]
    for number in range(10):
        shown = show(own, run, "u7", items, seed=number)
        accept(own, [Event(f"e{number}", shown.list_id, items[9], "click")], "app")
    rewards = rewarded_places(own, run)
    assert rewards.groupby("item")["reward"].mean()[items[9]] == 1.0
    assert rewards["reward"].sum() == 10
    after, _ = Maker.of(own, run, THOMPSON).pool(profile)
    place = int(np.flatnonzero(after.items_LC[0] == before.items_LC[0, 9])[0])
    assert after.rank[0, place] == 10
    gained = after.scores_LC[0] - before.scores_LC[0]
    assert gained[place] == gained.max() > 0
    assert before.unsure_LC is not None
    assert after.unsure_LC is not None
    assert (after.unsure_LC < before.unsure_LC).all()


def test_thompson_s_logged_chances_are_how_often_items_come(shop: Shop) -> None:
    maker = Maker.of(shop.ws, shop.runs["ease"].id, THOMPSON)
    pool, _ = maker.pool(profile_of(maker.desk.dataset, ["u7"]))
    many = pool.take(np.zeros(1000, np.int64))
    served = apply(THOMPSON, many, 3, seed=1)
    first = served.items_LK[:, 0]
    for item in np.unique(first)[:3]:
        logged = served.propensity_LK[first == item, 0].mean()
        assert logged == pytest.approx((first == item).mean(), abs=0.06)


def test_linucb_lists_can_be_made_for_a_person(shop: Shop) -> None:
    asked = THOMPSON.model_copy(update={"explore": Explore(method="linucb", amount=1.0)})
    found = strategic_list(shop.ws, shop.runs["ease"].id, "u7", asked, 5)
    assert len(found.rows) == 5
    assert (found.rows["propensity"] == 1).all()
