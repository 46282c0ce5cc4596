"""RecBole's side of the contests: SASRec and GRU4Rec with full cross-entropy, and its evaluation.

RecBole 1.2.1 was written for older numpy; the names it misses are given back to numpy before it is imported.
"""

from __future__ import annotations

import itertools
import tempfile
import warnings
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np

warnings.simplefilter("ignore")
for _name, _type in {"float": float, "int": int, "bool": bool, "object": object, "long": int}.items():
    setattr(np, _name, _type)

import torch  # noqa: E402
from recbole.config import Config  # noqa: E402
from recbole.data import create_dataset, data_preparation  # noqa: E402
from recbole.utils import get_model, get_trainer, init_seed  # noqa: E402

from tests.benchmarks.peers.task import read_task, tell  # noqa: E402

WARM_STEPS = 3
EVERYWHERE = {
    "use_gpu": False,
    "state": "ERROR",
    "show_progress": False,
    "load_col": {"inter": ["user_id", "item_id", "timestamp"]},
    "train_neg_sample_args": None,
}


def main() -> None:
    torch.set_num_threads(1)
    task, data = read_task()
    with tempfile.TemporaryDirectory() as folder:
        {"sasrec": sequence, "recurrent": sequence, "evaluation": evaluation}[task["what"]](
            task, data, Path(folder)
        )


def sequence(task: dict[str, Any], data: dict[str, np.ndarray], folder: Path) -> None:
    """Some steps of training; its loader makes every event a history of its own with one target."""
    users = np.concatenate([data["user"], data["target_user"]])
    items = np.concatenate([data["item"], data["target_item"]])
    _write(folder, "contest.inter", users, items)
    shape = {
        "sasrec": {
            "n_layers": task["layers"],
            "n_heads": task.get("heads"),
            "hidden_size": task["dims"],
            "inner_size": task["dims"],
            "hidden_dropout_prob": task["dropout"],
            "attn_dropout_prob": task["dropout"],
        },
        "recurrent": {
            "embedding_size": task["dims"],
            "hidden_size": task["dims"],
            "num_layers": task["layers"],
            "dropout_prob": task["dropout"],
        },
    }
    config = Config(
        model={"sasrec": "SASRec", "recurrent": "GRU4Rec"}[task["what"]],
        dataset="contest",
        config_dict=EVERYWHERE
        | shape[task["what"]]
        | {
            "data_path": str(folder),
            "checkpoint_dir": str(folder),
            "MAX_ITEM_LIST_LENGTH": task["history"],
            "train_batch_size": task["batch"],
            "learning_rate": task["learning_rate"],
            "eval_args": {"split": {"LS": "valid_and_test"}, "order": "TO", "mode": "full"},
        },
    )
    trainer, train, _ = _prepared(config)
    batches = iter(train)
    trainer._train_epoch(itertools.islice(batches, WARM_STEPS), 0)
    began, steps = process_time(), task["steps"]
    trainer._train_epoch(itertools.islice(batches, steps), 0)
    tell(process_time() - began, steps * task["batch"])


def evaluation(task: dict[str, Any], data: dict[str, np.ndarray], folder: Path) -> None:
    """A matrix factorisation with given vectors, evaluated by its trainer."""
    _write(folder, "contest.train.inter", data["user"], data["item"])
    _write(folder, "contest.valid.inter", data["target_user"][:1], data["target_item"][:1])
    _write(folder, "contest.test.inter", data["target_user"], data["target_item"])
    config = Config(
        model="BPR",
        dataset="contest",
        config_dict=EVERYWHERE
        | {
            "data_path": str(folder),
            "checkpoint_dir": str(folder),
            "benchmark_filename": ["train", "valid", "test"],
            "embedding_size": task["dims"],
            "topk": [task["k"]],
            "metrics": ["NDCG", "Recall"],
            "valid_metric": f"NDCG@{task['k']}",
            "train_neg_sample_args": {"distribution": "uniform", "sample_num": 1},
            # The batch counts scores, not people; its default of 4,096 is one person here.
            "eval_batch_size": task["people_at_once"] * int(data["shape"][1]),
            "eval_args": {"order": "RO", "mode": "full"},
        },
    )
    trainer, train, test = _prepared(config)
    model, dataset = trainer.model, train._dataset
    for name, weight, vectors in (
        ("user_id", model.user_embedding.weight, data["user_UD"]),
        ("item_id", model.item_embedding.weight, data["item_ID"]),
    ):
        codes = dataset.field2id_token[name][1:].astype(int)  # the first is its padding
        weight.data[1:] = torch.from_numpy(vectors[codes])
    began = process_time()
    metrics = trainer.evaluate(test, load_best_model=False)
    tell(process_time() - began, len(np.unique(data["target_user"])), ndcg=metrics[f"ndcg@{task['k']}"])


def _prepared(config: Config) -> tuple[Any, Any, Any]:
    init_seed(0, True)
    dataset = create_dataset(config)
    train, _, test = data_preparation(config, dataset)
    model = get_model(config["model"])(config, train._dataset)
    return get_trainer(config["MODEL_TYPE"], config["model"])(config, model), train, test


def _write(folder: Path, name: str, users: np.ndarray, items: np.ndarray) -> None:
    """RecBole's own format; the time is the place in the file."""
    path = folder / "contest" / name
    path.parent.mkdir(exist_ok=True)
    lines = ["user_id:token\titem_id:token\ttimestamp:float"]
    lines += [f"{user}\t{item}\t{time}" for time, (user, item) in enumerate(zip(users, items, strict=True))]
    path.write_text("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
