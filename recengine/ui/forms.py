"""Forms drawn from settings; nothing about a model is written here."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

import streamlit as st

from recengine.core.config import Config
from recengine.core.dataset import DataSize
from recengine.core.errors import SettingsError
from recengine.models.base import ModelConfig
from recengine.services.device import num_gpus
from recengine.ui.fields import Field, defaults_of, fields_of

T = TypeVar("T", int, float)
OPTIONS = {
    "bce": "yes or no (bce)",
    "softmax": "which one next (softmax)",
    "score": "why this score",
    "ahead": "why ahead of the others",
    "first": "quick",
}
BALANCED = "balanced"


@dataclass(frozen=True)
class Filled:
    """A form as it stands.

    Attributes:
        preset: what it started from.
        settings: what differs from the preset.
        problem: what must be changed before it can be used, in words; "" where nothing.
    """

    preset: str
    settings: dict[str, Any]
    problem: str = ""


def model_form(
    config: type[ModelConfig], size: DataSize, *, key: str, start: Filled | None = None, remark: str = ""
) -> Filled:
    """Draw a model's form: presets, basic settings, and advanced ones behind a fold.

    Args:
        size: of the data, which the presets are fitted to.
        key: prefix of the widgets' keys. Every preset keeps its own edits under it.
        start: what to begin with instead of the balanced preset (a run to be repeated with a change).
        remark: a sentence on the presets, where there is a choice between them.
    """
    first = start.preset if start else BALANCED
    on_gpu = config.gpu_presets if num_gpus() or first in config.gpu_presets else {}
    presets = {name: config.preset(name, size) for name in config.presets | on_gpu}
    preset = first
    if len(set(map(str, presets.values()))) > 1:
        preset = _choose_preset(list(presets), first, key)
        if remark:
            st.caption(remark)
    base = defaults_of(config) | presets[preset]
    shown = base | (start.settings if start and start.preset == preset else {})
    values = config_form(config, shown, key=f"{key}.{preset}")
    changed = {name: value for name, value in values.items() if value != base[name]}
    return Filled(preset, changed, problem_of(config, base | changed))


def _choose_preset(presets: list[str], first: str, key: str) -> str:
    chosen = st.segmented_control(
        "How thorough?",
        presets,
        default=first,
        required=True,
        format_func=str.capitalize,
        key=f"{key}.preset",
        help="A starting point for all settings below, fitted to the size of these data; "
        "change any of them afterwards.",
    )
    return chosen or first


def config_form(config: type[Config], values: Mapping[str, Any], *, key: str) -> dict[str, Any]:
    """Draw the fields of a Config, filled with `values`; returns what stands in them now."""
    fields = fields_of(config)
    filled = _groups([field for field in fields if not field.advanced], values, key)
    if advanced := [field for field in fields if field.advanced]:
        with st.expander(f"Advanced settings ({len(advanced)})", key=f"{key}.advanced"):
            filled |= _groups(advanced, values, key)
    return filled


def problem_of(config: type[Config], values: Mapping[str, Any]) -> str:
    """Why a Config would refuse these values, in words; "" where it accepts them."""
    try:
        config.of(dict(values))
    except SettingsError as error:
        return str(error)
    return ""


def _groups(fields: list[Field], values: Mapping[str, Any], key: str) -> dict[str, Any]:
    groups = list(dict.fromkeys(field.group for field in fields))
    filled: dict[str, Any] = {}
    for group in groups:
        members = [field for field in fields if field.group == group]
        if group:
            st.caption(f"**{group}**")
        for start in range(0, len(members), 2):
            pair = members[start : start + 2]
            for column, field in zip(st.columns(2), pair, strict=False):
                with column:
                    filled[field.name] = draw_field(field, values[field.name], f"{key}.{field.name}")
    return filled


def draw_field(field: Field, value: Any, key: str) -> Any:
    """The widget of one setting; returns what stands in it now."""
    if field.options:
        return _draw_choice(field, value, key)
    if field.type is bool:
        return st.toggle(field.label, value=bool(value), key=key, help=field.help)
    if field.type is int:
        return _draw_whole(field, value, key)
    if field.type is float:
        return _draw_number(field, value, key)
    return _draw_text(field, value, key)


def _draw_choice(field: Field, value: Any, key: str) -> Any:
    options = list(field.options)
    if len(options) <= 3 and not field.optional:
        return st.segmented_control(
            field.label,
            options,
            default=value,
            required=True,
            format_func=option_title,
            key=key,
            help=field.help,
            width="stretch",
        )
    if field.optional:
        options = [None, *options]
    return st.selectbox(
        field.label,
        options,
        index=options.index(value),
        format_func=lambda option: "by the data" if option is None else option_title(option),
        key=key,
        help=field.help,
    )


def option_title(option: Any) -> str:
    """One of several choices as a reader sees it: what is an abbreviation says what it does."""
    return OPTIONS.get(str(option), str(option).replace("_", " "))


def _draw_whole(field: Field, value: int | None, key: str) -> int | None:
    return st.number_input(
        field.label,
        min_value=None if field.low is None else int(field.low),
        max_value=None if field.high is None else int(field.high),
        value=_first(field, value, key),
        step=1,
        placeholder=_placeholder(field),
        key=key,
        help=field.help,
    )


def _draw_number(field: Field, value: float | None, key: str) -> float | None:
    return st.number_input(
        field.label,
        min_value=None if field.low is None else float(field.low),
        max_value=None if field.high is None else float(field.high),
        value=_first(field, None if value is None else float(value), key),
        step=_step(field.default if value is None else value),
        format="%.6g",
        placeholder=_placeholder(field),
        key=key,
        help=field.help,
    )


def _first(field: Field, value: T | None, key: str) -> T | None:
    """What the widget starts with. One that may be emptied must start empty and be filled from outside:
    Streamlit lets nobody clear a number it was given as the start.
    """
    if not field.optional:
        return value
    if key not in st.session_state:
        st.session_state[key] = value
    return None


def _placeholder(field: Field) -> str | None:
    return "empty" if field.optional else None


def _draw_text(field: Field, value: Any, key: str) -> Any:
    text = st.text_input(field.label, value=json.dumps(value), key=key, help=f"{field.help} Written as JSON.")
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _step(value: Any) -> float:
    """A tenth of the value's size: 120 -> 10, 0.001 -> 0.0001."""
    if not value:
        return 0.1
    return float(10.0 ** (math.floor(math.log10(abs(value))) - 1))
