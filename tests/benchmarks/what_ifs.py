"""How well does a preview by warm start foretell a retrain, over edits drawn by chance?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory
from time import process_time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recengine.core.columns import USER
from recengine.core.dataset import Dataset, Entities
from recengine.core.edits import Edits
from recengine.core.errors import EditError
from recengine.core.split import Split
from recengine.models.base import Recommender
from recengine.models.events import Epoch
from recengine.services.bench import BenchOptions, Row
from recengine.services.datasets import SAMPLE, ensure_sample, load_dataset
from recengine.services.evaluation import person_validator, validator
from recengine.services.fitting import refits
from recengine.services.runs import Run, TrainSpec
from recengine.services.training import split_for, split_of, train
from recengine.services.what_if_warm import HEADLINE, gone_on
from recengine.services.workspace import Workspace

EDITS, SEEDS = 30, 4
SHARES = (0.01, 0.5)  # of all people or items that an edit picks
MATTERS = 2.0  # times the deviation of a difference by the seed alone
TOLD_EVERY = 5  # edits
MODELS = ("lstm", "ials")

Draw = np.random.Generator


def drawn_edits(split: Split, count: int = EDITS, seed: int = 0) -> list[str]:
    """Different edits of all kinds that can be asked of these data, drawn by chance."""
    draw, found = np.random.default_rng(seed), list[str]()
    while len(found) < count:
        text = KINDS[len(found) % len(KINDS)](split.before_test, draw)
        try:
            edits = Edits.of([text], split.before_test.about).named(split.before_test)
            edits.check(split)
        except EditError:
            continue
        found += [text] if text not in found else []
    return found


def _some_value(entities: Entities, draw: Draw) -> tuple[str, str]:
    """A column and a value that neither hardly anybody nor nearly everybody has."""
    choices = [
        (column, str(value))
        for column, kind in entities.kinds.items()
        if kind == "categorical"
        for value, share in (entities.features[column].value_counts() / len(entities)).items()
        if SHARES[0] <= share <= SHARES[1]
    ]
    column, value = choices[draw.integers(len(choices))]
    return f'"{column}"', f'"{value}"'


def _events(data: Dataset, share: float) -> int:
    """So many events a person at this quantile has."""
    return int(np.quantile(np.bincount(data.interactions.column(USER)), share))


def _people(data: Dataset, draw: Draw) -> str:
    return "drop people where {} = {}".format(*_some_value(data.users, draw))


def _weighed(data: Dataset, draw: Draw) -> str:
    column, value = _some_value(data.users, draw)
    return f"weigh people where {column} = {value} by {draw.choice([0.5, 2, 3]):g}"


def _items(data: Dataset, draw: Draw) -> str:
    return "drop items where {} = {}".format(*_some_value(data.items, draw))


def _active(data: Dataset, draw: Draw) -> str:
    many = _events(data, draw.uniform(0.1, 0.5))
    return f"drop people with fewer than {max(2, many)} events"


def _capped(data: Dataset, draw: Draw) -> str:
    return f"cap people at {max(2, _events(data, draw.uniform(0.3, 0.8)))} events"


def _time(data: Dataset, draw: Draw) -> str:
    days = draw.integers(7, 180)
    return f"{draw.choice(['drop', 'keep'])} last {days} days"


KINDS: tuple[Callable[[Dataset, Draw], str], ...] = (_people, _items, _time, _weighed, _active, _capped)


@contextmanager
def sample_workspace() -> Iterator[Workspace]:
    """A workspace with the sample alone; gone afterwards."""
    with TemporaryDirectory() as folder:
        ws = Workspace(Path(folder))
        ensure_sample(ws)
        yield ws


@dataclass
class Tried:
    """What edits do to NDCG@10 by both ways, relative to the run without them; and what the seed does."""

    seed_values: list[float] = field(default_factory=list)
    retrained: list[float] = field(default_factory=list)
    previewed: list[float] = field(default_factory=list)
    seconds: list[tuple[float, float]] = field(default_factory=list)  # CPU, of retrain and preview

    @property
    def noise(self) -> float:
        """Standard deviation of the relative difference that another seed alone makes."""
        values = np.array(self.seed_values)
        return float(values.std(ddof=1) / values.mean() * 2**0.5)

    def rows(self, model: str) -> Iterator[Row]:
        """What is known so far."""
        full_E, warm_E = np.array(self.retrained), np.array(self.previewed)
        mattered = np.abs(full_E) > MATTERS * self.noise
        same = np.sign(full_E) == np.sign(warm_E)
        pairs = [abs(a / b - 1) for a, b in combinations(self.seed_values, 2)]
        tried = f"{len(full_E)} edits"
        yield Row(
            f"{model}: previews with the retrain's direction",
            float(same[mattered].mean()) if mattered.any() else None,
            note=f"of the {mattered.sum()} of {tried} whose retrain changed NDCG@10 by more than "
            f"{MATTERS * self.noise:.2%}, twice what another seed does; of all {same.mean():.2f}",
        )
        yield Row(
            f"{model}: order of the edits by preview and by retrain",
            _rank_correlation(full_E, warm_E),
            "Spearman's rho",
            note=tried,
        )
        yield Row(
            f"{model}: mean distance of a preview from the retrain",
            100 * float(np.abs(warm_E - full_E).mean()),
            "percentage points",
            f"always saying no change: {100 * np.abs(full_E).mean():.2f}; two retrains that differ in their "
            f"seed: {100 * np.mean(pairs):.2f}",
            note=f"of the relative change of NDCG@10; {tried}, {len(self.seed_values)} seeds",
        )
        full_s, warm_s = np.array(self.seconds).mean(axis=0)
        yield Row(
            f"{model}: one side of a preview",
            float(warm_s),
            "CPU s",
            f"a retrain: {full_s:.1f}",
            float(full_s / warm_s),
            note="fit and NDCG@10 of everyone in the test",
        )


def rows(part: str, options: BenchOptions, count: int = EDITS) -> Iterator[Row]:
    """A few rows for each model, told anew every few edits."""
    for name in options.among(MODELS):
        with sample_workspace() as ws:
            spec = TrainSpec(dataset=SAMPLE, model=name, preset="quick", device="cpu")
            run = train(ws, spec)
            yield from _told(part, name, ws, run, count, options.seeds or SEEDS)


def _told(part: str, name: str, ws: Workspace, run: Run, count: int, seeds: int) -> Iterator[Row]:
    split, dataset, tried = split_of(ws, run.id), load_dataset(ws, SAMPLE), Tried()
    about = (
        "The sample, quick presets. Edits of six kinds drawn by chance (people and items by feature, "
        "periods, weights, few and many events); each retrained from the start and previewed by one more "
        "pass from the finished model, with the edit and without it; both held against the same test."
    )
    tried.seed_values += [
        _retrained(run, split, seed) for seed in range(run.spec.seed, run.spec.seed + seeds)
    ]
    base, plain = tried.seed_values[0], float(gone_on(ws, run, split).mean())
    for number, text in enumerate(drawn_edits(split, count), start=1):
        edited = split_for(run.spec.model_copy(update={"edits": Edits.of([text]).texts}), dataset)
        began = process_time()
        full = _retrained(run, edited, run.spec.seed) / base - 1
        between = process_time()
        warm = float(gone_on(ws, run, edited).mean()) / plain - 1
        tried.retrained.append(full)
        tried.previewed.append(warm)
        tried.seconds.append((between - began, process_time() - between))
        print(f"{name} {number}: {text}: retrain {full:+.2%}, preview {warm:+.2%}", flush=True)
        if number % TOLD_EVERY == 0 or number == count:
            for row in tried.rows(name):
                yield Row(**{**vars(row), "part": part, "about": about})


def _retrained(run: Run, split: Split, seed: int) -> float:
    """NDCG@10 of a training from the start, as a run does it."""
    settings = run.spec.model_settings().for_exam(split.settings.kind)
    model, best = settings.build(), 0
    for event in model.training(split.train, seed=seed, validate=validator(split, run.spec.repeats)):
        best = event.number if isinstance(event, Epoch) and event.best else best
    if refits(settings):
        model = settings.model_copy(update={"epochs": best}).build().fit(split.before_test, seed=seed)
    return _ndcg(model, split, run)


def _ndcg(model: Recommender[Any], split: Split, run: Run) -> float:
    ask = person_validator(split, run.spec.repeats, task="test")
    return float("nan") if ask is None else float(ask(model)[HEADLINE].mean())


def _rank_correlation(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    ranks = [np.argsort(np.argsort(values)) for values in (one, other)]
    both = np.asarray(np.corrcoef(np.stack(ranks)))
    return float(both[0, 1])
