"""The page on retraining: a what-if is asked, or one that was asked is read."""

from __future__ import annotations

from recengine.core.errors import NotFoundError
from recengine.services import what_if
from recengine.services.datasets import DatasetCard
from recengine.services.workspace import Workspace
from recengine.ui import champion_view, lists, messages, navigation, picks, what_if_ask, what_if_list
from recengine.ui.page import Page
from recengine.ui.what_if_answer import answer


def show(ws: Workspace, card: DatasetCard, page: Page) -> None:
    """What the address asks for: one what-if, several that were asked together, or the form for another."""
    if one := navigation.asked("what_if"):
        _one(ws, card, one, page)
    elif several := navigation.asked("set"):
        _several(ws, card, several, page)
    else:
        _form(ws, card, page)


def _one(ws: Workspace, card: DatasetCard, what_if_id: str, page: Page) -> None:
    try:
        found = what_if.what_if(ws, what_if_id)
    except NotFoundError as error:
        _gone(str(error), card)
        return
    answer(ws, card, found, page)


def _several(ws: Workspace, card: DatasetCard, set_id: str, page: Page) -> None:
    found = what_if.what_if_set(ws, set_id)
    if not found.what_ifs:
        _gone(f"There is nothing called “{messages.clip(set_id, 60)}” here.", card)
        return
    what_if_list.of_set(ws, found, page)
    base = found.what_ifs[0].base
    navigation.link(
        navigation.IF_RETRAIN, "Ask another", icon="🧪", query={"dataset": card.name, "run": base}
    )


def _gone(said: str, card: DatasetCard) -> None:
    query = {"dataset": card.name}
    messages.state("warn", "Not found", said, page=navigation.IF_RETRAIN, action="Ask a what-if", query=query)


def _form(ws: Workspace, card: DatasetCard, page: Page) -> None:
    finished = picks.finished_runs(ws, card)
    if not finished:
        lists.nothing_trained(ws, card)
        return
    picks.unknown_runs(finished)
    champion_id = champion_view.starred(ws, card.name)
    run = picks.model(finished, page, said=lambda run: champion_view.title(run, champion_id))
    what_if_ask.ask(ws, card, run, page)
    what_if_list.of_run(what_if.what_ifs(ws, run_id=run.id), page)
