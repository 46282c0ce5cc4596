"""Choosing a model on the Train page: first what kind, then which one, with what each costs on these data."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from recengine.core.dataset import DataSize
from recengine.models import MODELS
from recengine.models.base import FAMILIES, ModelConfig
from recengine.services.estimates import Estimate, Pace
from recengine.services.runs import AUTO
from recengine.services.search import in_words
from recengine.ui import messages

FIRST_MODEL = "lstm"  # what the form opens with
# The kinds as the picker calls them, short enough for a phone, and what speaks for each.
KINDS = {
    AUTO: ("Find the best", "Tries every model on people held out for it and takes the one that does best."),
    "rules": ("Rules", "Simple rules are ready at once, and the line that every other model has to beat."),
    "linear": ("Linear", "Neighbours and linear models are quick, strong, and have little to set."),
    "neural": ("Neural", "Neural networks read order, time and features. They take longer."),
}


@dataclass(frozen=True)
class Shelf:
    """What the models would cost on one dataset, on this machine."""

    size: DataSize
    pace: Pace

    def cost(self, name: str, preset: str) -> str:
        """How long training would take with a preset, in words."""
        return self._estimate(name, preset).in_words

    def costs(self, name: str) -> str:
        """The same for all presets, in a sentence."""
        estimates = {preset: self._estimate(name, preset) for preset in MODELS[name].presets}
        told = ", ".join(f"{in_words(one.seconds)} ({preset})" for preset, one in estimates.items())
        measured = all(one.measured for one in estimates.values())
        return f"Training takes about {told} here." if measured else f"Never timed here; a guess: {told}."

    def _estimate(self, name: str, preset: str) -> Estimate:
        config = MODELS[name]
        return self.pace.training(name, config.of(config.preset(preset, self.size)), self.size)

    def obstacle(self, name: str) -> str:
        """Why a model cannot be trained here, in words; "" where it can."""
        config = MODELS[name]
        return config.of(config.preset("balanced", self.size)).obstacle(self.size)


def choose_model(shelf: Shelf, *, first: str | None, key: str) -> str:
    """The model's name, or "auto".

    Args:
        first: what is chosen to begin with.
        key: prefix of the widgets' keys.
    """
    first = first if first in MODELS or first == AUTO else FIRST_MODEL
    kind = _choose_kind(AUTO if first == AUTO else MODELS[first].family, key)
    if kind == AUTO:
        return AUTO
    names = [name for name, config in MODELS.items() if config.family == kind]
    return st.radio(
        "Model",
        names,
        index=names.index(first) if first in names else 0,
        format_func=lambda name: MODELS[name].title,
        captions=[_caption(shelf, name, MODELS[name]) for name in names],
        key=f"{key}.{kind}",
    )


def _choose_kind(first: str, key: str) -> str:
    kinds = [AUTO, *(kind for kind in FAMILIES if any(config.family == kind for config in MODELS.values()))]
    kind = st.segmented_control(
        "Kind of model",
        kinds,
        default=first,
        required=True,
        format_func=lambda kind: KINDS[kind][0],
        key=f"{key}.kind",
    )
    kind = kind or first
    st.caption(KINDS[kind][1])
    return kind


def _caption(shelf: Shelf, name: str, config: type[ModelConfig]) -> str:
    """What the model does, then what it costs or why it cannot be had."""
    if shelf.obstacle(name):
        return f"{messages.plain(config.summary, 300)}  \n**Too large for this machine**"
    return f"{messages.plain(config.summary, 300)}  \n**{shelf.cost(name, 'balanced')}** on these data"
