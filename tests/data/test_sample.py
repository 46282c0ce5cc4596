from __future__ import annotations

import pytest

from recengine.core.columns import DAY, TIME, WEIGHT
from recengine.data.build import Imported, import_sample
from recengine.data.checks import Verdict


@pytest.fixture(scope="module")
def sample() -> Imported:
    return import_sample()


def test_the_sample_has_the_size_on_which_the_figures_to_meet_were_measured(sample: Imported) -> None:
    dataset, report = sample.dataset, sample.cleaning
    assert (len(dataset.interactions), dataset.num_items, dataset.num_users) == (843_749, 3_853, 2_441)
    assert report.rows_in == 1_469_307
    assert report.removed == {"no_sales": 11_275, "no_goods": 17_787, "rare_items": 596_496}


def test_it_is_a_year_of_purchases_that_people_come_back_to(sample: Imported) -> None:
    about, times = sample.dataset.about, sample.dataset.interactions.column(TIME)
    assert (about.repeats, about.time_kind, about.person, about.item) == (
        "both",
        "date",
        "household",
        "product",
    )
    assert "CC0" in about.licence
    assert 364 < (times[-1] - times[0]) / DAY < 367
    assert (sample.dataset.interactions.column(WEIGHT) == 1).all()


def test_products_have_readable_names_of_their_own(sample: Imported) -> None:
    items = sample.dataset.items
    titles = items.features["title"]
    assert titles.is_unique
    assert titles.notna().all()
    assert items.labels(items.codes(["1082185"])) == ["Tropical fruit: bananas, 40 lb"]  # the best sold
    assert set(items.kinds) == {"department", "category", "type", "brand", "package_size", "price"}
    assert "Soft drinks" in set(items.features["category"])
    assert 0.2 < items.features["price"].median() < 10


def test_a_third_of_the_households_is_described(sample: Imported) -> None:
    users = sample.dataset.users
    assert 0.3 < users.features["income"].notna().mean() < 0.4
    assert list(users.kinds) == [
        "age",
        "income",
        "home",
        "marital_status",
        "household_size",
        "household",
        "children",
    ]


def test_nothing_is_wrong_with_it(sample: Imported) -> None:
    bad: list[Verdict] = [verdict for verdict in sample.checks if verdict.level == "bad"]
    assert bad == []
