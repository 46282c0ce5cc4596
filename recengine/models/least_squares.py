"""The inner loop of alternating least squares, compiled: many small ridge regressions, one a row.

Importing this loads numba; what uses it does so late.

Shapes: N rows, I columns, D factors, E events.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float32]
NONE, ONE = np.float32(0), np.float32(1)  # a plain 0 or 1 would turn what it touches into float64


@numba.njit(cache=True, nogil=True, fastmath=True, error_model="numpy")
def improve(
    offsets: NDArray[np.int64],
    columns: NDArray[np.int32],
    weight_E: Vector,
    column_ID: Vector,
    spread_D: Vector,
    ridge_N: Vector,
    row_ND: Vector,
    steps: int,
    tolerance: float,
) -> float:
    """Move each row x towards the least of sum_e w_e (1 - x.v_e)^2 + sum_d (spread_d + ridge) x_d^2.

    Conjugate gradients from where the row stands, preconditioned with spread + ridge. The spread is what all
    columns together weigh, chosen or not: in their principal axes it is diagonal.

    Args:
        offsets, columns, weight_E: row n chose columns[e] with weight_E[e], offsets[n] <= e < offsets[n + 1].
        steps, tolerance: at most so many for a row, none once its residual is below that share of the first.

    Returns:
        The sum of w_e (1 - x.v_e)^2 over all events, before anything moved.
    """
    scale_D, residual_D = np.empty_like(spread_D), np.empty_like(spread_D)
    step_D, image_D = np.empty_like(spread_D), np.empty_like(spread_D)
    dims, error = len(spread_D), 0.0
    for row in range(len(row_ND)):
        x_D, left = row_ND[row], NONE
        begin, end = offsets[row], offsets[row + 1]
        for d in range(dims):
            scale_D[d] = spread_D[d] + ridge_N[row]
            residual_D[d] = -scale_D[d] * x_D[d]
        error += _add_events(columns[begin:end], weight_E[begin:end], column_ID, x_D, residual_D, ONE, -ONE)
        for d in range(dims):
            step_D[d] = residual_D[d] / scale_D[d]
            left += residual_D[d] * step_D[d]
        enough = np.float32(tolerance) ** 2 * left
        for _ in range(steps):
            if left <= enough:
                break
            for d in range(dims):
                image_D[d] = scale_D[d] * step_D[d]
            _add_events(columns[begin:end], weight_E[begin:end], column_ID, step_D, image_D, NONE, ONE)
            curvature, before = NONE, left
            for d in range(dims):
                curvature += step_D[d] * image_D[d]
            length, left = before / curvature, NONE
            for d in range(dims):
                x_D[d] += length * step_D[d]
                residual_D[d] -= length * image_D[d]
                left += residual_D[d] ** 2 / scale_D[d]
            for d in range(dims):
                step_D[d] = residual_D[d] / scale_D[d] + left / before * step_D[d]
    return error


@numba.njit(cache=True, nogil=True, fastmath=True, inline="always")
def _add_events(
    columns: NDArray[np.int32],
    weight_E: Vector,
    column_ID: Vector,
    x_D: Vector,
    sum_D: Vector,
    target: np.float32,
    sign: np.float32,
) -> float:
    """Add sum_e w_e (target + sign x.v_e) v_e to `sum_D`; returns the sum of w_e (target + sign x.v_e)^2.

    Four events go together, so that no sum has to wait for the one before it.
    """
    dims, whole, error = len(x_D), len(columns) // 4 * 4, 0.0
    for e in range(0, whole, 4):
        a_D, b_D = column_ID[columns[e]], column_ID[columns[e + 1]]
        c_D, d_D = column_ID[columns[e + 2]], column_ID[columns[e + 3]]
        a, b, c, d = NONE, NONE, NONE, NONE
        for f in range(dims):
            a += a_D[f] * x_D[f]
            b += b_D[f] * x_D[f]
            c += c_D[f] * x_D[f]
            d += d_D[f] * x_D[f]
        a, b, c, d = target + sign * a, target + sign * b, target + sign * c, target + sign * d
        error += weight_E[e] * a**2 + weight_E[e + 1] * b**2 + weight_E[e + 2] * c**2 + weight_E[e + 3] * d**2
        a, b = a * weight_E[e], b * weight_E[e + 1]
        c, d = c * weight_E[e + 2], d * weight_E[e + 3]
        for f in range(dims):
            sum_D[f] += a * a_D[f] + b * b_D[f] + c * c_D[f] + d * d_D[f]
    for e in range(whole, len(columns)):
        a_D, a = column_ID[columns[e]], NONE
        for f in range(dims):
            a += a_D[f] * x_D[f]
        a = target + sign * a
        error += weight_E[e] * a**2
        for f in range(dims):
            sum_D[f] += weight_E[e] * a * a_D[f]
    return error
