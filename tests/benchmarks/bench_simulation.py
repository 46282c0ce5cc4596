"""How often the verdict on two simulated strategies is right, and how long a simulation takes.

    python -m tests.benchmarks.bench_simulation

Coverage: of many verdicts over five worlds each, the share whose interval holds the mean difference over all
worlds. False alarms: the same for two strategies that are equal but for their luck (lists drawn by chance).
"""

from __future__ import annotations

from collections.abc import Callable
from time import process_time

import numpy as np

from recengine.services.simulation import Side, seed_of, simulate
from recengine.services.simulation_models import learner
from recengine.strategy import Explore, Strategy
from recengine.strategy.simulate import LEARNERS, WORLDS, World, run
from recengine.strategy.simulate.comparison import student
from recengine.strategy.simulate.learners import Learner

VERDICTS, WORLDS_EACH, DAYS, PEOPLE, PLACES = 100, 5, 6, 100, 5
EXPLORING = Strategy(explore=Explore(method="epsilon", amount=0.5))
Make = Callable[[World], Learner]


def by_lot(seed: int) -> Make:
    """A learner that knows nothing."""
    return lambda world: lambda known: np.random.default_rng((world.seed, seed)).random(world.like_UI.shape)


def earned(world: World, strategy: Strategy, make: Make) -> float:
    """A day, on average."""
    days = run(world, strategy, make(world), DAYS, PLACES)
    return float(np.mean([day.visit.earned_LK.sum() for day in days]))


def coverage(
    name: str, one: tuple[Strategy, Make], other: tuple[Strategy, Make]
) -> tuple[float, float, float]:
    """The share of intervals that hold the truth, the truth, and the share that says it is not 0."""
    worlds = [World.drawn(WORLDS[name], PEOPLE, seed_of(99, n)) for n in range(VERDICTS * WORLDS_EACH)]
    gain_VR = np.reshape([earned(w, *other) - earned(w, *one) for w in worlds], (VERDICTS, WORLDS_EACH))
    told = [student(gain_R) for gain_R in gain_VR]
    truth = gain_VR.mean()
    holds = np.mean([one.low <= truth <= one.high for one in told])
    return float(holds), float(truth), float(np.mean([not one.low <= 0 <= one.high for one in told]))


def main() -> None:
    """All figures."""
    popular: Make = LEARNERS["popularity"]
    for name in WORLDS:
        held, truth, found = coverage(
            name, (Strategy(), popular), (Strategy(), lambda world: learner("ease", world))
        )
        print(
            f"{name}: ease less popularity is {truth:.3g}: held {held:.0%}, found real {found:.0%}",
            flush=True,
        )
        held, truth, found = coverage(name, (Strategy(), by_lot(1)), (Strategy(), by_lot(2)))
        print(
            f"{name}: chance less chance is {truth:.3g}: held {held:.0%}, false alarms {found:.0%}",
            flush=True,
        )
        began = process_time()
        simulate(name, [Side(Strategy()), Side(EXPLORING)])
        print(f"{name}: 5 worlds, 30 days, 1,000 people: {process_time() - began:.1f} s of CPU", flush=True)


if __name__ == "__main__":
    main()
