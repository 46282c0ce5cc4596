"""Where the scripts of the app lie: at the top of a checkout, inside the package in a wheel."""

from pathlib import Path

from recengine.core.errors import NotFoundError

PACKAGE = Path(__file__).parents[1]


def app_folder() -> Path:
    """The folder with dashboard.py, pages/ and .streamlit/, the working folder of the web server.

    Raises:
        NotFoundError: the installation lost its scripts.
    """
    for folder in (PACKAGE / "_app", PACKAGE.parent):
        if (folder / "dashboard.py").exists():
            return folder
    raise NotFoundError(f"no dashboard.py in or above {PACKAGE}. Install recengine again.")


def checkout() -> Path | None:
    """The top of the source checkout this package runs from; None where it was installed."""
    top = PACKAGE.parent
    return top if (top / "pyproject.toml").exists() and (top / "tests").is_dir() else None
