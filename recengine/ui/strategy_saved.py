"""Strategies as they are kept: saving, versions, two compared in words, files, and which one is in use."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from recengine.core.errors import RecengineError
from recengine.services import strategies, strategy_use
from recengine.services.strategies import Saved
from recengine.services.strategy_use import InUse
from recengine.strategy import Strategy
from recengine.strategy.difference import difference
from recengine.ui import cards, messages
from recengine.ui.cards import draw
from recengine.ui.champion_view import WHO
from recengine.ui.downloads import file_name
from recengine.ui.page import guarded
from recengine.ui.strategy_draft import View, open_saved

AS_IT_IS = "as on the page"


def choose(view: View) -> None:
    """Which saved strategy; "" for the run's own lists."""
    found = {saved.name: saved for saved in strategies.strategies(view.ws)}
    names = ["", *found]
    now = view.draft.saved
    field = view.page.name("strategy")
    st.session_state[field] = now.name if now else ""
    st.selectbox(
        "Strategy",
        names,
        key=field,
        format_func=lambda name: (
            f"{name} (version {found[name].version})" if name else "None: as the model has it"
        ),
        width=240,
        on_change=_open,
        args=(field,),
    )


def _open(field: str) -> None:
    open_saved(st.session_state[field])


def stand(view: View) -> None:
    """Which strategy is in use, and what is changed of the one in view."""
    used = strategy_use.in_use(view.ws, view.card.name)
    if used is None:
        messages.state("info", "No strategy is in use", "Lists of these data are the model's own.")
    else:
        messages.state("done", f"★ {used.strategy}, version {used.version}, is in use", _told(used))
    if view.draft.is_changed:
        said = difference(view.draft.origin, view.strategy)
        draw(cards.marks(cards.Badge(cards.words(one), "Changed and not saved", "warn") for one in said))


def _told(used: InUse) -> str:
    why = f": {used.why}" if used.why else ""
    said = f"Since {datetime.fromtimestamp(used.since, UTC):%-d %b %Y}, by {used.who}{why}."
    return said.replace("..", ".")


def actions(view: View) -> None:
    """Save, take back, put into use."""
    with st.container(horizontal=True, key=view.page.name("actions")):
        with st.popover("Save", icon=":material/save:", key=view.page.name("save")):
            _save(view)
        st.button(
            "Take back changes",
            key=view.page.name("forget"),
            on_click=view.draft.forget,
            disabled=not view.draft.is_changed,
        )
        with st.popover("Put into use", icon=":material/flag:", key=view.page.name("use")):
            _use(view)


def _save(view: View) -> None:
    name_first = view.draft.saved.name if view.draft.saved else ""
    with st.form(view.page.name("save.form"), border=False):
        name = st.text_input("Name", value=name_first, max_chars=80, placeholder="Fresher lists")
        who, why = _who("Brings in new products")
        st.caption("A known name gets a new version; the ones before stay.")
        if st.form_submit_button("Save it", type="primary"):
            _saving(view, lambda: strategies.save(view.ws, _named(view.strategy, name), who, why), who)


def _named(strategy: Strategy, name: str) -> Strategy:
    return Strategy.of(strategy.model_dump() | {"name": name.strip()})


def _who(example: str) -> tuple[str, str]:
    """Who does it, asked once, and why."""
    who = st.text_input("Who says so", value=st.session_state.get(WHO, ""), max_chars=80)
    return who, st.text_input("Why", max_chars=200, placeholder=example)


def _saving(view: View, save: Callable[[], Saved], who: str) -> None:
    try:
        saved = save()
    except RecengineError as error:
        messages.failed("It was not saved", str(error))
        return
    st.session_state[WHO] = who
    open_saved(saved.name)
    st.toast(f"Saved as {messages.plain(saved.name)}, version {saved.version}.")
    st.rerun()


def _use(view: View) -> None:
    """The saved strategy in view into use, or none from now on."""
    saved, used = view.draft.saved, strategy_use.in_use(view.ws, view.card.name)
    if view.draft.is_changed or (saved is None and used is None):
        st.caption(
            "Save it first: what is in use has a name and a version."
            if view.draft.is_changed
            else "Nothing is in use, and no strategy is chosen. Change something and save it first."
        )
        return
    label = f"Use {messages.plain(saved.name)}, version {saved.version}" if saved else "Use none"
    with st.form(view.page.name("use.form"), border=False):
        who, why = _who("Won the comparison")
        if st.form_submit_button(label, type="primary"):
            _using(view, saved, who, why)


