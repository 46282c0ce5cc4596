from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recengine.core.columns import DAY
from recengine.ui import format


@pytest.mark.parametrize(
    ("shown", "wanted"),
    [
        (format.count(1469307), "1,469,307"),
        (format.count(-3), "−3"),
        (format.short(1469307), "1.47M"),
        (format.short(68509), "68.5k"),
        (format.short(950), "950"),
        (format.short(2.5e9), "2.5B"),
        (format.metric(0.43791), "0.438"),
        (format.metric(float("nan")), "–"),
        (format.metric(None), "–"),
        (format.percent(0.593), "59%"),
        (format.percent(0.0123, 1), "1.2%"),
        (format.percent(None), "–"),
        (format.change(0.44, 0.40), "+10%"),
        (format.change(0.30, 0.40), "−25%"),
        (format.change(0.30, 0.0), ""),
        (format.duration(4.25), "4.2 s"),
        (format.duration(59.7), "1 min"),
        (format.duration(75), "1 min 15 s"),
        (format.duration(3 * 3600 + 120), "3 h 2 min"),
        (format.duration(2 * DAY), "2 days"),
        (format.duration(None), "–"),
        (format.ago(30), "just now"),
        (format.ago(90), "1 min ago"),
        (format.ago(2 * 3600), "2 h ago"),
        (format.ago(DAY), "1 day ago"),
        (format.moment(0.0), "1 Jan 1970"),
        (format.moment(12 * DAY, "day"), "day 12"),
        (format.moment(345.0, "order"), "event 345"),
        (format.clock(3600.0), "1 Jan 1970, 01:00 UTC"),
        (format.plural(1, "product"), "1 product"),
        (format.plural(2, "household"), "2 households"),
        (format.plural(3, "person"), "3 people"),
        (format.plural(0, "story"), "0 stories"),
        (format.plural(2, "day"), "2 days"),
        (format.plural(2, "dish"), "2 dishes"),
        (format.a("item"), "an item"),
        (format.a("household"), "a household"),
    ],
)
def test_numbers_and_times_read_as_people_write_them(shown: str, wanted: str) -> None:
    assert shown == wanted


@given(st.floats(min_value=0, max_value=1e7))
def test_a_duration_never_names_sixty_of_a_unit(seconds: float) -> None:
    assert "60 s" not in format.duration(seconds)
    assert "60 min" not in format.duration(seconds)


@given(st.integers(min_value=0, max_value=10**11))
def test_a_short_number_is_short_and_right_within_half_a_percent(number: int) -> None:
    shown = format.short(number)
    size = {"k": 1e3, "M": 1e6, "B": 1e9}.get(shown[-1], 1.0)
    value = float(shown.rstrip("kMB").replace(",", "")) * size
    assert "e" not in shown
    assert value == pytest.approx(number, rel=0.005)
