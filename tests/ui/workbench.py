"""What page tests share: opening a page as Streamlit would, and reading what it says."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

ROOT = Path(__file__).parents[2]


def opened(page: str, **query: str) -> AppTest:
    """A page run once, such as "2_Train", with the query parameters of its address."""
    app = AppTest.from_file(str(ROOT / "pages" / f"{page}.py"), default_timeout=60)
    app.query_params.update(query)
    app.run()
    assert not app.exception, app.exception[0].value
    return app


def said(app: AppTest) -> str:
    """All that a page says in text and HTML, without its markup."""
    parts = [block.proto.body for block in app.get("html")]
    parts += [element.value for kind in (app.markdown, app.caption) for element in kind]
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", part)) for part in parts).replace("\\", "")


def titles(app: AppTest) -> list[str]:
    """The titles of the charts on a page, read from what screen readers are told."""
    found: list[Any] = [*app.get("plotly_chart"), *app.get("arrow_data_frame")]
    return [element.proto.alt.split(".")[0] for element in found]
