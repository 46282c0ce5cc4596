from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from recengine.core.errors import DataError
from recengine.data.secrets import Connection, known_connections, without_secret

ADDRESS = "mysql://ann:p%40ss/w:o@rd@db.example:3307/shop?ssl_key=s3cr3t-key"


@pytest.fixture(autouse=True)
def no_secrets_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for variable in ("RECENGINE_PASSWORD", "RECENGINE_URL_SHOP"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_an_address_comes_apart_and_a_password_may_hold_any_character() -> None:
    found = Connection.of(ADDRESS)
    assert (found.scheme, found.host, found.port, found.database) == ("mysql", "db.example", 3307, "shop")
    assert (found.user, found.password) == ("ann", "p@ss/w:o@rd")
    assert Connection.of(found.url()) == found


def test_an_address_written_for_sqlalchemy_is_taken_as_well() -> None:
    assert Connection.of("MySQL+pymysql://ann@db/shop").label == "mysql://db/shop"
    assert Connection.of("mongodb+srv://docs/log").scheme == "mongodb+srv"


def test_what_is_printed_has_neither_user_nor_password_nor_options() -> None:
    found = Connection.of(ADDRESS)
    assert str(found) == found.label == "mysql://db.example:3307/shop"
    assert not any(secret in repr(found) for secret in ("ann", "p@ss", "s3cr3t"))


@pytest.mark.parametrize(
    "address", ["sqlite:///a.db", "sqlite:////tmp/a b.db", "mongodb://a:1,b:2/x", "s3://bin/a/b"]
)
def test_paths_replica_sets_and_buckets_are_addresses_too(address: str) -> None:
    assert Connection.of(address).label == address


def test_the_password_comes_from_the_environment_else_from_a_prompt(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    address = "postgresql://ann@db/shop"
    assert Connection.of(address, ask=lambda label: asked.append(label) or "typed").password == "typed"  # type: ignore[func-returns-value]
    assert asked == ["postgresql://db/shop"]
    monkeypatch.setenv("RECENGINE_PASSWORD", "from outside")
    assert Connection.of(address).password == "from outside"
    assert Connection.of("postgresql://db/shop").password == ""


def test_a_name_stands_for_a_url_of_the_environment_or_of_streamlits_secrets(
    no_secrets_at_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secrets = no_secrets_at_home / ".streamlit" / "secrets.toml"
    secrets.parent.mkdir()
    secrets.write_text(
        '[connections.shop]\ndialect="mysql"\nhost="db"\nport=3306\ndatabase="shop"\nusername="ann"\npassword="pw"\n'
        '[connections.log]\nurl="mongodb://ann:pw@docs/log"\n'
    )
    assert Connection.of("shop") == Connection("mysql", "db", 3306, "shop", "ann", "pw", name="shop")
    assert Connection.of("log").label == "mongodb://docs/log"
    monkeypatch.setenv("RECENGINE_URL_SHOP", "sqlite:///other.db")
    assert Connection.of("shop").label == "sqlite:///other.db"
    assert known_connections() == ["log", "shop"]
    with pytest.raises(DataError, match="no connection 'shp'. Did you mean 'shop'.*RECENGINE_URL_SHP"):
        Connection.of("shp")


def test_a_broken_secrets_file_is_not_quoted(no_secrets_at_home: Path) -> None:
    secrets = no_secrets_at_home / ".streamlit" / "secrets.toml"
    secrets.parent.mkdir()
    secrets.write_text("password = hunter2")
    with pytest.raises(DataError, match="secrets.toml cannot be read") as caught:
        Connection.of("shop")
    assert "hunter2" not in str(caught.value)


def test_what_is_no_address_is_not_repeated_either() -> None:
    with pytest.raises(DataError, match="no address") as caught:
        Connection.of("ann:hunter2@host/db")
    assert "hunter2" not in str(caught.value)


def test_a_drivers_message_loses_user_password_and_options() -> None:
    found = Connection.of(ADDRESS)
    said = f"Access denied for 'ann' (annual) with p@ss/w:o@rd at {found.url()}"
    clean = without_secret(said, found)
    assert "annual" in clean
    assert not any(secret in clean for secret in ("'ann'", "p@ss", "p%40ss", "s3cr3t"))
    assert without_secret("a cat", replace(found, password="a", user="c")) == "*** cat"
