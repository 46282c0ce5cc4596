"""A strategy is made, saved and answered in a real browser; what was pressed is read on the Feedback page."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest
from playwright.sync_api import expect

from recengine.services.feedback import events
from recengine.services.runs import list_runs
from recengine.services.strategies import get
from recengine.services.workspace import Workspace
from tests.browser.app import settle

if TYPE_CHECKING:
    from playwright.sync_api import Page

Visit = Callable[..., "Page"]
NOVEL = quote(json.dumps({"weights": {"relevance": 1.0, "novelty": 0.5}}))


@pytest.fixture(scope="module")
def workspace(filled_copy: Path) -> Path:
    return filled_copy


def test_a_strategy_is_tried_saved_and_answered_and_its_event_is_told(visit: Visit, workspace: Path) -> None:
    ws = Workspace(workspace)
    run = next(run.id for run in list_runs(ws) if run.spec.model == "ease")
    page = visit(f"Strategy?dataset=shop&run={run}&person=u1&draft={NOVEL}")
    expect(page.get_by_text("Novelty counts, weight 0.5")).to_be_visible()
    slider = page.get_by_role("slider").nth(1)
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("Novelty counts, weight 0.55")).to_be_visible()
    page.reload()  # the address holds what is not saved
    expect(page.get_by_text("Novelty counts, weight 0.55")).to_be_visible()
    settle(page)
    page.get_by_role("button", name="Save").first.click()
    page.get_by_label("Name").fill("fresh")
    page.get_by_label("Who says so").first.fill("Ada")
    page.get_by_role("button", name="Save it").first.click()
    page.wait_for_url(re.compile("strategy=fresh"))
    settle(page)
    assert get(ws, "fresh").strategy.weights == {"relevance": 1.0, "novelty": 0.55}
    page.get_by_text("Give feedback").click()
    page.get_by_role("radio", name="👍").or_(page.get_by_role("button", name="👍")).first.click()
    expect(page.get_by_text("liked. Counts as something they did")).to_be_visible()
    kept = events(ws)
    assert kept[["strategy", "person", "position", "kind"]].values.tolist() == [["fresh", "u1", 1, "like"]]
    told = visit("Feedback?dataset=shop", width=390)
    expect(told.get_by_role("heading", name="The latest")).to_be_visible()
