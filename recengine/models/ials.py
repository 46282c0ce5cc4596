"""iALS: vectors of people and items, fitted in turns by least squares (Hu, Koren & Volinsky, ICDM 2008).

Loss, regularisation and start are those of "Revisiting the performance of iALS on item recommendation
benchmarks" (Rendle et al., RecSys 2022). Each turn moves every vector by a few steps of conjugate gradients
from where it stands (as Takacs et al., RecSys 2011), which reaches the exact optimum in as many epochs at a
fraction of the cost; a profile that is asked for is folded in exactly.

Shapes: U people of the training, B of the profiles, I items, D factors.
"""

from __future__ import annotations

import itertools
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from recengine.core.dataset import Dataset, DataSize
from recengine.core.errors import DataError, JobError, TrainingError
from recengine.core.profiles import Profiles
from recengine.models import event_matrix
from recengine.models.base import ModelConfig
from recengine.models.event_matrix import WEIGHTING_HELP, Weighting
from recengine.models.events import MONITORED, Epoch, Event, Step, Validate
from recengine.models.factors import FactorModel
from recengine.models.threads import num_threads

if TYPE_CHECKING:
    from scipy.sparse import csr_array

EXACT_STEPS, TOLERANCE = 1000, 1e-6  # steps at most; of the first residual, about what float32 can tell
ALL_UNOBSERVED, HELD_DOWN = 750.0, 0.065  # in choices; see `_Loss.of`
LARGE_CATALOGUE = 20_000  # items, from which on quality goes on growing with the factors
SECONDS_PER_NUMBER = 1.2e-9  # for each event and factor, one epoch; roughly
SECONDS_PER_SQUARE = 8e-11  # for each person or item and two factors, one epoch
Vectors = NDArray[np.float32]


class IalsConfig(ModelConfig):
    """How many factors, how much not choosing says, and how strongly vectors are held down."""

    title: ClassVar[str] = "iALS"
    summary: ClassVar[str] = (
        "Finds tastes that explain who chose what, and recommends what suits a person's mix of them."
    )
    presets: ClassVar[dict[str, dict[str, Any]]] = {
        "quick": {"dims": 64, "epochs": 6},
        "balanced": {},
        "best": {"dims": 256, "epochs": 16},
    }
    variations: ClassVar[tuple[dict[str, Any], ...]] = (
        {"dims": 256},
        {"frequency_exponent": 0.5},
        {"weighting": "binary"},
    )

    dims: int = Field(
        default=128,
        ge=2,
        le=4096,
        description="Numbers that describe an item or a taste. More suit large catalogues.",
        json_schema_extra={"group": "Model", "advanced": False},
    )
    epochs: int = Field(
        default=12,
        ge=1,
        le=1000,
        description="Passes over the data at most.",
        json_schema_extra={"group": "Training", "advanced": False},
    )
    unobserved: float | None = Field(
        default=None,
        gt=0,
        le=10,
        description="What it counts that something was not chosen; having chosen it counts 1. Empty: so much "
        "that all items together count as 750 choices.",
        json_schema_extra={"group": "Model", "advanced": False},
    )
    regularisation: float | None = Field(
        default=None,
        gt=0,
        le=1e6,
        description="How strongly vectors are held down. Empty: the average person's as strongly as by 6.5 % "
        "of what they chose.",
        json_schema_extra={"group": "Regularisation", "advanced": False},
    )
    frequency_exponent: float = Field(
        default=1.0,
        ge=0,
        le=2,
        description="How the regularisation grows with what is known of a person or item. 1: in proportion; "
        "0: equally strong for all.",
        json_schema_extra={"group": "Regularisation", "advanced": True},
    )
    weighting: Weighting = Field(
        default="log",
        description=WEIGHTING_HELP,
        json_schema_extra={"group": "Model", "advanced": True},
    )
    steps: int = Field(
        default=2,
        ge=1,
        le=100,
        description="Steps of conjugate gradients for each vector and epoch; more are slower and more exact.",
        json_schema_extra={"group": "Training", "advanced": True},
    )
    deviation: float = Field(
        default=0.1,
        gt=0,
        le=10,
        description="Length of the random vectors at the start.",
        json_schema_extra={"group": "Training", "advanced": True},
    )
    patience: int = Field(
        default=3,
        ge=0,
        le=1000,
        description="Passes without a better validation NDCG@10 after which training stops; 0 = never.",
        json_schema_extra={"group": "Training", "advanced": True},
    )
    refit: bool = Field(
        default=True,
        description="Once the best number of passes is known, train anew on all events before the test.",
        json_schema_extra={"group": "Training", "advanced": True},
    )

    @classmethod
    def scaled(cls, name: str, size: DataSize) -> dict[str, Any]:
        if size.items < LARGE_CATALOGUE or name == "quick":
            return {}
        return {"dims": 1024 if name == "best" else 256}

    def effort(self, size: DataSize) -> float:
        moved = SECONDS_PER_NUMBER * size.interactions * self.dims
        turned = SECONDS_PER_SQUARE * (size.people + size.items) * self.dims**2
        return self.epochs * (moved + turned)

    @property
    def reads_weights(self) -> bool:
        return self.weighting == "log"

    def build(self) -> Ials:
        return Ials(self)


