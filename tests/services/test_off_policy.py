"""Tables in, a verdict in words out."""

import argparse
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recengine.argument_parts import Commands
from recengine.core.errors import DataError, SettingsError
from recengine.off_policy import off_policy
from recengine.off_policy_arguments import add_off_policy
from recengine.services.feedback import Event, accept
from recengine.services.off_policy import earned, evaluate_tables, feedback_log
from recengine.services.shown import ShownList, show_all
from recengine.services.workspace import Workspace

LISTS = 800


def shown(explored: float = 1.0) -> pd.DataFrame:
    """Two places filled by chance from four items; b earns most, and more than half comes from it."""
    draw = np.random.default_rng(0)
    items = draw.choice(list("abcd"), size=2 * LISTS)
    lists, places = np.divmod(np.arange(2 * LISTS), 2)
    clicks = draw.random(2 * LISTS) < np.where(items == "b", 0.4, 0.1)
    return pd.DataFrame(
        {
            "list": [f"l{number}" for number in lists],
            "person": lists,
            "item": items,
            "position": places + 1,
            "reward": clicks.astype(int),
            "propensity": 0.25 * explored,
        }
    )


def showing(*items: str, log: pd.DataFrame) -> pd.DataFrame:
    """The same items on every list."""
    return pd.DataFrame(
        {
            "list": log["list"],
            "position": log["position"],
            "item": [items[place - 1] for place in log["position"]],
        }
    )


LOG = shown()


def test_a_better_strategy_in_words() -> None:
    report = evaluate_tables(LOG, showing("b", "b", log=LOG))
    assert report.sentence.startswith("The new strategy earns ")
    assert "more clicks (95 % interval" in report.sentence
    assert report.sentence.endswith("a real difference.")
    assert report.business.startswith("1,000 lists of the new strategy earn ")


def test_a_worse_strategy_earns_fewer_clicks_but_less_revenue() -> None:
    worse = showing("a", "c", log=LOG)
    assert "fewer clicks (95 % interval" in evaluate_tables(LOG, worse).sentence
    assert "less revenue" in evaluate_tables(LOG, worse, thing="revenue").sentence


def test_the_same_strategy_is_no_real_difference() -> None:
    even = LOG[["list", "position"]].merge(pd.DataFrame({"item": list("abcd"), "chance": 0.25}), how="cross")
    assert evaluate_tables(LOG, even).sentence.startswith("No real difference: ")


def test_a_log_without_propensities_is_answered_by_the_model_alone() -> None:
    report = evaluate_tables(LOG.drop(columns="propensity"), showing("b", "b", log=LOG))
    assert report.sentence.startswith("It cannot be said what the new strategy earns: the log does not say")
    assert "The reward model alone, which nothing here confirms, expects" in report.sentence
    assert report.business == ""


def test_items_that_were_never_shown_are_named() -> None:
    report = evaluate_tables(LOG, showing("b", "new thing", log=LOG))
    assert "(new thing)" in report.sentence
    assert report.as_dict()["support"]["unseen_items"] == ["new thing"]


@pytest.mark.parametrize(
    ("log", "new", "words"),
    [
        (LOG.drop(columns="person"), LOG, "the log lacks the column person"),
        (LOG, LOG[["list", "item"]], "the new strategy's table lacks the column position"),
        (LOG, LOG[LOG["list"] != "l7"], "nothing about 1 of the log's 800 lists"),
        (LOG.assign(reward="many"), LOG, "'many' in column reward is no number"),
        (LOG.assign(position=0.5), LOG, "whole numbers"),
        (LOG.assign(item=None), LOG, "rows without an item"),
    ],
)
def test_tables_that_cannot_be_used_are_said(log: pd.DataFrame, new: pd.DataFrame, words: str) -> None:
    with pytest.raises(DataError, match=words):
        evaluate_tables(log, new)


def test_contexts_are_read_by_the_reward_model() -> None:
    log = LOG.assign(age=np.arange(len(LOG)) % 7)
    told = [
        evaluate_tables(log, showing("b", "b", log=log), contexts=names).evaluation.estimates["dm"].mean
        for names in ([], ["age"])
    ]
    assert told[0] != told[1]


def test_feedback_becomes_rewards() -> None:
    events = pd.DataFrame(
        {
            "list_id": ["l0", "l0", "l1"],
            "item": [LOG["item"][0], LOG["item"][0], LOG["item"][3]],
            "kind": ["click", "purchase", "purchase"],
            "value": [np.nan, 12.5, 3.0],
        }
    )
    both = LOG["item"][0] == LOG["item"][1]
    assert earned(LOG, events, "clicks")["reward"].sum() == 1 + both
    assert earned(LOG, events, "revenue")["reward"].iloc[[0, 3]].tolist() == [12.5, 3.0]
    with pytest.raises(SettingsError, match="Did you mean 'clicks'"):
        earned(LOG, events, "click")


def test_lists_shown_here_are_a_log(tmp_path: Path) -> None:
    ws = Workspace(tmp_path)
    with pytest.raises(DataError, match="no such list was shown yet"):
        feedback_log(ws)
    listed = [
        ShownList("shop", "ease-1", "", 0, person, ("a", "b"), (0.5, 0.5), 0, shown_at)
        for person, shown_at in (("p", 1.0), ("", 2.0), ("", 3.0))
    ]
    show_all(ws, listed)
    bought = Event("e1", listed[0].list_id, "b", "purchase", 12.5, at=4.0)
    assert [answer.outcome for answer in accept(ws, [bought], "app")] == ["accepted"]
    log = feedback_log(ws, "revenue", run="ease-1")
    assert log["reward"].tolist() == [0, 12.5, 0, 0, 0, 0]
    assert log["person"].nunique() == 3


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_two_files_are_answered_on_the_command_line(
    ending: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, table in (("log", LOG), ("new", showing("b", "b", log=LOG))):
        path = tmp_path / f"{name}.{ending}"
        table.to_csv(path, index=False) if ending == "csv" else table.to_parquet(path)
    parser = argparse.ArgumentParser()
    add_off_policy(Commands(parser.add_subparsers()))
    asked = ["off-policy", "--log", str(tmp_path / f"log.{ending}"), "--new", str(tmp_path / f"new.{ending}")]
    off_policy(parser.parse_args(asked), Workspace(tmp_path))
    printed = capsys.readouterr()
    assert "more clicks" in printed.out
    assert "item-position model" in printed.err
    off_policy(parser.parse_args([*asked, "--json"]), Workspace(tmp_path))
    told = json.loads(capsys.readouterr().out)
    assert told["verdict"] == "better"
    assert [row["position"] for row in told["places"]] == [1, 2]
