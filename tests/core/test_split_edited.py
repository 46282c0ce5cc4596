"""What is learnt from changes; what is asked does not."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
import pytest

from recengine.core.columns import ITEM, TIME, USER, WEIGHT
from recengine.core.dataset import About, Dataset
from recengine.core.edits import Edit, EditError, Edits
from recengine.core.split import TRAIN, VALIDATION, Histories, Split, SplitConfig

Make = Callable[[Sequence[tuple[int, int, float]]], Dataset]
KINDS = ("temporal", "leave-last-out", "random")


@pytest.fixture(scope="module")
def split(two_tastes: Dataset) -> Split:
    return SplitConfig().build(two_tastes)


def edited(split: Split, text: str, histories: Histories = "kept") -> Split:
    return split.edited(Edits.of([text]), histories)


def learnt(split: Split) -> list[float]:
    return split.before_test.interactions.column(TIME).tolist()


@pytest.mark.parametrize("text", ["set epochs = 3", "", "keep people with at least 0 events"])
def test_an_edit_of_no_data_gives_the_very_same_split(split: Split, text: str) -> None:
    assert edited(split, text) is split


@dataclass(frozen=True)
class Copied(Edit):
    """An edit that goes the whole way and changes nothing."""

    @classmethod
    def read(cls, clause: str) -> Self | None:
        return None

    @property
    def text(self) -> str:
        return "copied"

    def sentence(self, about: About) -> str:
        return "copied"

    def apply(self, data: Dataset) -> Dataset:
        return data.with_interactions(
            data.interactions.where(np.ones(len(data.interactions), bool)), "copied"
        )


@pytest.mark.parametrize("histories", ["kept", "edited"])
@pytest.mark.parametrize("kind", KINDS)
def test_an_edit_that_changes_nothing_leaves_all_as_it_was(
    two_tastes: Dataset, kind: str, histories: Histories
) -> None:
    base = SplitConfig(kind=kind).build(two_tastes)  # type: ignore[arg-type]
    same = base.edited(Edits((Copied(),)), histories)
    assert same is not base
    for ours, theirs in ((same.train, base.train), (same.before_test, base.before_test)):
        pd.testing.assert_frame_equal(ours.interactions.frame, theirs.interactions.frame)
    for task, before in ((same.validation, base.validation), (same.test, base.test)):
        assert task.pairs_digest == before.pairs_digest
        for name in ("offsets", "items", "times", "weights", "now"):
            np.testing.assert_array_equal(getattr(task.profiles, name), getattr(before.profiles, name))
        pd.testing.assert_frame_equal(task.profiles.features, before.profiles.features)
    np.testing.assert_array_equal(same.catalogue_I, base.catalogue_I)
    assert not same.cut_anew


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "text",
    [
        "drop people where group = a",
        "drop last 20 days",
        "drop items where price > 4",
        "cap people at 5 events",
    ],
)
def test_the_exam_is_the_same_whatever_is_learnt_from(two_tastes: Dataset, kind: str, text: str) -> None:
    base = SplitConfig(kind=kind).build(two_tastes)  # type: ignore[arg-type]
    other = edited(base, text.replace("group = a", f"group = {first_group(two_tastes)}"))
    assert 0 < len(other.before_test.interactions) < len(base.before_test.interactions)
    assert other.test is base.test
    assert other.asked is base.before_test
    assert other.unedited is base
    assert set(learnt(other)) <= set(learnt(base))
    assert len(other.train.interactions) + (other.part_E == VALIDATION).sum() == len(
        other.before_test.interactions
    )


def first_group(data: Dataset) -> str:
    return str(data.users.features["group"].dropna().iloc[0])


def test_an_event_keeps_its_part(split: Split) -> None:
    other = edited(split, "drop items where price > 4")
    trained = set(split.train.interactions.column(TIME))
    for part, time in zip(other.part_E, other.before_test.interactions.column(TIME), strict=True):
        assert (part == TRAIN) == (time in trained)


def test_histories_are_kept_or_edited(split: Split) -> None:
    text = "drop items where price > 4"
    dear_I = split.before_test.items.features["price"].to_numpy() > 4
    kept, gone = edited(split, text), edited(split, text, "edited")
    assert dear_I[kept.test.profiles.items].any()
    assert not dear_I[gone.test.profiles.items].any()
    assert gone.test.pairs_digest == split.test.pairs_digest
    np.testing.assert_array_equal(gone.test.people, split.test.people)
    np.testing.assert_array_equal(gone.test.profiles.now, split.test.profiles.now)
    np.testing.assert_array_equal(gone.test.targets.values, split.test.targets.values)
    cheap = ~dear_I[split.test.profiles.items]
    np.testing.assert_array_equal(gone.test.profiles.items, split.test.profiles.items[cheap])


def test_weights_are_read_in_histories_too_but_what_is_left_out_is_not(split: Split) -> None:
    other = edited(split, "drop last 20 days; weigh items where price > 4 by 3")
    dear_E = split.before_test.items.features["price"].to_numpy()[other.test.profiles.items] > 4
    np.testing.assert_array_equal(other.test.profiles.items, split.test.profiles.items)
    np.testing.assert_array_equal(other.test.profiles.weights, np.where(dear_E, 3, 1))
    assert split.test.profiles.weights.max() == 1


def test_items_nobody_is_left_with_leave_the_catalogue(split: Split) -> None:
    other = edited(split, "drop items where price > 4")
    dear_I = split.before_test.items.features["price"].to_numpy() > 4
    np.testing.assert_array_equal(other.catalogue_I, split.catalogue_I & ~dear_I)


def test_copies_are_learnt_from_and_asked_nothing_in_the_test(split: Split) -> None:
    other = edited(split, "weigh people where events >= 1 by 2")
    people = split.before_test.num_users
    assert other.before_test.num_users > people
    assert other.test is split.test
    assert len(other.before_test.interactions) == 2 * len(split.before_test.interactions)
    counts = np.bincount(other.train.interactions.column(USER))
    np.testing.assert_array_equal(counts[:people][counts[:people] > 0], counts[people:][counts[people:] > 0])


@pytest.mark.parametrize("text", ["drop last 20 days", "drop first 81 days"])
def test_training_and_validation_are_cut_anew_where_hardly_any_is_left_of_one(
    split: Split, text: str
) -> None:
    other = edited(split, text)
    assert other.cut_anew
    assert np.mean(other.part_E == VALIDATION) == pytest.approx(0.1, abs=0.01)
    times = other.before_test.interactions.column(TIME)
    assert times[other.part_E == TRAIN].max() < times[other.part_E == VALIDATION].min()
    assert len(other.validation) > 0


def test_each_ones_last_event_is_the_validation_of_a_leave_last_out_split_cut_anew(dataset_of: Make) -> None:
    had = [(0, 1, 2, 3, 4), (1, 2, 0, 3, 4), (2, 0, 4, 3, 1)]  # items, oldest first
    events = [
        (user, item, 86_400.0 * day) for user, items in enumerate(had) for day, item in enumerate(items)
    ]
    base = SplitConfig(kind="leave-last-out").build(dataset_of(events))
    assert (base.part_E == VALIDATION).sum() == 3  # each of them with item 3
    other = edited(base, "drop items where id = i3")
    assert other.cut_anew
    assert other.before_test.interactions.column(ITEM)[other.part_E == VALIDATION].tolist() == [2, 0, 4]
    assert other.test.targets.values.tolist() == base.test.targets.values.tolist() == [4, 4, 1]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("from 2035-01-01", "leaves nothing to learn from: there are events from"),
        ("keep people with fewer than 0 events", "leaves nothing to learn from"),
        ("until 2035-01-01", "changes nothing: there are events from"),
        ("drop people with fewer than 1 events", "changes nothing"),
        ("weigh events where weight < 1 by 3", "changes nothing"),
        (
            "keep people with at most 18 events; drop people with at most 18 events",
            "contradicts 'keep people",
        ),
        ("keep people where id = {nobody}", "none of the .* people that the test asks would be learnt from"),
    ],
)
def test_edits_without_sense_are_told_before_anything_is_run(split: Split, text: str, said: str) -> None:
    asked = set(split.test.people)
    silent = [code for code in split.before_test.interactions.column(USER) if code not in asked]
    nobody = split.before_test.users.ids[silent[0]]
    with pytest.raises(EditError, match=said):
        Edits.of([text.replace("{nobody}", str(nobody))]).check(split)


def test_what_makes_sense_passes(split: Split) -> None:
    Edits.of(["drop last 20 days; cap people at 5 events; weigh items where price > 4 by 3"]).check(split)
    Edits.of(["set epochs = 3"]).check(split)


def test_an_edit_that_leaves_nothing_makes_no_split(split: Split) -> None:
    with pytest.raises(EditError, match="there is nothing to learn from"):
        edited(split, "from 2035-01-01")


def test_edits_never_touch_the_unedited_split(split: Split) -> None:
    weights = split.before_test.interactions.column(WEIGHT).copy()
    columns = list(split.before_test.interactions.frame)
    edited(split, "weigh items where price > 4 by 3; drop last 20 days")
    np.testing.assert_array_equal(split.before_test.interactions.column(WEIGHT), weights)
    assert list(split.before_test.interactions.frame) == columns
