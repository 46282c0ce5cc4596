from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pyarrow as pa
import pytest

from recengine.core.columns import DAY
from recengine.data.times import guess_time

NOON = datetime(2024, 5, 17, 12, 0, 0, tzinfo=UTC).timestamp()
MIDNIGHT = NOON - DAY / 2


@pytest.mark.parametrize(
    ("written", "seconds"),
    [
        ("2024-05-17 12:00:00", NOON),
        ("2024-05-17T12:00:00Z", NOON),
        ("2024-05-17T14:00:00+02:00", NOON),
        ("2024-05-17 12:00:00 UTC", NOON),
        ("2024-05-17T12:00:00.250", NOON + 0.25),
        ("2024-05-17", MIDNIGHT),
        ("17.05.2024 12:00", NOON),
        ("17/05/2024 12:00:00", NOON),
        ("05/17/2024 12:00 PM", NOON),
        ("5/17/2024 12:00", NOON),
        ("17-May-2024", MIDNIGHT),
        ("May 17, 2024", MIDNIGHT),
        ("20240517", MIDNIGHT),
        ("Fri May 17 12:00:00 +0000 2024", NOON),
        ("17/May/2024:12:00:00 +0000", NOON),
        (str(int(NOON)), NOON),
        (f"{NOON:.1f}", NOON),
        (str(int(NOON * 1e3)), NOON),
        (str(int(NOON * 1e6)), NOON),
        (str(int(NOON * 1e9)), NOON),
    ],
)
def test_a_moment_is_read_however_it_is_written(written: str, seconds: float) -> None:
    values = pa.array([written] * 3)
    found = guess_time(values)
    assert found is not None
    assert found.kind == "date"
    np.testing.assert_allclose(found.read(values), [seconds] * 3)


@pytest.mark.parametrize("day_first", [True, False])
def test_one_day_above_twelve_tells_days_from_months(day_first: bool) -> None:
    written = ["03/04/2024", "25/04/2024"] if day_first else ["04/03/2024", "04/25/2024"]
    found = guess_time(pa.array(written))
    assert found is not None
    april_3 = datetime(2024, 4, 3, tzinfo=UTC).timestamp()
    np.testing.assert_array_equal(found.read(pa.array(written)), [april_3, april_3 + 22 * DAY])


def test_small_numbers_are_days_and_may_be_negative() -> None:
    values = pa.array(["-10", "0", "269"])
    found = guess_time(values, "date")
    assert found is not None
    assert found.kind == "day"
    np.testing.assert_array_equal(found.read(values), [-10 * DAY, 0, 269 * DAY])


def test_numbers_too_large_for_days_and_too_small_for_1970_are_seconds_of_their_own() -> None:
    found = guess_time(pa.array([100_000, 31_000_000]), "ts")
    assert found is not None
    assert (found.kind, found.scale) == ("day", 1.0)


@pytest.mark.parametrize("name", ["Order Date", "orderedAt", "order_time", "created", "row_timestamp"])
@pytest.mark.parametrize("value", [1_600_000_000, 44_000, 20240517])
def test_the_date_of_an_order_is_no_position(name: str, value: int) -> None:
    found = guess_time(pa.array([value, value + 1]), name)
    assert found is not None
    assert found.kind == "date"


def test_a_position_is_an_order_and_no_time() -> None:
    found = guess_time(pa.array([0, 1, 2]), "position")
    assert found is not None
    assert (found.kind, found.scale) == ("order", 1.0)


def test_typed_dates_are_taken_as_they_are_and_without_a_zone_as_utc() -> None:
    moments = pa.array([datetime(2024, 5, 17, 12), None], pa.timestamp("ns"))
    found = guess_time(moments)
    assert found is not None
    np.testing.assert_array_equal(found.read(moments), [NOON, np.nan])
    np.testing.assert_array_equal(found.read(pa.array([date(2024, 5, 17)])), [MIDNIGHT])
    there = pa.array([datetime(2024, 5, 17, 12)], pa.timestamp("s", "Europe/Berlin"))
    np.testing.assert_array_equal(found.read(there), [NOON])


def test_a_column_of_dates_that_turns_into_text_is_still_read() -> None:
    found = guess_time(pa.array([date(2024, 5, 17)]))
    assert found is not None
    np.testing.assert_array_equal(found.read(pa.array(["2024-05-17", "soon"])), [MIDNIGHT, np.nan])
    assert guess_time(pa.array([1, 2], pa.duration("s"))) is None


def test_what_cannot_be_read_is_nan_and_the_rest_is_kept() -> None:
    values = pa.array(["2024-05-17"] * 8 + ["soon", ""])
    found = guess_time(values)
    assert found is not None
    np.testing.assert_array_equal(np.isnan(found.read(values)), [False] * 8 + [True, True])


def test_names_and_ids_are_no_times() -> None:
    assert guess_time(pa.array(["apple", "pear"])) is None
    assert guess_time(pa.array([], pa.string())) is None
