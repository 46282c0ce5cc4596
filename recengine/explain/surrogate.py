"""A stand-in for a game: near to it, and with Shapley values known in closed form.

What is left of a game once its stand-in is taken off varies less, so that sampling it errs less
(regression adjustment; Witter, Liu & Musco, 2025). The terms follow what models of histories do: an average
makes an action count less the more of them there are, and readers of sequences mind what came last.

    term  = [player i is there] x (g(how many of a crowd are there) - g(all of the crowd))
    crowd = all other actions, or the later ones; g = falling curves

Player i comes after any number of its crowd with equal chance, so that its value is mean(g) - g(all); the
crowd shares the opposite in equal parts, as nobody in it differs from anybody else.

Shapes: P players, Z coalitions in pairs (each followed by its opposite), K pairs, F terms.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recengine.explain.players import Players

Floats = NDArray[np.float64]
Curve = Callable[[Floats], Floats]

ANY: tuple[Curve, ...] = (lambda others: (others + 1) ** -0.5, lambda others: (others + 1) ** -1.0)
LATER: tuple[Curve, ...] = (
    lambda later: (later == 0).astype(np.float64),
    lambda later: 0.5**later,
    lambda later: 0.8**later,
)
RIDGES = np.logspace(-5, 0, 11)  # of the largest eigenvalue
MOST_FREEDOM = 0.5  # effective parameters a pair
ROUNDING = 1e-6  # share of a term below which what sums leave of it is rounding


@dataclass(frozen=True, eq=False)
class Terms:
    """The terms of a stand-in: their values in coalitions, and the share of each player in each.

    Attributes:
        value_ZF: 0 where nobody or everybody is there.
        effect_FP: Shapley values, of those who do nothing as well.
    """

    value_ZF: Floats
    effect_FP: Floats

    @classmethod
    def of(cls, players: Players, present_ZP: NDArray[np.bool_]) -> Terms:
        """All terms that these players have; further columns of `present_ZP` belong to who does nothing."""
        there_ZP, values, effects = present_ZP.astype(np.float64), [], []
        for owner, crowd_P, curves in _crowds(players, there_ZP.shape[1]):
            size, count_Z = int(crowd_P.sum()), there_ZP @ crowd_P
            for curve in curves:
                height_N = curve(np.arange(size + 1.0))
                gain = float(height_N.mean() - height_N[-1])
                values.append(there_ZP[:, owner] * (curve(count_Z) - height_N[-1]))
                effects.append(-gain / size * crowd_P)
                effects[-1][owner] = gain
        shape = (-1, len(there_ZP)), (-1, there_ZP.shape[1])
        return cls(np.array(values).reshape(shape[0]).T, np.array(effects).reshape(shape[1]))


@dataclass(frozen=True, eq=False)
class Surrogate:
    """A stand-in with its weights chosen.

    Attributes:
        value_Z: what it says of each coalition.
        effects_P: its Shapley values.
        half_KF: half of what each coalition has over its opposite, term by term.
        effect_FP: the Shapley values of the terms.
        solver_FK: what weights come of the half differences of the game's values.
        leverage_K: how much each pair bends the regression with stand-in to itself, 0 to 1.
    """

    value_Z: Floats
    effects_P: Floats
    half_KF: Floats
    effect_FP: Floats
    solver_FK: Floats
    leverage_K: Floats

    def pull(self, gain_PK: Floats) -> Floats:
        """What a pair's half difference does to the effects, the stand-in fitted with it; shape (P, K).

        Args:
            gain_PK: the same of the regression that shares out what the stand-in leaves.
        """
        return gain_PK + (self.effect_FP.T - gain_PK @ self.half_KF) @ self.solver_FK


def fitted(terms: Terms, present_ZP: NDArray[np.bool_], value_Z: Floats, weight_Z: Floats) -> Surrogate:
    """The stand-in that leaves least to a sum of effects, by ridge regression and cross-validation.

    A coalition and its opposite tell of effects by their difference alone, so pairs are what is fitted.

    Args:
        value_Z: of the game, less what it says of nobody.
        weight_Z: of each coalition in the regression; equal within a pair.
    """
    root_K1, half_KF = np.sqrt(weight_Z[::2])[:, None], half_differences(terms.value_ZF)
    base_KP = np.linalg.qr((present_ZP[::2] - 0.5) * root_K1)[0]
    term_KF, value_K1 = half_KF * root_K1, half_differences(value_Z[:, None]) * root_K1
    term_KF, value_K1 = (part - base_KP @ (base_KP.T @ part) for part in (term_KF, value_K1))
    scale_F, whole_F = np.linalg.norm(term_KF, axis=0), np.linalg.norm(half_KF * root_K1, axis=0)
    scale_F[scale_F <= ROUNDING * whole_F] = np.inf  # sums say all of it
    eigen_F, turn_FF = np.linalg.eigh((term_KF / scale_F).T @ (term_KF / scale_F))
    eigen_F, turned_KF = eigen_F.clip(min=0), (term_KF / scale_F) @ turn_FF
    fit_F = (turned_KF.T @ value_K1)[:, 0]
    ridge = _best_ridge(eigen_F, fit_F, float((value_K1**2).sum()), *present_ZP[::2].shape)
    weight_F = turn_FF @ (fit_F / (eigen_F + ridge)) / scale_F
    return Surrogate(
        value_Z=terms.value_ZF @ weight_F,
        effects_P=weight_F @ terms.effect_FP,
        half_KF=half_KF,
        effect_FP=terms.effect_FP,
        solver_FK=(turn_FF / (eigen_F + ridge)) @ (turned_KF * root_K1).T / scale_F[:, None],
        leverage_K=(base_KP**2).sum(axis=1) + (turned_KF**2 / (eigen_F + ridge)).sum(axis=1),
    )


def _crowds(players: Players, count: int) -> Iterator[tuple[int, Floats, tuple[Curve, ...]]]:
    """Who stands against which crowd (1 for its members, shape (count,)), and the curves between the two."""
    last_P = np.full(count, -1)
    last_P[: len(players)] = [player.events[-1] if len(player.events) else -1 for player in players]
    for owner in range(len(players)):
        others_P = last_P >= 0
        others_P[owner] = False
        later_P = others_P & (last_P > last_P[owner])
        if others_P.any():
            yield owner, others_P.astype(np.float64), ANY
        if last_P[owner] >= 0 and later_P.any():
            yield owner, later_P.astype(np.float64), LATER


def half_differences(value_ZN: Floats) -> Floats:
    """Half of what each coalition has over its opposite, shape (K, N)."""
    return (value_ZN[::2] - value_ZN[1::2]) / 2


def _best_ridge(eigen_F: Floats, fit_F: Floats, total: float, num_pairs: int, num_players: int) -> float:
    """The ridge with the least error foretold (Golub, Heath & Wahba, 1979).

    Infinite where the pairs are too few for any term.
    """
    best, chosen = np.inf, np.inf
    for ridge in RIDGES * eigen_F.max(initial=ROUNDING):
        freedom = num_players + float((eigen_F / (eigen_F + ridge)).sum())
        weight_F = fit_F / (eigen_F + ridge)
        left = total - 2 * float(weight_F @ fit_F) + float(weight_F**2 @ eigen_F)
        error = left / (1 - freedom / num_pairs) ** 2
        if freedom <= MOST_FREEDOM * num_pairs and error < best:
            best, chosen = error, float(ridge)
    return chosen
