"""Training seen from the browser: watched, reloaded, restarted, paused, resumed, stopped, killed."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from recengine.services import jobs
from recengine.services.runs import AUTO, TrainSpec, get_run, list_runs, points
from recengine.services.workspace import Workspace
from tests.browser.app import Server, end_jobs, jobs_of, settle, until

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

# Longer than any test waits, and as quick in each epoch as can be.
LONG = {"epochs": 1000, "patience": 1000, "dims": 8, "history": 16}


@pytest.fixture(scope="module")
def workspace(filled_copy: Path) -> Path:
    return filled_copy


@pytest.fixture(scope="module")
def ws(workspace: Path) -> Iterator[Workspace]:
    """The workspace as services see it; whatever still trains at the end is ended."""
    yield Workspace(workspace)
    end_jobs(workspace)


@pytest.fixture(scope="module")
def submitted(ws: Workspace) -> str:
    """A training that does not end by itself, shared by the tests of this file."""
    return jobs.submit(ws, TrainSpec(dataset="shop", model="lstm", settings=LONG)).id


@pytest.fixture
def long_run(ws: Workspace, submitted: str) -> str:
    """The same, running with what pages and other tests leave of the machine, its first passes behind it."""
    if jobs.job(ws, submitted).can_resume:
        jobs.resume(ws, submitted)
    until(lambda: bool(jobs_of(ws.root, "worker")), "a process that trains")
    for worker in jobs_of(ws.root, "worker"):
        worker.nice(10)
    until(lambda: epochs_of(ws, submitted) >= 2, "two passes")
    return submitted


def epochs_of(ws: Workspace, run_id: str) -> int:
    """Passes over the data that have been reported so far."""
    measured = points(ws, run_id)
    return int((measured["name"] == "loss").sum())


def curve(page: Page) -> Locator:
    """The live loss chart; its data-points counts what it shows."""
    return page.locator(".live-chart[data-points]").first


def points_shown(page: Page) -> int:
    return int(curve(page).get_attribute("data-points") or 0)


def test_a_model_is_trained_from_the_form_to_its_result(ws: Workspace, visit: Callable[..., Page]) -> None:
    page = visit("Train?dataset=shop")
    page.get_by_text("Quick", exact=True).click()
    settle(page)
    page.get_by_role("button", name="Start training").click()
    curve(page).wait_for()
    expect(page.get_by_text("On the test")).to_be_visible()
    expect(page.get_by_role("link", name="Compare it")).to_be_visible()
    assert jobs.jobs(ws)[0].status == "done"


def test_the_best_model_is_searched_from_the_form_to_its_verdict(
    ws: Workspace, visit: Callable[..., Page]
) -> None:
    page = visit("Train?dataset=shop")
    page.get_by_role("radio", name="Find the best").click()
    expect(page.get_by_role("spinbutton", name="Minutes for trying models")).to_be_visible()
    settle(page)
    page.get_by_role("button", name="Start training").click()
    expect(page.get_by_role("heading", name="Auto #")).to_be_visible()
    expect(page.get_by_text("NDCG@10 on the validation").first).to_be_visible()  # the first are tried
    page.reload()
    expect(page.get_by_role("heading", name="Auto #")).to_be_visible()
    expect(page.get_by_text("NDCG@10 on the validation").first).to_be_visible()
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("It was stopped on request")).to_be_visible()

    run_id = jobs.submit(ws, TrainSpec(dataset="shop", model=AUTO, budget_s=8.0)).id
    page = visit(f"Train?run={run_id}")
    expect(page.get_by_text("wins with NDCG@10")).to_be_visible()
    expect(page.get_by_role("heading", name="On the test")).to_be_visible()
    page.get_by_text("Models tried (").click()
    expect(page.get_by_text("never on the test").first).to_be_visible()
    run = get_run(ws, run_id)
    assert run.search is not None
    assert run.spec.model == run.search.candidates[run.search.winner or 0].model


def test_a_reload_in_the_middle_of_training_loses_nothing(
    ws: Workspace, long_run: str, visit: Callable[..., Page]
) -> None:
    page = visit(f"Train?run={long_run}")
    curve(page).wait_for()
    before = epochs_of(ws, long_run)
    page.reload()
    curve(page).wait_for()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    until(lambda: epochs_of(ws, long_run) > before, "training to go on")
    shown = points_shown(page)
    until(lambda: points_shown(page) > shown, "the curve to grow", page)


def test_training_outlives_the_server(
    ws: Workspace, long_run: str, server: Server, visit: Callable[..., Page]
) -> None:
    page = visit(f"Train?run={long_run}")
    curve(page).wait_for()
    server.kill()
    before = epochs_of(ws, long_run)
    until(lambda: epochs_of(ws, long_run) > before, "training to go on without a server")
    server.start()
    page.reload()
    curve(page).wait_for()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()


def test_a_zoom_is_kept_while_the_curve_grows(long_run: str, visit: Callable[..., Page]) -> None:
    page = visit(f"Train?run={long_run}")
    curve(page).wait_for()
    page.evaluate("Plotly.relayout(document.querySelector('.live-chart'), {'xaxis.range': [0.5, 1.5]})")
    shown = points_shown(page)
    until(lambda: points_shown(page) > shown, "the curve to grow", page)
    zoom = page.evaluate("document.querySelector('.live-chart').layout.xaxis.range")
    assert zoom == [0.5, 1.5]


def test_two_people_at_once_keep_apart_and_see_each_others_runs(
    ws: Workspace, long_run: str, visit: Callable[..., Page]
) -> None:
    first, second = visit(f"Train?run={long_run}"), visit("Train?dataset=shop")
    first.get_by_text("Best", exact=True).click()
    second.get_by_role("radio", name="Rules").click()
    expect(second.get_by_role("radio", name="Popularity")).to_be_checked()
    settle(second)
    second.get_by_role("button", name="Start training").click()
    expect(second.get_by_role("heading", name="Popularity #")).to_be_visible()
    first.get_by_role("button", name="Pause").click()  # on one core the second waits for the first
    expect(second.get_by_text("On the test")).to_be_visible()
    newest = max(list_runs(ws), key=lambda run: run.created_at)
    assert (newest.spec.model, newest.status) == ("popularity", "done")
    expect(first.get_by_role("radio", name="Best", checked=True)).to_be_attached()
    first.get_by_role("combobox", name="Look at").click()
    expect(first.get_by_role("option", name=newest.title)).to_be_attached()


def test_pause_resume_and_stop_do_what_they_say(
    ws: Workspace, long_run: str, visit: Callable[..., Page]
) -> None:
    page = visit(f"Train?run={long_run}")
    page.get_by_role("button", name="Pause").click()
    page.get_by_role("button", name="Resume").wait_for()
    paused_at = epochs_of(ws, long_run)
    assert get_run(ws, long_run).status == "paused"
    until(lambda: jobs_of(ws.root, "worker") == [], "its process to end")

    page.get_by_role("button", name="Resume").click()
    page.get_by_role("button", name="Pause").wait_for()
    until(lambda: epochs_of(ws, long_run) > paused_at, "training to go on from where it stood")
    measured = points(ws, long_run)
    epochs = measured.loc[measured["name"] == "loss", "epoch"].tolist()
    assert epochs == sorted(set(epochs))

    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("It was stopped on request")).to_be_visible()
    assert get_run(ws, long_run).status == "stopped"


def test_a_worker_killed_without_a_word_is_shown_and_can_be_resumed(
    ws: Workspace, long_run: str, visit: Callable[..., Page]
) -> None:
    page = visit(f"Train?run={long_run}")
    curve(page).wait_for()
    for worker in jobs_of(ws.root, "worker"):
        worker.send_signal(signal.SIGKILL)
    expect(page.get_by_text("The training broke off")).to_be_visible()
    expect(page.get_by_text("Resume goes on from the last checkpoint")).to_be_visible()
    page.get_by_role("button", name="Resume").click()
    page.get_by_role("button", name="Pause").wait_for()
    assert get_run(ws, long_run).status in ("queued", "running")
