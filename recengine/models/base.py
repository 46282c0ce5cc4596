"""What every model promises, whatever it is inside."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Generic, Literal, Self, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recengine.core.columns import Repeats
from recengine.core.config import Config
from recengine.core.dataset import Dataset, DataSize
from recengine.core.errors import SettingsError, did_you_mean
from recengine.core.profiles import Profiles
from recengine.core.ranking import Ranking, top_k
from recengine.models.events import Event, Validate

BLOCK_BYTES = 64 * 2**20  # most memory one block of scores may take
PRESETS = ("quick", "balanced", "best")
Family = Literal["rules", "linear", "neural"]
FAMILIES: dict[Family, str] = {  # from simple to rich, and from cheap to costly
    "rules": "Simple rules",
    "linear": "Neighbours and linear models",
    "neural": "Neural networks",
}


class ModelConfig(Config):
    """A model's settings: bounds and help live in its fields; every form and table is drawn from them.

    Attributes:
        title: how a page calls the model.
        summary: one sentence for someone who has never heard of it.
        family: what kind of model it is.
        presets: what each preset changes; read them through `preset`, which fits them to the data.
        gpu_presets: more of them, which make sense on a GPU only; pages offer them where there is one.
        contender: False for what only marks a level and is nobody's choice (random).
        deterministic: True where nothing is left to chance, so that every seed gives the same model.
        variations: settings worth a try on data nobody knows yet, when models are chosen by trying.
    """

    title: ClassVar[str]
    summary: ClassVar[str]
    family: ClassVar[Family] = "linear"
    presets: ClassVar[dict[str, dict[str, Any]]] = {name: {} for name in PRESETS}
    gpu_presets: ClassVar[dict[str, dict[str, Any]]] = {}
    contender: ClassVar[bool] = True
    deterministic: ClassVar[bool] = False
    variations: ClassVar[tuple[dict[str, Any], ...]] = ()

    @classmethod
    def preset(cls, name: str, size: DataSize | None = None) -> dict[str, Any]:
        """What a preset sets, on data of this size; without a size, as it is written down.

        Raises:
            SettingsError: there is no such preset.
        """
        presets = cls.presets | cls.gpu_presets
        if name not in presets:
            raise SettingsError(f"{cls.title} has no preset '{name}'. {did_you_mean(name, presets)}")
        return presets[name] | (cls.scaled(name, size) if size else {})

    @classmethod
    def scaled(cls, name: str, size: DataSize) -> dict[str, Any]:
        """What of a preset should be otherwise on data of this size; override where size matters."""
        return {}

    def effort(self, size: DataSize) -> float:
        """Roughly how many seconds one core needs for one fit on data of this size.

        Good for orders of magnitude; what is measured on a machine corrects it there.
        """
        return 2e-7 * size.interactions

    def obstacle(self, size: DataSize) -> str:
        """Why this cannot be trained on data of this size on this machine, in words; "" where it can."""
        return ""

    @property
    def reads_weights(self) -> bool:
        """Whether it makes a difference to the model how strongly an event counts."""
        return True

    def for_exam(self, kind: str) -> Self:
        """The same settings, with what was left open set for an exam of this kind (`SplitConfig.kind`)."""
        return self

    def build(self) -> Recommender[Any]:
        """The model, not fitted yet."""
        raise NotImplementedError


@dataclass(frozen=True)
class Candidates:
    """M items to be scored, some of whose features count as unknown; an item may be there several times.

    Attributes:
        items: int32 codes, shape (M,).
        hidden_MC: True where a candidate's feature counts as unknown; C = len(model.item_columns).
    """

    items: NDArray[np.int32]
    hidden_MC: NDArray[np.bool_]


def joined(parts: Sequence[Candidates]) -> Candidates:
    """All candidates of all parts, in that order."""
    return Candidates(
        np.concatenate([part.items for part in parts]), np.concatenate([part.hidden_MC for part in parts])
    )


C = TypeVar("C", bound=ModelConfig)


class Recommender(ABC, Generic[C]):
    """Learns from a Dataset, then scores Profiles. A person's id never reaches it.

    To write a model: subclass, implement `training`, `score`, `arrays`, `restore`.
    """

    personal: ClassVar[bool] = True  # False where everyone gets the same scores (popularity)
    iterative: ClassVar[bool] = False  # True where training has epochs and can be paused inside

    def __init__(self, config: C) -> None:
        self.config = config

    @abstractmethod
    def training(
        self,
        data: Dataset,
        *,
        seed: int = 0,
        device: str = "cpu",
        validate: Validate | None = None,
        resume: Path | None = None,
    ) -> Iterator[Event]:
        """Fit, reporting on the way; once exhausted the model is fitted. `data` is not touched.

        Args:
            seed: all randomness comes from it; on the CPU equal seeds give equal models.
            validate: measured after each epoch; without it there is no early stopping.
            resume: a checkpoint written by `checkpoint`, to go on exactly where it stood.

        Raises:
            TrainingError: the loss is no number any more; says which setting to change.
        """

    def fit(self, data: Dataset, *, seed: int = 0, device: str = "cpu") -> Self:
        """The whole training at once."""
        for _ in self.training(data, seed=seed, device=device):
            pass
        return self

    def warm_start(self, other: Self) -> None:
        """Let the next training begin with what `other` has learnt of data much like its own.

        What comes out is not what a training from the start would give. Models that are learnt in one go have
        no use for it.

        Args:
            other: fitted, with the same settings but for those of the training itself.
        """

    def to(self, device: str) -> Self:
        """The same model on another device; models of numpy arrays have only one."""
        return self

    def checkpoint(self, path: Path) -> None:
        """Write where training stands (call it between two events), replacing `path` atomically.

        Models trained in one go have nothing worth keeping; they start again.
        """

    @abstractmethod
    def score(self, profiles: Profiles) -> NDArray[np.float32]:
        """How well every item suits each person now; finite, shape (B, I), more is better.

        Log-odds for models trained on P(like), otherwise on the model's own scale.
        """

    def top_k(
        self,
        profiles: Profiles,
        k: int,
        *,
        repeats: Repeats = "both",
        catalogue_I: NDArray[np.bool_] | None = None,
    ) -> Ranking:
        """The k best items for each person, in blocks of bounded memory.

        Args:
            repeats: "new" leaves out what is in the profile, "again" leaves out all else.
            catalogue_I: items that may be recommended at all; every item if None.
        """
        parts = [
            self._top_k_block(block, k, repeats, catalogue_I)
            for _, block in profiles.blocks(self.people_per_block)
        ]
        if not parts:
            return Ranking(np.empty((0, k), np.int32), np.empty((0, k), np.float32))
        return Ranking(
            np.concatenate([part.items_UK for part in parts]),
            np.concatenate([part.scores_UK for part in parts]),
        )

    def _top_k_block(
        self, block: Profiles, k: int, repeats: Repeats, catalogue_I: NDArray[np.bool_] | None
    ) -> Ranking:
        """One block's lists; models on a GPU override this to select there."""
        score_BI = self.score(block)
        return top_k(score_BI, k, allowed_UI=allowed(block, score_BI.shape[1], repeats, catalogue_I))

    def examine(
        self,
        block: Profiles,
        k: int,
        questions: Sequence[Repeats],
        *,
        catalogue_I: NDArray[np.bool_],
        rows: NDArray[np.int64],
        items: NDArray[np.int32],
    ) -> tuple[list[Ranking], NDArray[np.float32]]:
        """One block's lists for each question, and the scores of single pairs, from one scoring.

        Models on a GPU override this to select there.

        Args:
            rows, items: the pairs: positions in the block and item codes, shape (pairs,).
        """
        score_BI = self.score(block)
        lists = [
            top_k(score_BI, k, allowed_UI=allowed(block, score_BI.shape[1], repeats, catalogue_I))
            for repeats in questions
        ]
        return lists, score_BI[rows, items]

    def score_candidates(self, profiles: Profiles, candidates: Candidates) -> NDArray[np.float32]:
        """The scores of single items, with all or some of their features; shape (B, M).

        What a candidate's features are hidden from is the candidate alone: where the same item lies in a
        history, that stays as it is.
        """
        parts = [
            self.score(block)[:, candidates.items] for _, block in profiles.blocks(self.people_per_block)
        ]
        return np.concatenate(parts) if parts else np.empty((0, len(candidates.items)), np.float32)

    def with_item_features(self, items: NDArray[np.int32], features: pd.DataFrame) -> Self:
        """The same model, were these items on offer described so; past actions with them stay as they were.

        Args:
            items: distinct codes, shape (M,).
            features: their raw values, one row each; columns the model does not read are ignored.
        """
        return self

    def linear_terms(self, profile: Profiles, items: NDArray[np.int32]) -> NDArray[np.float64] | None:
        """What each distinct item of one person's past, lowest code first, adds to the scores of `items`.

        Shape (A, M); its sums over A are the scores. None where scores are no such sums.
        """
        return None

    def integrated_gradients(
        self, profile: Profiles, item: int, against: NDArray[np.int32], *, steps: int = 32
    ) -> NDArray[np.float64] | None:
        """What each event of one person's past adds to an item's score as all of them grow from nothing.

        (Sundararajan et al., ICML 2017, over how strongly events are present.) Shape (E,); None where
        scores have no gradient.

        Args:
            against: items whose scores' log of the sum of exp is taken off; shape (R,), may be empty.
            steps: points on the way, evenly spread.
        """
        terms_AM = self.linear_terms(profile, np.array([item, *against], np.int32))
        if terms_AM is None:
            return None
        _, which_E, count_A = np.unique(profile.items, return_inverse=True, return_counts=True)
        on_the_way_S1 = ((np.arange(steps) + 0.5) / steps)[:, None]
        rival_SR = on_the_way_S1 * terms_AM[:, 1:].sum(axis=0)
        share_SR = np.exp(rival_SR - rival_SR.max(axis=1, keepdims=True, initial=-np.inf))
        share_R = (share_SR / share_SR.sum(axis=1, keepdims=True)).mean(axis=0)
        added_A = terms_AM[:, 0] - terms_AM[:, 1:] @ share_R
        added_E: NDArray[np.float64] = (added_A / count_A)[which_E]
        return added_E

    @property
    def person_columns(self) -> tuple[str, ...]:
        """The features of people that the model reads."""
        return ()

    @property
    def item_columns(self) -> tuple[str, ...]:
        """The features of items that the model reads; those it reads as one are one name, joined by " + "."""
        return ()

    def known_columns(self, items: NDArray[np.int32]) -> NDArray[np.bool_]:
        """Which of these features the model knows of each item, shape (M, C)."""
        return np.zeros((len(items), len(self.item_columns)), bool)

    @property
    @abstractmethod
    def num_items(self) -> int:
        """Size of the catalogue the model was fitted on."""

    def described_items(self) -> NDArray[np.bool_]:
        """Items whose features tell the model something, so that it need not have met them; shape (I,)."""
        return np.zeros(self.num_items, bool)

    def described_people(self, profiles: Profiles) -> NDArray[np.bool_]:
        """People whose features tell the model something, so that they need no history; shape (B,)."""
        return np.zeros(len(profiles), bool)

    @property
    def people_per_block(self) -> int:
        """How many people's scores may lie in memory at once."""
        return max(1, BLOCK_BYTES // (4 * max(1, self.num_items)))

    @abstractmethod
    def arrays(self) -> dict[str, NDArray[Any]]:
        """All that was learnt, as named arrays."""

    @abstractmethod
    def restore(self, arrays: dict[str, NDArray[Any]], meta: dict[str, Any]) -> None:
        """Become the model that `arrays` and `meta` describe."""

    def meta(self) -> dict[str, Any]:
        """What else belongs to the model and fits into JSON (encoders' vocabularies, say)."""
        return {}

    def save(self, folder: Path, name: str) -> None:
        """Write weights.safetensors and model.json; `name` is the model's place on the shelf."""
        from safetensors.numpy import save_file

        folder.mkdir(parents=True, exist_ok=True)
        arrays = {key: np.ascontiguousarray(value) for key, value in self.arrays().items()}
        save_file(arrays, folder / "weights.safetensors")
        described = {"model": name, "config": self.config.model_dump(), "meta": self.meta()}
        (folder / "model.json").write_text(json.dumps(described))


def allowed(
    profiles: Profiles, num_items: int, repeats: Repeats, catalogue_I: NDArray[np.bool_] | None
) -> NDArray[np.bool_]:
    """Which items may appear on each person's list, shape (B, I); read-only where all share one row."""
    catalogue_I = np.ones(num_items, bool) if catalogue_I is None else catalogue_I
    if repeats == "both":
        return np.broadcast_to(catalogue_I, (len(profiles), num_items))
    allowed_BI = np.full((len(profiles), num_items), repeats == "new")
    allowed_BI[profiles.rows, profiles.items] = repeats == "again"
    allowed_BI &= catalogue_I
    return allowed_BI
