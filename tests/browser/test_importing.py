"""Files handed over in the browser: good ones become datasets, bad ones become a sentence."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from recengine.services.datasets import dataset_card, list_datasets
from recengine.services.workspace import Workspace
from tests.browser.app import settle

if TYPE_CHECKING:
    from playwright.sync_api import Page

Visit = Callable[..., "Page"]


@pytest.fixture(scope="module")
def workspace(filled_copy: Path) -> Path:
    return filled_copy


@pytest.fixture
def ws(workspace: Path) -> Workspace:
    return Workspace(workspace)


def hand_over(page: Page, path: Path) -> None:
    page.locator("input[type=file]").first.set_input_files(path)


def bring(visit: Visit) -> Page:
    page = visit("Data")
    page.get_by_text("Bring in data").click()
    page.locator("input[type=file]").first.wait_for(state="attached")
    return page


def test_a_good_file_becomes_a_dataset_one_can_train_on(
    ws: Workspace, visit: Visit, shop_files: dict[str, Path]
) -> None:
    page = bring(visit)
    hand_over(page, shop_files["events"])
    expect(page.get_by_text("Which column is what")).to_be_visible()
    name = page.get_by_label("Name of the dataset")
    name.fill("my-shop")
    name.press("Enter")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("my-shop is in")).to_be_visible()
    card = dataset_card(ws, "my-shop")
    assert (card.num_interactions, card.num_users) == (2400, 120)
    page.get_by_role("link", name="Train a model on it").click()
    page.wait_for_url("**/Train**")
    settle(page)
    expect(page.get_by_role("button", name="Start training")).to_be_enabled()


def test_a_semicolon_file_in_another_encoding_is_read_and_its_columns_may_be_corrected(
    ws: Workspace, visit: Visit, tmp_path: Path
) -> None:
    lines = ["Kunde;Ware;Menge;Tag"]
    lines += [f"{row % 9};Käse {row % 7};{row % 3 + 1};{row}.03.2024" for row in range(1, 29)]
    path = tmp_path / "einkäufe.csv"
    path.write_text("\n".join(lines), encoding="cp1252")
    page = bring(visit)
    hand_over(page, path)
    expect(page.get_by_text("delimiter semicolon")).to_be_visible()
    for label, column in (("Who", "Kunde"), ("What", "Ware"), ("When", "Tag")):
        box = page.get_by_role("combobox", name=label).first
        if column not in (box.get_attribute("value") or box.input_value()):
            box.fill(column)
            page.get_by_role("option", name=column).click()
    name = page.get_by_label("Name of the dataset")
    name.fill("german")
    name.press("Enter")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("german is in")).to_be_visible()
    assert dataset_card(ws, "german").num_users == 9


BAD_FILES = {
    "empty.csv": b"",
    "picture.csv": bytes(range(256)) * 40,
    "broken.parquet": b"PAR1 this is no parquet",
    "broken.zip": b"PK\x03\x04 cut off",
    "one-column.csv": b"name\nann\nbob\n",
}


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_file_that_cannot_be_used_is_refused_in_words(
    ws: Workspace, visit: Visit, tmp_path: Path, name: str
) -> None:
    before = [card.name for card in list_datasets(ws)]
    (tmp_path / name).write_bytes(BAD_FILES[name])
    page = bring(visit)
    hand_over(page, tmp_path / name)
    refused = page.get_by_text("This file cannot be used as it is")
    not_ready = page.get_by_text("Not ready yet")
    expect(refused.or_(not_ready)).to_be_visible()
    expect(page.get_by_text("Something went wrong on our side")).to_have_count(0)
    button = page.get_by_role("button", name="Import", exact=True)
    assert button.count() == 0 or button.is_disabled()
    assert [card.name for card in list_datasets(ws)] == before


def test_a_name_that_looks_like_a_path_is_only_a_name(
    ws: Workspace, visit: Visit, shop_files: dict[str, Path]
) -> None:
    page = bring(visit)
    hand_over(page, shop_files["events"])
    name = page.get_by_label("Name of the dataset")
    name.fill("../../outside")
    name.press("Enter")
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text("../../outside is in")).to_be_visible()
    assert not (ws.root.parent / "outside").exists()
    assert not (ws.root.parent.parent / "outside").exists()
