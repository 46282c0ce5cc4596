"""Ids that a spreadsheet changed on the way: 17850.0 for 17850, 7 for 007, 4.01E+12 for a barcode."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Mask = NDArray[np.bool_]
FEW = 2  # ids that begin with 0, fewer say nothing about the others
POINT = r"-?\d+\.0*"  # a whole number that was kept with a point
FORMULA = r"=\"(.*)\"|'(\d+)"  # how a spreadsheet is made to leave a number alone
POWER = r"\d(\.\d+)?[eE]\+\d{1,2}"  # how a spreadsheet writes a long number


@dataclass(frozen=True)
class MendedIds:
    """Distinct ids as they should be, and which of them each rule concerns.

    Attributes:
        ids: mended, where the rule's switch is on.
        concerned: for each rule, True for the ids it concerns; rules that concern none are left out.
    """

    ids: pd.Series[str]
    concerned: dict[str, Mask]


def mend_ids(names: pd.Series[str], *, spreadsheet_ids: bool = True, lost_zeros: bool = True) -> MendedIds:
    """Distinct ids with what spreadsheets did to them undone, as far as that can be known."""
    concerned: dict[str, Mask] = {}
    mended, changed = _from_spreadsheets(names)
    if changed.any():
        concerned["spreadsheet_ids"] = changed
        names = mended if spreadsheet_ids else names
    padded, changed = _with_zeros(names)
    if changed.any():
        concerned["lost_zeros"] = changed
        names = padded if lost_zeros else names
    if (rounded := _mask(names.str.fullmatch(POWER)) & _numeric_but(names, POWER)).any():
        concerned["rounded_ids"] = rounded
    return MendedIds(names, concerned)


def _from_spreadsheets(names: pd.Series[str]) -> tuple[pd.Series[str], Mask]:
    """Formulas and exact powers as what they mean; no point where every point ends a whole number."""
    mended = names
    formula = _mask(names.str.fullmatch(FORMULA))
    if formula.any():
        inside = names.str.extract(FORMULA)
        mended = mended.mask(formula, inside[0].fillna(inside[1]))
    pointed = _mask(mended.str.contains(".", regex=False))
    powers = _mask(mended.str.fullmatch(POWER))
    if powers.any() and _numeric_but(mended, POWER).any():
        mended = mended.mask(powers, mended[powers].map(_exact))
    whole = _mask(mended.str.fullmatch(POINT))
    if whole.any() and not (pointed & ~whole & ~powers).any():
        mended = mended.mask(whole, mended.str.replace(r"\.0*$", "", regex=True))
    return mended, np.asarray((mended != names) & names.notna(), bool)


def _with_zeros(names: pd.Series[str]) -> tuple[pd.Series[str], Mask]:
    """Numbers as long as those that begin with 0, where these all have one length and none is longer."""
    number = _mask(names.str.fullmatch(r"\d+"))
    length = names.str.len().fillna(0).to_numpy()
    led = number & _mask(names.str.startswith("0")) & (length > 1)
    widths = np.unique(length[led])
    if led.sum() < FEW or len(widths) != 1 or length[number].max() > widths[0]:
        return names, np.zeros(len(names), bool)
    short = number & (length < widths[0])
    return names.mask(short, names.str.zfill(int(widths[0]))), short


def _exact(power: str) -> str:
    """4.006E+3 as 4006, unless digits were lost on the way or it is a fraction."""
    mantissa, _, exponent = power.lower().partition("e")
    whole, _, fraction = mantissa.partition(".")
    digits, rest = fraction[: int(exponent)], fraction[int(exponent) :]
    exact = 0 < int(exponent) == len(digits) and not rest.strip("0")
    return f"{whole}{digits}" if exact else power


def _numeric_but(names: pd.Series[str], pattern: str) -> Mask:
    """True everywhere if all other ids are numbers, so that E is no letter of a code; else nowhere."""
    others = names[~_mask(names.str.fullmatch(pattern))].dropna()
    return np.full(len(names), bool(others.str.fullmatch(r"\d+(\.0*)?").all()))


def _mask(values: pd.Series[bool]) -> Mask:
    return values.eq(True).to_numpy(bool)
