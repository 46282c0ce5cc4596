"""Imports in a real browser, in one visit: they go on without their page, stop, ask, keep no password."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from playwright.sync_api import expect

from recengine.data.remote import open_remote
from recengine.services.datasets import list_datasets, load_dataset
from recengine.services.import_work import KIND
from recengine.services.tasks import tasks
from recengine.services.workspace import Workspace
from tests.browser.app import settle, until
from tests.servers import PASSWORD, Server

if TYPE_CHECKING:
    from playwright.sync_api import Page

Visit = Callable[..., "Page"]
# Rows without end: reading them is only ever stopped.
ENDLESS = (
    "CREATE VIEW endless AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
    "SELECT i % 7 AS customer_id, i % 5 AS product_id, i AS bought_at FROM n"
)


def connect(page: Page, kind: str, address: str, password: str = "") -> None:
    """Fill in where the data are and go there."""
    page.get_by_text(kind, exact=True).first.click()
    field = page.get_by_label("Path or address" if not password else "Address", exact=True)
    field.fill(address)
    if password:
        page.get_by_role("textbox", name="Password").fill(password)
    page.get_by_role("button", name="Connect", exact=True).click()


def pick(page: Page, table: str) -> None:
    box = page.get_by_role("combobox", name="One row for each event").first
    box.fill(table)
    page.get_by_role("option", name=table).click()
    expect(page.get_by_text("Which column is what")).to_be_visible()


def test_imports_go_on_without_their_page_stop_ask_and_keep_no_password(
    workspace: Path, visit: Visit, tmp_path: Path, mariadb: Server
) -> None:
    ws, page = Workspace(workspace), visit("Data?from=Database")
    goes_on_without_its_page_and_stops_when_told(page, ws, tmp_path)
    page.get_by_text("File", exact=True).first.click()
    waits_for_its_answer_even_after_a_reload(page, ws, tmp_path)
    page.get_by_text("Bring in data").click()
    page.get_by_text("Database", exact=True).click()
    opens_a_server_with_a_password_that_reaches_no_file(page, ws, mariadb)


def goes_on_without_its_page_and_stops_when_told(page: Page, ws: Workspace, folder: Path) -> None:
    with closing(sqlite3.connect(folder / "shop.db")) as db, db:
        db.execute(ENDLESS)
    connect(page, "SQLite file", str(folder / "shop.db"))
    pick(page, "endless")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("rows, ").filter(has_text="a second")).to_be_visible()
    page.reload()
    settle(page)
    expect(page.get_by_text("Bringing in endless")).to_be_visible()
    page.get_by_role("link", name="Train").first.click()
    page.wait_for_url("**/Train**")
    page.get_by_role("link", name="Data").first.click()
    expect(page.get_by_text("rows, ").filter(has_text="a second")).to_be_visible()
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(page.get_by_text("Nothing was brought into endless.")).to_be_visible()
    assert list_datasets(ws) == []
    assert list(ws.rows.glob("*")) == []
    page.get_by_role("button", name="Close").click()
    until(lambda: tasks(ws, kind=KIND) == [], "the import to be forgotten", page)


def waits_for_its_answer_even_after_a_reload(page: Page, ws: Workspace, folder: Path) -> None:
    rows = [f"c{n % 9},p{n % 7},0{1 + n % 9}/0{1 + n % 8}/2024" for n in range(90)]
    (folder / "log.csv").write_text("\n".join(["customer,product,when", *rows]))
    page.locator("input[type=file]").first.set_input_files(folder / "log.csv")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("How are these dates written?").first).to_be_visible()
    page.reload()
    settle(page)
    page.get_by_text("is 1 September 2024").first.click()
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_text("log is in")).to_be_visible()
    assert load_dataset(ws, "log").num_users == 9
    assert list(ws.uploads.iterdir()) == []


def opens_a_server_with_a_password_that_reaches_no_file(page: Page, ws: Workspace, server: Server) -> None:
    shop = pd.DataFrame({"customer_id": ["a", "b", "c"] * 20, "product_id": ["p", "q"] * 30})
    open_remote(server.address).write("browser_orders", shop.assign(id=range(60)), ["id"], "first")
    address = f"mysql://ann@127.0.0.1:{server.port}/shop"
    connect(page, "MySQL or MariaDB", address, "wrong")
    expect(page.get_by_text("It could not be reached")).to_be_visible()
    connect(page, "MySQL or MariaDB", address, PASSWORD)
    pick(page, "browser_orders")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("browser_orders is in")).to_be_visible()
    assert load_dataset(ws, "browser_orders").num_users == 3
    written = {path: path.read_bytes() for path in ws.root.parent.rglob("*") if path.is_file()}
    assert [path for path, content in written.items() if PASSWORD.encode() in content] == []
