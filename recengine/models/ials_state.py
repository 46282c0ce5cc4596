"""Where a training of iALS stands, in memory and on disk."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from recengine.core.errors import TrainingError
from recengine.models.ials_loss import Vectors


@dataclass
class State:
    """Where training stands. Vectors lie in the principal axes of the side that moved last."""

    seed: int
    person_UD: Vectors
    item_ID: Vectors
    best_item_ID: Vectors
    best_average_D: Vectors
    halves: int = 0  # finished: people, items, people...
    loss: float = float("nan")
    seconds: float = 0.0  # of the epoch under way
    best_value: float = float("-inf")
    best_epoch: int = 0


def save(state: State, path: Path) -> None:
    """Write everything needed to go on, atomically."""
    from safetensors.numpy import save_file

    vectors = {name: value for name, value in vars(state).items() if isinstance(value, np.ndarray)}
    rest = {name: value for name, value in vars(state).items() if name not in vectors}
    draft = path.with_suffix(".part")
    save_file(vectors, draft, {"rest": json.dumps(rest)})
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.replace(path)


def load(path: Path, fresh: State) -> State:
    """The state that `save` wrote; `fresh` is the one this training would begin with.

    Raises:
        TrainingError: the file belongs to other settings, other data or another seed.
    """
    from safetensors import SafetensorError, safe_open

    def described(state: State) -> str:
        return f"seed {state.seed}, people {state.person_UD.shape}, items {state.item_ID.shape}"

    try:
        with safe_open(path, "np") as file:
            vectors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (it is no dict)
            state = State(**vectors, **json.loads(file.metadata()["rest"]))
        if described(state) != described(fresh):
            raise ValueError(f"{described(state)}; wanted {described(fresh)}")
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        raise TrainingError(
            f"the checkpoint {path.name} does not fit this training ({error}). "
            "Start the run anew with the same settings."
        ) from None
    return state
