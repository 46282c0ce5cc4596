"""What the package offers at its door, and what travels inside its wheel."""

from pathlib import Path
from zipfile import ZipFile

import pytest

import recengine

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("name", recengine.__all__)
def test_every_name_at_the_door_leads_somewhere(name: str) -> None:
    assert getattr(recengine, name) is not None


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'explode'"):
        _ = recengine.explode


def test_the_apps_scripts_travel_inside_the_wheel(wheel: ZipFile) -> None:
    scripts = [ROOT / "dashboard.py", ROOT / ".streamlit" / "config.toml", *(ROOT / "pages").glob("*.py")]
    for script in scripts:
        packed = wheel.read(f"recengine/_app/{script.relative_to(ROOT)}")
        assert packed == script.read_bytes()


def test_every_file_of_the_package_is_in_the_wheel_and_nothing_else_is(wheel: ZipFile) -> None:
    packed = {name for name in wheel.namelist() if not name.startswith(("recengine/_app/", "recengine-"))}
    here = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "recengine").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert packed == here


def test_the_licence_and_the_entry_point_are_in_the_wheel(wheel: ZipFile) -> None:
    texts = {
        name.split("/", 1)[1]: wheel.read(name).decode() for name in wheel.namelist() if ".dist-info/" in name
    }
    assert texts["licenses/LICENSE"] == (ROOT / "LICENSE").read_text()
    assert "recengine = recengine.cli:main" in texts["entry_points.txt"]
