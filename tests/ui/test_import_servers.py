"""The Data page on servers: a password that nothing keeps, and what is new since."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
from streamlit.testing.v1 import AppTest

from recengine.data.remote import open_remote
from recengine.services.datasets import dataset_card
from recengine.services.workspace import Workspace
from tests.servers import PASSWORD, Server

Opened = Callable[..., AppTest]
Said = Callable[[AppTest], str]
ADDRESS = "data.store.address.MySQL or MariaDB"


def bought(rows: range) -> pd.DataFrame:
    """So many purchases, an hour apart."""
    when = pd.Timestamp("2024-03-01") + pd.to_timedelta(list(rows), unit="h")
    return pd.DataFrame(
        {
            "id": list(rows),
            "customer_id": [f"c{row % 7}" for row in rows],
            "product_id": [f"p{row % 5}" for row in rows],
            "bought_at": when,
        }
    )


def test_a_password_opens_a_server_and_is_kept_nowhere(
    mariadb: Server, home: Path, opened: Opened, said: Said
) -> None:
    store = open_remote(mariadb.address)
    store.write("page_orders", bought(range(60)), ["id"], "first")
    app = opened("1_Data", view="Bring in data", **{"from": "Database"})
    app.text_input(key=ADDRESS).set_value(f"mysql://ann@127.0.0.1:{mariadb.port}/shop")
    app.text_input(key="data.store.password").set_value(PASSWORD)
    app.button(key="data.store.connect").click().run()
    assert f"Connected to mysql://127.0.0.1:{mariadb.port}/shop" in said(app)
    box = next(box for box in app.selectbox if box.label == "One row for each event")
    box.set_value(next(name for name in box.options if "page_orders" in name).split(" · ")[0]).run()
    app.button(key="data.import").click().run()
    assert not app.exception, app.exception[0].value
    assert "60 rows read" in said(app)
    card = dataset_card(Workspace(home), "page_orders")
    written = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    assert PASSWORD not in str(app.session_state) + said(app) + str(app.query_params) + str(card)
    assert PASSWORD.encode() not in written

    store.write("page_orders", bought(range(60, 65)), ["id"], "second")
    later = opened("1_Data", dataset="page_orders")  # another session: nobody is logged in there
    later.text_input(key="data.new.user").set_value("ann")
    later.text_input(key="data.new.password").set_value("wrong")
    later.button(key="data.new.start").click().run()
    assert "Nothing new was brought in" in said(later)
    later.text_input(key="data.new.password").set_value(PASSWORD)
    later.button(key="data.new.start").click().run()
    assert "5 new rows" in said(later)
    assert PASSWORD not in str(later.session_state)


def test_a_collection_is_brought_in(mongodb: Server, home: Path, opened: Opened, said: Said) -> None:
    open_remote(mongodb.address).write("page_views", bought(range(40)), ["id"], "first")
    app = opened("1_Data", view="Bring in data", **{"from": "Document store"})
    app.text_input(key="data.store.address.MongoDB").set_value(mongodb.address)
    app.button(key="data.store.connect").click().run()
    next(box for box in app.selectbox if box.label == "One row for each event").set_value("page_views").run()
    app.button(key="data.import").click().run()
    assert not app.exception, app.exception[0].value
    assert "40 rows read" in said(app)
