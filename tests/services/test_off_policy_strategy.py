"""What a saved strategy would have earned on lists shown here."""

from collections.abc import Callable

import numpy as np
import pytest

from recengine.core.dataset import Dataset
from recengine.core.errors import DataError
from recengine.services.feedback import Event, accept
from recengine.services.off_policy_strategy import AS_NOW, NO_CHANCE, evaluate_strategy
from recengine.services.runs import TrainSpec
from recengine.services.shown import ShownList, show_all
from recengine.services.strategic import Maker
from recengine.services.strategies import save
from recengine.services.training import train
from recengine.services.workspace import Workspace
from recengine.strategy import Explore, Strategy

EXPLORING = Strategy(name="brave", explore=Explore(method="epsilon", amount=0.5))


def test_a_strategy_is_asked_about_the_lists_that_were_shown(
    ws: Workspace, two_tastes: Dataset, put: Callable[[Workspace, Dataset], str]
) -> None:
    """Everybody was shown items by even chance; what the strategy lists first was clicked, nothing else."""
    dataset = put(ws, two_tastes)
    run = train(ws, TrainSpec(dataset=dataset, model="popularity")).id
    save(ws, EXPLORING, "ann")
    with pytest.raises(DataError, match="no such list was shown yet"):
        evaluate_strategy(ws, run, "brave")
    codes = np.arange(two_tastes.num_users)
    best = Maker.of(ws, run, Strategy(), 1).table(codes, 1).set_index("person")["item_id"]
    draw, offered = np.random.default_rng(0), sorted({*best, *two_tastes.items.ids[:2]})
    lists = [
        ShownList(
            dataset, run, "", 0, person, (draw.choice(offered),), (1 / len(offered),), number, float(number)
        )
        for number in range(1, 13)
        for person in (*two_tastes.users.ids, "")
    ]
    show_all(ws, lists)
    hits = [one for one in lists if best.get(one.person) == one.items[0]]
    accept(
        ws,
        [Event(f"e{at}", one.list_id, one.items[0], "click", at=99.0) for at, one in enumerate(hits)],
        "app",
    )
    report = evaluate_strategy(ws, run, "brave")
    assert report.evaluation.estimates["snips"].mean == pytest.approx(1.0)
    assert report.evaluation.verdict == "better", report.sentence
    assert report.notes[:2] == (AS_NOW, NO_CHANCE)
    assert report.notes[2].startswith("12 lists of people whom the data do not know")
