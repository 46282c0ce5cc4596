from importlib.metadata import version
from pathlib import Path

import pytest

from recengine.services.doctor import Diagnosis, Finding, _package, doctor
from recengine.services.workspace import Workspace


def examined(home: Path) -> Diagnosis:
    return doctor(Workspace(home))


def named(diagnosis: Diagnosis, group: str, name: str) -> Finding:
    return next(found for found in diagnosis.findings if (found.group, found.name) == (group, name))


def test_a_whole_installation_has_nothing_to_mend(tmp_path: Path) -> None:
    diagnosis = examined(tmp_path / "not" / "made" / "yet")
    assert diagnosis.healthy, diagnosis.lines()
    assert named(diagnosis, "packages", "streamlit").found == version("streamlit")
    assert "not made yet" in named(diagnosis, "workspace", "folder").found
    extras = {finding.name for finding in diagnosis.findings if finding.group == "extras"}
    assert extras == {"sql", "mongo", "cluster", "mlflow", "tune", "learn", "dev"}


def test_looking_makes_no_folder(tmp_path: Path) -> None:
    examined(tmp_path / "home")
    assert list(tmp_path.iterdir()) == []


def test_a_workspace_that_cannot_be_written_to_is_bad_and_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    folder = named(examined(tmp_path / "file" / "home"), "workspace", "folder")
    assert folder.level == "bad"
    assert "cannot be written to" in folder.found
    assert "RECENGINE_HOME" in folder.remedy
    assert folder.line().startswith("!!")
    assert not examined(tmp_path / "file" / "home").healthy


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("no-such-package-here>=1", "not installed; no-such-package-here>=1 is wanted"),
        ("pytest>=9999", f"{version('pytest')}; pytest>=9999 is wanted"),
    ],
)
def test_a_package_that_is_absent_or_too_old_says_what_is_wanted(text: str, found: str) -> None:
    finding = _package("packages", text, "bad", "do this")
    assert (finding.level, finding.found, finding.remedy) == ("bad", found, "do this")
