"""LensKit's side of the contests: recommending to everybody and measuring the lists."""

from __future__ import annotations

import warnings
from time import process_time

import pandas as pd
from lenskit import batch, topn_pipeline
from lenskit.als import ImplicitMFScorer
from lenskit.data import ItemListCollection, from_interactions_df
from lenskit.metrics import NDCG, Recall, RunAnalysis

from tests.benchmarks.peers.task import read_task, tell


def main() -> None:
    warnings.simplefilter("ignore")
    task, data = read_task()
    train = pd.DataFrame({"user_id": data["user"], "item_id": data["item"]})
    asked = pd.DataFrame({"user_id": data["target_user"], "item_id": data["target_item"]})
    people = asked["user_id"].unique()[: task["people"]]
    asked = asked[asked["user_id"].isin(people)]
    pipeline = topn_pipeline(ImplicitMFScorer(features=task["dims"], epochs=1), n=task["k"])
    pipeline.train(from_interactions_df(train))
    test = ItemListCollection.from_df(asked, ["user_id"])
    began = process_time()
    lists = batch.recommend(pipeline, list(people), task["k"], n_jobs=1)
    analysis = RunAnalysis()
    analysis.add_metric(NDCG(task["k"]))
    analysis.add_metric(Recall(task["k"]))
    analysis.measure(lists, test)
    tell(process_time() - began, len(people))


if __name__ == "__main__":
    main()
