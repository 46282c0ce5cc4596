"""Every page on a filled workspace: deep links, the first to a cold server, phone, dark, keyboard, clicks."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from recengine.services.runs import list_runs
from recengine.services.workspace import Workspace
from tests.browser.app import settle, until

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

Visit = Callable[..., "Page"]
PAGES = [
    *("", "Data", "Train", "Compare", "People", "People?person=u1", "People?new=1&item=i2", "Item?item=i0"),
    *("Explain?person=u1", "Explain?person=u1&repeats=new&item=i0&depth=scientist"),
    "What_if_person?person=u1&edit=add+i3",
]


@pytest.fixture(scope="module")
def workspace(filled_copy: Path) -> Path:
    return filled_copy


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("Explain?dataset=shop&person=u1", "The largest reasons"),  # the server is cold: it has just started
        ("People?dataset=shop&person=u1", "u1"),
        ("Item?dataset=shop&item=i0", "Sweet"),
        ("Compare", "leads on"),
    ],
)
def test_a_deep_link_works_as_the_first_visit(path: str, said: str, visit: Visit) -> None:
    page = visit(path)
    for label in ("Overview", "Data", "Train", "Compare", "People", "Items", "Explain"):
        expect(page.get_by_role("link", name=label, exact=False).first).to_be_attached()
    expect(page.get_by_text(said).first).to_be_visible()


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("People?dataset=shop&person=nobody", "nobody"),
        ("Item?dataset=shop&item=nothing", "nothing"),
        ("Explain?dataset=shop&person=nobody", "nobody"),
        ("Explain?dataset=shop&person=u1&item=nothing", "nothing"),
        ("What_if_person?dataset=shop&person=u1&edit=without+nothing", "nothing"),
        ("Data?dataset=elsewhere", "elsewhere"),
        ("Train?run=lstm-999", "lstm-999"),
    ],
)
def test_a_deep_link_to_what_is_not_there_says_so(path: str, said: str, visit: Visit) -> None:
    page = visit(path)
    expect(page.locator(".re-state", has_text=said).first).to_be_visible()
    expect(page.get_by_text("Something went wrong on our side")).to_have_count(0)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_can_be_read_in_light_in_dark_and_on_a_phone(path: str, visit: Visit) -> None:
    page = visit(path)
    assert brightness(page) > 200
    assert low_contrast(page) == []

    page.emulate_media(color_scheme="dark")
    until(lambda: brightness(page) < 80, "the page to turn dark", page)
    assert low_contrast(page) == []

    page.set_viewport_size({"width": 390, "height": 844})
    settle(page)
    assert page.evaluate("checks.tooWide()") == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def low_contrast(page: Page) -> list[str]:
    """Texts that are hard to read; the page gets a few seconds to put on its colours."""
    for _ in range(50):
        if not (found := page.evaluate("checks.lowContrast()")):
            break
        page.wait_for_timeout(100)
    return list(found)


def brightness(page: Page) -> float:
    """Of the ground all pages stand on, from 0 to 255."""
    ground = page.evaluate("getComputedStyle(document.querySelector('[data-testid=stApp]')).backgroundColor")
    return sum(map(int, re.findall(r"\d+", ground)[:3])) / 3


def test_the_keyboard_alone_leads_from_the_overview_to_a_trained_model(workspace: Path, visit: Visit) -> None:
    page = visit("")
    walk_to(page, page.get_by_role("link", name="Train").first)
    page.keyboard.press("Enter")
    page.wait_for_url("**/Train**")
    settle(page)
    before = len(list_runs(Workspace(workspace)))
    choose(page, "Kind of model", "Rules", key="ArrowRight")
    choose(page, "Model", "Popularity", key="ArrowDown")
    expect(page.get_by_label("Half life (days)", exact=True)).to_be_visible()
    walk_to(page, page.get_by_role("button", name="Start training"))
    page.keyboard.press("Enter")
    expect(page.get_by_text("On the test")).to_be_visible()
    assert len(list_runs(Workspace(workspace))) == before + 1


def walk_to(page: Page, target: Locator) -> None:
    """Press Tab until the focus is on the target or in it, going round as often as it takes.

    (While the page is drawn anew the focus may fall out of it; the next round finds what is there then.)
    """
    target.wait_for()
    press_until(page, lambda: "Tab", lambda: has_focus(target))


def choose(page: Page, group: str, name: str, *, key: str) -> None:
    """Go to a group of radio buttons, by an arrow key to the one wanted, and choose it."""
    members = page.get_by_role("radiogroup", name=group, exact=True)
    wanted = members.get_by_role("radio", name=name)
    # Where the group is drawn anew under the focus, the focus falls out of it: Tab leads back.
    press_until(page, lambda: key if has_focus(members) else "Tab", lambda: has_focus(wanted))
    page.keyboard.press("Space")
    expect(wanted).to_be_checked()
    settle(page)


def has_focus(target: Locator) -> bool:
    return bool(target.evaluate("target => target.contains(document.activeElement)"))


def press_until(page: Page, key: Callable[[], str], reached: Callable[[], bool]) -> None:
    """Press a key again and again, asking each time which; the page has a moment to follow."""

    def pressed() -> bool:
        if reached():
            return True
        page.keyboard.press(key())
        return False

    until(pressed, "the keyboard to lead there", page)


def test_a_new_person_is_put_together_by_clicking_and_the_list_follows(visit: Visit) -> None:
    page = visit("People?dataset=shop&new=1")
    offered = page.get_by_role("list", name=re.compile("^List of")).first
    offered.wait_for()
    before = offered.inner_text()
    page.get_by_role("list", name=re.compile("^Popular")).get_by_role("link").nth(3).click()
    expect(page.get_by_role("list", name="Chosen").get_by_role("link")).to_have_count(1)
    settle(page)
    page.get_by_role("list", name=re.compile("^Popular")).get_by_role("link").nth(5).click()
    expect(page.get_by_role("list", name="Chosen").get_by_role("link")).to_have_count(2)
    expect(offered).not_to_have_text(before)
    assert page.url.count("item=") == 2  # the address holds it all
    page.reload()
    expect(page.get_by_role("list", name="Chosen").get_by_role("link")).to_have_count(2)


def test_a_person_leads_to_an_item_and_the_item_back_to_people(visit: Visit) -> None:
    page = visit("People?dataset=shop&person=u1")
    page.get_by_role("list", name=re.compile("^List of")).first.get_by_role("link").first.click()
    page.wait_for_url("**/Item**")
    settle(page)
    expect(page.get_by_role("list", name="Nearest items")).to_be_visible()
    page.get_by_role("list", name="People").get_by_role("link").first.click()
    page.wait_for_url("**/People**person=**")
    settle(page)
    page.go_back()
    page.wait_for_url("**/Item**item=**")
    expect(page.get_by_role("list", name="Nearest items")).to_be_visible()


def test_models_are_compared_on_the_same_test_and_the_table_can_be_taken_away(
    visit: Visit, tmp_path: Path
) -> None:
    page = visit("Compare?dataset=shop")
    expect(page.get_by_text(re.compile("leads on NDCG@10"))).to_be_visible()
    for tab in ("By length of the list", "Learning curves", "P(like)"):
        page.get_by_role("tab", name=tab).click()
        settle(page)
        expect(page.get_by_role("tabpanel").locator(".js-plotly-plot").first).to_be_visible()
    page.get_by_role("tab", name="Leaderboard").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").first.click()
    table = (download.value.path()).read_text(encoding="utf-8-sig")
    assert "opularity" in table
    assert "NDCG@10" in table.splitlines()[0]
