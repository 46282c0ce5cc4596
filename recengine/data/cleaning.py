"""Cleaning: what is set aside before learning, rule by rule, counted and shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from recengine.core.errors import DataError
from recengine.data.log import Log
from recengine.data.rule import CleaningConfig, Mask, Rule, Severity
from recengine.data.rules import RULES

__all__ = [
    "RULES",
    "CleaningConfig",
    "CleaningReport",
    "Finding",
    "clean",
    "lines_above",
    "malformed_rows",
    "table_report",
]

MANY = 0.1  # share of the rows from which on more is said than their number
EXAMPLES = 3  # shown of each rule's rows
OTHERS = ("test", "users", "items")  # files beside the events


@dataclass(frozen=True)
class Finding:
    """What one rule found, and did.

    Attributes:
        found: rows it concerns, among those that were left when its turn came.
        removed, changed: rows it set aside, rows it put right.
        note: why it did nothing, or that it did a lot, where that needs saying.
    """

    code: str
    title: str
    severity: Severity
    remedy: str
    on: bool
    found: int = 0
    removed: int = 0
    changed: int = 0
    examples: tuple[str, ...] = ()
    note: str = ""


@dataclass(frozen=True)
class CleaningReport:
    """Rows in, rows out, and each rule's part; rows_in = rows_out + all that was removed.

    Attributes:
        test, users, items: the same for the test file and the tables of people and items that came along.
        notes: decisions worth a sentence (how times were read, what became of table rows).
    """

    rows_in: int
    rows_out: int
    findings: tuple[Finding, ...]
    notes: tuple[str, ...] = ()
    test: CleaningReport | None = None
    users: CleaningReport | None = None
    items: CleaningReport | None = None

    def __post_init__(self) -> None:
        removed = sum(finding.removed for finding in self.findings)
        if self.rows_in != self.rows_out + removed:
            raise ValueError(f"{self.rows_in} rows in, {self.rows_out} out, but {removed} removed")

    @property
    def removed(self) -> dict[str, int]:
        """Rows removed by each rule that removed any."""
        return {finding.code: finding.removed for finding in self.findings if finding.removed}

    def frame(self) -> pd.DataFrame:
        """One row per rule: what it is, whether it was on, how many rows, examples."""
        rows = [{**asdict(finding), "examples": "; ".join(finding.examples)} for finding in self.findings]
        return pd.DataFrame(rows)

    def to_dict(self) -> dict[str, Any]:
        """The report as plain values for JSON, with `removed` for whoever only wants the counts."""
        return {**asdict(self), "removed": self.removed}

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> CleaningReport:
        """The report that `to_dict` wrote."""
        findings = tuple(Finding(**{**f, "examples": tuple(f["examples"])}) for f in values["findings"])
        others = {name: cls.from_dict(values[name]) for name in OTHERS if values.get(name)}
        return cls(values["rows_in"], values["rows_out"], findings, tuple(values["notes"]), **others)


def clean(
    log: Log, settings: CleaningConfig, *, before: Sequence[Finding] = (), test: bool = False
) -> tuple[Log, CleaningReport]:
    """The events that are left, and the report.

    Args:
        before: what was set aside on the way to the log; such rows count as rows in.
        test: a given test: only the rules that look at rows one by one act on it.

    Raises:
        DataError: nothing is left, too little of it can be read, or a rule without which rows
            cannot be used is off.
    """
    findings = [_stopped_if_off(finding, always=True) for finding in before]
    rows_in = len(log) + sum(finding.removed for finding in before)
    for rule in RULES.values():
        if test and not rule.of_rows:
            continue
        log, finding = _apply(rule, log, settings)
        findings.append(finding)
    report = CleaningReport(rows_in, len(log), tuple(findings))
    if len(log) == 0:
        most = max(findings, key=lambda finding: finding.removed)
        which = " of the test file" if test else ""
        raise DataError(
            f"none of {rows_in:,} rows{which} is left after cleaning; most were set aside by '{most.title}' "
            f"({most.removed:,}). {most.remedy} Or check that the right columns are mapped."
        )
    return log, report


def table_report(num_rows: int, before: Sequence[Finding], found: Sequence[Finding]) -> CleaningReport:
    """What became of the rows of a table of people or items.

    Args:
        num_rows: rows that were read.
        before: what was set aside on the way; such rows count as rows in.
        found: what was set aside of the rows that were read.

    Raises:
        DataError: a rule without which rows cannot be used is off.
    """
    findings = (*(_stopped_if_off(finding, always=True) for finding in before), *found)
    rows_in = num_rows + sum(finding.removed for finding in before)
    return CleaningReport(rows_in, num_rows - sum(finding.removed for finding in found), findings)


def malformed_rows(count: int, examples: tuple[str, ...], settings: CleaningConfig) -> Finding:
    """The finding about rows that a reader could not cut into cells."""
    return Finding(
        "malformed_rows",
        "Rows with too many or too few cells",
        "bad",
        "Quote cells that hold the delimiter.",
        settings.malformed_rows,
        found=count,
        removed=count,
        examples=examples,
    )


def lines_above(lines: tuple[str, ...], settings: CleaningConfig) -> Finding:
    """The finding about lines above the names of the columns; they count as no rows."""
    return Finding(
        "lines_above",
        "Lines above the columns' names",
        "info",
        "Export the table alone, without titles.",
        settings.lines_above,
        found=len(lines),
        examples=lines[:EXAMPLES],
    )


def _apply(rule: Rule, log: Log, settings: CleaningConfig) -> tuple[Log, Finding]:
    on = bool(getattr(settings, rule.code))
    finding = Finding(rule.code, rule.title, rule.severity, rule.remedy, on)
    concerned = rule.find(log, settings)
    found = int(concerned.sum())
    if found == 0:
        return log, finding
    finding = replace(finding, found=found, examples=_examples(rule, log, concerned))
    if not on:
        return log, _stopped_if_off(finding)
    if reason := rule.exempt(log):
        return log, replace(finding, note=reason)
    if rule.mend:
        return rule.mend(log, concerned), replace(finding, changed=found)
    return log.where(~concerned), _removed(rule, finding, found / len(log))


def _removed(rule: Rule, finding: Finding, share: float) -> Finding:
    """The finding of a rule that sets aside this share of the rows.

    Raises:
        DataError: so many cannot be a few slips; what is left would tell another story.
    """
    if rule.at_most < share < 1:
        raise DataError(
            f"{finding.title}: {finding.found:,} rows, {share:.0%} of all ({'; '.join(finding.examples)}). "
            f"{finding.remedy} {rule.many}"
        )
    note = f"{share:.0%} of the rows. {rule.many}" if rule.many and share >= MANY else ""
    return replace(finding, removed=finding.found, note=note)


def _stopped_if_off(finding: Finding, *, always: bool = False) -> Finding:
    """Rows that cannot be used stop the import where their rule is off; those never read do `always`."""
    if (always or finding.severity == "bad") and finding.found and not finding.on:
        raise DataError(
            f"{finding.title}: {finding.found:,} such rows ({finding.examples[0]}), and the rule "
            f"'{finding.code}' that leaves them out is off. {finding.remedy} Or switch the rule on."
        )
    return finding


def _examples(rule: Rule, log: Log, concerned: Mask) -> tuple[str, ...]:
    if rule.code in log.repaired:
        return log.repaired[rule.code].examples
    places = np.flatnonzero(concerned)
    if rule.about == "row":
        return tuple(log.describe(place) for place in places[:EXAMPLES])
    codes, ids = (log.user, log.users) if rule.about == "person" else (log.item, log.items)
    counts = np.bincount(codes[places])
    top = np.argsort(-counts, kind="stable")[:EXAMPLES]
    return tuple(f"{rule.about} {ids[code]}: {counts[code]:,} rows" for code in top if counts[code])
