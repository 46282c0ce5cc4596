import sqlite3
from pathlib import Path

import pytest

from recengine.core.errors import NotFoundError, SettingsError
from recengine.services.store import Store
from recengine.services.strategies import (
    compared,
    export_toml,
    get,
    import_toml,
    save,
    strategies,
    versions,
)
from recengine.services.workspace import Workspace
from recengine.strategy import Boost, Strategy

FRESH = Strategy(name="fresh first", weights={"relevance": 1.0, "freshness": 0.5})
FRESHER = FRESH.model_copy(update={"weights": {"relevance": 1.0, "freshness": 0.8}})


def test_a_change_is_a_new_version_and_no_change_is_none(ws: Workspace) -> None:
    assert save(ws, FRESH, "ann", "for spring").version == 1
    assert save(ws, FRESH, "bob").who == "ann"  # nothing new was saved
    assert save(ws, FRESHER, "bob").version == 2
    assert save(ws, FRESH, "ann").version == 3
    assert [saved.version for saved in versions(ws, "fresh first")] == [3, 2, 1]
    assert get(ws, "fresh first").strategy == get(ws, "fresh first@1").strategy == FRESH
    assert get(ws, "fresh first@2").strategy == FRESHER
    assert get(ws, "fresh first@1").why == "for spring"


def test_the_shelf_shows_the_last_version_of_each(ws: Workspace) -> None:
    for strategy in (FRESH, Strategy(name="plain"), FRESHER):
        save(ws, strategy, "ann")
    assert [saved.reference for saved in strategies(ws)] == ["fresh first@2", "plain@1"]


def test_two_versions_are_compared_in_words(ws: Workspace) -> None:
    save(ws, FRESH, "ann")
    save(ws, FRESHER, "ann")
    (phrase,) = compared(ws, "fresh first@1", "fresh first@2")
    assert "freshness" in phrase
    assert compared(ws, "fresh first@2", "fresh first") == []


def test_a_file_carries_a_strategy_to_another_workspace(ws: Workspace, tmp_path: Path) -> None:
    strategy = FRESH.model_copy(update={"boosts": (Boost(column="brand", value='O"x = [1]', weight=0.2),)})
    save(ws, strategy, "ann")
    export_toml(ws, "fresh first", tmp_path / "fresh.toml")
    other = Workspace(tmp_path / "other")
    assert import_toml(other, tmp_path / "fresh.toml", "bob").strategy == strategy
    assert get(other, "fresh first").why == "from fresh.toml"


def test_what_is_not_there_or_cannot_be_is_said(ws: Workspace, tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="Save one first"):
        get(ws, "fresh")
    save(ws, FRESH, "ann")
    with pytest.raises(NotFoundError, match="Did you mean 'fresh first'"):
        get(ws, "fresh frist")
    with pytest.raises(NotFoundError, match="versions 1 to 1; found '7'"):
        get(ws, "fresh first@7")
    with pytest.raises(SettingsError, match="without @"):
        save(ws, FRESH.model_copy(update={"name": "a@2"}), "ann")
    with pytest.raises(SettingsError, match="say who"):
        save(ws, FRESHER, " ")
    with pytest.raises(SettingsError, match="cannot be read as text"):
        import_toml(ws, tmp_path / "none.toml", "ann")


def test_a_version_cannot_be_changed_in_the_database_either(ws: Workspace) -> None:
    save(ws, FRESH, "ann")
    with pytest.raises(sqlite3.IntegrityError, match="never changed"), Store(ws).writing() as db:
        db.execute("UPDATE strategies SET spec = '{}'")
