from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from recengine.core.columns import DAY
from recengine.core.dataset import About, Dataset, Entities
from recengine.core.errors import NotFoundError
from recengine.services import people
from recengine.services.nearest import by_shared_people
from recengine.services.workspace import Workspace
from tests.services.conftest import Shop

MONDAY = 1_704_067_200.0  # 1 January 2024
WEEK = 7 * DAY
# u0 has tea three times and a pot once, u1 tea and a cup, u2 a pot.
EVENTS = [
    (0, 0, MONDAY),
    (0, 0, MONDAY + DAY),
    (1, 0, MONDAY + 2 * DAY),
    (0, 1, MONDAY + WEEK),
    (0, 0, MONDAY + WEEK + 1),
    (1, 2, MONDAY + WEEK + 2),
    (2, 1, MONDAY + 2 * WEEK),
]


@pytest.fixture
def tea(
    ws: Workspace,
    dataset_of: Callable[[Sequence[tuple[int, int, float]]], Dataset],
    put: Callable[[Workspace, Dataset], str],
) -> Workspace:
    """A workspace with the dataset "tea"."""
    dataset = dataset_of(EVENTS)
    users = pd.DataFrame(
        {
            "income": pd.Series(["Under 15K", "15-24K", None], dtype="str"),
            "age": [30.0, np.nan, 50.0],
            "clubs": pd.Series(["north|south", "north", None], dtype="str"),
        }
    )
    items = pd.DataFrame(
        {
            "name": pd.Series(["Green tea", "Tea pot", "Cup (.*)"], dtype="str"),
            "kind": pd.Series(["food", "ware", "ware"], dtype="str"),
        }
    )
    put(
        ws,
        replace(
            dataset,
            name="tea",
            users=Entities(
                dataset.users.ids, users, {"income": "categorical", "age": "numeric", "clubs": "multi"}
            ),
            items=Entities(dataset.items.ids, items, {"name": "text", "kind": "categorical"}, title="name"),
            about=About(person="household"),
        ),
    )
    return ws


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["u0", "u1", "u2"]),  # most events first
        ("u2", ["u2"]),
        ("NORTH", ["u0", "u1"]),
        ("north south", ["u0"]),
        ('income="Under 15K"', ["u0"]),
        ("Income=15-24k", ["u1"]),
        ("clubs=nor", []),  # a feature's value is asked for as a whole
        ("clubs=south", ["u0"]),
        ("age=50", ["u2"]),
        ("age=old", []),
        ("nobody", []),
        ('"open quote', []),
        (".*", []),  # not a pattern
    ],
)
def test_people_are_found_by_id_words_and_features(tea: Workspace, query: str, found: list[str]) -> None:
    assert people.find_people(tea, "tea", query)["person"].tolist() == found


def test_a_found_person_comes_with_counts_and_features(tea: Workspace) -> None:
    first = people.find_people(tea, "tea").iloc[0]
    assert (first["events"], first["income"], first["age"]) == (4, "Under 15K", 30.0)
    assert first["last_when"] == pd.Timestamp("2024-01-08 00:00:01")


def test_an_exact_id_comes_first_even_with_few_events(shop: Shop) -> None:
    assert people.find_people(shop.ws, "two tastes", "u1", limit=3)["person"].iloc[0] == "u1"


def test_the_heaviest_have_the_most_events(tea: Workspace) -> None:
    assert people.heaviest(tea, "tea", 2)["events"].tolist() == [4, 2]


def test_a_random_person_follows_the_seed(shop: Shop) -> None:
    drawn = [people.random_person(shop.ws, "two tastes", seed) for seed in (1, 1, 2, 3)]
    assert drawn[0] == drawn[1]
    assert len(set(drawn)) == 3


def test_one_person_up_close(tea: Workspace) -> None:
    person = people.person_view(tea, "tea", "u0")
    assert (person.num_events, person.num_items) == (4, 2)
    assert person.features == {"income": "Under 15K", "age": 30.0, "clubs": "north|south"}
    assert person.history["title"].tolist() == ["Green tea", "Tea pot", "Green tea", "Green tea"]
    assert person.history["when"].iloc[0] == pd.Timestamp("2024-01-08 00:00:01")
    assert person.mix.values.tolist() == [["food", 3, 0.75], ["ware", 1, 0.25]]
    assert person.activity["events"].tolist() == [2, 2]
    assert person.activity["when"].dt.day_name().tolist() == ["Monday", "Monday"]
    assert person.favourites[["title", "events"]].values.tolist() == [["Green tea", 3], ["Tea pot", 1]]


