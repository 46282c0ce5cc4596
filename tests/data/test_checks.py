from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from recengine.core.dataset import About, Dataset, Entities, Interactions
from recengine.data.checks import CHECKS, Verdict, check

DatasetOf = Callable[[Sequence[tuple[int, int, float]]], Dataset]
STEADY = [(n % 50, n * 7 % 40, n * 60.0 * 60) for n in range(6_000)]


def verdict(dataset: Dataset, code: str) -> Verdict:
    return next(one for one in check(dataset) if one.code == code)


def test_plain_data_pass_every_check(dataset_of: DatasetOf) -> None:
    assert [(one.code, one.level, one.remedy) for one in check(dataset_of(STEADY))] == [
        (code, "ok", "") for code in CHECKS
    ]


def test_few_events_are_said_to_be_few(dataset_of: DatasetOf) -> None:
    assert verdict(dataset_of(STEADY[:4_999]), "size").level == "warn"
    few = verdict(dataset_of(STEADY[:199]), "size")
    assert (few.level, few.finding) == ("bad", "199 events of 50 people with 40 items")
    assert few.remedy.startswith("Collect more")


def test_a_missing_time_and_one_single_moment_are_seen(dataset_of: DatasetOf) -> None:
    dataset = dataset_of(STEADY)
    assert verdict(replace(dataset, about=About(time_kind="order")), "time").level == "warn"
    assert verdict(dataset_of([(u, i, 5.0) for u, i, _ in STEADY]), "time").level == "bad"
    assert verdict(dataset, "time").finding == "events span 250 days"


def test_people_with_one_event_each_teach_nothing(dataset_of: DatasetOf) -> None:
    once = verdict(dataset_of([(n, n % 9, float(n)) for n in range(100)]), "people_back")
    assert (once.level, once.finding) == ("bad", "0% of people have at least two events")
    some = dataset_of([(n % 70, n % 9, float(n)) for n in range(100)])  # 30 of 70 come twice
    assert verdict(some, "people_back").level == "warn"


def test_one_item_that_takes_a_fifth_dominates_but_not_among_five(dataset_of: DatasetOf) -> None:
    events = [(n % 50, 0 if n % 5 == 0 else 1 + n % 39, float(n)) for n in range(6_000)]
    found = verdict(dataset_of(events), "dominance")
    assert (found.level, found.finding) == ("warn", "the most frequent item, i0, has 20.0% of events")
    assert verdict(dataset_of([(n % 50, n % 5, float(n)) for n in range(6_000)]), "dominance").level == "ok"


def test_one_person_with_a_third_of_all_events_dominates(dataset_of: DatasetOf) -> None:
    found = verdict(
        dataset_of([(0 if n % 3 == 0 else n % 50, n % 40, float(n)) for n in range(6_000)]), "volume"
    )
    assert found.level == "warn"
    assert found.finding.startswith("the busiest person, u0, has 2,0")


def test_an_export_that_ends_before_its_time_drifts(dataset_of: DatasetOf) -> None:
    last = STEADY[-1][2]
    sparse = [event for event in STEADY if event[2] < 0.85 * last] + [STEADY[-1]]
    assert verdict(dataset_of(sparse), "drift").level == "warn"


def test_late_events_on_unknown_items_are_seen(dataset_of: DatasetOf) -> None:
    late = [(u, i + 40 if place >= 5_700 else i, t) for place, (u, i, t) in enumerate(STEADY)]
    found = verdict(dataset_of(late), "new_items")  # half of the last 600 events
    assert (found.level, found.finding) == (
        "warn",
        "50.0% of the last tenth of events go to items never seen before",
    )


def test_events_that_share_their_time_have_no_order(dataset_of: DatasetOf) -> None:
    baskets = [(n // 10 % 50, n % 40, n // 10 * 60.0) for n in range(6_000)]
    assert verdict(dataset_of(baskets), "bursts").level == "warn"


def test_columns_only_known_afterwards_are_named(dataset_of: DatasetOf) -> None:
    dataset = dataset_of([(u, i, float(u * i)) for u in range(50) for i in range(u + 1)])
    count_U = np.bincount(dataset.interactions.column("user"))
    features = pd.DataFrame(
        {"final_result": ["pass"] * 50, "visits": count_U * 2.0 + 1, "age": np.arange(50.0) * 7 % 50}
    )
    users = Entities(
        dataset.users.ids, features, {"final_result": "categorical", "visits": "numeric", "age": "numeric"}
    )
    found = verdict(replace(dataset, users=users), "leaks")
    assert (found.level, found.finding) == (
        "warn",
        "may only be known afterwards: final_result (of people), visits (of people)",
    )


def test_columns_that_need_care_are_named(dataset_of: DatasetOf) -> None:
    dataset = dataset_of(STEADY)
    features = pd.DataFrame({"gender": ["f", "m"] * 25, "middlesex": [1.0] * 50})
    users = Entities(dataset.users.ids, features, {"gender": "categorical", "middlesex": "numeric"})
    found = verdict(replace(dataset, users=users), "sensitive")
    assert (found.level, found.finding) == ("warn", "about people's person: gender")


@pytest.mark.parametrize(("pair", "level"), [((0, 0), "warn"), ((0, 1), "ok")])
def test_a_given_test_must_not_repeat_training(
    dataset_of: DatasetOf, pair: tuple[int, int], level: str
) -> None:
    dataset = dataset_of([(0, 0, 1.0), (1, 1, 2.0)])
    test = Interactions.sorted(
        pd.DataFrame({"user": [pair[0]], "item": [pair[1]], "time": [9.0], "weight": [1.0]})
    )
    assert verdict(replace(dataset, given_test=test), "given_test").level == level
