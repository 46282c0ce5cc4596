from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from recengine.core.columns import ITEM, TIME, USER
from recengine.data.planted import CATALOGUE, GOODS_HAD, MAKERS, Cause, Planted, planted


@pytest.fixture(scope="module")
def made() -> Planted:
    return planted(num_people=300)


@pytest.fixture(scope="module")
def had(made: Planted) -> pd.DataFrame:
    """Who has what: a row a person, a column an item, the moment of the event or NaN."""
    frame = made.dataset.interactions.frame
    wide = frame.pivot(index=USER, columns=ITEM, values=TIME)
    return wide.reindex(columns=range(made.dataset.num_items))


def causes_of(made: Planted, kind: str) -> list[Cause]:
    return [cause for cause in made.causes if cause.kind == kind]


def test_a_follower_comes_after_its_opener_and_hardly_ever_without(had: pd.DataFrame) -> None:
    opened, followed = had[CATALOGUE.openers].to_numpy(), had[CATALOGUE.followers].to_numpy()
    both = ~np.isnan(opened) & ~np.isnan(followed)
    assert (opened[both] < followed[both]).all()
    assert (both.sum() / (~np.isnan(followed)).sum()) > 0.95


def test_a_companion_alone_leads_to_nothing(had: pd.DataFrame) -> None:
    alone = had[CATALOGUE.companions].notna().to_numpy() & had[CATALOGUE.openers].isna().to_numpy()
    assert alone.sum() > 100
    assert had[CATALOGUE.followers].notna().to_numpy()[alone].mean() < 0.05


def test_only_people_with_a_hobby_have_its_item_and_everyone_one(made: Planted, had: pd.DataFrame) -> None:
    has = had[CATALOGUE.hobby_items.ravel()].notna()
    assert (has.sum(axis=1) <= 1).all()
    hobby = made.dataset.users.features["hobby"]
    assert hobby[has.any(axis=1)].groupby(has.idxmax(axis=1)).nunique().eq(1).all()


def test_everyone_keeps_to_one_maker_and_new_goods_are_in_nobodys_past(
    made: Planted, had: pd.DataFrame
) -> None:
    makers = made.dataset.items.features["maker"][CATALOGUE.goods.ravel()]
    assert makers.nunique() == len(MAKERS)
    for _, row in had[CATALOGUE.goods.ravel()].iterrows():
        assert makers[row.dropna().index].nunique() == 1
    assert had[CATALOGUE.goods[:, GOODS_HAD:].ravel()].isna().all(axis=None)


def test_everything_is_known_of_everyone_and_of_every_item(made: Planted) -> None:
    for entities in (made.dataset.users, made.dataset.items):
        assert entities.features.notna().all(axis=None)


def test_no_maker_is_of_one_family_more_than_another_and_none_is_better_liked(
    made: Planted, had: pd.DataFrame
) -> None:
    makers = made.dataset.items.features["maker"]
    for codes in CATALOGUE.families.values():
        assert makers[codes].value_counts().to_dict() == dict.fromkeys(MAKERS, len(codes) / len(MAKERS))
    events = had.notna().sum().groupby(makers).sum()
    assert events.max() < 1.25 * events.min()


def test_only_goods_are_chosen_by_maker(made: Planted, had: pd.DataFrame) -> None:
    makers, goods = made.dataset.items.features["maker"], CATALOGUE.goods.ravel()
    of_everyone = pd.Series({person: makers[row[goods].dropna().index[0]] for person, row in had.iterrows()})
    rest = had.drop(columns=goods).notna()
    own = of_everyone.to_numpy()[:, None] == makers[rest.columns].to_numpy()
    # Everyone's own maker has a sixth of what is not a good: standard error 0.005 of 300 people with 18 each.
    assert rest.to_numpy()[own].sum() / rest.to_numpy().sum() == pytest.approx(1 / len(MAKERS), abs=0.02)


def test_what_is_left_out_has_its_cause_in_what_is_left(made: Planted, had: pd.DataFrame) -> None:
    assert len(made.causes) == 3 * 60
    people, items = made.dataset.users.features, made.dataset.items.features
    for cause in made.causes:
        past = had.loc[cause.person].dropna()
        assert cause.item not in past.index
        assert past.max() < cause.now
        if cause.kind == "action":
            chain = int(np.flatnonzero(CATALOGUE.followers == cause.item)[0])
            assert cause.action == CATALOGUE.openers[chain]
            assert cause.action in past.index
        if cause.kind == "person":
            wanted = CATALOGUE.hobby_items[sorted(set(people["hobby"])).index(people["hobby"][cause.person])]
            others = people["hobby"][had[cause.item].notna()]
            assert wanted.size == 1
            assert set(others) == {people["hobby"][cause.person]}
        if cause.kind == "item":
            goods = past.index.intersection(CATALOGUE.goods.ravel())
            assert set(items["maker"][goods]) == {items["maker"][cause.item]}
            assert cause.item in CATALOGUE.goods[:, GOODS_HAD:]


def test_people_who_are_not_asked_end_what_they_begin(made: Planted, had: pd.DataFrame) -> None:
    asked = {cause.person for cause in made.causes}
    rest = had.drop(index=list(asked))
    opened, followed = (
        rest[CATALOGUE.openers].notna().to_numpy(),
        rest[CATALOGUE.followers].notna().to_numpy(),
    )
    assert followed[opened].all()
    assert len(causes_of(made, "item")) == len(asked)


def test_equal_seeds_give_equal_data() -> None:
    first, same, other = (planted(num_people=20, seed=seed) for seed in (1, 1, 2))
    assert first.dataset.fingerprint == same.dataset.fingerprint != other.dataset.fingerprint
    assert first.causes == same.causes
