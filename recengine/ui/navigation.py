"""The way through the app: pages in groups, links that keep their parameters, and one router for links in HTML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import streamlit as st
from streamlit.errors import StreamlitAPIException

HOME = "dashboard.py"


@dataclass(frozen=True)
class Place:
    """One page: its script, the words and the icon of its link, and its group."""

    script: str
    label: str
    icon: str
    group: str

    @property
    def address(self) -> str:
        """The page's path in the browser, relative to the app ("" for the home page)."""
        if self.script == HOME:
            return ""
        return Path(self.script).stem.split("_", 1)[1]


# The shelf of pages. To add one: write its script, then add its line here.
PLACES: tuple[Place, ...] = (
    Place(HOME, "Overview", "🏠", ""),
    Place("pages/1_Data.py", "Data", "🗂️", "Build"),
    Place("pages/2_Train.py", "Train", "⚙️", "Build"),
    Place("pages/3_Compare.py", "Compare", "📊", "Build"),
    Place("pages/4_People.py", "People", "👤", "Explore"),
    Place("pages/5_Item.py", "Items", "🏷️", "Explore"),
)


def root() -> Path:
    """The folder dashboard.py lies in: the checkout's top, or the installed app's."""
    context = st.runtime.scriptrunner.get_script_run_ctx()
    main = Path(context.main_script_path) if context else Path(HOME)
    return main.parent.parent if main.parent.name == "pages" else main.parent


def link(
    script: str,
    label: str,
    *,
    icon: str | None = None,
    query: Mapping[str, str] | None = None,
    stretch: bool = False,
) -> None:
    """A link to another page. `label` is Markdown: data strings in it go through messages.plain first."""
    try:
        st.page_link(
            script,
            label=label,
            icon=icon,
            query_params=dict(query) if query else None,
            width="stretch" if stretch else "content",
        )
    except StreamlitAPIException:
        # A page that runs on its own (a test, `streamlit run pages/...`) knows no other pages.
        st.html(f'<span class="re-link-off">{label}</span>')


def href(script: str, query: Mapping[str, str] | None = None) -> str:
    """The address of a page for an <a> in our own HTML, parameters encoded."""
    place = next(place for place in PLACES if place.script == script)
    return f"./{place.address}" + (f"?{urlencode(query)}" if query else "")


def draw() -> None:
    """The sidebar: the product's name and the pages, group by group."""
    folder = root()
    with st.sidebar:
        st.html('<div class="re-brand"><span class="re-mark" aria-hidden="true"></span>recengine</div>')
        group = ""
        for place in PLACES:
            if not (folder / place.script).exists():
                continue
            if place.group != group:
                group = place.group
                st.html(f'<div class="re-group">{group}</div>')
            link(place.script, place.label, icon=place.icon, stretch=True)
