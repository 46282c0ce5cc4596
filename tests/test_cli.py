import json
import signal
import socket
import subprocess
import sys
from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from recengine.argument_parts import settings_of, span_of
from recengine.arguments import parser
from recengine.cli import INTERRUPTED, MISTAKE, VERBS, run
from recengine.core.errors import SettingsError
from recengine.data.synthetic import two_tastes
from recengine.models import MODELS
from recengine.services.store import Store
from recengine.services.workspace import Workspace

Captured = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with orders.csv (two tastes), its tables, and a workspace in which EASE has learnt from it."""
    folder = tmp_path_factory.mktemp("cli")
    dataset = two_tastes(num_users=120)
    events = dataset.interactions.frame
    orders = pd.DataFrame(
        {
            "customer": dataset.users.ids.take(events["user"]),
            "sku": dataset.items.ids.take(events["item"]),
            "ordered_at": pd.to_datetime(events["time"], unit="s").dt.strftime("%Y-%m-%d %H:%M:%S"),
        }
    )
    orders.to_csv(folder / "orders.csv", index=False)
    orders.iloc[:2000].to_csv(folder / "train.csv", index=False)
    orders.iloc[2000:].to_csv(folder / "test.csv", index=False)
    orders[["customer", "sku"]].to_csv(folder / "no_times.csv", index=False)
    dataset.users.features.assign(customer=dataset.users.ids).to_csv(folder / "customers.csv", index=False)
    dataset.items.features.assign(sku=dataset.items.ids).to_csv(folder / "products.csv", index=False)
    return folder


@pytest.fixture(autouse=True)
def workspace(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECENGINE_HOME", str(shop / "home"))
    monkeypatch.chdir(shop)


def answer(capsys: Captured, *arguments: str) -> Any:
    """What a command prints with --json."""
    assert run([*arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def complaint(capsys: Captured, *arguments: str) -> str:
    """The one line a user's mistake is answered with."""
    assert run(arguments) == MISTAKE
    shown = capsys.readouterr()
    assert shown.out == ""
    (line,) = shown.err.strip().splitlines()
    return line


@pytest.fixture
def imported(capsys: Captured) -> dict[str, Any]:
    tables = ("--users", "customers.csv", "--items", "products.csv")
    columns = ("--user", "customer", "--item", "sku", "--time", "ordered_at")
    found: dict[str, Any] = answer(capsys, "import", "orders.csv", "--name", "shop", *columns, *tables)
    return found


@pytest.fixture
def ease(imported: dict[str, Any], capsys: Captured) -> str:
    """The id of a finished EASE run on it."""
    for one in answer(capsys, "runs", "--dataset", "shop"):
        if (one["model"], one["split"]["kind"], one["status"]) == ("ease", "temporal", "done"):
            return str(one["run"])
    return str(answer(capsys, "train", "--dataset", "shop", "--model", "ease")["run"])


def test_import_tells_counts_cleaning_checks_and_fingerprint(imported: dict[str, Any]) -> None:
    assert (imported["num_interactions"], imported["num_users"], imported["num_items"]) == (2400, 120, 60)
    assert (imported["rows_in"], imported["rows_out"]) == (2400, 2400)
    assert len(imported["fingerprint"]) == 16
    assert {"code", "title", "found", "removed"} <= set(imported["cleaning"]["findings"][0])
    assert isinstance(imported["checks"], list)


def test_importing_the_same_twice_gives_the_same_fingerprint(
    imported: dict[str, Any], capsys: Captured
) -> None:
    again = answer(
        capsys, "import", "orders.csv", "--name", "shop", "--user", "customer", "--item", "sku",
        "--time", "ordered_at", "--users", "customers.csv", "--items", "products.csv",
    )  # fmt: skip
    assert again["fingerprint"] == imported["fingerprint"]
    assert [card["name"] for card in answer(capsys, "datasets")].count("shop") == 1


def test_train_gives_id_epochs_flat_metrics_and_baselines(ease: str, capsys: Captured) -> None:
    described = answer(capsys, "runs", ease)
    assert described["status"] == "done"
    assert described["epochs"] == 1
    wanted = {"recall@10", "f1@20", "ndcg@10", "coverage@10", "accuracy", "roc_auc"}
    assert wanted <= set(described["metrics"])
    assert all(isinstance(value, float) for value in described["metrics"].values())
    assert wanted <= set(described["baselines"]["popularity"])
    assert described["metrics"]["ndcg@10"] > described["baselines"]["popularity"]["ndcg@10"]


