"""iALS: vectors of people and items, fitted in turns by least squares (Hu, Koren & Volinsky, ICDM 2008).

Loss, regularisation and start are those of "Revisiting the performance of iALS on item recommendation
benchmarks" (Rendle et al., RecSys 2022). Each turn moves every vector by a few steps of conjugate gradients
from where it stands (as Takacs et al., RecSys 2011), which reaches the exact optimum in as many epochs at a
fraction of the cost; a profile that is asked for is folded in exactly.

Shapes: U people of the training, B of the profiles, I items, D factors.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
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
from recengine.models.ials_loss import EXACT_STEPS, Loss, Vectors, improve, principal_axes
from recengine.models.ials_state import State, load, save

if TYPE_CHECKING:
    from scipy.sparse import csr_array

LARGE_CATALOGUE = 20_000  # items, from which on quality goes on growing with the factors
SECONDS_PER_NUMBER = 1.2e-9  # for each event and factor, one epoch; roughly
SECONDS_PER_SQUARE = 8e-11  # for each person or item and two factors, one epoch


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


class Ials(FactorModel[IalsConfig]):
    """The score is the product of an item's vector and the vector that explains the profile best."""

    iterative = True

    def __init__(self, config: IalsConfig) -> None:
        super().__init__(config)
        self.item_ID: Vectors = np.zeros((0, config.dims), np.float32)  # in their principal axes
        self.average_D: Vectors = np.zeros(config.dims, np.float32)  # person of the training
        self._loss = Loss(1.0, 1.0, config.frequency_exponent)
        self._state: State | None = None
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
            state = load(resume, state)
        self._state = state
        person_UI = self.counted(data)
        item_IU, total = person_UI.T.tocsr(), 2 * self.config.epochs
        self._loss = Loss.of(self.config, person_UI)
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

    def _take_over(self, state: State, person_UI: csr_array) -> None:
        """Begin with another model's items, and with the people who go with them."""
        warm, self._warm = self._warm, None
        if warm is not None:
            state.item_ID = warm.item_ID.copy()
            improve(self._loss, person_UI, state.item_ID, state.person_UD, EXACT_STEPS)

    def checkpoint(self, path: Path) -> None:
        if self._state is None:
            raise JobError("there is no training under way, so nothing to write down.")
        save(self._state, path)

    def person_vectors(self, profiles: Profiles) -> Vectors:
        """The exact least of each profile's loss, given the items; average for whoever has no known item."""
        person_BI = event_matrix.of_profiles(profiles, self.num_items, self.config.weighting)
        vector_BD = np.zeros((len(profiles), self.config.dims), np.float32)
        improve(self._loss, self._in_events(person_BI), self.item_ID, vector_BD, EXACT_STEPS)
        vector_BD[~vector_BD.any(axis=1)] = self.average_D
        return vector_BD

    def item_vectors(self) -> Vectors:
        return self.item_ID

    def arrays(self) -> dict[str, NDArray[Any]]:
        return {"item_ID": self.item_ID, "average_D": self.average_D}

    def restore(self, arrays: dict[str, NDArray[Any]], meta: dict[str, Any]) -> None:
        self.item_ID, self.average_D = arrays["item_ID"], arrays["average_D"]
        self._loss = Loss(**meta["loss"])

    def meta(self) -> dict[str, Any]:
        return {"loss": asdict(self._loss)}

    @property
    def loss(self) -> Loss:
        """What the vectors were fitted by."""
        return self._loss

    def counted(self, data: Dataset) -> csr_array:
        """Who chose what how often, as this model counts it; shape (U, I)."""
        return self._in_events(event_matrix.of_dataset(data, self.config.weighting))

    def _in_events(self, matrix: csr_array) -> csr_array:
        """Weights such that one plain event counts 1."""
        counted = matrix.astype(np.float32)
        if self.config.weighting == "log":
            counted.data /= np.float32(np.log(2))
        return counted

    def _begin(self, num_people: int, num_items: int, seed: int) -> State:
        """Small random vectors."""
        random, dims = np.random.default_rng(seed), self.config.dims
        person_UD = random.standard_normal((num_people, dims), np.float32)
        item_ID = random.standard_normal((num_items, dims), np.float32)
        axes_DD = principal_axes(item_ID) * np.float32(self.config.deviation / dims**0.5)
        person_UD, item_ID = person_UD @ axes_DD, item_ID @ axes_DD
        return State(seed, person_UD, item_ID, item_ID, person_UD.mean(axis=0))

    def _half(self, state: State, person_UI: csr_array, item_IU: csr_array) -> None:
        """Move every vector of one side a few steps towards its optimum, then turn both."""
        if state.halves % 2 == 0:
            matrix, rows_ND, columns_ID = person_UI, state.person_UD, state.item_ID
        else:
            matrix, rows_ND, columns_ID = item_IU, state.item_ID, state.person_UD
        loss = improve(self._loss, matrix, columns_ID, rows_ND, self.config.steps)
        state.loss = float(loss / matrix.nnz)
        if not np.isfinite(state.loss):
            raise TrainingError(
                f"the loss is no number any more ({state.loss}). Raise the regularisation (now "
                f"{self._loss.regularisation:g}), or look for absurd weights in the data."
            )
        axes_DD = principal_axes(rows_ND)
        state.person_UD, state.item_ID = state.person_UD @ axes_DD, state.item_ID @ axes_DD
        state.halves += 1

    def _measured(self, state: State, interactions: int, validate: Validate | None) -> Epoch:
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

    def _out_of_patience(self, state: State, validate: Validate | None) -> bool:
        waited = state.halves // 2 - state.best_epoch
        return validate is not None and bool(self.config.patience) and waited >= self.config.patience
