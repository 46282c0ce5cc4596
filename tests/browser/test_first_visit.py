"""What a newcomer sees: an empty workspace that fills by itself, up to a trained model and a real list."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from recengine.services.runs import list_runs
from recengine.services.workspace import Workspace
from tests.browser.app import settle, until

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_other_pages_say_what_to_do_before_there_are_data(
    visit: Callable[..., Page], workspace: Path
) -> None:
    for name in ("Train", "Compare", "People", "Item"):
        page = visit(name)
        expect(page.get_by_text("There are no data yet").first).to_be_visible()
    page.get_by_role("link", name="Go to Data").first.click()
    page.wait_for_url("**/Data**")
    expect(page.get_by_role("button", name="Import the sample")).to_be_visible()
    assert list_runs(Workspace(workspace)) == []


@pytest.mark.timeout(420)
def test_a_first_visit_leads_to_a_trained_model_and_a_real_list(
    visit: Callable[..., Page], workspace: Path
) -> None:
    page = visit("")
    steps = page.get_by_role("list", name="Training now")
    expect(steps.get_by_role("listitem")).to_have_count(4)
    ws = Workspace(workspace)
    until(lambda: list_runs(ws, status="done") != [], "the first model", page, limit_s=360)
    expect(page.get_by_role("heading", name="One real household")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("list", name="History").get_by_role("link")).not_to_have_count(0)
    expect(page.get_by_role("list", name="Recommendations").get_by_role("listitem")).to_have_count(8)
    page.get_by_role("link", name="Explore").click()
    page.wait_for_url("**/People**")
    settle(page)
    expect(page.get_by_role("list", name="People")).to_be_visible()
