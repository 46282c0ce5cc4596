"""What if? One person is changed by clicks, keys and links in a real browser, and the list follows."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from recengine.services.runs import list_runs
from recengine.services.what_if_person import what_if_person
from recengine.services.what_if_person_known import past
from recengine.services.workspace import Workspace
from tests.browser.app import settle

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

Visit = Callable[..., "Page"]
PATIENT_S = 10.0  # of a machine that does something else besides


@pytest.fixture(scope="module")
def workspace(filled_copy: Path) -> Path:
    return filled_copy


@pytest.fixture(scope="module")
def lstm(workspace: Path) -> str:
    return next(run.id for run in list_runs(Workspace(workspace)) if run.spec.model == "lstm")


def finding(page: Page) -> Locator:
    return page.locator(".re-finding").first


def ticks(page: Page) -> Locator:
    return page.get_by_role("list", name="What they had").get_by_role(
        "link", name=re.compile("^(Leave out|Take back)")
    )


def titles(page: Page) -> list[str]:
    return page.get_by_role("list", name="Their list").locator(".re-row-title").all_inner_texts()


def test_unticking_moves_the_list_and_undo_redo_reload_and_back_keep_up(
    visit: Visit, workspace: Path, lstm: str
) -> None:
    ws = Workspace(workspace)
    first = str(past(ws, lstm, "u1")["item_id"].iloc[0])
    told = what_if_person(ws, lstm, "u1", [f"without {first}"])
    page = visit(f"What_if_person?dataset=shop&run={lstm}&person=u1")
    page.evaluate("window.stayed = true")
    expect(finding(page)).to_contain_text("Nothing is changed yet")
    before, pressed = titles(page), time.monotonic()
    ticks(page).first.focus()
    page.keyboard.press("Enter")
    expect(finding(page)).to_have_text(told.finding)
    assert time.monotonic() - pressed < PATIENT_S
    settle(page)
    changed = told.rows[told.rows["rank_after"].between(1, 10)]["title"].tolist()
    assert titles(page) == changed
    page.get_by_role("button", name="Undo").click()
    expect(finding(page)).to_contain_text("Nothing is changed yet")
    settle(page)
    assert titles(page) == before
    page.get_by_role("button", name="Redo").click()
    expect(finding(page)).to_have_text(told.finding)
    assert page.evaluate("window.stayed")
    settle(page)
    page.reload()
    expect(finding(page)).to_have_text(told.finding)
    page.get_by_role("list", name="What is changed").get_by_role("link").click()
    expect(finding(page)).to_contain_text("Nothing is changed yet")


def test_somebody_older_who_had_something_else_is_one_link(visit: Visit, workspace: Path, lstm: str) -> None:
    page = visit(f"What_if_person?dataset=shop&run={lstm}&person=u1")
    page.get_by_role("tab", name="Customer").click()
    page.get_by_label("Age", exact=True).fill("77")
    page.keyboard.press("Enter")
    expect(finding(page)).to_contain_text("Were their age 77")
    settle(page)
    page.get_by_role("tab", name="Add").click()
    page.get_by_role("list", name=re.compile("^Popular")).get_by_role("link").nth(2).click()
    expect(page.get_by_role("list", name="Added").get_by_role("link")).to_have_count(1)
    settle(page)
    page.get_by_role("button", name="Share").click()
    address = page.get_by_test_id("stCode").inner_text()
    told = finding(page).inner_text()
    assert address.startswith("http://127.0.0.1")
    other = visit(address.partition("/What_if_person")[2].join(["What_if_person", ""]))
    expect(finding(other)).to_have_text(told)


def test_a_price_is_changed_and_the_item_moves_alone(visit: Visit, workspace: Path, lstm: str) -> None:
    page = visit(f"What_if_person?dataset=shop&run={lstm}&person=u1")
    page.get_by_role("tab", name="Product").click()
    page.get_by_label("Price", exact=True).fill("90")
    page.keyboard.press("Enter")
    expect(finding(page)).to_contain_text(re.compile("^Were the price of .* 90"))
    settle(page)
    expect(page.get_by_text("changed", exact=True)).to_be_visible()
    (edit,) = what_if_person(
        Workspace(workspace),
        lstm,
        "u1",
        [re.findall("edit=([^&]*)", page.url)[0].replace("+", " ").replace("%3D", "=")],
    ).edits["kind"]
    assert edit == "item"


def test_an_explanation_leads_to_the_list_that_moves(visit: Visit, workspace: Path) -> None:
    ease = next(run.id for run in list_runs(Workspace(workspace)) if run.spec.model == "ease")
    page = visit(f"Explain?dataset=shop&run={ease}&person=u1")
    page.get_by_role("list", name="Their list").get_by_role("link").last.click()
    page.get_by_role("link", name="See the whole list move").click()
    page.wait_for_url("**/What_if_person**edit=without**")
    expect(page.get_by_role("list", name="No longer on the list")).to_be_visible()