@dataclass(frozen=True)
class _Loss:
    """What the loss is made of, with nothing left open."""

    unobserved: float
    regularisation: float
    exponent: float

    @classmethod
    def of(cls, config: IalsConfig, person_UI: csr_array) -> _Loss:
        """What was left open is set as suits MovieLens, Million Song and Gowalla alike."""
        chosen = float(person_UI.sum() / np.count_nonzero(np.diff(person_UI.indptr)))
        unobserved = config.unobserved or min(1.0, ALL_UNOBSERVED / person_UI.shape[1])
        whole = chosen + unobserved * person_UI.shape[1]
        ridge = config.regularisation or HELD_DOWN * chosen / whole**config.frequency_exponent
        return cls(unobserved, ridge, config.frequency_exponent)

    def ridge(self, matrix_NI: csr_array) -> Vectors:
        """How strongly each row is held down, shape (N,)."""
        num_columns = matrix_NI.shape[1]
        known_N = matrix_NI @ np.ones(num_columns, np.float32) + self.unobserved * num_columns
        return (self.regularisation * known_N**self.exponent).astype(np.float32)


@dataclass
class _State:
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


class Ials(FactorModel[IalsConfig]):
    """The score is the product of an item's vector and the vector that explains the profile best."""

    iterative = True

    def __init__(self, config: IalsConfig) -> None:
        super().__init__(config)
        self.item_ID: Vectors = np.zeros((0, config.dims), np.float32)  # in their principal axes
        self.average_D: Vectors = np.zeros(config.dims, np.float32)  # person of the training
        self._loss = _Loss(1.0, 1.0, config.frequency_exponent)
        self._state: _State | None = None
        self._warm: Ials | None = None  # what the next training begins with

    def training(
        self,
        data: Dataset,
        *,
        seed: int = 0,
        device: str = "cpu",
        validate: Validate | None = None,
        resume: Path | None = None,
    ) -> Iterator[Event]:
        if len(data.interactions) == 0:
            raise DataError(
                f"dataset '{data.name}' has no events to learn from; loosen the split or the cleaning."
            )
        state = self._begin(data.num_users, data.num_items, seed)
        if resume is not None:
            state = _load(resume, state)
        self._state = state
        person_UI = self._in_events(event_matrix.of_dataset(data, self.config.weighting))
        item_IU, total = person_UI.T.tocsr(), 2 * self.config.epochs
        self._loss = _Loss.of(self.config, person_UI)
        if resume is None:
            self._take_over(state, person_UI)
        while state.halves < total and not self._out_of_patience(state, validate):
            began = perf_counter()
            self._half(state, person_UI, item_IU)
            state.seconds += perf_counter() - began
            if state.halves % 2:
                yield Step(state.halves, total, state.loss, person_UI.nnz / 2 / state.seconds)
            else:
                yield self._measured(state, person_UI.nnz, validate)
        self.item_ID, self.average_D, self._state = state.best_item_ID, state.best_average_D, None

    def warm_start(self, other: Self) -> None:
        self._warm = other

    def _take_over(self, state: _State, person_UI: csr_array) -> None:
        """Begin with another model's items, and with the people who go with them."""
        warm, self._warm = self._warm, None
        if warm is not None:
            state.item_ID = warm.item_ID.copy()
            _improve(self._loss, person_UI, state.item_ID, state.person_UD, EXACT_STEPS)

    def checkpoint(self, path: Path) -> None:
        if self._state is None:
            raise JobError("there is no training under way, so nothing to write down.")
        _save(self._state, path)

    def person_vectors(self, profiles: Profiles) -> Vectors:
        """The exact least of each profile's loss, given the items; average for whoever has no known item."""
        person_BI = event_matrix.of_profiles(profiles, self.num_items, self.config.weighting)
        vector_BD = np.zeros((len(profiles), self.config.dims), np.float32)
        _improve(self._loss, self._in_events(person_BI), self.item_ID, vector_BD, EXACT_STEPS)
        vector_BD[~vector_BD.any(axis=1)] = self.average_D
        return vector_BD

    def item_vectors(self) -> Vectors:
        return self.item_ID

    def arrays(self) -> dict[str, NDArray[Any]]:
        return {"item_ID": self.item_ID, "average_D": self.average_D}

    def restore(self, arrays: dict[str, NDArray[Any]], meta: dict[str, Any]) -> None:
        self.item_ID, self.average_D = arrays["item_ID"], arrays["average_D"]
        self._loss = _Loss(**meta["loss"])

    def meta(self) -> dict[str, Any]:
        return {"loss": asdict(self._loss)}

    def _in_events(self, matrix: csr_array) -> csr_array:
        """Weights such that one plain event counts 1."""
        counted = matrix.astype(np.float32)
        if self.config.weighting == "log":
            counted.data /= np.float32(np.log(2))
        return counted

    def _begin(self, num_people: int, num_items: int, seed: int) -> _State:
        """Small random vectors."""
        random, dims = np.random.default_rng(seed), self.config.dims
        person_UD = random.standard_normal((num_people, dims), np.float32)
        item_ID = random.standard_normal((num_items, dims), np.float32)
        axes_DD = _principal_axes(item_ID) * np.float32(self.config.deviation / dims**0.5)
        person_UD, item_ID = person_UD @ axes_DD, item_ID @ axes_DD
        return _State(seed, person_UD, item_ID, item_ID, person_UD.mean(axis=0))

    def _half(self, state: _State, person_UI: csr_array, item_IU: csr_array) -> None:
        """Move every vector of one side a few steps towards its optimum, then turn both."""
        if state.halves % 2 == 0:
            matrix, rows_ND, columns_ID = person_UI, state.person_UD, state.item_ID
        else:
            matrix, rows_ND, columns_ID = item_IU, state.item_ID, state.person_UD
        loss = _improve(self._loss, matrix, columns_ID, rows_ND, self.config.steps)
        state.loss = float(loss / matrix.nnz)
        if not np.isfinite(state.loss):
            raise TrainingError(
                f"the loss is no number any more ({state.loss}). Raise the regularisation (now "
                f"{self._loss.regularisation:g}), or look for absurd weights in the data."
            )
        axes_DD = _principal_axes(rows_ND)
        state.person_UD, state.item_ID = state.person_UD @ axes_DD, state.item_ID @ axes_DD
        state.halves += 1

    def _measured(self, state: _State, interactions: int, validate: Validate | None) -> Epoch:
        """Close the epoch: keep the vectors if they are the best yet."""
        self.item_ID, self.average_D = state.item_ID, state.person_UD.mean(axis=0)
        values, number = validate(self) if validate else {}, state.halves // 2
        value = values.get(MONITORED, float(number))  # without a measure the last are the best
        best = value > state.best_value
        if best:
            state.best_value, state.best_epoch = value, number
            state.best_item_ID, state.best_average_D = self.item_ID, self.average_D
        epoch = Epoch(
            number=number,
            of=self.config.epochs,
            loss=state.loss,
            validation=values,
            seconds=state.seconds,
            interactions=interactions,
            best=best,
        )
        state.seconds = 0.0
        return epoch

    def _out_of_patience(self, state: _State, validate: Validate | None) -> bool:
        waited = state.halves // 2 - state.best_epoch
        return validate is not None and bool(self.config.patience) and waited >= self.config.patience


