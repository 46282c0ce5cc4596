"""Run: one training, with all it takes to do it again and all that came out of it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import Field

from recengine.core.columns import DAY, Repeats
from recengine.core.config import Config
from recengine.core.dataset import About, DataSize
from recengine.core.edits import Edits
from recengine.core.errors import DataError, SettingsError
from recengine.core.split import Histories, SplitConfig
from recengine.data.domains import find_domain
from recengine.services.search import Search

if TYPE_CHECKING:
    from recengine.models.base import ModelConfig

AUTO = "auto"  # stands for a model that is still to be chosen
BUDGET_S = 600  # for trying models, where nothing else is said
Status = Literal["queued", "running", "paused", "done", "failed", "stopped", "lost"]


class Update(Config):
    """Feedback that a training learns from beside its data, and the run it goes on from.

    Attributes:
        after, up_to: numbers of feedback events: those after the first are new to it, the last one is the
            last that is learnt from. Events never change, so the same numbers are the same events for good.
    """

    base: str = Field(description="The run that is brought up to date.")
    how: Literal["incremental", "full"] = Field(
        default="incremental",
        description="incremental: go on from what the base has learnt. full: train from the start.",
    )
    after: int = Field(default=0, ge=0, description="The last event that the base has learnt from.")
    up_to: int = Field(ge=1, description="The last event that is learnt from.")


class TrainSpec(Config):
    """All that is needed to train a model again exactly."""

    dataset: str = Field(description="Name of an imported dataset.")
    model: str = Field(description="A model on the shelf, or auto: the one that does best in a trial.")
    preset: str = Field(default="balanced", description="Which preset of the model to start from.")
    preset_settings: dict[str, Any] | None = Field(
        default=None, description="What the preset sets on these data; filled in when the run is entered."
    )
    settings: dict[str, Any] = Field(
        default_factory=dict, description="Settings that differ from the preset."
    )
    budget_s: float | None = Field(
        default=None, ge=1, le=30 * DAY, description="Seconds for trying models, where the model is auto."
    )
    split: SplitConfig | None = Field(
        default=None, description="How the past is cut; by default what suits the data."
    )
    seed: int = Field(default=0, ge=0, description="All randomness comes from it.")
    device: Literal["auto", "cpu", "cuda"] = Field(
        default="auto", description="auto: a GPU where there is one, else the CPU."
    )
    repeats: Repeats | None = Field(
        default=None, description="both: all items may be listed; new: unseen only; again: seen only."
    )
    edits: tuple[str, ...] = Field(
        default=(), description="What is changed of the data that are learnt from, in the edit language."
    )
    histories: Histories = Field(
        default="kept",
        description="What the model sees of the people in the test. kept: all they did. edited: what the "
        "edits left of it.",
    )
    update: Update | None = Field(
        default=None, description="Which feedback is learnt from, beside the data; by default none."
    )

    @property
    def is_auto(self) -> bool:
        """Whether the model is still to be chosen, by trying what is on the shelf."""
        return self.model == AUTO

    def as_meant(self) -> Self:
        """The same, checked: settings as typed ("64") become what they mean (64), a budget left open is set.

        What edits set becomes a setting; only what they change of the data stays an edit.

        Raises:
            SettingsError: no such model, preset or setting, one that does not go with the model, or an edit
                that cannot be read.
        """
        return self.edited(Edits.of(self.edits))._with_settings_as_meant()

    def edited(self, edits: Edits) -> Self:
        """The same training with these edits, instead of those it has."""
        changed = {**self.settings, **edits.settings}
        preset = changed.pop("preset", None)
        found = self.model_copy(update={"settings": changed, "edits": edits.of_data.texts})
        if preset is None:
            return found
        return found.model_copy(update={"preset": preset, "preset_settings": None})

    def _with_settings_as_meant(self) -> Self:
        if self.is_auto:
            if self.settings or self.preset != "balanced":
                raise SettingsError(
                    "the model 'auto' chooses preset and settings itself. Leave them out, or name a model."
                )
            return self.model_copy(update={"budget_s": self.budget_s or float(BUDGET_S)})
        if self.budget_s is not None:
            raise SettingsError(
                f"a time budget is for the model 'auto'; '{self.model}' takes the time its settings ask for."
            )
        chosen = self.model_settings()
        return self.model_copy(update={"settings": {name: getattr(chosen, name) for name in self.settings}})

    def model_settings(self) -> ModelConfig:
        """The model's own settings: the preset, then what differs from it.

        Raises:
            SettingsError: no such model, preset or setting.
        """
        from recengine.models import model_config

        config = type(model_config(self.model))
        chosen = config.preset(self.preset) if self.preset_settings is None else self.preset_settings
        return config.of({**chosen, **self.settings})

    def for_data(self, about: About, size: DataSize, *, has_given_test: bool) -> Self:
        """The same with nothing left open: split, repeats and preset are those that suit the data.

        Raises:
            SettingsError: no such model, preset or setting.
            DataError: the split asked for needs what the data lack.
        """
        split = self.split or _usual_split(about, has_given_test)
        if split.kind == "temporal" and about.time_kind == "order":
            raise DataError(
                f"dataset '{self.dataset}' has no times, so it cannot be cut at a moment. Choose the split "
                "'random' or 'leave-last-out', or import it again and map the column that holds the time."
            )
        if split.kind == "given" and not has_given_test:
            raise DataError(
                f"dataset '{self.dataset}' came without a test file, so there is no given split. Import it "
                "again with a test file (--test FILE), or choose another split."
            )
        found = self.model_copy(update={"split": split, "repeats": self.repeats or about.repeats})
        return found if self.is_auto or self.preset_settings is not None else found._with_preset(size)

    def _with_preset(self, size: DataSize) -> Self:
        preset = type(self.model_settings()).preset(self.preset, size)
        return self.model_copy(update={"preset_settings": preset})


def _usual_split(about: About, has_given_test: bool) -> SplitConfig:
    """Given where a test came along, by chance where there are no times, else as the domain has it."""
    if has_given_test:
        return SplitConfig(kind="given")
    if about.time_kind == "order":
        return SplitConfig(kind="random")
    domain = find_domain(about.domain)
    return SplitConfig(kind=domain.split if domain else "temporal")


@dataclass(frozen=True)
class Exam:
    """Which test a run sat; runs whose exams have the same key may be compared.

    Attributes:
        pairs_digest: hash of the (person, item) pairs asked for.
        num_people: people asked. num_cold_people, num_cold_targets: left out, see core's Task.
    """

    pairs_digest: str
    repeats: Repeats
    num_people: int
    num_cold_people: int
    num_cold_targets: int

    @property
    def key(self) -> str:
        """Equal for equal questions."""
        return f"{self.pairs_digest}-{self.repeats}"


@dataclass(frozen=True)
class Comparison:
    """One metric of a run against the best baseline on it (but for one that the run is itself).

    Attributes:
        low, high: 95 % interval of the run's mean over people.
        difference...: run minus baseline over the same people, with its interval.
        verdict: "better", "worse" or "no real difference"; sentence: the same with its size.
    """

    metric: str
    value: float
    low: float
    high: float
    baseline: str
    baseline_value: float
    difference: float
    difference_low: float
    difference_high: float
    verdict: str
    sentence: str


@dataclass(frozen=True)
class Run:
    """One training, as it stands now.

    Attributes:
        id: short and readable, such as "lstm-12"; also the id of its job.
        dataset_fingerprint: exactly which data; "" until the data have been prepared.
        created_at, started_at, ended_at: seconds since 1970.
        epochs: passes over the data completed so far.
        metrics: flat keys such as "recall@10"; empty until the test was sat.
        baselines: the same metrics of popularity, habit...; name -> metrics.
        halves: where things repeat, the metrics on "new" and "again" apart.
        comparisons: the headline metrics against the best baseline, with intervals.
        exam: which test it sat; None until then.
        baselines_at: under which key the baselines' full reports are kept.
        protocols: figures of named protocols ("purchase-classification"), with how they were asked.
        likelihood: the calibrator and "sampling_rate", which turn scores into P(like); empty where unknown.
        search: how its model was found, where that was left to auto.
        device: what it really ran on ("cpu", "cuda: NVIDIA H100").
        seconds: time spent training, pauses left out.
        error: what happened and what to do, in words; "" where nothing went wrong.
        notes: what its reader should know, a sentence each; known once it is done.
    """

    id: str
    spec: TrainSpec
    dataset_fingerprint: str
    status: Status
    created_at: float
    started_at: float | None = None
    ended_at: float | None = None
    epochs: int = 0
    metrics: Mapping[str, float] = field(default_factory=dict)
    baselines: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    halves: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    comparisons: tuple[Comparison, ...] = ()
    exam: Exam | None = None
    likelihood: Mapping[str, Any] = field(default_factory=dict)
    baselines_at: str = ""
    protocols: Mapping[str, Any] = field(default_factory=dict)
    search: Search | None = None
    device: str = ""
    seconds: float = 0.0
    error: str = ""
    notes: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """What a page calls it: the model's title and the number."""
        return run_title(self.id, self.spec.model)

    @property
    def rule(self) -> str:
        """The baseline that this run is itself, by its figures; "" where it is none."""
        lists = {key: value for key, value in self.metrics.items() if "@" in key}
        same = (name for name, metrics in self.baselines.items() if lists.items() <= metrics.items())
        return next(same, "") if lists else ""

    @property
    def finished(self) -> bool:
        """Whether it can be asked for recommendations."""
        return self.status == "done"

    def as_dict(self) -> dict[str, Any]:
        """The run as plain JSON values, as `--json` prints it."""
        described = self.spec.model_dump(mode="json")
        return {
            "run": self.id,
            "status": self.status,
            **described,
            "dataset_fingerprint": self.dataset_fingerprint,
            "created_at": self.created_at,
            "started_at": self.started_at,
            "ended_at": self.ended_at,
            "device": self.device or described["device"],
            "seconds": round(self.seconds, 3),
            "epochs": self.epochs,
            "metrics": dict(self.metrics),
            "baselines": {name: dict(metrics) for name, metrics in self.baselines.items()},
            "halves": {name: dict(metrics) for name, metrics in self.halves.items()},
            "comparisons": [asdict(comparison) for comparison in self.comparisons],
            "protocols": dict(self.protocols),
            "exam": asdict(self.exam) if self.exam else None,
            "error": self.error,
            "notes": list(self.notes),
            "search": self.search.as_dict() if self.search else None,
        }


