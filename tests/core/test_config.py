import pytest
from pydantic import Field, ValidationError

from recengine.core.config import Config
from recengine.core.errors import SettingsError


class Tea(Config):
    minutes: float = Field(default=3.0, gt=0, le=10)
    sugar: bool = False


def test_plain_values_become_settings() -> None:
    assert Tea.of({"minutes": "4.5", "sugar": "true"}) == Tea(minutes=4.5, sugar=True)


def test_settings_cannot_be_changed_afterwards() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        setattr(Tea(), "minutes", 5)  # noqa: B010  (an assignment mypy would refuse, which is the point)


def test_an_unknown_setting_names_the_nearest_one() -> None:
    with pytest.raises(SettingsError, match="no setting 'minute' here. Did you mean 'minutes'"):
        Tea.of({"minute": 4})


def test_a_setting_out_of_bounds_says_what_was_found_and_what_is_allowed() -> None:
    with pytest.raises(SettingsError, match=r"minutes = 11: .*less than or equal to 10"):
        Tea.of({"minutes": 11})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "soon"])
def test_what_is_no_number_is_refused(value: object) -> None:
    with pytest.raises(SettingsError, match="minutes = "):
        Tea.of({"minutes": value})
