"""Our side of the contests, and the rates its floors are counted with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from time import process_time
from typing import Any

import numpy as np
import pandas as pd

from recengine.core.columns import ITEM, TIME, USER, WEIGHT
from recengine.core.dataset import Dataset, Entities, Interactions
from recengine.core.product_ranking import top_k_of_products
from recengine.core.profiles import Profiles
from recengine.core.ragged import Ragged
from recengine.metrics.ranking import hits, ndcg, recall
from recengine.models import model_config
from recengine.models.events import Epoch
from tests.benchmarks.floors import Rates
from tests.benchmarks.peers.task import read_task, tell


def main() -> None:
    task, data = read_task()
    before = Rates.measured(*task["product"])
    work: Callable[..., dict[str, Any]] = evaluation if task["what"] == "evaluation" else training
    done = work(task, data)
    tell(**done, rates=asdict(before.or_better(Rates.measured(*task["product"]))))


def training(task: dict[str, Any], data: dict[str, np.ndarray]) -> dict[str, Any]:
    """All passes but the first, which compiles and warms up; then everybody's list."""
    dataset = _dataset(data)
    model, events = model_config(task["model"], task["settings"]).build(), 0
    marks: list[float] = []
    for event in model.training(dataset, seed=0):
        if isinstance(event, Epoch):
            events += event.interactions if marks else 0
            marks.append(process_time())
    lists_UK = np.full((data["shape"][0], task["k"]), -1)
    people = np.unique(data["target_user"])
    profiles = Profiles.of(dataset, people, np.inf)
    profiles = replace(profiles, now=_last_moment(profiles))
    lists_UK[people] = model.top_k(profiles, task["k"], repeats="new").items_UK
    return {"cpu_s": marks[-1] - marks[0], "count": events, "lists_UK": lists_UK}


def _dataset(data: dict[str, np.ndarray]) -> Dataset:
    """The events with a person's first at time 0, their second at time 1 day and so on."""
    num_users, num_items = data["shape"]
    place = pd.Series(data["user"]).groupby(data["user"]).cumcount().to_numpy()
    frame = pd.DataFrame({USER: data["user"], ITEM: data["item"], TIME: place * 86_400.0, WEIGHT: 1.0})
    return Dataset(
        name="contest",
        interactions=Interactions.sorted(frame),
        users=Entities.bare(map(str, range(num_users))),
        items=Entities.bare(map(str, range(num_items))),
        fingerprint="contest",
    )


def _last_moment(profiles: Profiles) -> np.ndarray:
    """Just after each person's last event."""
    now_B = np.zeros(len(profiles))
    np.maximum.at(now_B, profiles.rows, profiles.times)
    return now_B + 1e-3


def evaluation(task: dict[str, Any], data: dict[str, np.ndarray]) -> dict[str, Any]:
    """Lists of K out of given vectors, what people had masked, and two metrics of them."""
    num_users, num_items = map(int, data["shape"])
    had = Ragged.of_rows(data["user"], data["item"], num_users)
    targets = Ragged.of_rows(data["target_user"], data["target_item"], num_users)
    people = np.flatnonzero(targets.lengths > 0)
    seconds = []
    for _ in range(1 + task["repeats"]):  # the first compiles
        began = process_time()
        lists = top_k_of_products(
            data["user_UD"][people],
            data["item_ID"],
            task["k"],
            had=had.take(people),
            repeats="new",
            catalogue_I=np.ones(num_items, bool),
        )
        hits_UK, wanted = hits(lists.items_UK, targets.take(people)), targets.lengths[people]
        means = {"ndcg": float(ndcg(hits_UK, wanted).mean()), "recall": float(recall(hits_UK, wanted).mean())}
        seconds.append(process_time() - began)
    return {"cpu_s": min(seconds[1:]), "count": len(people), **means}


if __name__ == "__main__":
    main()