def run_title(run_id: str, model: str) -> str:
    """What a page calls a run, such as "EASE #12"."""
    from recengine.models import MODELS

    title = MODELS[model].title if model in MODELS else model.capitalize()
    return f"{title} #{run_id.rpartition('-')[2]}"


def read_run(row: sqlite3.Row) -> Run:
    """The run that a row of the database holds."""
    result = json.loads(row["result"])
    return Run(
        id=row["id"],
        spec=TrainSpec.model_validate_json(row["spec"]),
        dataset_fingerprint=row["dataset_fingerprint"],
        status=row["status"],
        created_at=row["created_at"],
        started_at=row["started_at"],
        ended_at=row["ended_at"],
        epochs=row["epochs"],
        metrics=result.get("metrics", {}),
        baselines=result.get("baselines", {}),
        halves=result.get("halves", {}),
        comparisons=tuple(Comparison(**one) for one in result.get("comparisons", [])),
        exam=Exam(**result["exam"]) if "exam" in result else None,
        likelihood=result.get("likelihood", {}),
        baselines_at=result.get("baselines_at", ""),
        protocols=result.get("protocols", {}),
        search=Search.of_dict(result["search"]) if "search" in result else None,
        device=row["device"],
        seconds=row["seconds"],
        error=row["error"],
        notes=tuple(result.get("notes", [])),
    )