def test_settings_split_and_seed_reach_the_run(imported: dict[str, Any], capsys: Captured) -> None:
    trained = answer(
        capsys, "train", "--dataset", "shop", "--model", "ease", "--set", "regularisation=50", "--split",
        "leave-last-out", "--seed", "3", "--repeats", "both", "--device", "cpu",
    )  # fmt: skip
    assert trained["settings"] == {"regularisation": 50.0}
    assert (trained["split"]["kind"], trained["seed"], trained["repeats"]) == ("leave-last-out", 3, "both")


def test_progress_goes_to_stderr_and_json_alone_to_stdout(imported: dict[str, Any], capsys: Captured) -> None:
    assert run(["train", "--dataset", "shop", "--model", "popularity", "--json"]) == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out)["model"] == "popularity"
    assert "training" in shown.err


def test_a_test_file_is_a_given_split(capsys: Captured) -> None:
    columns = ("--user", "customer", "--item", "sku", "--time", "ordered_at")
    answer(capsys, "import", "train.csv", "--name", "given", "--test", "test.csv", *columns)
    trained = answer(capsys, "train", "--dataset", "given", "--model", "popularity")
    assert trained["split"]["kind"] == "given"
    asked = pd.read_csv("test.csv").merge(pd.read_csv("train.csv")[["customer"]].drop_duplicates())
    assert trained["exam"]["num_people"] <= asked["customer"].nunique()


def test_data_without_times_are_split_by_chance_and_not_by_time(capsys: Captured) -> None:
    answer(capsys, "import", "no_times.csv", "--name", "timeless", "--user", "customer", "--item", "sku")
    trained = answer(capsys, "train", "--dataset", "timeless", "--model", "popularity")
    assert trained["split"]["kind"] == "random"
    said = complaint(capsys, "train", "--dataset", "timeless", "--model", "ease", "--split", "temporal")
    assert "has no times" in said
    assert "'random' or 'leave-last-out'" in said


def test_evaluate_measures_at_other_lengths_and_person_by_person(ease: str, capsys: Captured) -> None:
    found = answer(capsys, "evaluate", ease, "-k", "1,3", "--repeats", "both", "--per-person", "people.csv")
    assert (found["ks"], found["repeats"]) == ([1, 3], "both")
    people = pd.read_csv("people.csv")
    assert len(people) == found["num_people"]
    assert people["recall@3"].mean() == pytest.approx(found["metrics"]["recall@3"])
    assert set(found["baselines"]["random"]) == set(found["metrics"])


def test_evaluate_without_more_repeats_what_training_found(ease: str, capsys: Captured) -> None:
    assert answer(capsys, "evaluate", ease)["metrics"] == answer(capsys, "runs", ease)["metrics"]


def test_recommend_lists_items_for_a_person(ease: str, capsys: Captured) -> None:
    listed = answer(capsys, "recommend", ease, "--person", "u4", "-k", "3")
    assert [item["rank"] for item in listed["items"]] == [1, 2, 3]
    assert all(int(item["item_id"][1:]) % 2 == 0 for item in listed["items"])
    assert listed["items"][0]["title"].startswith("Sweet")
    assert not any(item["seen"] for item in listed["items"])


def test_recommend_lists_items_for_a_newcomer(ease: str, capsys: Captured) -> None:
    listed = answer(capsys, "recommend", ease, "--items", "i1, i3,i5", "--feature", "group=south", "age=50")
    assert listed["person"] == ""
    assert all(int(item["item_id"][1:]) % 2 == 1 for item in listed["items"])


def test_recommend_all_writes_everyones_list(ease: str, capsys: Captured) -> None:
    found = answer(capsys, "recommend", ease, "--all", "--out", "lists.parquet", "-k", "4")
    assert found["people"] == 120
    assert len(pd.read_parquet("lists.parquet")) == 480


def test_explain_gives_reasons_that_add_up_and_what_would_change_them(ease: str, capsys: Captured) -> None:
    item = answer(capsys, "recommend", ease, "--person", "u4")["items"][0]
    asked = ("explain", ease, "--person", "u4", "--item", item["item_id"])
    told = answer(capsys, *asked, "--counterfactual", "--receipt")
    assert told["base"] + sum(reason["effect"] for reason in told["reasons"]) == pytest.approx(told["score"])
    assert told["score"] == pytest.approx(item["score"], abs=1e-4)
    assert (told["run"], told["person"], told["rank"]) == (ease, "u4", 1)
    assert told["counterfactual"]["rank"] == 1
    assert told["receipt"][0]["passed"]
    assert run([*asked, "--detail", "analyst", "--counterfactual", "--receipt"]) == 0
    shown = capsys.readouterr()
    assert "nothing known" in shown.out
    assert "everything known (points" in shown.out
    assert "reads no features" in shown.err


