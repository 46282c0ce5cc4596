"""Settings as a form sees them: read from a Config, so that bounds, help and choices are written once.

A Config's field may say `json_schema_extra={"group": "Network", "advanced": True}`: groups get a heading,
advanced fields lie behind a fold.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from recengine.core.config import Config

# Names that settings files keep short, as a form should say them; a field's own title comes first.
LABELS = {
    "bot_events_per_day": "Events a day, at most",
    "min_people_per_item": "People an item, at least",
    "min_events_per_person": "Events a person, at least",
    "batch": "Histories per step",
    "clip_norm": "Longest gradient",
    "dims": "Size of the network",
    "epochs": "Epochs, at most",
    "history": "Length of the history",
    "negatives": "Items to compare with",
    "patience": "Patience (epochs)",
    "moments": "Moments asked about",
    "horizon_events": "Look ahead (events)",
    "horizon_days": "Look ahead (days)",
    "start": "Item vectors start from",
    "averaging": "Averaging of weights",
}
UNITS = {"days": "days", "seconds": "s", "ms": "ms", "share": "share", "mb": "MB"}


@dataclass(frozen=True)
class Field:
    """One setting as a form sees it.

    Attributes:
        options: what may be chosen; empty where anything within the bounds may be typed.
        low, high: bounds as the setting has them; None where there is none.
        optional: whether it may be left empty.
    """

    name: str
    label: str
    help: str
    type: type
    default: Any
    options: tuple[Any, ...]
    low: float | None
    high: float | None
    optional: bool
    group: str
    advanced: bool


def fields_of(config: type[Config]) -> list[Field]:
    """The settings of a Config in the order in which they are defined."""
    return [_field(name, info) for name, info in config.model_fields.items()]


def defaults_of(config: type[Config]) -> dict[str, Any]:
    """Every setting's value where nothing is chosen."""
    return {name: info.get_default(call_default_factory=True) for name, info in config.model_fields.items()}


def _field(name: str, info: FieldInfo) -> Field:
    of, optional = _without_none(info.annotation)
    options = get_args(of) if get_origin(of) is Literal else ()
    low, high = _bounds(info)
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    return Field(
        name=name,
        label=info.title or LABELS.get(name) or humanised(name),
        help=_help(info.description or "", low, high, optional),
        type=type(options[0]) if options else of if isinstance(of, type) else object,
        default=info.get_default(call_default_factory=True),
        options=tuple(options),
        low=low,
        high=high,
        optional=optional,
        group=str(extra.get("group", "")),
        advanced=bool(extra.get("advanced", False)),
    )


def humanised(name: str) -> str:
    """A setting's name as a label: half_life_days -> "Half life (days)"."""
    *words, last = name.split("_")
    unit = UNITS.get(last) if words else None
    text = " ".join(words if unit else [*words, last])
    return text[:1].upper() + text[1:] + (f" ({unit})" if unit else "")


def _without_none(annotation: Any) -> tuple[Any, bool]:
    """The type beside None in `X | None`, and whether there was a None."""
    parts = get_args(annotation) if get_origin(annotation) is not Literal else ()
    if NoneType not in parts:
        return annotation, False
    return next(part for part in parts if part is not NoneType), True


def _bounds(info: FieldInfo) -> tuple[float | None, float | None]:
    low = high = None
    for rule in info.metadata:
        low = getattr(rule, "ge", None) if getattr(rule, "ge", None) is not None else low
        low = getattr(rule, "gt", None) if getattr(rule, "gt", None) is not None else low
        high = getattr(rule, "le", None) if getattr(rule, "le", None) is not None else high
        high = getattr(rule, "lt", None) if getattr(rule, "lt", None) is not None else high
    return low, high


def _help(description: str, low: float | None, high: float | None, optional: bool) -> str:
    parts = [description]
    if low is not None and high is not None:
        parts.append(f"From {low:,g} to {high:,g}.")
    elif low is not None:
        parts.append(f"At least {low:,g}.")
    elif high is not None:
        parts.append(f"At most {high:,g}.")
    if optional and "mpty" not in description:
        parts.append("May stay empty.")
    return " ".join(part for part in parts if part)