def test_a_long_history_shows_its_end_and_still_counts_all(tea: Workspace) -> None:
    person = people.person_view(tea, "tea", "u0", last=1)
    assert person.history["item_id"].tolist() == ["i0"]
    assert person.num_events == 4
    assert person.mix["events"].sum() == 4


def test_unknown_values_are_not_shown(tea: Workspace) -> None:
    assert people.person_view(tea, "tea", "u2").features == {"age": 50.0}


def test_an_unknown_person_is_answered_with_the_nearest(tea: Workspace) -> None:
    with pytest.raises(NotFoundError, match=r"no household 'u22' among 3\. Did you mean 'u2'"):
        people.person_view(tea, "tea", "u22")


@pytest.mark.parametrize(
    ("query", "found"),
    [("", ["i0", "i1", "i2"]), ("tea", ["i0", "i1"]), ("kind=ware", ["i1", "i2"]), ("(.*)", ["i2"])],
)
def test_items_are_found_by_title_and_features(tea: Workspace, query: str, found: list[str]) -> None:
    items = people.find_items(tea, "tea", query)
    assert items["item_id"].tolist() == found
    assert list(items) == ["item_id", "title", "category", "events"]


def test_one_item_up_close(tea: Workspace) -> None:
    item = people.item_view(tea, "tea", "i0")
    assert (item.title, item.category, item.num_events, item.num_people, item.rank) == (
        "Green tea",
        "food",
        4,
        2,
        1,
    )
    assert item.features == {"name": "Green tea", "kind": "food"}
    assert item.people.values.tolist() == [["u0", 3], ["u1", 1]]
    assert item.activity["events"].tolist() == [3, 1]
    # Tea: u0, u1. Pot: u0, u2. Cup: u1. Cosines: 1 / sqrt(2 x 2) and 1 / sqrt(2 x 1).
    assert item.nearest["item_id"].tolist() == ["i2", "i1"]
    assert item.nearest["similarity"].tolist() == pytest.approx([0.5**0.5, 0.5])
    assert item.nearest_by == "the share of households who had both"


def test_nearness_is_the_cosine_of_who_had_what(two_tastes: Dataset) -> None:
    had_UI = np.zeros((two_tastes.num_users, two_tastes.num_items))
    had_UI[two_tastes.interactions.column("user"), two_tastes.interactions.column("item")] = 1
    length_I = np.linalg.norm(had_UI, axis=0)
    cosine_II = had_UI.T @ had_UI / np.outer(length_I, length_I)
    np.fill_diagonal(cosine_II, -1)
    for code in (0, 1, 59):
        near = by_shared_people(two_tastes, code, 5)
        np.testing.assert_allclose(near.similarities, np.sort(cosine_II[code])[::-1][:5])
        np.testing.assert_allclose(cosine_II[code][near.codes], near.similarities)


def test_items_of_one_taste_are_near_each_other(shop: Shop) -> None:
    near = people.item_view(shop.ws, "two tastes", "i2").nearest
    assert set(near["category"]) == {"sweet"}


def test_a_run_that_learnt_no_vectors_falls_back_to_who_had_both(shop: Shop) -> None:
    item = people.item_view(shop.ws, "two tastes", "i2", run_id=shop.runs["popularity"].id)
    assert item.nearest_by == "the share of people who had both"


def test_plain_day_numbers_stay_numbers(
    ws: Workspace,
    dataset_of: Callable[[Sequence[tuple[int, int, float]]], Dataset],
    put: Callable[[Workspace, Dataset], str],
) -> None:
    dataset = replace(dataset_of([(0, 0, 3.0 * DAY), (0, 1, 10.0 * DAY)]), about=About(time_kind="day"))
    person = people.person_view(ws, put(ws, dataset), "u0")
    assert person.history["when"].tolist() == [10.0, 3.0]
    assert person.activity["when"].tolist() == [0.0, 7.0]
