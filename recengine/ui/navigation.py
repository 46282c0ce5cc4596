"""The way through the app: its pages in groups, and addresses that keep what is being looked at.

What a page shows (this person, that item) stands in its address, so every view can be linked to, opened in a
new tab and gone back to. Links in our own HTML are plain <a class="re-go" href=...>; `route` follows them
without a reload.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import streamlit as st
from streamlit.errors import StreamlitAPIException

Query = Mapping[str, str | list[str]]
HOME = "dashboard.py"
_ROUTER = Path(__file__).with_name("router.js").read_text(encoding="utf-8")


@dataclass(frozen=True)
class Place:
    """One page: its script, the words and the icon of its link, its group, and a word for a narrow screen.

    Attributes:
        title: the page's heading, where it is not the label.
    """

    script: str
    label: str
    icon: str
    group: str
    short: str = ""
    title: str = ""

    @property
    def address(self) -> str:
        """The page's path in the browser, relative to the app ("" for the home page)."""
        return "" if self.script == HOME else Path(self.script).stem.split("_", 1)[1]


# The shelf of pages. To add one: write its script, then add its line here.
PLACES: tuple[Place, ...] = (
    Place(HOME, "Overview", "🏠", ""),
    Place("pages/1_Data.py", "Data", "🗂️", "Build"),
    Place("pages/2_Train.py", "Train", "⚙️", "Build"),
    Place("pages/3_Compare.py", "Compare", "📊", "Build"),
    Place("pages/4_People.py", "People", "👤", "Explore"),
    Place("pages/5_Item.py", "Items", "🏷️", "Explore"),
    Place("pages/6_Explain.py", "Explain", "💡", "Understand"),
    Place("pages/7_Learnt.py", "What it learnt", "🧠", "Understand", short="Learnt"),
    Place("pages/8_What_if_person.py", "A person", "🎛️", "What if", title="What if (a person)"),
    Place("pages/9_What_if_retrain.py", "Retrain", "🧪", "What if", title="What if (retrain)"),
    Place("pages/10_Strategy.py", "Strategy", "🧭", "Improve"),
    Place("pages/11_Feedback.py", "Feedback", "📣", "Improve", title="Feedback and learning"),
)
DATA, TRAIN, COMPARE, PEOPLE, ITEM, EXPLAIN, LEARNT, IF_PERSON, IF_RETRAIN, STRATEGY, FEEDBACK = (
    place.script for place in PLACES[1:]
)
_BY_ADDRESS = {place.address: place for place in PLACES}


def draw() -> None:
    """The sidebar: the product's name and the pages, group by group."""
    folder = _root()
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


def bar(here: str) -> str:
    """The same pages as a bar for a phone's lower edge, `here` being this page's heading."""
    folder = _root()
    current = {here: ' aria-current="page"'}
    links = "".join(
        f'<a class="re-go" data-top href="{href(place.script)}"{current.get(place.title or place.label, "")}>'
        f'<span aria-hidden="true">{place.icon}</span>{place.short or place.label}</a>'
        for place in PLACES
        if (folder / place.script).exists()
    )
    return f'<nav class="re-phone" aria-label="Pages">{links}</nav>'


def link(
    script: str,
    label: str,
    *,
    icon: str | None = None,
    query: Query | None = None,
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
        # A page that runs on its own (`streamlit run pages/...`, a test of one page) knows no other pages.
        st.markdown(label)


def href(script: str, query: Query | None = None) -> str:
    """The address of a page for an <a class="re-go"> in our own HTML, parameters encoded."""
    place = next(place for place in PLACES if place.script == script)
    return f"./{place.address}" + (f"?{urlencode(query, doseq=True)}" if query else "")


def here(script: str, **changes: str | list[str] | None) -> str:
    """The address of this page with some parameters changed, or left out where None."""
    now: dict[str, str | list[str]] = {name: asked_all(name) for name in st.query_params}
    now.update({name: value for name, value in changes.items() if value is not None})
    return href(script, {name: value for name, value in now.items() if changes.get(name, "") is not None})


def asked(name: str) -> str:
    """A parameter of the address; "" where it is not there."""
    return str(st.query_params.get(name, ""))


def asked_all(name: str) -> list[str]:
    """All values of a parameter that may stand in the address more than once."""
    return [str(value) for value in st.query_params.get_all(name)]


def destination(address: str) -> tuple[str, dict[str, list[str]]] | None:
    """The script and the parameters an address made by `href` leads to; None for any other address."""
    parts = urlsplit(address)
    place = _BY_ADDRESS.get(parts.path.removeprefix("./"))
    if place is None or parts.scheme or parts.netloc:
        return None
    return place.script, parse_qs(parts.query, keep_blank_values=True)


def route() -> None:
    """Go where the reader clicked, if they clicked on one of our links."""
    router = st.components.v2.component("recengine_router", js=_ROUTER)
    address = router(key="re-router", on_address_change=_nothing).address
    if address and (there := destination(str(address))):
        script, query = there
        st.switch_page(script, query_params=query)


def _nothing() -> None:
    """Streamlit delivers a component's value only to those who registered a callback for it."""


def _root() -> Path:
    """The folder dashboard.py lies in: the checkout's top, or the installed app's."""
    context = st.runtime.scriptrunner.get_script_run_ctx()
    main = Path(context.main_script_path) if context else Path(HOME)
    return main.parent.parent if main.parent.name == "pages" else main.parent