def test_explain_against_one_or_against_the_rivals(ease: str, capsys: Captured) -> None:
    asked = ("explain", ease, "--person", "u4", "--item", "i6")
    assert answer(capsys, *asked, "--against", "rivals")["question"] == "ahead"
    above = answer(capsys, *asked, "--against", "i9", "--players", "3")
    assert (above["question"], above["against"]) == ("above", "i9")
    assert len(above["reasons"]) <= 3
    newcomer = ("explain", ease, "--items", "i0,i2", "--item", "i6")
    assert {reason["item_id"] for reason in answer(capsys, *newcomer)["reasons"]} == {"i0", "i2"}


def test_explain_not_says_why_an_item_is_not_on_the_list(ease: str, capsys: Captured) -> None:
    asked = ("explain", ease, "--person", "u4", "--item", "i58", "--not", "-k", "3", "--repeats", "both")
    found = answer(capsys, *asked)
    assert found["reason"] == "ranked"
    assert found["rank"] > 3
    assert found["contrast"]["against"] == "i58"
    assert run(asked) == 0
    assert "the list ends at 3" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--person", "nobody", "--item", "i1"], "no customer 'nobody'"),
        (["--person", "u4", "--item", "nothing"], "no item 'nothing'"),
        (["--person", "u4", "--item", "i1", "--against", "i1"], "cannot be above itself"),
        (["--person", "u4", "--item", "i1", "--precision", "exact"], "no precision 'exact'"),
        (["--person", "u4", "--item", "i1", "--open", "x"], "as 'group:3' or 'action:17'"),
        (["--person", "u4"], "--item ID"),
    ],
)
def test_each_mistake_in_asking_for_reasons_has_a_sentence_of_its_own(
    ease: str, capsys: Captured, more: list[str], said: str
) -> None:
    assert said in complaint(capsys, "explain", ease, *more)


def test_explain_all_writes_the_reasons_of_everyones_lists(ease: str, capsys: Captured) -> None:
    asked = ("explain", ease, "--all", "-k", "2", "--out", "reasons.parquet")
    found = answer(capsys, *asked, "--sample", "9")
    table = pd.read_parquet("reasons.parquet")
    assert (found["people"], found["explanations"], found["rows"]) == (9, 18, len(table))
    assert table.groupby("person")["rank"].unique().map(list).tolist() == [[1, 2]] * 9
    assert run([*asked, "--sample", "1"]) == 0
    assert "of 1 person written to reasons.parquet" in capsys.readouterr().err
    assert "--all needs --out" in complaint(capsys, "explain", ease, "--all")
    assert "only knows 'rivals'" in complaint(capsys, *asked, "--against", "i3")


@pytest.mark.parametrize("verb", ["datasets", "runs"])
def test_lists_are_readable_without_json(ease: str, capsys: Captured, verb: str) -> None:
    assert run([verb]) == 0
    assert "shop" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments", [["evaluate", "RUN"], ["recommend", "RUN", "--person", "u4"], ["runs", "RUN"]]
)
def test_results_are_readable_without_json(ease: str, capsys: Captured, arguments: list[str]) -> None:
    assert run([ease if word == "RUN" else word for word in arguments]) == 0
    shown = capsys.readouterr().out
    assert "Sweet" in shown or "ndcg@10" in shown
    assert "{" not in shown


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("train --dataset shopp --model ease", "there is no dataset 'shopp'. Did you mean 'shop'?"),
        ("train --dataset shop --model eas", "there is no model 'eas'. Did you mean 'ease'?"),
        ("train --dataset shop --model ease --set regularisation=-1", "regularisation = '-1'"),
        (
            "train --dataset shop --model ease --set regularisation",
            "'regularisation' is not of the form NAME=VALUE",
        ),
        ("train --dataset shop --model ease --split given", "came without a test file"),
        ("train --dataset shop --model auto --set epochs=3", "chooses preset and settings itself"),
        ("train --dataset shop --model ease --budget 5m", "a time budget is for the model 'auto'"),
        ("train --dataset shop --model ease --device cuda", "no GPU that PyTorch can use"),
        ("evaluate ease-999", "there is no run 'ease-999'"),
        ("evaluate RUN -k 0", "a list needs at least 1 place; found k = 0"),
        ("evaluate RUN --per-person people.xls", "ends in no format that can be written"),
        ("train --dataset shop --model ease --seed -1", "seed = -1"),
        ("evaluate RUN --per-person /dev/full/people.csv", "there is no folder /dev/full"),
        ("recommend RUN --person u4 -k 0", "a list needs at least 1 place; found k = 0"),
        ("recommend RUN --all --out lists.csv -k -3", "a list needs at least 1 place; found k = -3"),
        ("runs --dataset shopp", "there is no dataset 'shopp'. Did you mean 'shop'?"),
        ("runs --resume RUN", "is done; only paused, stopped, failed, lost ones can be resumed"),
        ("recommend RUN --person nobody", "no customer 'nobody'"),
        ("recommend RUN --items tea", "no item 'tea'"),
        ("recommend RUN --all", "--all needs --out FILE.parquet"),
        ("recommend RUN --items i1 --feature shoe=42", "no feature 'shoe'"),
        ("runs --delete ease-999", "there is no run 'ease-999'"),
        ("datasets --delete shopp", "there is no dataset 'shopp'"),
        ("import nowhere.csv --name x", "nowhere.csv"),
        ("import orders.csv --name x --user nobody --item sku", "nobody"),
        ("import orders.csv --name x --clean duplikates=false", "Did you mean 'duplicates'"),
    ],
)
def test_a_mistake_is_one_clear_line_and_exit_code_2(
    ease: str, capsys: Captured, arguments: str, said: str
) -> None:
    words = [ease if word == "RUN" else word for word in arguments.split()]
    if "cuda" in words and _has_gpu():
        pytest.skip("this machine has a GPU, so asking for one is no mistake")
    assert said in complaint(capsys, *words)


