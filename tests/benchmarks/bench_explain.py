"""Are explanations true, and how long do they take?

    recengine bench explain --only faithfulness,planted --models lstm,sasrec

faithfulness: do the named past actions matter (ml-1m), beside gradients, likeness and chance. precision: how
far 40 players are from a long run, and in what time (ml-100k). planted: are known causes found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from recengine.core.split import SplitConfig
from recengine.services.bench import BenchOptions, Row
from tests.benchmarks import readers, recovery
from tests.benchmarks.faithfulness import Faithfulness
from tests.benchmarks.precision import Precision


@dataclass(frozen=True)
class Part:
    """One table: its rows, and the files below the data folder that it needs."""

    rows: Callable[[str, BenchOptions], Iterator[Row]]
    needs: tuple[str, ...] = field(default=())


FILMS = ("ml-1m/ratings_users_1_2999.csv", "ml-1m/users.csv", "ml-1m/movies.csv")
FEW_FILMS = ("ml-100k/ml-100k.inter", "ml-100k/ml-100k.user", "ml-100k/ml-100k.item")
PARTS = {
    "faithfulness": Part(
        Faithfulness("MovieLens 1M, 2,999 people.", readers.movies, SplitConfig()).rows, FILMS
    ),
    "precision": Part(Precision("MovieLens 100K.", readers.movies_100k).rows, FEW_FILMS),
    "planted": Part(recovery.rows),
}


def run(options: BenchOptions) -> Iterator[Row]:
    """The rows of docs/benchmarks.md, as they are measured; on one thread."""
    import torch

    torch.set_num_threads(1)
    for name in options.parts(PARTS):
        part = PARTS[name]
        if absent := readers.missing(part.needs):
            print(f"{name}: skipped, no {' and no '.join(absent)} in {readers.data_folder()}", flush=True)
        else:
            yield from part.rows(name, options)
