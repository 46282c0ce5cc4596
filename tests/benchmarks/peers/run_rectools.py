"""RecTools' side of the contests: SASRec with full and with sampled softmax."""

from __future__ import annotations

import warnings
from time import process_time
from typing import Any

import numpy as np
import pandas as pd
import torch
from pytorch_lightning import Callback, Trainer
from rectools import Columns
from rectools.dataset import Dataset
from rectools.models import SASRecModel

from tests.benchmarks.peers.task import read_task, tell


class Marks(Callback):
    """CPU time at the end of each pass."""

    def __init__(self) -> None:
        self.at: list[float] = []

    def on_train_epoch_start(self, trainer: Any, module: Any) -> None:
        if not self.at:
            self.at.append(process_time())

    def on_train_epoch_end(self, trainer: Any, module: Any) -> None:
        self.at.append(process_time())


def main() -> None:
    warnings.simplefilter("ignore")
    torch.set_num_threads(1)
    torch.manual_seed(0)
    task, data = read_task()
    frame = pd.DataFrame({Columns.User: data["user"], Columns.Item: data["item"], Columns.Weight: 1.0})
    # Days apart, so that the order inside a person is the order of the file.
    place = frame.groupby(Columns.User).cumcount()
    frame[Columns.Datetime] = pd.Timestamp("2000-01-01") + pd.to_timedelta(place, unit="D")
    dataset = Dataset.construct(frame)
    model = SASRecModel(
        n_blocks=task["layers"],
        n_heads=task["heads"],
        n_factors=task["dims"],
        session_max_len=task["history"],
        dropout_rate=task["dropout"],
        loss="sampled_softmax" if task["negatives"] else "softmax",
        n_negatives=task["negatives"] or 1,
        lr=task["learning_rate"],
        batch_size=task["batch"],
        get_trainer_func=lambda: Trainer(
            max_epochs=task["passes"],
            accelerator="cpu",
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            callbacks=[Marks()],
        ),
    )
    model.fit(dataset)
    # RecTools trains with a copy of the trainer it was given.
    marks = next(each for each in model.fit_trainer.callbacks if isinstance(each, Marks))
    events_U = np.bincount(data["user"])
    targets_a_pass = np.minimum(events_U - 1, task["history"]).clip(0).sum()  # what is older is left out
    tell(
        marks.at[-1] - marks.at[0],
        targets_a_pass * (len(marks.at) - 1),
        _lists(model, dataset, data, task["k"]),
    )


def _lists(model: SASRecModel, dataset: Dataset, data: dict[str, np.ndarray], k: int) -> np.ndarray:
    people = np.unique(data["target_user"])
    found = model.recommend(people, dataset, k=k, filter_viewed=True)
    lists_UK = np.full((data["shape"][0], k), -1)
    lists_UK[found[Columns.User], found[Columns.Rank] - 1] = found[Columns.Item]
    return lists_UK


if __name__ == "__main__":
    main()
