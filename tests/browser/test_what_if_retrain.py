"""A what-if asked in the browser: chosen, retrained while the server dies and comes back, stopped, read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from recengine.services.champion import champion
from recengine.services.runs import TrainSpec
from recengine.services.training import train
from recengine.services.what_if import Ask, do, stop, what_ifs
from recengine.services.workspace import Workspace
from tests.browser.app import Server, end_jobs, settle, until
from tests.browser.test_pages import brightness, low_contrast

if TYPE_CHECKING:
    from playwright.sync_api import Page

Visit = Callable[..., "Page"]
SAID = {  # what stands in each tab
    "Who gains, who loses": "changes most",
    "The lists": "Lists that change most",
    "Items and categories": "On more lists",
    "Reasons": "Compare the reasons",
    "Cost": "Training took",
    "Every metric": "How every metric changes",
}
NORTH = "drop people where group = north"


@pytest.fixture(scope="module")
def workspace(filled_copy: Path) -> Path:
    return filled_copy


@pytest.fixture(scope="module")
def ws(workspace: Path) -> Iterator[Workspace]:
    """The workspace as services see it; whatever still trains at the end is ended."""
    yield Workspace(workspace)
    end_jobs(workspace)


@pytest.fixture(scope="module")
def small(ws: Workspace) -> str:
    """An LSTM that is trained in a second, whose random numbers count."""
    settings = {"epochs": 3, "dims": 8, "history": 16, "patience": 0}
    return train(ws, TrainSpec(dataset="shop", model="lstm", settings=settings)).id


def test_a_what_if_is_chosen_and_its_verdict_comes_though_the_server_dies(
    ws: Workspace, small: str, server: Server, visit: Visit
) -> None:
    page = visit(f"What_if_retrain?dataset=shop&run={small}")
    page.get_by_role("combobox", name="is").click()
    page.get_by_role("option", name="north").click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_text("Without customers where group is north")).to_be_visible()
    expect(page.get_by_role("row", name=re.compile("events to learn from"))).to_be_visible()
    page.get_by_role("radio", name="3", exact=True).click()
    expect(page.get_by_text("(5 trainings)")).to_be_visible()
    page.get_by_role("button", name="Retrain and compare").click()
    expect(page.get_by_role("list", name="Trainings").get_by_role("listitem")).to_have_count(6)
    page.reload()
    expect(page.get_by_role("list", name="Trainings").get_by_role("listitem")).to_have_count(6)
    server.kill()
    server.start()
    page.goto(page.url)
    expect(page.get_by_text("NDCG@10 as it was")).to_be_visible()
    until(lambda: what_ifs(ws)[0].status == "done", "the last pair", page)
    (found,) = what_ifs(ws)
    assert found.verdict is not None
    assert (found.texts, found.seeds, len(found.verdict.base)) == ((NORTH,), 3, 3)
    expect(page.get_by_text(found.verdict.sentence)).to_be_visible()
    expect(page.get_by_role("button", name="Stop")).to_have_count(0)


def test_a_what_if_can_be_stopped_and_taken_up_again(ws: Workspace, small: str, visit: Visit) -> None:
    page = visit(f"What_if_retrain?dataset=shop&run={small}&edit=set+epochs+=+1000&edit=set+patience+=+1000")
    page.get_by_role("button", name="Retrain and compare").click()
    until(lambda: [one.status for one in what_ifs(ws)][:1] == ["running"], "it to begin", page)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("What was trained is kept; Resume does the rest.")).to_be_visible()
    assert what_ifs(ws)[0].status == "stopped"
    page.get_by_role("button", name="Resume").click()
    page.get_by_role("button", name="Stop").wait_for()
    until(lambda: what_ifs(ws)[0].status == "running", "it to go on", page)
    stop(ws, what_ifs(ws)[0].id)


def test_a_link_leads_to_the_verdict_which_reads_well_everywhere(ws: Workspace, visit: Visit) -> None:
    together = do(ws, [Ask("ease-2", (NORTH,)), Ask("ease-2", ("drop last 30 days",))])
    assert together[0].verdict is not None
    page = visit(f"What_if_retrain?dataset=shop&what_if={together[0].id}")
    expect(page.get_by_text(together[0].verdict.sentence)).to_be_visible()
    for tab in SAID:
        page.get_by_role("tab", name=tab).click()
        settle(page)
        expect(page.get_by_role("tabpanel", name=tab).get_by_text(SAID[tab]).first).to_be_visible()
    reads_well(page)
    page = visit(f"What_if_retrain?dataset=shop&set={together[0].set_id}")
    expect(page.get_by_text("All what-ifs on one scale")).to_be_visible()
    reads_well(page)
    page.get_by_role("list", name="What-ifs").get_by_role("link").first.click()
    page.wait_for_url("**what_if=**")
    page.get_by_role("link", name="Change this one").click()
    expect(page.get_by_text("What that means")).to_be_visible()
    expect(page.get_by_role("button", name=NORTH)).to_be_visible()
    reads_well(page)


def reads_well(page: Page) -> None:
    """In light, in dark, and on a phone; afterwards the page is as it was."""
    settle(page)
    assert low_contrast(page) == []
    page.emulate_media(color_scheme="dark")
    until(lambda: brightness(page) < 80, "the page to turn dark", page)
    assert low_contrast(page) == []
    wide = page.viewport_size
    page.set_viewport_size({"width": 390, "height": 844})
    settle(page)
    assert page.evaluate("checks.tooWide()") == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert wide is not None
    page.set_viewport_size(wide)
    page.emulate_media(color_scheme="light")


def test_the_champion_is_crowned_on_compare_and_the_what_if_page_begins_with_it(
    ws: Workspace, visit: Visit
) -> None:
    page = visit("Compare?dataset=shop")
    page.get_by_text("Make a champion").click()
    page.get_by_role("textbox", name="Who says so").fill("Ada")
    page.get_by_role("textbox", name="Why").fill("it ranks best")
    page.get_by_role("button", name="Make it the champion").click()
    expect(page.get_by_text("is the champion").first).to_be_visible()
    made = champion(ws, "shop")
    assert made is not None
    assert (made.who, made.why) == ("Ada", "it ranks best")
    page = visit("What_if_retrain?dataset=shop")
    expect(page.get_by_role("combobox", name="Model")).to_have_value(re.compile("★ champion"))
    page = visit("")
    expect(page.get_by_text(re.compile("is the champion")).first).to_be_visible()
