"""Re-ranking 100,000 lists of 200 candidates to 10, on one thread: the loops alone, and whole strategies.

    recengine bench rerank

The loops: time from ready scores to chosen places, compilation not counted. A re-ranker looks at every
candidate once a place, so 200 million candidates are weighed; the values it then touches depend on how many
an item has (one of 50 categories here). Whole: terms, common scale, rules, loops and probabilities.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from time import process_time

import numpy as np
import pandas as pd

from recengine.core.ragged import Ragged
from recengine.services.bench import Row
from recengine.strategy import Boost, CatalogueFacts, Diversify, Explore, Pool, Strategy, apply
from recengine.strategy.filling import Filling
from recengine.strategy.rules import AtMost, MaxShare, MinShare

NUM_LISTS, BLOCK, NUM_CANDIDATES, K = 100_000, 5_000, 200, 10
NUM_ITEMS, NUM_CATEGORIES, NUM_BRANDS, PAST = 4_000, 50, 400, 40
LOOKED_AT = NUM_LISTS * NUM_CANDIDATES * K
MINUTES = 5 * 60.0
RULES = (MaxShare(column="category", share=0.3), AtMost(column="brand", count=2))
LEAST = MinShare(column="category", value="c7", share=0.2)
STRATEGIES = {
    "three weights and a boost": Strategy(
        weights={"relevance": 1, "novelty": 0.2, "expected price": 0.3},
        boosts=(Boost(column="brand", value="b3", weight=0.5),),
    ),
    "the same under three rules over two columns": Strategy(
        weights={"relevance": 1, "novelty": 0.2, "expected price": 0.3}, rules=(*RULES, LEAST)
    ),
    "the same, varied by dpp, exploring": Strategy(
        weights={"relevance": 1, "novelty": 0.2, "expected price": 0.3},
        rules=(*RULES, LEAST),
        diversify=Diversify(method="dpp", column="category"),
        explore=Explore(method="epsilon", amount=0.1),
    ),
}

HARD = Strategy(
    rules=(
        AtMost(column="brand", count=1),
        *(MinShare(column="category", value=value, share=0.2) for value in ("c12", "c3", "c49")),
        MinShare(column="brand", value="b3", share=0.1),
    )
)


def run() -> Iterator[Row]:
    """The rows of docs/benchmarks.md, as they are measured."""
    os.environ["NUMBA_NUM_THREADS"] = "1"
    draw = np.random.default_rng(0)
    facts = _facts(draw)
    pools = [_pool(facts, draw) for _ in range(2)]  # read in turn: no list is remembered
    for method in ("none", "mmr", "dpp", "calibrated", "xquad"):
        how = Diversify.of({"method": method, "column": "category"})
        for rules in ((), RULES):
            seconds = _seconds(lambda pool, how=how, rules=rules: _filling(pool, how, rules).columns(), pools)
            under = "under two rules" if rules else "without rules"
            yield _row(
                f"{method}, {under}", seconds, f"{LOOKED_AT / seconds / 1e6:,.0f} million candidates/s"
            )
    for name, strategy in STRATEGIES.items():
        yield _row(name, _seconds(lambda pool, strategy=strategy: apply(strategy, pool, K), pools), "")
    started = process_time()
    apply(HARD, pools[0], K)
    note = "four of five people cannot have them all; about every other list has to be searched for"
    yield Row(f"{BLOCK:,} lists: five bounds that meet", process_time() - started, "s", note=note)


def _row(name: str, seconds: float, note: str) -> Row:
    return Row(f"{NUM_LISTS:,} lists: {name}", seconds, "s", aim=MINUTES, note=note)


def _seconds(work: object, pools: list[Pool]) -> float:
    """CPU seconds for all lists, block by block, after one block that compiles."""
    assert callable(work)
    work(pools[0])
    started = process_time()
    for block in range(NUM_LISTS // BLOCK):
        work(pools[block % len(pools)])
    return process_time() - started


def _filling(pool: Pool, how: Diversify, rules: tuple[MaxShare | AtMost, ...]) -> Filling:
    from recengine.strategy.bounds import bounds_of

    bounds = bounds_of(rules, pool.facts, K)
    pins_LP = np.empty((len(pool), 0), np.int64)
    return Filling(pool, how, bounds, pool.listed, pool.scores_LC, pins_LP, K)


def _facts(draw: np.random.Generator) -> CatalogueFacts:
    """Items of one category and one brand, both unevenly spread, with a price."""
    category = draw.zipf(1.3, NUM_ITEMS) % NUM_CATEGORIES
    features = pd.DataFrame(
        {
            "category": pd.Series([f"c{code}" for code in category], dtype="str"),
            "brand": pd.Series([f"b{code}" for code in draw.integers(0, NUM_BRANDS, NUM_ITEMS)], dtype="str"),
            "price": draw.lognormal(1, 0.7, NUM_ITEMS),
        }
    )
    return CatalogueFacts(
        ids=pd.Index([f"i{code}" for code in range(NUM_ITEMS)], dtype="str"),
        features=features,
        kinds={"category": "categorical", "brand": "categorical", "price": "numeric"},
        people_I=draw.zipf(1.5, NUM_ITEMS).clip(max=NUM_LISTS),
        num_people=NUM_LISTS,
        first_seen_I=draw.uniform(0, 1e7, NUM_ITEMS),
        now=1e7,
    )


def _pool(facts: CatalogueFacts, draw: np.random.Generator) -> Pool:
    """A block of lists: candidates drawn by chance, best first."""
    items_LC = np.argsort(draw.random((BLOCK, NUM_ITEMS), dtype=np.float32), axis=1)[:, :NUM_CANDIDATES]
    scores_LC = -np.sort(-draw.random((BLOCK, NUM_CANDIDATES)), axis=1)
    past = Ragged(np.arange(BLOCK + 1) * PAST, draw.integers(0, NUM_ITEMS, BLOCK * PAST, np.int32))
    return Pool(facts, items_LC.astype(np.int32), scores_LC, draw.random(scores_LC.shape), past)
