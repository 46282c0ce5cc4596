from __future__ import annotations

from dataclasses import replace

import pandas as pd

from recengine.core.columns import EVENT, USER
from recengine.core.dataset import Dataset, Interactions
from recengine.services.choices import FEW, choices_of


def test_features_come_with_their_values_in_order_or_their_range(two_tastes: Dataset) -> None:
    found = choices_of(two_tastes)
    assert found.person["group"].values == ("north", "south")
    age = two_tastes.users.features["age"]
    assert (found.person["age"].low, found.person["age"].high) == (age.min(), age.max())
    assert not any("|" in tag for tag in found.item["tags"].values)  # a thing with two tags has each of them
    assert found.kinds == ()


def test_of_many_values_the_commonest_come_first_and_what_says_nothing_is_left_out(
    two_tastes: Dataset,
) -> None:
    number = pd.Series(range(two_tastes.num_users)) // 3
    features = two_tastes.users.features.assign(
        town=[f"t{1000 - code}" for code in number], same=1.0, nothing=pd.Series(dtype="str")
    )
    kinds = {"town": "categorical", "same": "numeric", "nothing": "categorical"}
    users = replace(two_tastes.users, features=features, kinds=kinds)  # type: ignore[arg-type]
    found = choices_of(replace(two_tastes, users=users)).person
    assert list(found) == ["town"]
    assert len(found["town"].values) > FEW
    assert found["town"].values[0] == "t1000"


def test_kinds_of_event_are_offered_where_there_are_several(two_tastes: Dataset) -> None:
    frame = two_tastes.interactions.frame
    kinds = frame[USER].map(lambda user: "view" if user % 4 else "buy").astype("category")
    data = replace(two_tastes, interactions=Interactions(frame.assign(**{EVENT: kinds})))
    assert choices_of(data).kinds == ("view", "buy")