def _improve(loss: _Loss, matrix_NI: csr_array, column_ID: Vectors, row_ND: Vectors, steps: int) -> float:
    """Move each row towards the vector that explains its entries best.

    Args:
        column_ID: what explains them, in its principal axes.
        row_ND: changed in place.

    Returns:
        The loss before, without what holds the columns down.
    """
    from recengine.models.least_squares import improve

    spread_D, ridge_N = loss.unobserved * (column_ID**2).sum(axis=0), loss.ridge(matrix_NI)
    held = float(((row_ND**2) @ spread_D + ridge_N * (row_ND**2).sum(axis=1)).sum())
    offsets, columns = matrix_NI.indptr.astype(np.int64), matrix_NI.indices.astype(np.int32)

    def improved(rows: slice) -> float:
        inside, ridge_R, row_RD = offsets[rows.start : rows.stop + 1], ridge_N[rows], row_ND[rows]
        return improve(
            inside, columns, matrix_NI.data, column_ID, spread_D, ridge_R, row_RD, steps, TOLERANCE
        )

    parts = _parts(offsets, threads=num_threads())
    with ThreadPoolExecutor(len(parts)) as pool:  # the compiled loop lets other threads run
        return held + sum(pool.map(improved, parts))


def _parts(offsets: NDArray[np.int64], threads: int) -> list[slice]:
    """As many runs of rows as there are threads, of about as many entries each."""
    wanted = np.linspace(0, offsets[-1], threads + 1)
    bounds = np.unique(np.r_[0, np.searchsorted(offsets, wanted[1:-1]), len(offsets) - 1])
    return [slice(first, last) for first, last in itertools.pairwise(bounds.tolist())]


