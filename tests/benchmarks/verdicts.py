"""How often is a verdict right? On noise whose size is known, on planted effects, and where there is none.

S seeds, U people, M trials.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recengine.core.columns import DAY, ITEM, TIME, USER, WEIGHT
from recengine.core.dataset import About, Dataset, Entities, Interactions
from recengine.core.words import plural
from recengine.data.build import Imported
from recengine.data.checks import check
from recengine.data.cleaning import CleaningReport
from recengine.data.fingerprint import fingerprint
from recengine.data.synthetic import START
from recengine.metrics.two_level import two_level
from recengine.services.bench import BenchOptions, Row
from recengine.services.datasets import keep
from recengine.services.runs import TrainSpec, run_report
from recengine.services.training import train
from recengine.services.verdict import Verdict
from recengine.services.what_if import Ask, do
from recengine.services.workspace import Workspace

SEEDS, PEOPLE, TRIALS, MADE_UP = (2, 3, 5), 1000, 50, 4000
# Standard deviations of what seeds do (times the root of the people, so that 1 is as much as people leave
# open), of what people do, and of both together.
NOISES = {
    "seeds alone": (1, 0, 0),
    "people alone": (0, 1, 0),
    "both alike": (1, 1, 0),
    "single people": (0.5, 0.5, 1),
}
OPENERS, OPENED = 30, 8  # of each person
SMALL: dict[str, dict[str, Any]] = {"ease": {}, "ials": {"dims": 32, "epochs": 6}}
SEEDS_OF = {"ease": 1, "ials": 3}
OTHERS = {"random labels": "random", "inverted tastes": "inverted"}  # what some of the people are
SHARES = {"random": 0.75, "inverted": 0.5, "": 0.0}  # of all people


def rows(part: str, options: BenchOptions, trials: int = TRIALS) -> Iterator[Row]:
    """Coverage on noise made to measure, then planted effects, then models that differ in their seed."""
    about = (
        "How often a verdict is right: intervals of 95 % on noise made to measure, effects planted in the "
        f"events of {PEOPLE} made-up people, and trainings that differ in nothing but the seed."
    )
    for row in chain(coverage(), effects(options.among(list(SMALL)), trials), false_alarms(trials)):
        yield replace(row, part=part, about=about)


def coverage(trials: int = MADE_UP) -> Iterator[Row]:
    """How often the interval holds the truth, by seeds and by what the noise is made of."""
    for num_seeds in SEEDS:
        shares = {name: held(num_seeds, noise, trials) for name, noise in NOISES.items()}
        yield Row(
            f"95 % intervals with {num_seeds} seeds that hold the truth",
            float(np.mean(list(shares.values()))),
            aim=0.95,
            note="; ".join(f"{name}: {share:.3f}" for name, share in shares.items())
            + f"; {trials} trials each",
        )


def held(num_seeds: int, noise: tuple[float, float, float], trials: int, num_people: int = 100) -> float:
    """Share of trials whose interval holds the truth, 1."""
    draw, (seeds, people, single) = np.random.default_rng(num_seeds), noise
    inside = []
    for _ in range(0, trials, 200):
        diff_SUM = 1 + seeds / np.sqrt(num_people) * draw.normal(size=(num_seeds, 1, 200))
        diff_SUM = diff_SUM + people * draw.normal(size=(1, num_people, 200))
        found = two_level(diff_SUM + single * draw.normal(size=(num_seeds, num_people, 200)))
        inside.append((found.low <= 1) & (found.high >= 1))
    return float(np.mean(inside))


def effects(models: list[str], trials: int) -> Iterator[Row]:
    """How often a planted effect is found, with its direction."""
    for model in models:
        for planted, other in OTHERS.items():
            edit = f"drop people where sort = {other}"
            found = [verdict_on(made(planted, seed), model, edit) for seed in range(trials)]
            right = [_right(planted, one) for one in found]
            sizes = [100 * float(one.headline["relative"]) for one in found]
            yield Row(
                f"{model}: {planted} found",
                float(np.mean(right)),
                aim=0.95,
                note=f"“{edit}”; {plural(SEEDS_OF[model], 'seed')}; {trials} trials; NDCG@10 "
                f"{np.mean(sizes):+.0f} % on average",
            )


def _right(planted: str, found: Verdict) -> bool:
    """Better for all; or, where tastes are inverted, better for the others and worse for those left out."""
    if planted == "random labels":
        return found.decision == "better"
    verdicts = found.segments[found.segments["of"] == "sort"].set_index("segment")["verdict"]
    return verdicts["steady"] == "better" and verdicts["inverted"] == "worse"


def false_alarms(trials: int) -> Iterator[Row]:
    """How often two sides that differ in their seeds alone are told apart."""
    for num_seeds in SEEDS:
        differences = [difference_of_seeds(made("nothing", seed), num_seeds, seed) for seed in range(trials)]
        told = np.array([two_level(diff_SU).p_value[0] < 0.05 for diff_SU in differences])
        yield Row(
            f"ials: false alarms with {num_seeds} seeds",
            float(told.mean()),
            aim=0.05,
            note=f"two sides that differ in their seeds alone; {trials} trials",
        )


def difference_of_seeds(data: Dataset, num_seeds: int, first: int) -> NDArray[np.float64]:
    """NDCG@10 of trainings with other seeds minus that of trainings with these, shape (S, U)."""
    with TemporaryDirectory() as folder:
        ws, name = _workspace(folder, data)
        spec = TrainSpec(dataset=name, model="ials", settings=SMALL["ials"])
        seeds = range(100 * first, 100 * first + 2 * num_seeds)
        runs = [train(ws, spec.model_copy(update={"seed": seed})) for seed in seeds]
        value_SU = np.stack([run_report(ws, run.id).values("ndcg@10") for run in runs])
    return value_SU[num_seeds:] - value_SU[:num_seeds]


def verdict_on(data: Dataset, model: str, edit: str) -> Verdict:
    """What a what-if says on these data."""
    with TemporaryDirectory() as folder:
        ws, name = _workspace(folder, data)
        base = train(ws, TrainSpec(dataset=name, model=model, settings=SMALL[model]))
        (found,) = do(ws, [Ask(base.id, (edit,), seeds=SEEDS_OF[model])])
    assert found.verdict is not None, found.message
    return found.verdict


def _workspace(folder: str, data: Dataset) -> tuple[Workspace, str]:
    ws, count = Workspace(Path(folder)), len(data.interactions)
    return ws, keep(ws, Imported(data, CleaningReport(count, count, ()), check(data))).name


def made(planted: str, seed: int, num_people: int = PEOPLE) -> Dataset:
    """People who go on from each opener to its follower.

    Args:
        planted: "random labels": three in four people go on to any follower; "inverted tastes": half of the
            people go on to the next one's; "nothing": nobody does either.
    """
    draw, other = np.random.default_rng(seed), OTHERS.get(planted, "")
    odd_U = draw.random(num_people) < SHARES[other]
    opener_UE = np.argsort(draw.random((num_people, OPENERS)), axis=1)[:, :OPENED]
    strange_UE = opener_UE + (draw.integers(OPENERS, size=opener_UE.shape) if other == "random" else 1)
    follower_UE = np.where(odd_U[:, None], strange_UE, opener_UE) % OPENERS
    opened_UE = START + DAY * draw.uniform(0, 90, opener_UE.shape)
    followed_UE = opened_UE + DAY * draw.uniform(1, 10, opener_UE.shape)
    events = pd.DataFrame(
        {
            USER: np.tile(np.repeat(np.arange(num_people), OPENED), 2),
            ITEM: np.concatenate([opener_UE.ravel(), OPENERS + follower_UE.ravel()]),
            TIME: np.concatenate([opened_UE.ravel(), followed_UE.ravel()]),
            WEIGHT: 1.0,
        }
    )
    interactions = Interactions.sorted(events)
    sort = pd.Series(np.where(odd_U, other, "steady"), dtype="str")
    ids = pd.Index([f"u{code}" for code in range(num_people)], dtype="str")
    users = Entities(ids, pd.DataFrame({"sort": sort}), {"sort": "categorical"})
    items = Entities.bare(f"i{code}" for code in range(2 * OPENERS))
    about = About(source=f"made up: {planted}, seed {seed}", repeats="new")
    return Dataset(
        "made up", interactions, users, items, fingerprint(interactions, users, items, about), about
    )
