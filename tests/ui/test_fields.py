from __future__ import annotations

from typing import Literal

import pytest
from pydantic import Field

from recengine.core.config import Config
from recengine.models import MODELS
from recengine.ui.fields import defaults_of, fields_of, humanised


class Oven(Config):
    """Settings of every kind that a form must draw."""

    heat: float = Field(default=180.0, gt=0, le=300, description="How hot.")
    minutes: int = Field(default=40, ge=1, description="How long.")
    mode: Literal["fan", "grill"] = Field(default="fan", description="Which heat.")
    timer: int | None = Field(default=None, ge=1, le=99, description="Rings after so long.")
    light: bool = Field(
        default=True, description="Light inside.", json_schema_extra={"group": "Extras", "advanced": True}
    )
    rest_days: float = Field(default=0.5, lt=2, description="Rest.", title="Resting time")


FIELDS = {field.name: field for field in fields_of(Oven)}


def test_bounds_are_read_from_the_settings_and_told_in_the_help() -> None:
    heat = FIELDS["heat"]
    assert (heat.low, heat.high) == (0, 300)
    assert heat.help == "How hot. From 0 to 300."
    assert FIELDS["minutes"].help == "How long. At least 1."
    assert FIELDS["rest_days"].help == "Rest. At most 2."


def test_choices_become_options() -> None:
    assert FIELDS["mode"].options == ("fan", "grill")
    assert FIELDS["heat"].options == ()


def test_a_setting_that_may_be_empty_says_so() -> None:
    timer = FIELDS["timer"]
    assert timer.optional
    assert timer.type is int
    assert timer.help == "Rings after so long. From 1 to 99. May stay empty."


def test_group_and_fold_come_from_the_setting() -> None:
    assert (FIELDS["light"].group, FIELDS["light"].advanced) == ("Extras", True)
    assert (FIELDS["heat"].group, FIELDS["heat"].advanced) == ("", False)


@pytest.mark.parametrize(
    ("name", "words"),
    [("half_life_days", "Half life (days)"), ("weighting", "Weighting"), ("test_share", "Test (share)")],
)
def test_a_name_becomes_a_label_with_its_unit(name: str, words: str) -> None:
    assert humanised(name) == words


def test_a_title_wins_over_the_name() -> None:
    assert FIELDS["rest_days"].label == "Resting time"


@pytest.mark.parametrize("name", MODELS)
def test_every_setting_of_every_model_can_be_drawn(name: str) -> None:
    for field in fields_of(MODELS[name]):
        assert field.options or field.type in (bool, int, float, str), field.name
        assert field.help, field.name


@pytest.mark.parametrize("name", MODELS)
def test_defaults_are_settings_the_model_accepts(name: str) -> None:
    assert MODELS[name].of(defaults_of(MODELS[name])) == MODELS[name]()
