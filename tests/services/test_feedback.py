"""Events are kept once, or refused in words before they do harm."""

from __future__ import annotations

import math
import re
import sqlite3
import time
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pytest

from recengine.core.dataset import Dataset
from recengine.core.errors import DataError, NotFoundError, SettingsError
from recengine.services.desk import profile_of
from recengine.services.feedback import Event, accept, counts, event_of, events
from recengine.services.profile_changes import ProfileChanges, profile_changes
from recengine.services.runs import TrainSpec, create_run
from recengine.services.shown import VISIT_S, ShownList, places, show, show_all, shown_list
from recengine.services.store import Store
from recengine.services.workspace import Workspace

ITEMS = ("i0", "i1", "i2")
Rows = Sequence[tuple[int, int, float]]


@pytest.fixture
def filled(ws: Workspace) -> Workspace:
    """A workspace in which popularity-1 is a run."""
    with Store(ws).writing() as db:
        create_run(db, TrainSpec(dataset="shop", model="popularity"), "", "done")
    return ws


@pytest.fixture
def listed(filled: Workspace) -> ShownList:
    """What u1 was shown."""
    return show(filled, "popularity-1", "u1", ITEMS, propensities=[0.5, 0.25, math.nan])


def event(listed: ShownList, event_id: str = "e1", **other: object) -> Event:
    return event_of({"event_id": event_id, "list_id": listed.list_id, "item": "i1", "kind": "like", **other})


def test_an_event_comes_back_with_the_list_it_is_about(filled: Workspace) -> None:
    listed = show(
        filled, "popularity-1", "u1", ITEMS, propensities=[0.5, 0.25, 1], strategy="fresh", strategy_version=2
    )
    at = listed.shown_at + 20
    answers = accept(filled, [event(listed, kind="purchase", value=3.5, at=at)], "endpoint", now=at)
    assert [tuple(answer) for answer in answers] == [("e1", "accepted", "", False)]
    (row,) = events(filled).to_dict(orient="records")
    assert row == {
        "event_id": "e1",
        "list_id": listed.list_id,
        "run": "popularity-1",
        "strategy": "fresh",
        "strategy_version": 2,
        "person": "u1",
        "item": "i1",
        "position": 2,
        "propensity": 0.25,
        "kind": "purchase",
        "value": 3.5,
        "shown_at": pd.Timestamp(listed.shown_at, unit="s", tz="UTC").round("ms"),
        "at": pd.Timestamp(at, unit="s", tz="UTC").round("ms"),
        "source": "endpoint",
    }
    assert counts(filled)["purchase"] == 1


def test_sent_again_it_is_the_same_event_and_with_other_content_it_is_refused(
    filled: Workspace, listed: ShownList
) -> None:
    first = event(listed)  # without a time: when it is received
    assert [a.outcome for a in accept(filled, [first, first], "app")] == ["accepted", "duplicate"]
    (again, other) = accept(filled, [first, event(listed, kind="hide")], "file", now=time.time() + 50)
    assert again.outcome == "duplicate"
    assert (other.outcome, other.why) == (
        "refused",
        "event_id 'e1' was used before for something else. Ids are used once.",
    )
    assert list(events(filled)["source"]) == ["app"]


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"list_id": "nowhere"}, "no list 'nowhere' was shown"),
        ({"item": "i9"}, "item 'i9' was not in list .*, which held i0, i1, i2."),
        ({"position": 3}, "item 'i1' stood at place 2 of list .*, not at 3"),
        ({"position": 0}, "a position is from 1"),
        ({"person": "u2"}, "was shown to 'u1', not to 'u2'"),
        ({"kind": "likes"}, "no kind of feedback 'likes'. Did you mean 'like'?"),
        ({"kind": "rating"}, "a rating is 1 to 5; found none"),
        ({"kind": "rating", "value": 5.5}, "a rating is 1 to 5; found 5.5"),
        ({"kind": "purchase", "value": -1}, "0 or more; found -1"),
        ({"kind": "rating", "value": math.nan}, "a value is a number; found nan"),
        ({"value": 1}, "a like has no value"),
        ({"at": "2999-01-01"}, "2999-01-01 00:00:00 UTC, which has not come yet"),
        ({"at": 1e300}, "1e\\+300 seconds since 1970, which has not come yet"),
        ({"at": "2020-01-01T10:00:00+02:00"}, "2020-01-01 08:00:00 UTC, before its list was shown"),
        ({"event_id": ""}, "event_id has 1 to 200 printable characters"),
        ({"item": "\ud800"}, "item has 1 to 200 printable characters"),
        ({"person": "\ud800"}, "person has 1 to 200 printable characters"),
        ({"position": 10**30}, "a position is from 1 to 10,000"),
        ({"at": -1e300}, "-1e\\+300 seconds since 1970, before its list"),
        ({"at": math.nan}, "its time cannot be read"),
    ],
)
def test_what_cannot_be_true_is_refused_in_words_and_not_kept(
    filled: Workspace, listed: ShownList, other: dict[str, object], words: str
) -> None:
    values = {"event_id": "e1", "list_id": listed.list_id, "item": "i1", "kind": "like", **other}
    (answer,) = accept(filled, [event_of(values)], "cli")
    assert answer.outcome == "refused"
    assert re.search(words, answer.why), answer.why
    assert events(filled).empty


