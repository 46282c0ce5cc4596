"""Checks: is this dataset fit to learn from? Verdicts with what was found and what to do.

To add a check: write its function and add its line to CHECKS.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from recengine.core.dataset import Dataset

Level = Literal["ok", "warn", "bad"]


@dataclass(frozen=True)
class Verdict:
    """One check's answer.

    Attributes:
        finding: what was found, with the number that says so.
        remedy: what to do about it; "" where all is well.
    """

    code: str
    title: str
    level: Level
    finding: str
    remedy: str = ""


@dataclass(frozen=True)
class Check:
    """One question to a dataset.

    Attributes:
        ask: the level and the finding.
        remedy: what to do where the level is not ok.
    """

    code: str
    title: str
    remedy: str
    ask: Callable[[Dataset], tuple[Level, str]]


CHECKS: dict[str, Check] = {}


def check(dataset: Dataset) -> list[Verdict]:
    """Every check's verdict, in the order of the shelf."""
    verdicts = []
    for one in CHECKS.values():
        level, finding = one.ask(dataset)
        verdicts.append(Verdict(one.code, one.title, level, finding, "" if level == "ok" else one.remedy))
    return verdicts
