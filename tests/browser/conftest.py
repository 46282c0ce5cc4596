"""A real server and a real Chromium. Every visit watches that no request leaves this machine."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from recengine.services.datasets import import_dataset
from recengine.services.runs import TrainSpec
from recengine.services.training import train
from recengine.services.workspace import Workspace
from tests.browser.app import Server, settle

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Dialog, Page, Request

HERE = Path(__file__).parent
PATIENCE_MS = 60_000  # for anything to become visible; two cores may be busy with a training
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Without these Chromium itself calls its maker, which a closed network answers with noise.
QUIET = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic"]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, or Playwright's own. Where CI=true, having none is a failure."""
    from playwright.sync_api import Error, expect, sync_playwright

    expect.set_options(timeout=PATIENCE_MS)
    executable = next((path for name in CHROMIUM if (path := shutil.which(name))), None)
    with sync_playwright() as playwright:
        try:
            browser = playwright.chromium.launch(
                executable_path=executable, args=["--no-sandbox", "--disable-gpu", *QUIET]
            )
        except Error as error:
            if os.environ.get("CI"):
                raise
            pytest.skip(
                f"no Chromium to be had ({error.message.splitlines()[0]}); `make browser` installs one"
            )
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty workspace; a module overrides it to start from a filled one."""
    return tmp_path_factory.mktemp("browser") / "home"


@pytest.fixture(scope="module")
def server(workspace: Path) -> Iterator[Server]:
    """One server for all tests of a module."""
    with Server(workspace) as server:
        yield server


@pytest.fixture
def visit(chromium: Browser, server: Server) -> Iterator[Callable[..., Page]]:
    """Open a page of the app in a browser of its own: visit("Train"), visit("People?person=u1", width=390).

    Afterwards: no request went to another machine, no script opened a dialog, no traceback was shown.
    """
    strays: list[str] = []
    pages: list[Page] = []

    def watch(request: Request) -> None:
        address = urlsplit(request.url)
        if address.scheme in ("http", "https", "ws", "wss") and address.netloc != urlsplit(server.url).netloc:
            strays.append(request.url)

    def refuse(dialog: Dialog) -> None:
        strays.append(f"a dialog opened: {dialog.message}")
        dialog.dismiss()

    def open_page(path: str = "", *, width: int = 1440, height: int = 1400, scheme: Any = "light") -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme, reduced_motion="reduce"
        )
        context.on("request", watch)
        context.add_init_script(path=HERE / "checks.js")
        page = context.new_page()
        page.on("dialog", refuse)
        page.set_default_timeout(PATIENCE_MS)
        pages.append(page)
        page.goto(f"{server.url}/{path}")
        settle(page)
        return page

    yield open_page
    shown = [page.locator("body").inner_text() for page in pages if not page.is_closed()]
    for page in pages:
        page.context.close()
    assert strays == []
    assert not [text for text in shown if "Traceback (most recent call last)" in text]


@pytest.fixture(scope="session")
def shop_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A small shop with two kinds of customers as three files: events, items, people."""
    import pandas as pd

    from recengine.core.columns import ITEM, TIME, USER
    from recengine.data.synthetic import two_tastes

    folder, data = tmp_path_factory.mktemp("shop"), two_tastes(num_users=120, num_items=40)
    events, people, items = data.interactions.frame, data.users, data.items
    log = {"customer": people.ids.take(events[USER]), "product": items.ids.take(events[ITEM])}
    tables = {
        "events": pd.DataFrame({**log, "when": events[TIME].astype("int64")}),
        "items": items.features.assign(product=items.ids),
        "people": people.features.assign(customer=people.ids),
    }
    files = {name: folder / f"{name}.csv" for name in tables}
    for name, table in tables.items():
        table.to_csv(files[name], index=False)
    return files


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory, shop_files: dict[str, Path]) -> Path:
    """A workspace with the shop and three trained models; copy it, never change it."""
    home = tmp_path_factory.mktemp("filled") / "home"
    ws, files = Workspace(home), shop_files
    import_dataset(ws, files["events"], name="shop", users=files["people"], items=files["items"])
    for model in ("popularity", "ease", "lstm"):
        train(ws, TrainSpec(dataset="shop", model=model, preset="quick" if model == "lstm" else "balanced"))
    return home


@pytest.fixture(scope="module")
def filled_copy(filled: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A filled workspace of this module's own."""
    return Path(shutil.copytree(filled, tmp_path_factory.mktemp("browser") / "home"))
