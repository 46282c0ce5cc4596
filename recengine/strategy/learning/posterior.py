"""What feedback says of items by their embeddings, and how sure that is: Bayesian ridge regression.

The mean plus so many standard errors is LinUCB (Li et al., WWW 2010), with one set of weights for all
items; weights drawn from the posterior are Thompson sampling (Agrawal & Goyal, ICML 2013).

N observations, D features.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Posterior:
    """Weights that explain rewards, normally distributed around `weights` with covariance noise^2 A^-1.

    Attributes:
        precision_DD: A, the prior's plus the sum of x x'.
        moment_D: A times the mean.
        noise: standard deviation of a reward around its mean.
    """

    precision_DD: Floats
    moment_D: Floats
    noise: float = 1.0

    @classmethod
    def prior(cls, weight_D: Floats, ridge: float = 1.0, noise: float = 1.0) -> Self:
        """What is believed before any reward: these weights, each as sure as `ridge` observations make it."""
        return cls(ridge * np.eye(len(weight_D)), ridge * np.asarray(weight_D, np.float64), noise)

    def after(self, x_ND: Floats, reward_N: Floats) -> Self:
        """The same after these observations, in whatever order they came."""
        return type(self)(self.precision_DD + x_ND.T @ x_ND, self.moment_D + x_ND.T @ reward_N, self.noise)

    @cached_property
    def weights(self) -> Floats:
        """The likeliest weights, those of ridge regression; shape (D,)."""
        return np.asarray(np.linalg.solve(self.precision_DD, self.moment_D), np.float64)

    def expected(self, x_ND: Floats) -> Floats:
        """The expected reward of each row, any leading shape."""
        return x_ND @ self.weights

    def unsure(self, x_ND: Floats) -> Floats:
        """Its standard error: noise x sqrt(x' A^-1 x)."""
        inverse_DD = np.linalg.inv(self.precision_DD)
        return self.noise * np.sqrt(np.maximum(np.einsum("...d,de,...e->...", x_ND, inverse_DD, x_ND), 0.0))

    def drawn(self, draw: np.random.Generator) -> Floats:
        """Weights drawn from the posterior, shape (D,)."""
        root_DD = np.linalg.cholesky(self.precision_DD)
        return self.weights + self.noise * np.linalg.solve(root_DD.T, draw.standard_normal(len(self.weights)))