def _has_gpu() -> bool:
    from recengine.services.device import num_gpus

    return num_gpus() > 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("", "the following arguments are required: COMMAND"),
        ("nothing", "invalid choice: 'nothing'"),
        ("train", "the following arguments are required: --dataset, --model"),
        ("train --dataset shop --model ease --seed x", "argument --seed: invalid int value: 'x'"),
        ("recommend ease-1", "one of the arguments --person --items --all is required"),
        ("evaluate x -k a", "'a' is no list of whole numbers such as 5,10,20"),
        ("evaluate x -k ,", "',' is no list of whole numbers"),
    ],
)
def test_a_command_that_cannot_be_read_is_one_line_and_exit_code_2(
    capsys: Captured, arguments: str, said: str
) -> None:
    with pytest.raises(SystemExit) as stopped:
        run(arguments.split())
    assert stopped.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("recengine")
    assert said in line
    assert "--help` tells more" in line


def test_a_file_the_system_refuses_is_one_line(ease: str, capsys: Captured) -> None:
    said = complaint(capsys, "evaluate", ease, "--per-person", "/proc/people.csv")
    assert "The system refused a file" in said


def test_ctrl_c_leaves_a_run_that_can_go_on(imported: dict[str, Any], capsys: Captured) -> None:
    command = "train --dataset shop --model lstm --set epochs=500 dims=4 history=4 patience=0"
    with subprocess.Popen(
        [sys.executable, "-m", "recengine.cli", *command.split()], stderr=subprocess.PIPE, text=True
    ) as training:
        assert training.stderr is not None
        assert training.stderr.readline().startswith("lstm (balanced) on 'shop': epochs = 500")
        assert training.stderr.readline().startswith(("training", "pass"))
        training.send_signal(signal.SIGINT)
        said = training.stderr.read()
    assert training.returncode == INTERRUPTED
    run_id = answer(capsys, "runs", "--dataset", "shop")[0]["run"]
    assert f"{run_id} is stopped; `recengine runs --resume {run_id}` goes on from where it stood" in said
    assert "Traceback" not in said
    assert answer(capsys, "runs", run_id)["status"] == "stopped"


def test_names_of_benchmarks_are_json_too(capsys: Captured) -> None:
    assert "training" in answer(capsys, "bench", "--list")


@pytest.mark.parametrize("verb", VERBS)
def test_every_command_has_help_for_users(capsys: Captured, verb: str) -> None:
    with pytest.raises(SystemExit) as stopped:
        run([verb, "--help"])
    assert stopped.value.code == 0
    shown = capsys.readouterr().out
    assert f"usage: recengine {verb}" in shown
    assert len(shown.splitlines()) > 4


def test_deleting_is_possible_and_final(imported: dict[str, Any], capsys: Captured) -> None:
    trained = answer(capsys, "train", "--dataset", "shop", "--model", "popularity")
    left = answer(capsys, "runs", "--delete", trained["run"])
    assert trained["run"] not in {one["run"] for one in left}


def test_the_settings_of_a_model_can_be_asked_for(capsys: Captured) -> None:
    assert run(["train", "--dataset", "shop", "--model", "lstm", "--set", "help"]) == 0
    shown = capsys.readouterr().out
    assert any(line.startswith("epochs ") and "Passes over the data" in line for line in shown.splitlines())


