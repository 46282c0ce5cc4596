"""The settings that all neural models share. Loads no torch."""

from __future__ import annotations

from copy import copy
from typing import Any, ClassVar, Literal, Self

from pydantic import Field

from recengine.core.dataset import DataSize
from recengine.models.base import Family, ModelConfig

Loss = Literal["bce", "softmax", "gbce", "bsl"]  # explained in losses.py, which loads torch
Start = Literal["svd", "random"]

# Events that a preset learns from over all its passes: as many as this where there are fewer, no more than
# this where there are more, in so many passes at least.
LEARNT = {
    "quick": (1_000_000, 3_000_000, 1),
    "balanced": (4_000_000, 40_000_000, 3),
    "best": (10_000_000, 200_000_000, 5),
}
STEPS_PER_PASS = 32  # at least, or too few to learn from
MOST_ITEMS, DRAWN = 200_000, 8192  # beyond so many items, so many are drawn to compare with


def _setting(group: str, *, advanced: bool = True) -> dict[str, Any]:
    return {"group": group, "advanced": advanced}


class NeuralConfig(ModelConfig):
    """Settings that all neural models have in common."""

    family: ClassVar[Family] = "neural"
    seconds_per_number: ClassVar[float] = 1e-6  # to learn one event, for each of its `dims` numbers; roughly

    loss: Loss = Field(
        default="bce",
        description="bce: binary cross-entropy on P(like), as the reference design has it. softmax: which "
        "of all items comes next. gbce: bce that trusts drawn items as far as `trust` says. bsl: softmax "
        "of cosines that weighs what was not chosen by `power`.",
        json_schema_extra=_setting("Training", advanced=False),
    )
    trust: float = Field(
        default=1.0,
        ge=0,
        le=1,
        description="For gbce: 1 = log-odds come out right; 0 = as if only the drawn items existed, which "
        "learns faster and is too sure.",
        json_schema_extra=_setting("Training"),
    )
    power: float = Field(
        default=1.1,
        gt=0,
        le=10,
        description="For bsl: how much what was not chosen counts against what was; 1 = as in softmax.",
        json_schema_extra=_setting("Training"),
    )
    dims: int = Field(
        default=64,
        ge=4,
        le=2048,
        description="Numbers that describe an item, a taste, a state.",
        json_schema_extra=_setting("Network", advanced=False),
    )
    history: int = Field(
        default=256,
        ge=2,
        le=4096,
        description="How many of a person's last events are read in order.",
        json_schema_extra=_setting("Network", advanced=False),
    )
    epochs: int = Field(
        default=10,
        ge=1,
        le=1000,
        description="Passes over the data at most.",
        json_schema_extra=_setting("Training", advanced=False),
    )
    learning_rate: float = Field(
        default=2e-3,
        gt=0,
        le=1,
        description="Step size of Adam.",
        json_schema_extra=_setting("Training", advanced=False),
    )
    patience: int = Field(
        default=3,
        ge=0,
        le=1000,
        description="Passes without a better validation NDCG@10 after which training stops; 0 = never.",
        json_schema_extra=_setting("Training"),
    )
    refit: bool = Field(
        default=True,
        description="Once the best number of passes is known, train anew on all events before the test.",
        json_schema_extra=_setting("Training"),
    )
    batch: int = Field(
        default=32, ge=1, le=8192, description="Histories per step.", json_schema_extra=_setting("Training")
    )
    held_out: float = Field(
        default=0.05,
        ge=0,
        le=0.5,
        description="Share of people (500 at most, none of fewer than 200) who are never learnt from; on "
        "them the log-odds are made to mean what they say.",
        json_schema_extra=_setting("Training"),
    )
    weight_decay: float = Field(
        default=1e-4,
        ge=0,
        le=10,
        description="How fast weights shrink that nothing holds up (AdamW).",
        json_schema_extra=_setting("Training"),
    )
    clip_norm: float = Field(
        default=5.0,
        gt=0,
        le=1e6,
        description="Longest gradient; longer ones are shortened to it.",
        json_schema_extra=_setting("Training"),
    )
    averaging: float = Field(
        default=0.98,
        ge=0,
        lt=1,
        description="Weights are averaged over steps: share of the old value each time; 0 = off.",
        json_schema_extra=_setting("Training"),
    )
    precision: Literal["auto", "float32", "bfloat16"] = Field(
        default="auto",
        description="auto: bfloat16 on a GPU; float32 on a CPU, but for products with the whole catalogue "
        "where its bfloat16 is faster. float32, bfloat16: that alone.",
        json_schema_extra=_setting("Training"),
    )
    memory_gib: float = Field(
        default=0.0,
        ge=0,
        le=1e6,
        description="Most memory, in GiB, for the vectors of items, their gradients and what the optimiser "
        "remembers of them; beyond it the optimiser keeps one number per item. 0 = half of what is free.",
        json_schema_extra=_setting("Training"),
    )
    moments: int = Field(
        default=-1,
        ge=-1,
        le=4096,
        description="Moments per stretch of history at which the model is asked what follows. 0: after every "
        "event. -1: after every event where the exam asks for the very next one, else 8.",
        json_schema_extra=_setting("Sampling"),
    )
    horizon_events: int = Field(
        default=0,
        ge=0,
        le=1000,
        description="How many events ahead count as liked. 0: the next one where the exam asks for it; else "
        "100 where people come back to what they had, 20 where they do not.",
        json_schema_extra=_setting("Sampling"),
    )
    horizon_days: float = Field(
        default=35.0,
        ge=0,
        le=3650,
        description="And how far ahead in time at most; 0 = no bound. Only where people come back to what "
        "they had.",
        json_schema_extra=_setting("Sampling"),
    )
    negatives: int = Field(
        default=512,
        ge=0,
        le=1_000_000,
        description="Items drawn per step to compare with; 0 = the whole catalogue.",
        json_schema_extra=_setting("Sampling"),
    )
    dropout: float = Field(
        default=0.5,
        ge=0,
        lt=1,
        description="Share of the dense head's inputs and units left out in training.",
        json_schema_extra=_setting("Regularisation"),
    )
    history_dropout: float = Field(
        default=0.2,
        ge=0,
        lt=1,
        description="Share of a person's items hidden in training.",
        json_schema_extra=_setting("Regularisation"),
    )
    feature_dropout: float = Field(
        default=0.15,
        ge=0,
        lt=1,
        description="Share of features of people and items hidden in training.",
        json_schema_extra=_setting("Regularisation"),
    )
    features: bool = Field(
        default=True,
        description="Read the features of people and items; off = ids and events alone.",
        json_schema_extra=_setting("Network"),
    )
    repeats: Literal["auto", "on", "off"] = Field(
        default="auto",
        description="Learn when things are chosen again, from how often and how long ago they were. auto: "
        "where the data show that people come back to what they had.",
        json_schema_extra=_setting("Network"),
    )
    trend: bool = Field(
        default=True,
        description="Let an item's popularity at the moment count.",
        json_schema_extra=_setting("Network"),
    )
    pools: bool = Field(
        default=True,
        description="Start a taste from the sum of what was chosen; off = from what the order tells alone.",
        json_schema_extra=_setting("Network"),
    )
    head: bool = Field(
        default=True,
        description="Let a dense layer make the taste of the state of the history, the person's features and "
        "the times; off = state and features are the taste.",
        json_schema_extra=_setting("Network"),
    )
    start: Start = Field(
        default="svd",
        description="Where item vectors start: from a quick factorisation of who chose what, or from chance.",
        json_schema_extra=_setting("Network"),
    )

    temperature: float = Field(
        default=0.0,
        ge=0,
        le=10,
        description="Compare a taste with an item by their directions alone: scores are cosines divided by "
        "this. The lower, the more the nearest rivals count. 0 = lengths count too.",
        json_schema_extra=_setting("Network"),
    )

    @classmethod
    def scaled(cls, name: str, size: DataSize) -> dict[str, Any]:
        """More passes and smaller steps where events are few, fewer passes where they are many."""
        usual, (few, enough, fewest) = cls.of(cls.preset(name)), LEARNT.get(name, LEARNT["best"])
        events = max(1, size.interactions)
        passes = max(usual.epochs, min(4 * usual.epochs, few // events))
        passes = min(passes, max(fewest, enough // events))
        batch = min(usual.batch, max(8, 1 << (size.people // STEPS_PER_PASS).bit_length()))
        drawn = DRAWN if usual.negatives == 0 and size.items > MOST_ITEMS else usual.negatives
        chosen = {"epochs": passes, "batch": batch, "negatives": drawn}
        return {field: value for field, value in chosen.items() if value != getattr(usual, field)}

    def effort(self, size: DataSize) -> float:
        return self.epochs * size.interactions * self.dims * self.seconds_per_number

    def for_exam(self, kind: str) -> Self:
        """What was left open, set for an exam of this kind: leave-last-out asks for the very next event."""
        if kind != "leave-last-out":
            return self
        moments = 0 if self.moments < 0 else self.moments
        return self.model_copy(update={"moments": moments, "horizon_events": self.horizon_events or 1})


def usually(name: str, default: Any, of: type[NeuralConfig] = NeuralConfig) -> Any:
    """A setting of `of` with another default, for a model that needs one."""
    field = copy(of.model_fields[name])
    field.default = default
    return field
