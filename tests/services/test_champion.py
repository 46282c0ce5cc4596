import pytest

from recengine.core.errors import JobError, NotFoundError, SettingsError
from recengine.services.champion import champion, history, make_champion
from recengine.services.runs import TrainSpec, create_run, delete_run
from recengine.services.store import Store
from recengine.services.workspace import Workspace


@pytest.fixture
def runs(ws: Workspace) -> list[str]:
    """Two finished runs and one that only waits."""
    spec = TrainSpec(dataset="shop", model="ease")
    with Store(ws).writing() as db:
        return [create_run(db, spec, "f", status) for status in ("done", "done", "queued")]


def test_nobody_is_the_champion_until_somebody_is_made_it(ws: Workspace, runs: list[str]) -> None:
    assert champion(ws, "shop") is None
    made = make_champion(ws, runs[0], " Ada ", "cheapest to run")
    assert champion(ws, "shop") == made
    assert (made.run_id, made.who, made.why) == (runs[0], "Ada", "cheapest to run")
    assert champion(ws, "another shop") is None


def test_a_new_champion_leaves_the_old_one_in_the_history(ws: Workspace, runs: list[str]) -> None:
    first, second = make_champion(ws, runs[0], "Ada"), make_champion(ws, runs[1], "Bob", "better lists")
    assert champion(ws, "shop") == second
    assert history(ws, "shop") == [second, first]
    delete_run(ws, runs[1])
    assert champion(ws, "shop") is None
    assert [one.run_id for one in history(ws, "shop")] == [runs[1], runs[0]]


def test_what_cannot_be_the_champion_is_refused_in_words(ws: Workspace, runs: list[str]) -> None:
    with pytest.raises(JobError, match="'ease-3' is queued; only a finished run"):
        make_champion(ws, runs[2], "Ada")
    with pytest.raises(NotFoundError, match="no run 'ease-9'"):
        make_champion(ws, "ease-9", "Ada")
    with pytest.raises(SettingsError, match="say who makes it"):
        make_champion(ws, runs[0], " ")
    make_champion(ws, runs[0], "Ada")
    with pytest.raises(JobError, match="'ease-1' is the champion already"):
        make_champion(ws, runs[0], "Bob")
    assert len(history(ws, "shop")) == 1
