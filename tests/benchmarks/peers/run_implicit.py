"""implicit's side of the contests: iALS by conjugate gradients in C++, and its own evaluation."""

from __future__ import annotations

from time import process_time
from typing import Any

import numpy as np
from implicit.als import AlternatingLeastSquares
from implicit.evaluation import ranking_metrics_at_k
from scipy.sparse import csr_matrix

from tests.benchmarks.peers.task import read_task, tell


def main() -> None:
    task, data = read_task()
    train = _matrix(data["user"], data["item"], data["shape"])
    {"ials": ials, "evaluation": evaluation}[task["what"]](task, data, train)


def ials(task: dict[str, Any], data: dict[str, np.ndarray], train: csr_matrix) -> None:
    marks: list[float] = []
    model = AlternatingLeastSquares(
        factors=task["dims"],
        regularization=task["regularization"],
        alpha=task["alpha"],
        iterations=task["passes"],
        num_threads=1,
        random_state=0,
    )
    model.fit(train, show_progress=False, callback=lambda *_: marks.append(process_time()))
    people = np.arange(train.shape[0])
    lists_UK, _ = model.recommend(people, train, N=task["k"])
    tell(marks[-1] - marks[0], train.nnz * (len(marks) - 1), lists_UK)


def evaluation(task: dict[str, Any], data: dict[str, np.ndarray], train: csr_matrix) -> None:
    test = _matrix(data["target_user"], data["target_item"], data["shape"])
    model = AlternatingLeastSquares(factors=task["dims"], num_threads=1)
    model.user_factors, model.item_factors = data["user_UD"], data["item_ID"]
    seconds = []
    for _ in range(task["repeats"]):
        began = process_time()
        metrics = ranking_metrics_at_k(model, train, test, K=task["k"], show_progress=False, num_threads=1)
        seconds.append(process_time() - began)
    people = int(np.count_nonzero(np.diff(test.indptr)))
    tell(min(seconds), people, ndcg=float(metrics["ndcg"]))


def _matrix(users: np.ndarray, items: np.ndarray, shape: np.ndarray) -> csr_matrix:
    return csr_matrix((np.ones(len(users), np.float32), (users, items)), shape=tuple(shape))


if __name__ == "__main__":
    main()
