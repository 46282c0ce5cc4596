from importlib.metadata import version
from pathlib import Path

import pytest

from recengine.services.doctor import Finding, _package, diagnose


def named(findings: list[Finding], group: str, name: str) -> Finding:
    return next(finding for finding in findings if (finding.group, finding.name) == (group, name))


def test_a_whole_installation_has_nothing_to_mend(tmp_path: Path) -> None:
    findings = diagnose(tmp_path / "not" / "made" / "yet")
    assert [finding for finding in findings if finding.level == "bad"] == []
    assert named(findings, "packages", "streamlit").found == version("streamlit")
    assert "not made yet" in named(findings, "workspace", "folder").found
    assert {finding.name for finding in findings if finding.group == "extras"} == {
        *{"sql", "mongo", "cluster", "mlflow", "tune", "dev"}
    }


def test_looking_makes_no_folder(tmp_path: Path) -> None:
    diagnose(tmp_path / "home")
    assert list(tmp_path.iterdir()) == []


def test_a_workspace_that_cannot_be_written_to_is_bad_and_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    folder = named(diagnose(tmp_path / "file" / "home"), "workspace", "folder")
    assert folder.level == "bad"
    assert "cannot be written to" in folder.found
    assert "RECENGINE_HOME" in folder.remedy


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
