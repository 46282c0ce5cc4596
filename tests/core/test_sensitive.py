import pytest

from recengine.core.sensitive import is_sensitive


@pytest.mark.parametrize(
    "column",
    [
        *("age", "Age band", "ageGroup", "user_age", "birth_year", "gender", "sex", "income", "imd_band"),
        *("disability", "ethnicity", "religion", "health_status", "marital_status", "home_ownership"),
        *("household_comp", "kids_count", "Nationality", "sexual_orientation", "number of children"),
    ],
)
def test_features_to_be_careful_with_are_marked(column: str) -> None:
    assert is_sensitive(column)


@pytest.mark.parametrize(
    "column",
    ["page", "average_basket", "agent", "message", "region", "price", "storage", "occupation", "home"],
)
def test_other_features_are_not(column: str) -> None:
    assert not is_sensitive(column)