def test_clocks_may_differ_by_five_minutes(filled: Workspace, listed: ShownList) -> None:
    at = listed.shown_at
    ahead = [event(listed, f"a{s}", at=at + s) for s in (299, 301)]
    behind = [event(listed, f"b{s}", at=at - s) for s in (299, 301)]
    answers = accept(filled, [*ahead, *behind], "cli", now=at)
    assert [answer.outcome for answer in answers] == ["accepted", "refused", "accepted", "refused"]
    assert [answer.later for answer in answers] == [False, True, False, False]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"lst": "x"}, "no field 'lst'"),
        ({"list_id": 5}, "needs the text 'list_id'; found 5"),
        ({"at": "soon"}, "'at' is a moment such as"),
        ({"value": True}, "'value' is a number; found True"),
        ({"value": 10**400}, "too many digits"),
        ({"position": 1.5}, "'position' is a whole number"),
        ({"person": 7}, "'person' is an id, a text; found 7"),
    ],
)
def test_an_event_that_cannot_be_read_is_told_so(values: dict[str, object], words: str) -> None:
    good = {"event_id": "e", "list_id": "l", "item": "i", "kind": "like"}
    with pytest.raises(DataError, match=words):
        event_of({**good, **values})


def test_neither_lists_nor_events_can_be_changed_or_removed(filled: Workspace, listed: ShownList) -> None:
    accept(filled, [event(listed)], "app")
    for statement in (
        "UPDATE feedback SET kind = 'hide'",
        "DELETE FROM feedback",
        "UPDATE shown SET items = '[]'",
        "DELETE FROM shown",
    ):
        with pytest.raises(sqlite3.IntegrityError, match="never"), Store(filled).writing() as db:
            db.execute(statement)
    assert len(events(filled)) == 1


def test_a_list_drawn_again_within_half_an_hour_is_one_showing(filled: Workspace, listed: ShownList) -> None:
    def again(after_s: float, items: Sequence[str] = ITEMS) -> str:
        at = listed.shown_at + after_s
        chances = [0.5, 0.25, math.nan]
        return show(filled, "popularity-1", "u1", items, propensities=chances, at=at).list_id

    assert again(60) == listed.list_id
    assert again(70, ITEMS[::-1]) != listed.list_id
    assert again(VISIT_S + 80) != listed.list_id
    assert len(places(filled)["list_id"].unique()) == 3
    assert shown_list(filled, listed.list_id).items == ITEMS


def test_every_place_is_told_with_its_chance(filled: Workspace, listed: ShownList) -> None:
    show_all(filled, [ShownList("shop", "ease-2", "bold", 1, "u2", ("i5",), (1.0,), 3, 1e9)] * 2)
    mine = places(filled, run="popularity-1")
    assert list(mine["item"]) == [*ITEMS]
    assert list(mine["position"]) == [1, 2, 3]
    np.testing.assert_array_equal(mine["propensity"], [0.5, 0.25, np.nan])
    assert list(places(filled, strategy="bold")["list_id"]) == list(places(filled, run="ease-2")["list_id"])
    assert len(places(filled)) == 4


@pytest.mark.parametrize(
    ("items", "chances", "words"),
    [
        ([], None, "has items"),
        (["a", "a"], None, "none twice"),
        (["a"], [0.5, 0.5], "as many propensities; found 2"),
        (["a"], [1.5], "above 0 and at most 1; found 1.5"),
    ],
)
def test_a_list_that_cannot_be_is_not_kept(
    filled: Workspace, items: list[str], chances: list[float] | None, words: str
) -> None:
    with pytest.raises(SettingsError, match=words):
        show(filled, "popularity-1", "u1", items, propensities=chances)
    with pytest.raises(NotFoundError, match="no list"):
        shown_list(filled, "x")


def test_feedback_changes_the_profile_as_the_last_word_says(
    filled: Workspace, dataset_of: Callable[[Rows], Dataset]
) -> None:
    """u1 had i0 twice and i1; then likes i2, rates i3 with 5, dislikes i0, hides i4 and buys it after all."""
    data = dataset_of([(1, 0, 10.0), (1, 0, 20.0), (1, 1, 30.0), (0, 4, 40.0), (0, 3, 50.0), (0, 2, 60.0)])
    listed = show(filled, "popularity-1", "u1", ["i0", "i1", "i2", "i3", "i4", "gone"])
    said = [
        ("i2", "like", None),
        ("i1", "click", None),
        ("i4", "hide", None),
        ("i3", "rating", 5),
        ("i0", "like", None),
        ("i0", "dislike", None),
        ("i4", "purchase", 2),
        ("i1", "hide", None),
        ("gone", "like", None),
    ]
    batch = [
        event(listed, f"e{n}", item=item, kind=kind, value=value, at=listed.shown_at + n)
        for n, (item, kind, value) in enumerate(said)
    ]
    accept(filled, batch, "app")
    changes = profile_changes(filled, "shop", "u1")
    profile = profile_of(data, ["u1"])
    changed = changes.applied(profile, data)
    assert list(changed.items) == [1, 2, 3, 4]
    assert (np.diff(changed.times) > 0).all()
    assert changed.now[0] > changed.times[-1]
    assert list(changes.offer(data)) == [False, False, True, True, True]
    assert not profile_changes(filled, "shop", "u0")
    assert not profile_changes(filled, "other shop", "u1")
    np.testing.assert_array_equal(ProfileChanges().applied(profile, data).items, profile.items)


def test_a_purchase_that_the_data_hold_by_now_is_not_counted_twice(
    filled: Workspace, dataset_of: Callable[[Rows], Dataset]
) -> None:
    listed = show(filled, "popularity-1", "u0", ITEMS, at=1_000.0)
    accept(filled, [event(listed, kind="purchase", at=1_005.0)], "endpoint")
    changes = profile_changes(filled, "shop", "u0")
    before, after = dataset_of([(0, 1, 990.0), (0, 2, 995.0)]), dataset_of([(0, 1, 990.0), (0, 1, 1_005.0)])
    assert list(changes.applied(profile_of(before, ["u0"]), before).items) == [1, 2, 1]
    assert list(changes.applied(profile_of(after, ["u0"]), after).items) == [1, 1]
