"""Ways of learning over the last days of the sample, what exploring is worth, and how soon drift is noticed.

Run: OMP_NUM_THREADS=1 python -m tests.benchmarks.bench_learning [days] (some 20 minutes on one core for 60)

Days already gone through lie in the workspace, so a second run only prints.
"""

from __future__ import annotations

import sys

import numpy as np
import pandas as pd

from recengine.services.drift import cuts
from recengine.services.prequential import Asked, prequential
from recengine.services.workspace import Workspace
from recengine.strategy.learning.posterior import Posterior
from tests.strategy.learning.test_posterior import Choose, Floats, best_guess, lin_ucb, regret, thompson

WORLDS, ROWS, SIDE = 300, 100, 1500


def epsilon(belief: Posterior, x_AD: Floats, draw: np.random.Generator) -> int:
    """One time in ten any arm, else the best guess."""
    return int(draw.integers(len(x_AD))) if draw.random() < 0.1 else best_guess(belief, x_AD, draw)


CHOICES: dict[str, Choose] = {
    "best guess": best_guess,
    "epsilon 0.1": epsilon,
    "LinUCB": lin_ucb,
    "Thompson": thompson,
}


def ways_of_learning(days: int) -> None:
    """The tables of `recengine learn prequential`."""
    for model in ("ease", "ials"):
        found = prequential(
            Workspace.default(), Asked.of({"dataset": "grocery", "model": model, "days": days})
        )
        columns = ["title", "ndcg", "ndcg_low", "ndcg_high", "difference", "regret", "seconds"]
        print(found.sentence, found.ways[columns].to_string(index=False), sep="\n", flush=True)


def bandits() -> None:
    """Regret in linear worlds of 25 items, 5 dimensions and 300 rounds."""
    for name, choose in CHOICES.items():
        lost = np.array([regret(choose, seed) for seed in range(WORLDS)])
        error = 1.96 * lost.std() / WORLDS**0.5
        print(f"{name}: regret {lost.mean():.1f} ± {error:.1f}", flush=True)


def drift(before: float, after: float) -> None:
    """How often an alarm is raised, how long after the change, and how far off its moment is."""
    told = []
    for seed in range(ROWS):
        draw = np.random.default_rng(seed)
        hit_N = np.r_[draw.random(SIDE) < before, draw.random(SIDE) < after].astype(np.float64)
        told.append([(one.noticed, one.since) for one in cuts(hit_N)[0]])
    found = np.array([(row[-1][0] - SIDE, abs(row[-1][1] - SIDE)) for row in told if row])
    late, off = pd.DataFrame(found.reshape(-1, 2)).median() if len(found) else (np.nan, np.nan)
    alarms = np.mean([len(row) for row in told])
    print(
        f"{before:g} to {after:g}: {len(found)} of {ROWS} rows, {alarms:.2f} alarms each; noticed {late:.0f} "
        f"lists after, moment off by {off:.0f} (medians)",
        flush=True,
    )


def main() -> None:
    """All figures."""
    bandits()
    for before, after in ((0.3, 0.15), (0.3, 0.25), (0.3, 0.3)):
        drift(before, after)
    ways_of_learning(int(sys.argv[1]) if len(sys.argv) > 1 else 60)


if __name__ == "__main__":
    main()
