"""Lists of a run under a strategy."""

from pathlib import Path

import pandas as pd
import pytest

from recengine.core.errors import JobError, NotFoundError, SettingsError
from recengine.services.recommend import recommend, recommend_all
from recengine.services.strategic_list import BY_CHANCE, strategic_list
from recengine.services.strategies import save
from recengine.services.strategy_use import history, in_use, stop_using, todays, use
from recengine.services.strategy_weights import columns_of, conflicts_of, effective_weights
from recengine.services.workspace import Workspace
from recengine.strategy import Boost, Explore, Strategy
from recengine.strategy.rules import AtMost, Exclude, Pin
from tests.services.conftest import Shop

SALTY = Strategy(name="salty", boosts=(Boost(column="taste", value="salty", weight=100),))


def test_a_plain_strategy_leaves_lists_as_the_run_makes_them(shop: Shop) -> None:
    run = shop.runs["ease"].id
    found, own = strategic_list(shop.ws, run, "u3", Strategy()), recommend(shop.ws, run, "u3")
    assert found.rows["item_id"].tolist() == own.rows["item_id"].tolist()
    assert found.rows["before"].tolist() == list(range(1, 11))
    assert set(found.rows["because"]) == {"where the run has it"}
    assert found.moved == 0
    assert found.rows["probability"].to_numpy() == pytest.approx(own.rows["probability"].to_numpy())
    assert found.dropped.empty
    assert set(found.rows["propensity"]) == {1.0}


def test_a_boost_moves_items_and_is_named_for_it(shop: Shop) -> None:
    run = shop.runs["ease"].id
    found = strategic_list(shop.ws, run, "u2", SALTY, 5)  # who likes sweet things
    own = recommend(shop.ws, run, "u2", 60).rows.set_index("item_id")["rank"]
    assert all(int(item[1:]) % 2 for item in found.rows["item_id"])
    assert found.rows["before"].tolist() == own[found.rows["item_id"]].tolist()
    assert set(found.rows["because"]) == {"listed by taste 'salty'"}
    assert len(found.dropped) == 5
    assert found.as_dict()["items"][0]["parts"]["taste 'salty'"] == 100


def test_what_chance_put_on_a_list_is_said_and_each_person_draws_their_own(shop: Shop) -> None:
    run, chance = shop.runs["ease"].id, Strategy(explore=Explore(method="epsilon", amount=1))
    first = strategic_list(shop.ws, run, "u3", chance)
    assert BY_CHANCE in set(first.rows["because"])
    pd.testing.assert_frame_equal(first.rows, strategic_list(shop.ws, run, "u3", chance).rows)
    lists = [strategic_list(shop.ws, run, f"u{code}", chance).rows for code in range(10)]
    drawn = {int(rows.loc[rows["because"] == BY_CHANCE, "rank"].iloc[0]) for rows in lists}
    assert len(drawn) > 3  # not the same place for all


def test_everyone_s_lists_are_those_of_each(shop: Shop, tmp_path: Path) -> None:
    run, out = shop.runs["ease"].id, tmp_path / "lists.parquet"
    assert recommend_all(shop.ws, run, out, 5, strategy=SALTY) == 200
    rows = pd.read_parquet(out)
    one = strategic_list(shop.ws, run, "u7", SALTY, 5).rows
    of_one = rows[rows["person"] == "u7"].reset_index(drop=True)
    for column in ("rank", "item_id", "score", "probability", "before", "propensity"):
        pd.testing.assert_series_equal(of_one[column], one[column], check_exact=False)
    assert set(rows["strategy"]) == {"salty"}
    assert set(rows["strategy_version"]) == {0}


def test_what_cannot_be_is_said_before_anything_runs(shop: Shop) -> None:
    run = shop.runs["ease"].id
    unknown = Strategy(boosts=(Boost(column="taste", value="Salti", weight=1),))
    with pytest.raises(SettingsError, match="No item has taste 'Salti'. Did you mean 'salty'"):
        strategic_list(shop.ws, run, "u3", unknown)
    with pytest.raises(SettingsError, match="All weights are 0"):
        strategic_list(shop.ws, run, "u3", Strategy(weights={}))
    with pytest.raises(NotFoundError, match="no strategy 'sweet'"):
        strategic_list(shop.ws, run, "u3", "sweet")


def test_effective_weights_rank_what_moves_lists_and_name_what_does_not(shop: Shop) -> None:
    rules = (AtMost(column="taste", count=10), Pin(item="i0"), Exclude(value="i7"))
    found = effective_weights(
        shop.ws, shop.runs["ease"].id, SALTY.model_copy(update={"rules": rules}), people=20
    )
    table = found.frame().set_index("part")
    assert table.loc["taste 'salty'", "replaced"] > 0.3 > table.loc["relevance", "replaced"]
    assert found.sentence.startswith("Taste 'salty' moves the most on lists of 10 of 20 people")
    assert "Without effect: at most 10 of each taste" in found.sentence
    assert found.order == ("never 'i7'", "i0 pinned to 1st place", "at most 10 of each taste")
    assert found.num_people == 20


def test_columns_and_conflicts_are_there_for_a_form(shop: Shop) -> None:
    run = shop.runs["ease"].id
    assert columns_of(shop.ws, run)["taste"] == ["salty", "sweet"]
    assert columns_of(shop.ws, run)["price"] == []
    assert conflicts_of(shop.ws, run, Strategy()) == []
    assert len(conflicts_of(shop.ws, run, Strategy(weights={}))) == 1


def test_a_strategy_comes_into_use_and_goes(market: Workspace) -> None:
    save(market, SALTY, "ann")
    with pytest.raises(NotFoundError, match="no dataset"):
        use(market, "elsewhere", "salty", "ann")
    used = use(market, "two tastes", "salty", "ann", "people like salt")
    assert (used.reference, used.why) == ("salty@1", "people like salt")
    assert todays(market, "two tastes") == SALTY
    with pytest.raises(JobError, match="in use for 'two tastes' already"):
        use(market, "two tastes", "salty@1", "bob")
    with pytest.raises(SettingsError, match="say who wants it"):
        stop_using(market, "two tastes", " ")
    stop_using(market, "two tastes", "bob")
    assert in_use(market, "two tastes") is None
    assert [one.strategy for one in history(market, "two tastes")] == ["", "salty"]
    with pytest.raises(JobError, match="no strategy is in use"):
        stop_using(market, "two tastes", "bob")
