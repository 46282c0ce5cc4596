from __future__ import annotations

import json
import time
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recengine.core.columns import DAY
from recengine.core.errors import DataError
from recengine.data.cleaning import RULES, CleaningConfig, CleaningReport, clean, malformed_rows
from recengine.data.log import Log
from recengine.data.log_builder import LogBuilder
from recengine.data.mapping import Mapping

MONDAY = 1_715_558_400  # 2024-05-13, seconds
Row = tuple[object, object, object, object]


def log_of(rows: Sequence[Row], weight: str = "quantity", kinds: dict[str, float] | None = None) -> Log:
    """A log of (person, item, time, weight) rows; with `kinds` the weight is the kind of event."""
    columns = ["user", "item", "time", weight]
    table = pa.table({name: pa.array([row[place] for row in rows]) for place, name in enumerate(columns)})
    if kinds is not None:
        builder = LogBuilder(
            Mapping(user="user", item="item", time="time", event=weight, event_weights=kinds)
        )
    else:
        builder = LogBuilder(Mapping(user="user", item="item", time="time", weight=weight))
    builder.add(table)
    return builder.finish()[0]


def rows_left(log: Log, **switches: bool | float) -> tuple[list[int], CleaningReport]:
    """Row numbers that survive, from 1, and the report."""
    kept, report = clean(log, CleaningConfig.of(dict(switches)))
    return kept.row.tolist(), report


def test_rows_without_a_person_or_an_item_go() -> None:
    left, report = rows_left(log_of([("a", "x", MONDAY, 1), (None, "x", MONDAY, 1), ("b", "", MONDAY, 1)]))
    assert left == [1]
    assert report.removed == {"missing_ids": 2}
    assert (
        report.frame()
        .set_index("code")
        .loc["missing_ids", "examples"]
        .startswith(
            "row 2: person (none), item x, time 2024-05-13 00:00:00, weight 1; row 3: person b, item (none)"
        )
    )


def test_unreadable_times_and_placeholders_go() -> None:
    good = [("a", f"i{n}", MONDAY + n, 1) for n in range(8)]
    left, report = rows_left(log_of([*good, ("a", "x", None, 1), ("a", "y", 0, 1)]))
    assert left == list(range(1, 9))
    assert report.removed == {"unreadable_times": 2}


def test_times_of_which_most_cannot_be_read_stop_the_import() -> None:
    times = [MONDAY] * 4 + [None] * 5
    log = log_of([(f"u{n}", "a", moment, 1.0) for n, moment in enumerate(times)])
    with pytest.raises(DataError, match=r"cannot be read: 5 rows, 56% of all \(row 5: .* or none"):
        rows_left(log)


def test_times_in_the_future_go_unless_most_of_them_lie_there() -> None:
    later = time.time() + 40 * DAY
    left, _ = rows_left(log_of([("a", "x", MONDAY, 1), ("a", "y", MONDAY, 1), ("b", "x", later, 1)]))
    assert left == [1, 2]
    left, report = rows_left(log_of([("a", "x", later, 1), ("a", "y", later + 5, 1)]))
    assert left == [1, 2]
    assert next(f for f in report.findings if f.code == "future_times").note.startswith("most rows lie")


def test_returns_go_and_rows_without_a_weight_count_one() -> None:
    log = log_of(
        [("a", "x", MONDAY, 3), ("a", "x", MONDAY + 9, -3), ("b", "y", MONDAY, 0), ("b", "z", MONDAY, None)]
    )
    kept, report = clean(log, CleaningConfig())
    assert (kept.row.tolist(), kept.weight.tolist()) == ([1, 4], [3, 1])
    assert report.removed == {"returns": 2}
    assert next(f for f in report.findings if f.code == "unstated_weights").changed == 1


def test_a_rating_of_zero_says_has_it_but_did_not_rate() -> None:
    kept, report = clean(
        log_of([("a", "x", MONDAY, 7), ("a", "y", MONDAY, 0)], weight="rating"), CleaningConfig()
    )
    assert kept.weight.tolist() == [7, 1]
    assert report.removed == {}


