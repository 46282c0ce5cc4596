"""How small an effect a what-if can find, told before anything is trained."""

from __future__ import annotations

import numpy as np
import pandas as pd

from recengine.metrics.two_level import NO_LOTS, Floats, SeedNoise, detectable
from recengine.services.runs import Run, get_run, run_folder
from recengine.services.verdict_seeds import draws_no_lots, noise_of, same_exam, seed_groups
from recengine.services.verdict_tables import HEADLINE
from recengine.services.workspace import Workspace

# Where no what-if has been made yet. On the sample, leaving out a tenth or a third of the people, the first
# 40 % of the time or a department moves single people by 0.26 to 0.43 (EASE) and 0.04 to 0.16 (TIFU-kNN) of
# the spread between people; another seed of a neural model by 0.15 to 0.25.
MOVED = 0.25
NOISE = 0.01  # of the base: the difference that another seed makes, where only one was ever tried
MOST_WHAT_IFS = 4


def detectable_effect(ws: Workspace, run_id: str, *, seeds: int = 1) -> float | None:
    """The smallest true change of NDCG@10 that is found four times in five, as a share of the run's own.

    None where nothing can be found: the model draws lots, one seed is asked for, and no other is known.

    Raises:
        NotFoundError: no such run.
    """
    run = get_run(ws, run_id)
    if not run.metrics.get(HEADLINE):
        return None
    base_U, noise = _headline(ws, run), _noise(ws, run, seeds)
    if noise is None:
        return None
    found = detectable(_moved(ws, run, base_U), len(base_U), num_seeds=seeds, noise=noise)
    return found / run.metrics[HEADLINE]


def _headline(ws: Workspace, run: Run) -> Floats:
    path = run_folder(ws, run.id) / "report" / "per_person.parquet"
    return pd.read_parquet(path, columns=[HEADLINE])[HEADLINE].to_numpy()


def _moved(ws: Workspace, run: Run, base_U: Floats) -> float:
    """Standard deviation over people of the difference, as what-ifs on this run had it so far."""
    others = [
        other for other in same_exam(ws, run) if other.spec.seed == run.spec.seed and other.id != run.id
    ]
    spreads = [float((_headline(ws, other) - base_U).std()) for other in others[:MOST_WHAT_IFS]]
    known = [spread for spread in spreads if spread > 0]
    return float(np.median(known)) if known else MOVED * float(base_U.std())


def _noise(ws: Workspace, run: Run, seeds: int) -> SeedNoise | None:
    """What seeds will do to the difference, with the freedom there will be."""
    if draws_no_lots(run):
        return NO_LOTS
    groups = seed_groups(ws, run)
    known = noise_of([np.array([[other.metrics[HEADLINE]] for other in group]) for group in groups])
    if known is not None:
        return SeedNoise(known.sd, known.df + seeds - 1)
    return None if seeds == 1 else SeedNoise(np.array([NOISE * run.metrics[HEADLINE]]), seeds - 1)
