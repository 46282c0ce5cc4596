from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from recengine import cli
from recengine.core.errors import DataError
from recengine.data.remote import open_remote
from recengine.services.recommend import recommend_all
from recengine.services.write_back import write_explanations, write_recommendations
from tests.servers import Server
from tests.services.conftest import Shop


@pytest.fixture
def address(tmp_path: Path) -> str:
    """A database file that is not there yet."""
    return f"sqlite:///{tmp_path / 'lists.db'}"


def read(address: str, table: str) -> pd.DataFrame:
    batches = list(open_remote(address).file(table).batches())
    return pd.concat([batch.to_pandas() for batch in batches], ignore_index=True)


def test_everyones_list_in_a_table_is_the_one_in_the_file(shop: Shop, address: str, tmp_path: Path) -> None:
    run, file = shop.runs["ease"].id, tmp_path / "lists.parquet"
    recommend_all(shop.ws, run, file, 3)
    written = write_recommendations(shop.ws, run, open_remote(address), "lists", 3)
    wanted, found = pd.read_parquet(file), read(address, "lists")
    assert written.rows == len(found) == len(wanted)
    assert written.people == wanted["person"].nunique()
    assert set(found["run"]) == {run}
    assert set(found["batch"]) == {written.batch}
    columns = ["person", "rank", "item_id", "title", "score"]
    pd.testing.assert_frame_equal(found[columns], wanted[columns], check_dtype=False)


def test_a_shorter_list_takes_the_place_of_a_longer_one_and_of_no_other_run(shop: Shop, address: str) -> None:
    store = open_remote(address)
    ease, other = shop.runs["ease"].id, shop.runs["popularity"].id
    write_recommendations(shop.ws, other, store, "lists", 3)
    first = write_recommendations(shop.ws, ease, store, "lists", 3)
    again = write_recommendations(shop.ws, ease, store, "lists", 3)
    assert first == again
    write_recommendations(shop.ws, ease, store, "lists", 2)
    ranks = read(address, "lists").groupby("run")["rank"].max()
    assert ranks.to_dict() == {ease: 2, other: 3}


def test_reasons_add_up_to_the_scores_in_the_table_too(shop: Shop, mariadb: Server) -> None:
    run = shop.runs["ease"].id
    written = write_explanations(shop.ws, run, open_remote(mariadb.address), "reasons", 2, people=4)
    found = read(mariadb.address, "reasons")
    assert written.rows == len(found)
    items = found.groupby(["person", "rank"])
    gap = items["base"].first() + items["effect"].sum() - items["score"].first()
    assert gap.abs().max() < 1e-4
    assert (items["number"].max() == items.size()).all()


def test_a_store_that_is_not_there_is_found_out_before_anything_is_made(shop: Shop) -> None:
    asked: list[int] = []
    with pytest.raises(DataError, match="nobody answers"):
        write_recommendations(
            shop.ws,
            shop.runs["ease"].id,
            open_remote("postgresql://ann@127.0.0.1:1/shop"),
            "lists",
            progress=lambda done, of: asked.append(done),
        )
    assert asked == []


def test_the_command_line_writes_them_too(
    shop: Shop, address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("RECENGINE_HOME", str(shop.ws.root))
    monkeypatch.setenv("RECENGINE_URL_LISTS", address)
    run, to = shop.runs["ease"].id, ["--to", "lists", "--json"]
    assert cli.run(["recommend", run, "--all", "-k", "2", *to, "--table", "lists"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["rows"] == len(read(address, "lists"))
    assert told["where"] == address
    assert cli.run(["explain", run, "--all", "-k", "1", "--sample", "3", *to, "--collection", "reasons"]) == 0
    assert len(read(address, "reasons")) == json.loads(capsys.readouterr().out)["rows"]
    assert cli.run(["recommend", run, "--all", *to]) == 2
    assert "--table NAME" in capsys.readouterr().err
    assert cli.run(["recommend", run, "--all", "--table", "lists"]) == 2
    assert "--to ADDRESS" in capsys.readouterr().err
