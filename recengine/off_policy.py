"""The command `recengine learn off-policy`."""

from __future__ import annotations

import argparse
from math import isnan
from typing import TYPE_CHECKING

from recengine.core.errors import SettingsError
from recengine.printing import print_json, print_rows, say

if TYPE_CHECKING:
    from recengine.services.off_policy import Report
    from recengine.services.workspace import Workspace


def off_policy(options: argparse.Namespace, ws: Workspace) -> None:
    """The verdict in words and every estimator's figures."""
    report = _asked(options, ws)
    if options.json:
        print_json(report.as_dict())
        return
    print("\n".join(filter(None, (report.sentence, report.business))))
    print_rows(_rows(report))
    for note in (*report.notes, *report.evaluation.assumes):
        say(note)


def _asked(options: argparse.Namespace, ws: Workspace) -> Report:
    from recengine.services.off_policy import evaluate_tables, feedback_log, read_rows
    from recengine.services.off_policy_strategy import evaluate_strategy
    from recengine.strategy import Strategy

    if options.with_run:
        return evaluate_strategy(
            ws,
            options.with_run,
            options.with_strategy or Strategy(),
            earning=options.earning,
            shown_by=options.run,
            strategy=options.strategy,
            seed=options.seed,
        )
    if options.new is None:
        raise SettingsError("say what would be shown instead: --new FILE, or --with-run RUN and a strategy.")
    asked = {"run": options.run, "strategy": options.strategy}
    log = read_rows(options.log) if options.log else feedback_log(ws, options.earning, **asked)
    return evaluate_tables(
        log, read_rows(options.new), thing=options.earning, contexts=options.contexts, seed=options.seed
    )


def _rows(report: Report) -> list[list[str]]:
    support = report.evaluation.support
    rows = [
        [row.estimator, f"{row.value:.4g}", _span(row.low, row.high), row.explanation]
        for row in report.frame().itertuples(index=False)
    ]
    today = report.evaluation.today
    return [
        ["as it was shown", f"{today.mean:.4g}", _span(today.low, today.high), "a list"],
        *rows,
        ["effective sample", f"{support.effective:,.0f}", f"of {support.lists:,}", "lists"],
        ["largest weight", f"{support.largest_weight:.3g}", f"{support.largest_share:.1%}", "of all weight"],
    ]


def _span(low: float, high: float) -> str:
    return "no interval" if isnan(low) else f"{low:.4g} to {high:.4g}"