def _using(view: View, saved: Saved | None, who: str, why: str) -> None:
    try:
        if saved:
            strategy_use.use(view.ws, view.card.name, saved.reference, who, why)
        else:
            strategy_use.stop_using(view.ws, view.card.name, who, why)
    except RecengineError as error:
        messages.failed("Nothing was changed", str(error))
        return
    st.session_state[WHO] = who
    st.rerun()


@guarded
def tab(view: View) -> None:
    """All versions, two of them compared, files, and what was in use."""
    found = [
        one for saved in strategies.strategies(view.ws) for one in strategies.versions(view.ws, saved.name)
    ]
    if not found:
        messages.empty("Nothing is saved yet", "Change weights or rules, then press Save above.")
    else:
        _versions(found, view)
        _compare(found, view)
    _files(view)
    _history(view)


def _versions(found: list[Saved], view: View) -> None:
    draw(cards.heading("Saved strategies", "each change is a version of its own"))
    st.dataframe(
        versions_table(found),
        hide_index=True,
        alt="Every version of every strategy, with who saved it and why",
        column_config={"saved": st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm")},
        key=view.page.name("versions"),
    )


def versions_table(found: list[Saved]) -> pd.DataFrame:
    """One row a version."""
    return pd.DataFrame(
        {
            "strategy": [one.name for one in found],
            "version": [one.version for one in found],
            "saved": pd.to_datetime([one.saved_at for one in found], unit="s"),
            "who": [one.who for one in found],
            "why": [one.why for one in found],
        }
    )


def _compare(found: list[Saved], view: View) -> None:
    """Two strategies, and what the second does otherwise."""
    known = {AS_IT_IS: view.strategy} | {one.reference: one.strategy for one in found}
    draw(cards.heading("Compare two", "what the second does otherwise", level=3))
    with st.container(horizontal=True):
        old = st.selectbox("First", list(known), min(1, len(known) - 1), key=view.page.name("old"), width=240)
        new = st.selectbox("Second", list(known), 0, key=view.page.name("new"), width=240)
    said = difference(known[old], known[new])
    lines = "".join(f"<li>{messages.esc(cards.words(one), 300)}</li>" for one in said)
    draw(f"<ul>{lines}</ul>" if said else '<p class="re-small">They make the same lists.</p>')


def _files(view: View) -> None:
    """The strategy in view as a file, and one out of a file."""
    draw(cards.heading("As a file", "TOML, to be read, kept and taken along", level=3))
    name = f"{file_name(view.strategy.name)}.toml"
    st.download_button(
        "Download this strategy",
        view.strategy.to_toml(),
        file_name=name,
        mime="application/toml",
        key=view.page.name("toml"),
        icon=":material/download:",
        on_click="ignore",
    )
    with st.form(view.page.name("import"), border=False):
        file = st.file_uploader("Bring in a strategy", type="toml", key=view.page.name("file"))
        who, why = _who("From the other shop")
        if st.form_submit_button("Save it") and file is not None:
            text = file.getvalue().decode("utf-8", errors="replace")
            _saving(
                view, lambda: strategies.save(view.ws, Strategy.from_toml(text), who, why or file.name), who
            )


def _history(view: View) -> None:
    """Every strategy that was in use, behind a fold."""
    used = strategy_use.history(view.ws, view.card.name)
    if not used:
        return
    with st.expander(f"In use so far ({len(used)})", key=view.page.name("used")):
        st.dataframe(
            used_table(used),
            hide_index=True,
            alt="Every strategy that was in use, newest first, with who put it there and why",
            column_config={"since": st.column_config.DatetimeColumn(format="D MMM YYYY, HH:mm")},
        )


def used_table(used: list[InUse]) -> pd.DataFrame:
    """One row a strategy that was put into use, newest first."""
    return pd.DataFrame(
        {
            "strategy": [one.reference or "none: the model's own lists" for one in used],
            "since": pd.to_datetime([one.since for one in used], unit="s"),
            "who": [one.who for one in used],
            "why": [one.why for one in used],
        }
    )
