"""Why this one? From a list to its reasons in a real browser, and what stands on the page."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from recengine.services.explain import explain
from recengine.services.recommend import recommend
from recengine.services.runs import list_runs
from recengine.services.workspace import Workspace
from tests.browser.app import settle

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

Visit = Callable[..., "Page"]
PATIENT_S = 10.0  # of a machine that does something else besides


@pytest.fixture(scope="module")
def workspace(filled_copy: Path) -> Path:
    return filled_copy


def lstm(workspace: Path) -> str:
    return next(run.id for run in list_runs(Workspace(workspace)) if run.spec.model == "lstm")


def finding(page: Page) -> Locator:
    """The sentence at the top."""
    return page.locator(".re-finding").first


def test_why_leads_from_a_list_to_the_reasons_and_back(visit: Visit, workspace: Path) -> None:
    run_id = lstm(workspace)
    page = visit(f"People?dataset=shop&person=u1&run={run_id}")
    offered = page.get_by_role("list", name=re.compile("^List of LSTM"))
    third = offered.get_by_role("link", name=re.compile("^Why "))
    expect(third).to_have_count(10)
    title = offered.locator(".re-row-title").nth(2).inner_text()
    clicked = time.monotonic()
    third.nth(2).click()
    expect(finding(page)).to_contain_text(title)
    assert time.monotonic() - clicked < PATIENT_S
    assert "person=u1" in page.url
    assert "item=" in page.url
    settle(page)
    page.go_back()
    expect(offered).to_be_visible()


def test_the_sentence_the_bars_and_the_service_agree(visit: Visit, workspace: Path) -> None:
    ws, run_id = Workspace(workspace), lstm(workspace)
    item_id = str(recommend(ws, run_id, "u1", 10).rows["item_id"].iloc[1])
    page = visit(f"Explain?dataset=shop&run={run_id}&person=u1&item={item_id}&depth=analyst")
    told = explain(ws, run_id, "u1", item_id)
    expect(finding(page)).to_have_text(told.sentences["analyst"])
    drawn = page.locator("[data-testid=stPlotlyChart]").first
    largest = told.frame().iloc[0]
    expect(drawn.get_by_text(told.number(float(largest["effect"])), exact=True)).to_be_visible()


def test_another_item_of_the_list_is_told_without_a_reload(visit: Visit, workspace: Path) -> None:
    page = visit(f"Explain?dataset=shop&run={lstm(workspace)}&person=u1")
    page.evaluate("window.stayed = true")
    links = page.get_by_role("list", name="Their list").get_by_role("link")
    for place in (4, 1):
        title = links.nth(place).locator(".re-row-title").inner_text()
        links.nth(place).click()
        expect(finding(page)).to_contain_text(title)
        settle(page)
    assert page.evaluate("window.stayed")


def test_the_folds_open_and_the_numbers_can_be_taken_away(visit: Visit, workspace: Path) -> None:
    page = visit(f"Explain?dataset=shop&run={lstm(workspace)}&person=u1")
    for fold, shown in (
        (re.compile(r"^All \d+ reasons"), "All reasons"),
        ("How they add up to the score", "How the reasons add up"),
        ("How far this can be trusted", re.compile("^(Green|Amber):")),
    ):
        page.get_by_text(fold).first.click()
        expect(page.get_by_text(shown).last).to_be_visible()
        settle(page)
    page.get_by_role("button", name="Numbers").first.click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").first.click()
    table = download.value.path().read_text(encoding="utf-8-sig")
    assert table.startswith("reason,detail,kind,effect (log-odds),standard error")


def test_what_is_not_on_the_list_is_found_and_told_why_not(visit: Visit, workspace: Path) -> None:
    page = visit(f"Explain?dataset=shop&run={lstm(workspace)}&person=u1&repeats=new")
    page.get_by_label("Why not another product?").or_(page.get_by_label("Why not another item?")).fill("i38")
    page.keyboard.press("Enter")
    page.get_by_role("list", name="Others").get_by_role("link").first.click()
    expect(page.get_by_text("Why is it not on the list?")).to_be_visible()
    expect(page.get_by_text("What would bring it in")).to_be_visible()


def test_on_a_phone_the_answer_stands_above_the_list(visit: Visit, workspace: Path) -> None:
    page = visit(f"Explain?dataset=shop&run={lstm(workspace)}&person=u1", width=390, height=844)
    above, below = finding(page).bounding_box(), page.get_by_role("list", name="Their list").bounding_box()
    assert above is not None
    assert below is not None
    assert above["y"] < below["y"]