def _principal_axes(vector_ND: Vectors) -> Vectors:
    """The axes along which the vectors' sums of squares are uncorrelated, shape (D, D)."""
    gram_DD = (vector_ND.T @ vector_ND).astype(np.float64)
    return np.linalg.eigh(gram_DD)[1].astype(np.float32)


def _save(state: _State, path: Path) -> None:
    """Write everything needed to go on, atomically."""
    from safetensors.numpy import save_file

    vectors = {name: value for name, value in vars(state).items() if isinstance(value, np.ndarray)}
    rest = {name: value for name, value in vars(state).items() if name not in vectors}
    draft = path.with_suffix(".part")
    save_file(vectors, draft, {"rest": json.dumps(rest)})
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.replace(path)


def _load(path: Path, fresh: _State) -> _State:
    """The state that `_save` wrote; `fresh` is the one this training would begin with.

    Raises:
        TrainingError: the file belongs to other settings, other data or another seed.
    """
    from safetensors import SafetensorError, safe_open

    def described(state: _State) -> str:
        return f"seed {state.seed}, people {state.person_UD.shape}, items {state.item_ID.shape}"

    try:
        with safe_open(path, "np") as file:
            vectors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (it is no dict)
            state = _State(**vectors, **json.loads(file.metadata()["rest"]))
        if described(state) != described(fresh):
            raise ValueError(f"{described(state)}; wanted {described(fresh)}")
    except (SafetensorError, KeyError, TypeError, ValueError) as error:
        raise TrainingError(
            f"the checkpoint {path.name} does not fit this training ({error}). "
            "Start the run anew with the same settings."
        ) from None
    return state
