"""The built wheel, unpacked away from any checkout, gives the same dashboard in an empty folder."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest
from playwright.sync_api import expect

from tests.browser.app import Server, settle

if TYPE_CHECKING:
    from playwright.sync_api import Page


@pytest.fixture(scope="module")
def installed(wheel: ZipFile, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the wheel's files lie; put before everything else on the path."""
    folder = tmp_path_factory.mktemp("installed")
    wheel.extractall(folder)
    return folder


@pytest.fixture(scope="module")
def server(installed: Path, filled_copy: Path) -> Iterator[Server]:
    with Server(filled_copy, {"PYTHONPATH": str(installed)}) as server:
        yield server


def test_an_installed_package_finds_its_scripts_and_its_workspace_outside_of_itself(
    installed: Path, tmp_path: Path
) -> None:
    code = (
        "from recengine.services.app import app_folder; print(app_folder())\n"
        "from recengine.services.workspace import Workspace; print(Workspace.default().root)"
    )
    env = {"PYTHONPATH": str(installed), "XDG_DATA_HOME": str(tmp_path), "HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, cwd=tmp_path, capture_output=True, text=True, check=True
    )
    app, workspace = done.stdout.splitlines()
    assert app == str(installed / "recengine" / "_app")
    assert Path(workspace).is_relative_to(tmp_path)


def test_the_pages_of_an_installed_package_work(visit: Callable[..., Page]) -> None:
    page = visit("")
    page.get_by_role("link", name="Train").first.click()
    page.wait_for_url("**/Train**")
    settle(page)
    expect(page.get_by_role("button", name="Start training")).to_be_visible()
    expect(page.get_by_text("Deploy")).to_have_count(0)  # the settings of .streamlit/config.toml hold
