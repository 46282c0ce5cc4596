from collections.abc import Callable

import numpy as np
import pytest

from recengine.core.dataset import Dataset
from recengine.services.runs import Run, TrainSpec
from recengine.services.store import Store
from recengine.services.training import train
from recengine.services.verdict_arms import Arms
from recengine.services.verdict_power import detectable_effect
from recengine.services.verdict_seeds import noise_of, seed_groups
from recengine.services.workspace import Workspace
from tests.services.conftest import Shop

# The smallest model that draws lots.
SMALL = {"dims": 4, "epochs": 2}


@pytest.fixture(scope="module")
def seeded(
    tmp_path_factory: pytest.TempPathFactory, two_tastes: Dataset, put: Callable[..., str]
) -> tuple[Workspace, list[Run]]:
    """One model trained with four seeds."""
    workspace = Workspace(tmp_path_factory.mktemp("seeded"))
    name = put(workspace, two_tastes)
    spec = TrainSpec(dataset=name, model="ials", settings=SMALL)
    return workspace, [train(workspace, spec.model_copy(update={"seed": seed})) for seed in range(4)]


def test_a_model_that_draws_no_lots_detects_something_with_one_seed(shop: Shop) -> None:
    run_id = shop.runs["ease"].id
    found = detectable_effect(shop.ws, run_id)
    assert found is not None
    assert 0 < found < 1
    assert detectable_effect(shop.ws, run_id, seeds=3) == found


def test_other_seeds_tell_what_one_seed_cannot(seeded: tuple[Workspace, list[Run]]) -> None:
    ws, runs = seeded
    one, three = (detectable_effect(ws, runs[0].id, seeds=seeds) for seeds in (1, 3))
    assert one is not None
    assert three is not None
    assert three < one


def test_nothing_is_promised_where_nothing_is_known(
    ws: Workspace, two_tastes: Dataset, put: Callable[..., str]
) -> None:
    alone = train(ws, TrainSpec(dataset=put(ws, two_tastes), model="ials", settings=SMALL))
    assert detectable_effect(ws, alone.id) is None
    assert detectable_effect(ws, alone.id, seeds=3) is not None


def test_seed_noise_by_hand() -> None:
    """Means 1 and 3, and 5, 5 and 8: squares of 2 and of 6 over 3 degrees, times two for two trainings."""
    noise = noise_of([np.array([[1.0], [3.0]]), np.array([[5.0], [5.0], [8.0]])])
    assert noise is not None
    assert noise.df == 3
    assert noise.sd == pytest.approx([np.sqrt(2 * (2 + 6) / 3)])
    assert noise_of([]) is None


def test_groups_hold_equal_trainings_but_for_the_seed(seeded: tuple[Workspace, list[Run]]) -> None:
    ws, runs = seeded
    (group,) = seed_groups(ws, runs[0])
    assert {run.id for run in group} == {run.id for run in runs}
    other = train(
        ws, TrainSpec(dataset=runs[0].spec.dataset, model="ials", settings={"dims": 5, "epochs": 2})
    )
    assert seed_groups(ws, other) == []
    assert len(seed_groups(ws, runs[0], but={runs[0].id})[0]) == 3


def test_runs_with_settings_of_earlier_times_are_passed_over(
    ws: Workspace, two_tastes: Dataset, put: Callable[..., str]
) -> None:
    spec = TrainSpec(dataset=put(ws, two_tastes), model="ials", settings=SMALL)
    old, new = (train(ws, spec.model_copy(update={"seed": seed})) for seed in range(2))
    with Store(ws).writing() as db:
        kept = old.spec.model_copy(update={"settings": {"forgotten": 1}}).model_dump_json()
        db.execute("UPDATE runs SET spec = ? WHERE id = ?", (kept, old.id))
    assert seed_groups(ws, new) == []
    assert detectable_effect(ws, new.id, seeds=2) is not None


def test_a_verdict_learns_from_seeds_that_are_not_its_own(seeded: tuple[Workspace, list[Run]]) -> None:
    ws, runs = seeded
    arms = Arms.of(ws, [runs[0].id], [runs[0].id])
    assert [len(group) for group in arms.others] == [3]
    assert arms.changed(lambda report: report.per_person[["ndcg@10"]].to_numpy()).change.p_value[0] == 1
