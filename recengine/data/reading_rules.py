"""Rules for what reading found in the cells: repairs that were made, and rows that are no events."""

from __future__ import annotations

import numpy as np

from recengine.data.log import Log
from recengine.data.rule import CleaningConfig, Mask, Rule, Severity


def _found(log: Log, code: str) -> Mask:
    return log.repaired[code].rows if code in log.repaired else np.zeros(len(log), bool)


def _as_read(log: Log, concerned: Mask) -> Log:
    return log


def _rule(code: str, title: str, severity: Severity, remedy: str, *, mends: bool = True) -> Rule:
    def find(log: Log, settings: CleaningConfig) -> Mask:
        return _found(log, code)

    return Rule(code, title, severity, remedy, find, mend=_as_read if mends else None, of_rows=True)


SUMMARIES = [
    _rule(
        "repeated_headers",
        "The columns' names once more",
        "warn",
        "Put exports together without their first lines.",
        mends=False,
    ),
    _rule("totals", "Rows that sum up others", "warn", "Export without totals.", mends=False),
]
REPAIRS = [
    _rule(
        "spreadsheet_ids",
        "Ids changed by a spreadsheet",
        "info",
        "Export ids as text, so that no program takes them for numbers.",
    ),
    _rule(
        "lost_zeros",
        "Ids that lost their leading zeros",
        "warn",
        "Export ids as text; switch off if 7 and 007 are two.",
    ),
    _rule(
        "rounded_ids",
        "Ids rounded by a spreadsheet",
        "warn",
        "Their digits are lost: export ids as text.",
        mends=False,
    ),
    _rule(
        "decimal_commas",
        "Numbers with a decimal comma",
        "info",
        "Check that they were read as you mean them.",
    ),
    _rule(
        "thousands", "Numbers with separated thousands", "info", "Check that they were read as you mean them."
    ),
    _rule("currency_signs", "Amounts with a currency", "info", "Check that all are of one currency."),
    _rule(
        "mixed_times",
        "Times written in another way than most",
        "info",
        "Write times in one form, best as ISO text (2024-05-17 09:30).",
    ),
    _rule(
        "excel_dates",
        "Times that are Excel's day numbers",
        "info",
        "Format the column as a date before exporting.",
    ),
]
