"""What 1,000 lists bring, by hand."""

from pathlib import Path

import pandas as pd
import pytest

from recengine.core.dataset import About
from recengine.services.business import Figure, business, unit_of, work_out
from recengine.services.frontier_work import measure_frontier
from recengine.services.strategies import save
from recengine.services.workspace import Workspace
from recengine.strategy import Strategy

DEAR = Strategy(name="dear", weights={"relevance": 1.0, "value price": 2.0})


def test_1000_lists_bring_a_thousand_times_what_one_brings(market: Workspace, tmp_path: Path) -> None:
    save(market, DEAR, "ann")
    found = work_out(market, "two tastes")
    measure_frontier(market, "ease-1", Strategy(), lists=tmp_path / "lists.csv")
    lists = pd.read_csv(tmp_path / "lists.csv")
    today = lists[(lists["setting"] == 0) & lists["chosen"]]
    money, count = found.figures
    assert count.today == pytest.approx(1000 * len(today) / found.num_people)
    assert money.unit == "revenue from items chosen"
    assert found.other == "dear@1"
    assert money.other - money.today == pytest.approx(money.difference)
    assert money.low <= money.difference <= money.high
    assert found.sentence.startswith("1,000 lists of 10 by dear@1 bring")
    assert any("its price" in one for one in found.assumes)
    assert found.frame()["unit"].tolist() == [money.unit, "items chosen"]


def test_with_nothing_saved_today_is_told_alone(market: Workspace) -> None:
    found = work_out(market, "two tastes")
    assert found.alone
    assert found.sentence.startswith("1,000 lists of 10 bring")
    assert found.figures[0].difference == 0
    assert business(market, "two tastes") is None


def test_a_difference_is_one_only_beyond_its_interval() -> None:
    more = Figure("products bought", 11_900, 12_300, 400, 210, 590)
    assert more.words == "12,300 products bought instead of 11,900: 400 more (95 % interval +210 to +590)"
    unsure = Figure("revenue from products bought", 100, 90, -10, -30, 10, "price")
    assert unsure.verdict == "no real difference"
    assert unsure.words == (
        "90 of revenue from products bought instead of 100, which is no real difference "
        "(95 % interval −30 to +10)"
    )


@pytest.mark.parametrize(
    ("about", "unit"),
    [
        (About(item="product", weight_unit="purchase lines"), "products bought"),
        (About(item="course", domain="online-education"), "courses taken up"),
        (About(item="post", domain="social-media"), "posts responded to"),
        (About(), "items chosen"),
    ],
)
def test_it_speaks_as_the_domain_does(about: About, unit: str) -> None:
    assert unit_of(about) == unit