def test_a_scale_below_zero_keeps_what_people_liked() -> None:
    log = log_of([("a", "x", MONDAY, 4.5), ("a", "y", MONDAY, -3), ("a", "z", MONDAY, 0)], weight="rating")
    assert rows_left(log)[1].removed == {"returns": 2}


def test_kinds_of_weight_zero_go_and_the_others_count_their_weight() -> None:
    rows = [("a", "x", MONDAY, "view"), ("a", "y", MONDAY, "skip"), ("a", "z", MONDAY, "buy")]
    kept, report = clean(log_of(rows, kinds={"skip": 0, "buy": 5}), CleaningConfig())
    assert (kept.row.tolist(), kept.event_weight.tolist()) == ([1, 3], [1, 5])
    assert report.removed == {"ignored_events": 1}


def test_an_exact_copy_goes_and_coming_back_stays() -> None:
    rows = [("a", "x", MONDAY, 1), ("a", "x", MONDAY, 1), ("a", "x", MONDAY + 60, 1), ("a", "x", MONDAY, 2)]
    left, report = rows_left(log_of(rows))
    assert left == [1, 3, 4]
    assert report.removed == {"duplicates": 1}
    assert rows_left(log_of(rows), duplicates=False)[0] == [1, 2, 3, 4]


def test_a_row_that_differs_in_any_other_column_is_no_copy() -> None:
    table = pa.table(
        {"user": ["a"] * 3, "item": ["x"] * 3, "time": [MONDAY] * 3, "order": ["n1", "n2", "n1"]}
    )
    builder = LogBuilder(Mapping(user="user", item="item", time="time"))
    builder.add(table)
    assert rows_left(builder.finish()[0])[0] == [1, 2]


def test_without_a_time_copies_are_kept_as_repeats_and_the_report_says_so() -> None:
    builder = LogBuilder(Mapping(user="user", item="item"))
    builder.add(pa.table({"user": ["a", "a"], "item": ["x", "x"]}))
    left, report = rows_left(builder.finish()[0])
    assert left == [1, 2]
    finding = next(f for f in report.findings if f.code == "repeated_pairs")
    assert (finding.found, finding.removed) == (1, 0)


def test_a_person_with_more_events_on_one_day_than_a_person_can_have_goes() -> None:
    busy: list[Row] = [("bot", f"i{n}", MONDAY + n, 1) for n in range(12)]
    spread: list[Row] = [("ann", f"i{n}", MONDAY + n * DAY, 1) for n in range(12)]
    left, report = rows_left(log_of([*busy, *spread]), bot_events_per_day=11)
    assert left == list(range(13, 25))
    assert next(f for f in report.findings if f.code == "bots").examples == ("person bot: 12 rows",)


