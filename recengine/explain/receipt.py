"""The receipt of an explanation: what was checked, what came out, and whether that is good enough.

Shapes: P players, Z coalitions, O orders in which players are taken away, T steps of taking away.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recengine.core.words import count, plural
from recengine.explain.explanation import TOLERANCE, Explanation
from recengine.explain.game import Game

SHOWN = 5  # bars
ORDERS = 40  # random orders to compare with
STEPS = 10  # in so many steps everything is taken away
SMALL_ERROR = 0.1  # of the largest bar
ALIKE = 0.9  # rank correlation between two seeds, of
LARGEST = 10  # the largest effects, as long as they are
NOT_NOTHING = 0.1  # of the largest bar: among the many near nothing the order is chance
BEATEN = 0.9  # share of random orders
TOLD = 0.3  # share of all effects that the bars should tell
FEWEST = 3  # players, or there are hardly any other orders


@dataclass(frozen=True)
class Check:
    """One thing that was checked.

    Attributes:
        value: what came out, as exact as the sentence tells it; limit: what would just do.
        sentence: both in words.
    """

    code: str
    title: str
    value: float
    limit: float
    passed: bool
    sentence: str


@dataclass(frozen=True)
class Receipt:
    """All checks of one explanation."""

    checks: tuple[Check, ...]

    @property
    def green(self) -> bool:
        """True where all checks passed; otherwise it is amber."""
        return all(check.passed for check in self.checks)

    @property
    def sentence(self) -> str:
        """The verdict, with the reasons where it is amber."""
        failed = [check.sentence for check in self.checks if not check.passed]
        if not failed:
            return f"Green: all {len(self.checks)} checks passed."
        return f"Amber: read it with care. {' '.join(failed)}"

    def frame(self) -> pd.DataFrame:
        """The checks: title, passed, value, limit, sentence."""
        columns = ["title", "passed", "value", "limit", "sentence"]
        rows = [[getattr(check, name) for name in columns] for check in self.checks]
        return pd.DataFrame(rows, columns=columns)


def receipt(
    game: Game,
    explanation: Explanation,
    *,
    again: Explanation | None = None,
    shown: int = SHOWN,
    orders: int = ORDERS,
    seed: int = 0,
) -> Receipt:
    """Check an explanation of this game.

    Args:
        again: the same with another seed; None where nothing was drawn, or to leave that check out.
        shown: how many bars a reader sees.
        orders: how many random orders the order of the reasons is compared with.
    """
    checks = [_adds_up(explanation)]
    if explanation.method == "sampled":
        checks.append(_precise(explanation))
    if again is not None:
        checks.append(_stable(explanation, again))
    if len(explanation.players) >= FEWEST and explanation.effects_P.any():
        checks += _faithful(game, explanation, orders, seed)
    return Receipt((*checks, _shown(explanation, shown)))


def _adds_up(explanation: Explanation) -> Check:
    gap, limit = abs(explanation.residual), TOLERANCE * max(1.0, abs(explanation.score))
    says = f"Base and reasons miss the score by {gap:.1g}; up to {limit:.1g} is allowed."
    return Check("adds up", "Adds up to the score", gap, limit, gap <= limit, says)


def _precise(explanation: Explanation) -> Check:
    largest = float(np.abs(explanation.effects_P).max(initial=0.0))
    error = round(float(explanation.errors_P.max(initial=0.0)) / largest, 3) if largest else 0.0
    says = f"The largest standard error is {error:.1%} of the largest bar; up to {SMALL_ERROR:.0%} is fine."
    return Check("precise", "Sampled finely enough", error, SMALL_ERROR, error <= SMALL_ERROR, says)


def _stable(explanation: Explanation, again: Explanation) -> Check:
    size_P = np.abs(explanation.effects_P + again.effects_P) / 2
    largest = np.argsort(-size_P, kind="stable")[:LARGEST]
    largest = largest[size_P[largest] >= NOT_NOTHING * size_P.max()]
    alike = _rank_correlation(explanation.effects_P[largest], again.effects_P[largest])
    says = f"Drawn anew, the reasons come in nearly the same order: rank correlation {alike:.2f}"
    if alike < ALIKE:
        says = f"Drawn anew, the reasons come in another order: rank correlation only {alike:.2f}"
    says += f"; from {ALIKE} on is fine."
    return Check("stable", "The same when drawn anew", alike, ALIKE, alike >= ALIKE, says)


def _rank_correlation(one_P: NDArray[np.float64], other_P: NDArray[np.float64]) -> float:
    """Spearman's to two digits, ties at their mean rank; 1 where either has but one rank."""
    ranks_2P = np.stack([pd.Series(effects_P).rank().to_numpy() for effects_P in (one_P, other_P)])
    if (np.ptp(ranks_2P, axis=1) == 0).any() or len(one_P) < 2:
        return 1.0
    return round(float(np.corrcoef(ranks_2P)[0, 1]), 2)


def _faithful(game: Game, explanation: Explanation, orders: int, seed: int) -> list[Check]:
    """Whether taking away (or bringing in) the reasons in their order moves the score faster than chance."""
    best_first = np.argsort(-explanation.effects_P, kind="stable")
    rng = np.random.default_rng(seed)
    random_OP = np.stack([rng.permutation(len(best_first)) for _ in range(orders)])
    left_OT = _left(game, np.concatenate([[best_first, best_first[::-1]], random_OP]))
    # What is brought in first is what is taken away last, so one table serves for both.
    deletion, insertion, chance_O = left_OT[0].mean(), left_OT[1].mean(), left_OT[2:].mean(axis=1)
    beaten = float((deletion <= chance_O).mean()), float((insertion >= chance_O).mean())
    says = [
        f"Taking the reasons away, the strongest first, lowers the score faster than {beaten[0]:.0%} of "
        f"{orders} random orders",
        f"Bringing them in, the strongest first, raises the score faster than {beaten[1]:.0%} of "
        f"{orders} random orders",
    ]
    return [
        Check(code, title, share, BEATEN, share >= BEATEN, f"{told}; from {BEATEN:.0%} on is fine.")
        for code, title, share, told in zip(
            ("deletion", "insertion"),
            ("Without its reasons the score falls", "With its reasons alone the score comes back"),
            beaten,
            says,
            strict=True,
        )
    ]


def _left(game: Game, order_OP: NDArray[np.int64]) -> NDArray[np.float64]:
    """The score after each step of taking players away in each of these orders; shape (O, T)."""
    orders, players = order_OP.shape
    place_OP = np.argsort(order_OP, axis=1)  # when each player goes
    gone_T = np.unique(np.round(np.linspace(0, players, STEPS + 1)[1:-1]).astype(int))
    present_OTP = place_OP[:, None, :] >= gone_T[:, None]
    return game.value(present_OTP.reshape(-1, players)).reshape(orders, len(gone_T))


def _shown(explanation: Explanation, shown: int) -> Check:
    size_P = np.abs(explanation.effects_P)
    total = float(size_P.sum())
    share = round(float(size_P[explanation.shown(shown)].sum()) / total, 2) if total else 1.0
    bars, reasons = min(shown, len(size_P)), plural(len(size_P), "reason")
    says = f"The {count(bars)} bars shown carry {share:.0%} of all effects; there are {reasons} in all."
    return Check("shown", "Most of it is shown", share, TOLD, share >= TOLD, says)
