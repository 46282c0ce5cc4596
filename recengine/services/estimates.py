"""How long a training will take here: what a model says of itself, set right by what was measured."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from statistics import median

from recengine.core.dataset import DataSize
from recengine.core.errors import SettingsError
from recengine.models import MODELS
from recengine.models.base import Family, ModelConfig
from recengine.services.cards import read_card
from recengine.services.fitting import num_fits
from recengine.services.run import TrainSpec
from recengine.services.search import in_words
from recengine.services.store import Store
from recengine.services.workspace import Workspace

LOOKED_BACK = 60  # runs; older ones may be of another machine or another version
SHORTEST_S = 0.05  # of a fit that says anything about the pace


@dataclass(frozen=True)
class Estimate:
    """How long something will take.

    Attributes:
        measured: whether this very model was trained here before; otherwise it is a guess.
    """

    seconds: float
    measured: bool

    @property
    def in_words(self) -> str:
        """For a reader: "about 20 s" where it was measured, "perhaps 20 s" where it is a guess."""
        if self.seconds < 1:
            return in_words(self.seconds)
        return f"{'about' if self.measured else 'perhaps'} {in_words(self.seconds)}"


@dataclass(frozen=True)
class Pace:
    """How much longer models take here than they say of themselves, by their names."""

    factors: Mapping[str, float] = field(default_factory=dict)

    @classmethod
    def measured(cls, ws: Workspace) -> Pace:
        """From the latest finished runs of the workspace."""
        with Store(ws).reading() as db:
            cards = {row["fingerprint"]: row["card"] for row in db.execute("SELECT * FROM datasets")}
            rows = db.execute(
                "SELECT spec, dataset_fingerprint, seconds FROM runs WHERE status = 'done' AND seconds >= ? "
                "ORDER BY number DESC LIMIT ?",
                (SHORTEST_S, LOOKED_BACK),
            ).fetchall()
        found: dict[str, list[float]] = {}
        for row in rows:
            spec, card = TrainSpec.model_validate_json(row["spec"]), cards.get(row["dataset_fingerprint"])
            plain = not spec.edits and spec.update is None  # edits change the size, an update is no fit
            if spec.model in MODELS and card is not None and plain:
                with suppress(SettingsError):  # a setting of another version
                    settings = spec.model_settings()
                    said = num_fits(settings) * settings.effort(read_card(card).size)
                    found.setdefault(spec.model, []).append(row["seconds"] / said)
        return cls({model: median(factors) for model, factors in found.items()})

    def having(self, model: str, settings: ModelConfig, size: DataSize, seconds: float) -> Pace:
        """The same, knowing that one fit took so long just now."""
        if seconds < SHORTEST_S:
            return self
        return Pace({**self.factors, model: seconds / settings.effort(size)})

    def one_fit(self, model: str, settings: ModelConfig, size: DataSize) -> Estimate:
        """How long one fit on data of this size will take."""
        if model in self.factors:
            return Estimate(self.factors[model] * settings.effort(size), measured=True)
        return Estimate(self._of_family(settings.family) * settings.effort(size), measured=False)

    def training(self, model: str, settings: ModelConfig, size: DataSize) -> Estimate:
        """How long a whole run will train."""
        fit = self.one_fit(model, settings, size)
        return Estimate(num_fits(settings) * fit.seconds, fit.measured)

    def _of_family(self, family: Family) -> float:
        kin = [factor for model, factor in self.factors.items() if MODELS[model].family == family]
        return median(kin) if kin else 1.0
