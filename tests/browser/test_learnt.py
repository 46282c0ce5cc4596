"""What a model has learnt: worked out while the server dies and comes back, read on every screen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from recengine.services import tasks
from recengine.services.workspace import Workspace
from tests.browser.app import Server, settle, until
from tests.browser.test_pages import brightness, low_contrast

if TYPE_CHECKING:
    from playwright.sync_api import Page

Visit = Callable[..., "Page"]
FINDING = "What moves the scores of LSTM #3 most is"


@pytest.fixture(scope="module")
def workspace(filled_copy: Path) -> Path:
    return filled_copy


def test_it_is_worked_out_while_the_server_dies_and_comes_back(
    workspace: Path, server: Server, visit: Visit
) -> None:
    page = visit("Learnt?dataset=shop&run=lstm-3")
    drawn = page.get_by_role("spinbutton", name="People drawn")
    drawn.fill("100")
    drawn.press("Enter")
    settle(page)
    page.get_by_role("button", name="Work it out").click()
    expect(page.get_by_text("Working out what drives the scores of LSTM #3")).to_be_visible()
    server.kill()
    server.start()
    page.goto(f"{server.url}/Learnt?dataset=shop&run=lstm-3")
    expect(page.get_by_text(FINDING)).to_be_visible()
    (task,) = tasks.tasks(Workspace(workspace))
    assert (task.status, task.result["people"]) == ("done", 100)


def test_the_finding_reads_well_in_light_in_dark_and_on_a_phone_and_every_tab_draws(visit: Visit) -> None:
    page = visit("Learnt?dataset=shop&run=lstm-3")
    for tab in ("By segment", "One reason up close", "Every single effect"):
        page.get_by_role("tab", name=tab).click()
        settle(page)
        expect(page.get_by_role("tabpanel").locator(".js-plotly-plot").first).to_be_visible()
    assert low_contrast(page) == []
    page.emulate_media(color_scheme="dark")
    until(lambda: brightness(page) < 80, "the page to turn dark", page)
    assert low_contrast(page) == []
    page.set_viewport_size({"width": 390, "height": 844})
    settle(page)
    assert page.evaluate("checks.tooWide()") == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
