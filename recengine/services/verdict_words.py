"""A verdict in words: what an edit does to the headline metric, and how far that may be believed."""

from __future__ import annotations

import numpy as np
import pandas as pd

from recengine.core.words import MINUS
from recengine.metrics.two_level import CONFIDENCE

SMALL = 0.01  # of the base: what is real, but hardly matters
BETTER, WORSE, SAME, UNKNOWN = "better", "worse", "no real difference", "not told from chance"


def decision_of(row: pd.Series, p_value: float) -> str:
    """What may be said of the headline.

    Args:
        row: of the table of metrics.
        p_value: as it counts, after correction.
    """
    if np.isnan(p_value):
        return UNKNOWN if row["change"] else SAME
    if p_value >= 1 - CONFIDENCE:
        return SAME
    return BETTER if row["change"] > 0 else WORSE


def sentence_of(row: pd.Series, p_value: float, *, looks: int, person: str) -> str:
    """The finding and its interval, "NDCG@10 falls by 4.1 % (2.9 to 5.3); real, 6 times the seed noise."

    Args:
        p_value: as it counts, after correction for so many looks.
        person: the domain's word, in the plural.
    """
    title, decision = row["title"], decision_of(row, p_value)
    if row["low"] == row["high"] == 0:
        return f"No difference: {title} is the same for each of the {person}."
    found = f"{title} {_moved(row)}"
    if decision == UNKNOWN:
        return f"{found}, but one seed cannot tell that from the chance of training. Ask again with 3 seeds."
    counting = f", counting {looks} looks" if looks > 1 else ""
    if decision != SAME:
        small = " but small" if abs(row["relative"]) < SMALL else ""
        return f"{found}; real{small}{_noise(row)}{counting}."
    if row["low"] > 0 or row["high"] < 0:
        return f"No real difference: {found}, which may be chance{counting}."
    size, low, high = (_signed(row, end) for end in ("", "_low", "_high"))
    return f"No real difference: {title} changes by {size} ({low} to {high})."


def _moved(row: pd.Series) -> str:
    """ "falls by 4.1 % (2.9 to 5.3)"; signs where the interval holds 0."""
    way = "rises" if row["change"] > 0 else "falls"
    if row["low"] <= 0 <= row["high"]:
        return f"{way} by {_size(row, '')} ({_signed(row, '_low')} to {_signed(row, '_high')})"
    ends = sorted((abs(_number(row, "_low")), abs(_number(row, "_high"))))
    low, high = (_written(end, row) for end in ends)
    return f"{way} by {_size(row, '')} ({low} to {high})"


def _noise(row: pd.Series) -> str:
    """How many times as large as what another seed would do."""
    noise = row["seed_noise"]
    if not noise > 0:
        return ""
    times = abs(row["change"]) / noise
    return f", {times:.0f} times the seed noise" if times >= 2 else f", {times:.1f} times the seed noise"


def _number(row: pd.Series, end: str) -> float:
    """In per cent of the base; as it is where the base is 0."""
    if np.isnan(row["relative"]):
        return float(row[{"": "change", "_low": "low", "_high": "high"}[end]])
    return float(100 * row[f"relative{end}"])


def _written(number: float, row: pd.Series) -> str:
    """As many digits as it takes: "0.02", "4.1", "120"."""
    if np.isnan(row["relative"]):
        return f"{number:.4f}"
    return f"{number:.2f}" if number < 0.05 else f"{number:.1f}" if number < 99.5 else f"{number:,.0f}"


def _size(row: pd.Series, end: str) -> str:
    unit = "" if np.isnan(row["relative"]) else " %"
    return _written(abs(_number(row, end)), row) + unit


def _signed(row: pd.Series, end: str) -> str:
    number = _number(row, end)
    return f"{MINUS if number < 0 else '+'}{_size(row, end)}"


def who_of(segments: pd.DataFrame, person: str) -> str:
    """Which group surely gains most and which surely loses most.

    Args:
        person: the domain's word, in the plural.
    """
    told = segments[segments["verdict"].isin([BETTER, WORSE])]
    gains, losses = told[told["change"] > 0], told[told["change"] < 0]
    parts = []
    if len(gains):
        parts.append(f"Gains most: {_segment(gains.loc[gains['low'].idxmax()])}.")
    if len(losses):
        parts.append(f"Loses most: {_segment(losses.loc[losses['high'].idxmin()])}.")
    return " ".join(parts) or f"No group of {person} gains or loses beyond chance."


def _segment(row: pd.Series) -> str:
    return f"{row['said']} ({_signed(row, '')})"
