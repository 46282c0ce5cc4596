"""What-ifs under way: every training of both sides, how long it still takes, and ways to stop and go on."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from recengine.core.errors import RecengineError
from recengine.core.words import plural
from recengine.services import jobs, what_if
from recengine.services.runs import run_title
from recengine.services.what_if import Arm, WhatIf, WhatIfSet
from recengine.services.workspace import Workspace
from recengine.ui import cards, format, messages
from recengine.ui.page import guarded

PROBLEM = "whatif.watch.problem"  # session: what a button could not do, in words
EVERY_S = 1.0  # between two looks at what is under way
ICONS = {
    "done": "✓",
    "running": "◔",
    "queued": "·",
    "waiting": "·",
    "failed": "×",
    "lost": "×",
    "paused": "‖",
}
TONES = {"done": "re-done", "running": "re-running", "failed": "re-failed", "lost": "re-failed"}
SIDES = {"base": "as it was", "edited": "edited"}
ENDED = {"failed": "It did not work", "lost": "It broke off", "stopped": "Stopped"}


def watch(ws: Workspace, found: WhatIf, *, key: str) -> None:
    """One what-if's trainings, drawn again each second while they go on, and the page anew at each result."""
    fragment = st.fragment(guarded(_watch_one), run_every=EVERY_S if found.active else None)
    fragment(ws, found.id, stand(found), key)


def watch_set(ws: Workspace, found: WhatIfSet, *, key: str) -> None:
    """The same for what was asked together."""
    fragment = st.fragment(guarded(_watch_set), run_every=EVERY_S if found.active else None)
    fragment(ws, found.id, [stand(one) for one in found.what_ifs], key)


def stand(found: WhatIf) -> tuple[str, int, bool]:
    """What a page shows of it that changes with a result."""
    return found.status, sum(arm.status == "done" for arm in found.arms), found.verdict is not None


def _watch_one(ws: Workspace, what_if_id: str, before: tuple[str, int, bool], key: str) -> None:
    jobs.ensure_dispatcher(ws)
    found = what_if.what_if(ws, what_if_id)
    if stand(found) != before:
        st.rerun()
    if found.status == "done":
        return
    with st.container(border=True, key=f"{key}.work"):
        if found.active:
            _progress(found.progress, found.eta_s, found.message)
        else:
            _ended(found)
        cards.draw(
            '<ol class="re-steps" aria-label="Trainings">',
            *(_step(found, arm) for arm in found.arms),
            "</ol>",
        )
        _buttons(ws, found.id, active=found.active, key=key)


def _watch_set(ws: Workspace, set_id: str, before: list[tuple[str, int, bool]], key: str) -> None:
    jobs.ensure_dispatcher(ws)
    found = what_if.what_if_set(ws, set_id)
    if [stand(one) for one in found.what_ifs] != before:
        st.rerun()
    interrupted = [one for one in found.what_ifs if one.can_resume]
    if not found.active and not interrupted:
        return
    with st.container(border=True, key=f"{key}.work"):
        if found.active:
            _progress(found.progress, found.eta_s, found.message)
        else:
            _ended(interrupted[0])
        _buttons(ws, set_id, active=found.active, key=key)


def _progress(share: float, eta_s: float | None, message: str) -> None:
    left = f"{format.duration(eta_s)} left" if eta_s is not None else ""
    words = " · ".join(filter(None, (f"{share:.0%}", left, message)))
    st.progress(min(1.0, max(0.0, share)), text=messages.plain(words, 300))


def _ended(found: WhatIf) -> None:
    if found.status == "stopped":
        messages.state("info", ENDED["stopped"], "What was trained is kept; Resume does the rest.")
    else:
        messages.failed(ENDED[found.status], found.message)


def _step(found: WhatIf, arm: Arm) -> str:
    running = arm.status == "running"
    name = run_title(arm.run_id, arm.run_id.rpartition("-")[0]) if arm.run_id else "a training"
    seed = f", seed {arm.seed}" if found.seeds > 1 else ""
    note = arm.message
    if running and arm.eta_s is not None:
        note = f"{format.duration(arm.eta_s)} left"
    bar = f'<span class="re-bar"><i style="width:{100 * arm.progress:.0f}%"></i></span>' if running else ""
    pulse, icon = " re-pulse" if running else "", ICONS.get(arm.status, "■")
    return (
        f'<li class="{TONES.get(arm.status, "")}"><span class="re-state-icon{pulse}" '
        f'aria-hidden="true">{icon}</span><span class="re-step-name">'
        f"{messages.esc(name)}, {SIDES[arm.side]}{seed}</span>"
        f'<span class="re-step-note">{messages.esc(note)}</span>{bar}</li>'
    )


def _buttons(ws: Workspace, what_if_id: str, *, active: bool, key: str) -> None:
    """Callbacks, which a rerun in between does not swallow: a result may land while somebody clicks."""
    if active:
        st.button(
            "Stop",
            icon=":material/stop:",
            key=f"{key}.stop",
            on_click=_do,
            args=(what_if.stop, ws, what_if_id),
        )
    else:
        st.button(
            "Resume",
            icon=":material/play_arrow:",
            key=f"{key}.resume",
            on_click=_do,
            args=(what_if.resume, ws, what_if_id),
        )
    if problem := st.session_state.pop(PROBLEM, ""):
        messages.state("info", problem)


def _do(action: Callable[[Workspace, str], object], ws: Workspace, what_if_id: str) -> None:
    try:
        action(ws, what_if_id)
    except RecengineError as error:  # it came to its end just now
        st.session_state[PROBLEM] = str(error)


def pairs_so_far(found: WhatIf) -> str:
    """What a verdict of a what-if that still goes on rests on; "" for a final one."""
    if found.verdict is None or not found.active:
        return ""
    return f"So far, from {plural(len(found.verdict.base), 'pair')} of {found.seeds}"