def test_a_person_far_beyond_the_busiest_goes_but_a_heavy_one_stays() -> None:
    usual: list[Row] = [(f"u{n % 200}", f"i{n}", MONDAY + n, 1) for n in range(2_000)]
    bot: list[Row] = [("bot", f"i{n}", MONDAY + n * DAY // 50, 1) for n in range(1_001)]
    heavy: list[Row] = [("fan", f"i{n}", MONDAY + n * DAY // 50, 1) for n in range(999)]
    kept, _ = clean(log_of([*usual, *bot, *heavy]), CleaningConfig())
    assert len(kept) == 2_000 + 999


def test_rare_items_repeats_and_newcomers_are_counted_and_stay_unless_asked() -> None:
    rows: list[Row] = [
        ("a", "x", MONDAY + 2, 1),
        ("a", "x", MONDAY + 1, 1),
        ("b", "x", MONDAY, 1),
        ("b", "y", MONDAY, 1),
    ]
    rows += [("c", "x", MONDAY, 1)]
    left, report = rows_left(log_of(rows))
    assert left == [1, 2, 3, 4, 5]
    found = {f.code: f.found for f in report.findings if f.found}
    assert found == {"repeated_pairs": 1, "rare_items": 1, "rare_people": 1}
    assert rows_left(log_of(rows), rare_items=True)[0] == [1, 2, 3, 5]
    assert rows_left(log_of(rows), rare_people=True)[0] == [1, 2, 3, 4]
    assert rows_left(log_of(rows), repeated_pairs=True)[0] == [2, 3, 4, 5]  # the earlier of the two
    assert rows_left(log_of(rows), rare_items=True, min_people_per_item=3)[0] == [1, 2, 3, 5]


def test_a_rule_that_is_needed_and_off_stops_the_import() -> None:
    log = log_of([("a", "x", MONDAY, 1), (None, "x", MONDAY, 1)])
    with pytest.raises(DataError, match="1 such rows .row 2: .* 'missing_ids' that leaves them out is off"):
        clean(log, CleaningConfig(missing_ids=False))


def test_nothing_left_is_an_error_that_names_the_rule() -> None:
    with pytest.raises(DataError, match="none of 2 rows is left .* 'Returns .* 0 or less' .2."):
        clean(log_of([("a", "x", MONDAY, -1), ("b", "x", MONDAY, -2)]), CleaningConfig())


def test_only_rules_about_single_rows_touch_a_given_test() -> None:
    rows: list[Row] = [("a", "x", MONDAY, 1), ("a", "x", MONDAY, 1), ("a", None, MONDAY, 1)]
    kept, report = clean(log_of(rows), CleaningConfig(rare_people=True), test=True)
    assert kept.row.tolist() == [1, 2]
    assert report.removed == {"missing_ids": 1}


def test_rows_set_aside_before_count_as_rows_in() -> None:
    settings = CleaningConfig()
    before = [malformed_rows(3, ("a,b,c,d",), settings)]
    _, report = clean(log_of([("a", "x", MONDAY, 1)]), settings, before=before)
    assert (report.rows_in, report.rows_out, report.removed) == (4, 1, {"malformed_rows": 3})


def test_a_report_whose_sums_are_wrong_cannot_be_built() -> None:
    with pytest.raises(ValueError, match="10 rows in, 8 out, but 0 removed"):
        CleaningReport(10, 8, ())


def test_a_report_survives_being_written_down() -> None:
    _, report = rows_left(log_of([("a", "x", MONDAY, 1), ("a", None, MONDAY, 1)]))
    written = report.to_dict()
    assert CleaningReport.from_dict(json.loads(json.dumps(written))) == report
    assert written["removed"] == {"missing_ids": 1}


CELL = st.sampled_from(["a", "b", None])
WHEN = st.sampled_from([MONDAY, MONDAY + 1, MONDAY + DAY, None])
AMOUNT = st.sampled_from([1.0, 2.0, 0.0, -1.0, None])


@settings(deadline=None)
@given(rows=st.lists(st.tuples(CELL, CELL, WHEN, AMOUNT), min_size=1, max_size=30), rare=st.booleans())
def test_every_row_is_kept_or_counted_once_and_what_is_kept_is_usable(rows: list[Row], rare: bool) -> None:
    log = log_of([("a", "a", MONDAY, 1.0), *rows])
    try:
        kept, report = clean(log, CleaningConfig(rare_items=rare, rare_people=rare))
    except DataError:
        return
    assert report.rows_in == len(log) == report.rows_out + sum(report.removed.values())
    assert report.rows_out == len(kept)
    assert kept.user.min() >= 0
    assert kept.item.min() >= 0
    assert not np.isnan(kept.time).any()
    assert (kept.weight > 0).all()
    assert (np.diff(kept.row) > 0).all()


def test_every_rule_has_a_switch_and_says_what_to_do() -> None:
    assert set(RULES) | {"lines_above", "malformed_rows"} == {
        name for name, field in CleaningConfig.model_fields.items() if field.annotation is bool
    }
    assert all(rule.title and rule.remedy for rule in RULES.values())
    assert {rule.threshold for rule in RULES.values()} - {None} <= set(CleaningConfig.model_fields)
    assert [code for code, rule in RULES.items() if not rule.default] == [
        "repeated_pairs",
        "rare_items",
        "rare_people",
    ]


def test_the_frame_of_a_report_has_a_row_per_rule() -> None:
    frame = rows_left(log_of([("a", "x", MONDAY, 1)]))[1].frame()
    assert list(frame["code"]) == list(RULES)
    assert isinstance(frame, pd.DataFrame)
