"""How far Shapley values with 40 players are from a long run of another kind, and what they take.

The long run draws orders of the players, each with its reverse, and averages what each player adds on coming
in: it shares no line with what it judges.

Shapes: P players, N pairs of orders, Z coalitions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import fmean
from time import process_time
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recengine.core.dataset import Dataset
from recengine.core.profiles import Profiles
from recengine.explain.game import Game, game_of
from recengine.explain.kernel import PRECISIONS, explain_game
from recengine.models import MODELS, model_config
from recengine.models.base import Recommender, allowed
from recengine.services.bench import BenchOptions, Row

Floats = NDArray[np.float64]
PLAYERS, PEOPLE, PAIRS, PAIRS_AT_ONCE = 40, 4, 1000, 20
AIMS = {"fine": (0.08, 300.0)}  # relative error, CPU ms
ASKED = ("two-tower", "lstm", "sasrec", "hstu")


@dataclass(frozen=True)
class Precision:
    """The exam of speed and error on one dataset."""

    title: str
    data: Callable[[], Dataset]
    models: Sequence[str] = ASKED
    players: int = PLAYERS
    people: int = PEOPLE
    pairs: int = PAIRS

    def rows(self, part: str, options: BenchOptions) -> Iterator[Row]:
        """For each model and precision how far it is off, and what it takes."""
        data = self.data()
        about = (
            f"{self.title} The first item of {self.people} people, {self.players} players: what is known of "
            "person and item, and the last past actions. Models trained with their preset quick. Error: "
            f"distance (L2) from a run over {self.pairs:,} pairs of orders, over its length; the square of "
            "what that run itself is unsure of is taken off the square. One thread, on a shared machine."
        )
        for name in options.among(self.models):
            print(f"{part}: {name}", flush=True)
            model = model_config(name, MODELS[name].preset("quick", data.size)).build().fit(data)
            games = list(self._games(model, data))
            long_runs = [long_run(game, self.pairs) for game in games]
            for precision in PRECISIONS:
                for row in _rows(name, precision, games, long_runs):
                    yield replace(row, part=part, about=about)

    def _games(self, model: Recommender[Any], data: Dataset) -> Iterator[Game]:
        """Of people drawn by chance, as far as they have enough to be asked about."""
        now = float(data.interactions.column("time").max()) + 1
        drawn = np.random.default_rng(0).permutation(data.num_users)
        made = 0
        for person in drawn:
            game = self._game(model, Profiles.of(data, np.array([person]), now))
            if len(game.players) == self.players:
                yield game
                made += 1
            if made == self.people:
                return

    def _game(self, model: Recommender[Any], profile: Profiles) -> Game:
        eligible_I = allowed(profile, model.num_items, "new", None)[0]
        best = int(np.where(eligible_I, model.score(profile)[0], -np.inf).argmax())
        features = len(game_of(model, profile.last(0), best).players)
        return game_of(model, profile.last(self.players - features), best)


def long_run(game: Game, pairs: int, seed: int = 0) -> tuple[Floats, Floats]:
    """Shapley values by orders and their reverses, and their standard errors; shapes (P,)."""
    rng, count = np.random.default_rng(seed), len(game.players)
    added_NP = np.concatenate(
        [
            _added(game, np.stack([rng.permutation(count) for _ in range(min(PAIRS_AT_ONCE, pairs - start))]))
            for start in range(0, pairs, PAIRS_AT_ONCE)
        ]
    )
    return added_NP.mean(axis=0), added_NP.std(axis=0, ddof=1) / np.sqrt(len(added_NP))


def _added(game: Game, order_NP: NDArray[np.int64]) -> Floats:
    """What each player adds on coming in, mean of an order and its reverse; shape (N, P)."""
    both_NP = np.concatenate([order_NP, order_NP[:, ::-1]])
    count = both_NP.shape[1]
    place_NP = np.argsort(both_NP, axis=1)
    present_NSP = place_NP[:, None, :] < np.arange(count + 1)[:, None]
    value_NS = game.value(present_NSP.reshape(-1, count)).reshape(len(both_NP), count + 1)
    added_NP = np.take_along_axis(np.diff(value_NS, axis=1), place_NP, axis=1)
    return added_NP.reshape(2, len(order_NP), count).mean(axis=0)


def _rows(
    name: str, precision: str, games: list[Game], long_runs: list[tuple[Floats, Floats]]
) -> Iterator[Row]:
    explain_game(games[0], samples=PRECISIONS["first"])  # what is imported on first use is nobody's time
    squares, ms = [], []
    for number, (game, (effects_P, errors_P)) in enumerate(zip(games, long_runs, strict=True)):
        began = process_time()
        found = explain_game(game, samples=PRECISIONS[precision], seed=number)
        ms.append(1000 * (process_time() - began))
        off = _square(found.effects_P - effects_P) - _square(errors_P)
        squares.append(off / (_square(effects_P) - _square(errors_P)))
    unsure = fmean(_square(errors_P) / _square(effects_P) for effects_P, errors_P in long_runs) ** 0.5
    error, least = max(0.0, fmean(squares)) ** 0.5, unsure / 2  # about two of its standard errors
    says = f"the long run itself is unsure by {unsure:.3f}" + (", so at most this" if error < least else "")
    asked = f"{name}, {precision}, {PRECISIONS[precision]:,} coalitions"
    aims = AIMS.get(precision, (None, None))
    yield _row(f"{asked}: relative error", max(error, least), "", aims[0], says)
    yield _row(f"{asked}: time", fmean(ms), "CPU ms", aims[1], f"from {min(ms):.0f} to {max(ms):.0f}")


def _row(name: str, value: float, unit: str, aim: float | None, note: str) -> Row:
    verdict = "" if aim is None else "aim reached; " if value <= aim else "**misses the aim**; "
    return Row(name=name, value=value, unit=unit, aim=aim, note=f"{verdict}{note}")


def _square(numbers_P: Floats) -> float:
    return float((numbers_P**2).sum())