def test_the_settings_shown_are_those_of_the_preset(imported: dict[str, Any], capsys: Captured) -> None:
    command = ("train", "--dataset", "shop", "--model", "popularity", "--set", "help")
    assert run([*command, "--preset", "best"]) == 0
    assert "half_life_days  = 28.0" in capsys.readouterr().out


def test_the_shelf_is_listed_with_what_each_model_costs_here(ease: str, capsys: Captured) -> None:
    ws = Workspace.default()
    with Store(
        ws
    ).writing() as db:  # whatever it took: one that took 70 s, and none that took too short to tell
        before = [(row["seconds"], row["id"]) for row in db.execute("SELECT id, seconds FROM runs")]
        db.execute("UPDATE runs SET seconds = CASE id WHEN ? THEN 70 ELSE 0 END", (ease,))
    assert run(["train", "--dataset", "shop", "--model", "help"]) == 0
    with Store(ws).writing() as db:
        db.executemany("UPDATE runs SET seconds = ? WHERE id = ?", before)
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["auto", *MODELS]
    assert "about 70 s" in next(line for line in lines if line.startswith("ease"))


def test_what_was_chosen_is_told_before_training_starts(imported: dict[str, Any], capsys: Captured) -> None:
    command = ("train", "--dataset", "shop", "--model", "popularity", "--preset", "best")
    assert run([*command, "--set", "counting=events"]) == 0
    said = "popularity (best) on 'shop': half_life_days = 28.0, counting = events"
    shown = capsys.readouterr()
    assert shown.err.splitlines()[0] == said
    assert said in shown.out


def test_auto_tries_the_shelf_and_says_in_words_what_won(
    imported: dict[str, Any], capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, config in MODELS.items():
        monkeypatch.setattr(config, "contender", name in ("popularity", "ease"))
    assert run(["train", "--dataset", "shop", "--model", "auto", "--budget", "1m"]) == 0
    shown = capsys.readouterr()
    assert "auto on 'shop': tries models for at most 60 s" in shown.err
    assert "EASE (quick): NDCG@10 0." in shown.err
    assert "EASE (quick" in shown.out
    assert "wins with NDCG@10" in shown.out
    assert "% behind, beyond chance (gap 0." in shown.out
    found = next(one for one in answer(capsys, "runs") if one["run"].startswith("auto-"))
    assert found["model"] == "ease"
    assert found["search"]["budget_s"] == 60
    assert {one["model"] for one in found["search"]["candidates"]} == {"popularity", "ease"}
    assert run(["runs", found["run"]]) == 0
    assert "wins with NDCG@10" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "seconds"), [("90s", 90), ("10m", 600), ("1h30m", 5400), ("2H", 7200), (" 1m5s ", 65)]
)
def test_a_budget_is_a_span_of_time(text: str, seconds: float) -> None:
    assert span_of(text) == seconds


@pytest.mark.parametrize("text", ["", "10", "m", "1.5h", "10 minutes"])
def test_a_budget_that_is_no_span_of_time_is_refused(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="no span of time such as 90s, 10m or 1h30m"):
        span_of(text)


def test_a_port_that_is_taken_is_a_mistake(capsys: Captured) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        assert f"port {port} is taken" in complaint(capsys, "dashboard", "--port", str(port))


def test_doctor_says_what_is_here(capsys: Captured, shop: Path) -> None:
    assert str(shop / "home") in json.dumps(answer(capsys, "doctor"))


def test_numbers_that_are_none_are_null_in_json() -> None:
    from recengine.printing import plain

    found = plain({"a": float("nan"), "b": [np.float32(0.5), np.int64(3), (np.inf,)], "c": Path("x")})
    assert found == {"a": None, "b": [0.5, 3, [None]], "c": "x"}


def test_settings_are_read_as_plain_values() -> None:
    found = settings_of([["a=1", "b=x=y"], ["c=none", "d=[1, 2]", "e=[oops"]])
    assert found == {"a": "1", "b": "x=y", "c": None, "d": [1, 2], "e": "[oops"}
    with pytest.raises(SettingsError, match="not of the form NAME=VALUE"):
        settings_of([["=1"]])


def test_every_verb_has_a_parser_and_the_other_way_round() -> None:
    usage = parser().format_help()
    assert all(f"    {verb} " in usage or f"    {verb}\n" in usage for verb in VERBS)


def test_the_command_itself_exits_with_2_on_a_mistake(shop: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "recengine.cli", "runs", "ease-999"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("recengine: there is no run 'ease-999'")
    assert "Traceback" not in done.stderr
