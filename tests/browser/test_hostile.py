"""Titles and ids from strangers appear letter by letter, run nothing and fetch nothing."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from recengine.services.datasets import import_dataset
from recengine.services.runs import TrainSpec
from recengine.services.training import train
from recengine.services.workspace import Workspace
from tests.browser.app import settle

if TYPE_CHECKING:
    from playwright.sync_api import Page

Visit = Callable[..., "Page"]
ELSEWHERE = "http://stranger.invalid"
TITLES = {
    "markdown": f"![pixel]({ELSEWHERE}/a.png) **bold** [link]({ELSEWHERE})",
    "html": f"<img src={ELSEWHERE}/b.png onerror=alert(1)><script>alert(2)</script><b>bold</b>",
    "formula": f'=HYPERLINK("{ELSEWHERE}","free")',
    "command": "@SUM(1+1)*cmd|' /C calc'!A0",
    "style": f"</style><style>*{{background:url({ELSEWHERE}/c.png)}}</style>",
    "latex": "$x^2$ :red[red] :material/delete: `code` ~~gone~~",
    "emoji": "\N{PILE OF POO}\N{FAMILY} e\N{COMBINING ACUTE ACCENT}",
    "arabic": "\u202eشاي أخضر\u202c 7 kg",
    "long": "A" * 10_000,
    "plotly": f"<a href='{ELSEWHERE}'>x</a> %{{y}} <extra></extra>",
}
PATHS = [
    "",
    "Data?dataset=hostile",
    "Compare?dataset=hostile",
    "People?dataset=hostile",
    "People?dataset=hostile&new=1",
    "Explain?dataset=hostile&person=p1",
    *[f"Explain?dataset=hostile&person=p1&repeats=new&item={key}" for key in ("markdown", "html", "plotly")],
    "What_if_person?dataset=hostile&person=p1&edit=without+markdown&edit=add+html&edit=add+plotly+3+times",
    *[f"Item?dataset=hostile&item={key}" for key in TITLES],
]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shop whose every text is meant to do harm."""
    folder = tmp_path_factory.mktemp("hostile")
    keys = list(TITLES)
    people = [f"p{number}" for number in range(28)] + [TITLES["html"], TITLES["markdown"]]
    rows = [
        [person, keys[(place * step) % len(keys)], 1_700_000_000 + 86_400 * step + place]
        for place, person in enumerate(people)
        for step in range(1, 9)
    ]
    save(folder / "events.csv", ["user", "item", "time"], rows)
    items = [[key, title, title[:200], f"{title[:60]}|plain"] for key, title in TITLES.items()]
    save(folder / "items.csv", ["item", "title", "category", "tags"], items)
    ws = Workspace(folder / "home")
    import_dataset(ws, folder / "events.csv", name="hostile", items=folder / "items.csv")
    for model in ("popularity", "ease"):
        train(ws, TrainSpec(dataset="hostile", model=model))
    return ws.root


def save(path: Path, header: list[str], rows: Sequence[Sequence[object]]) -> None:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])


@pytest.mark.parametrize("path", PATHS)
def test_hostile_texts_run_nothing_and_stay_text(path: str, visit: Visit) -> None:
    """That no request leaves this machine and no dialog opens is watched in every test; here it matters."""
    page = visit(path)
    for tab in page.get_by_role("tab").all():
        tab.click()
        settle(page)
    for fold in page.locator("details summary:visible").all():
        fold.click()
    page.mouse.move(700, 700)
    assert page.locator(f"[src*='stranger'], [href^='{ELSEWHERE}'], [style*='stranger']").count() == 0
    assert (
        page.locator(
            "[data-testid=stMain] b:text-is('bold'), [data-testid=stMain] strong:text-is('bold')"
        ).count()
        == 0
    )
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("key", [key for key in TITLES if key != "long"])
def test_an_items_title_is_shown_letter_by_letter(key: str, visit: Visit) -> None:
    page = visit(f"Item?dataset=hostile&item={key}")
    heading = page.get_by_role("heading", level=2).filter(has_text=TITLES[key][:5]).first
    expect(heading).to_be_visible()
    assert heading.text_content() == " ".join(TITLES[key].split())


def test_ten_thousand_letters_are_cut_on_the_page_with_an_ellipsis(visit: Visit) -> None:
    page = visit("Item?dataset=hostile&item=long")
    heading = page.get_by_role("heading", level=2).filter(has_text="AAAA").first
    assert (heading.text_content() or "").endswith("…")


def test_a_hostile_person_has_a_page_of_their_own(visit: Visit) -> None:
    page = visit("People?dataset=hostile")
    page.get_by_label("Find a person").fill("onerror")
    page.get_by_label("Find a person").press("Enter")
    page.get_by_role("list", name="People").get_by_role("link", name="onerror").click()
    page.wait_for_url("**person=**")
    settle(page)
    expect(page.get_by_role("heading", name=TITLES["html"][:30])).to_be_visible()


def test_a_table_taken_away_holds_no_formula_a_spreadsheet_would_run(visit: Visit) -> None:
    page = visit("Data?dataset=hostile")
    page.get_by_role("tab", name="Items").click()
    settle(page)
    with page.expect_download() as download:
        page.get_by_role("button", name="Download CSV").last.click()
    text = download.value.path().read_text(encoding="utf-8-sig")
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert any("HYPERLINK" in cell for cell in cells)
    assert [cell for cell in cells if cell[:1] in ("=", "+", "-", "@", "\t", "\r")] == []
