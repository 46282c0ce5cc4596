"""An off-policy verdict in a sentence."""

from __future__ import annotations

import numpy as np
import pandas as pd

from recengine.core.words import MINUS
from recengine.metrics.intervals import Interval
from recengine.strategy.off_policy.estimators import HEADLINE, MODEL_ALONE
from recengine.strategy.off_policy.evaluation import Evaluation

THOUSAND = 1000
NAMED = 5  # items that were never shown, named in a sentence
MASSES = ("revenue",)  # of which one has less, not fewer


def sentence(evaluation: Evaluation, thing: str, items: pd.Index) -> str:
    """The verdict, its size and its interval; or why there is none and what would help."""
    if evaluation.refused:
        return _refusal(evaluation, thing, items)
    told = _gain(evaluation, thing)
    if evaluation.verdict == "no real difference":
        return f"No real difference: by the log, the new strategy earns {told}."
    return f"The new strategy earns {told}; a real difference."


def per_thousand(evaluation: Evaluation, thing: str) -> str:
    """What 1,000 lists earn, and what they earned."""
    if evaluation.refused:
        return ""
    new, today = evaluation.estimates[HEADLINE], evaluation.today
    return (
        f"1,000 lists of the new strategy earn {_amount(new.mean)} {thing} ({_amount(new.low)} to "
        f"{_amount(new.high)}); as they were shown, {_amount(today.mean)}."
    )


def _gain(evaluation: Evaluation, thing: str) -> str:
    """ "3.1 % more clicks (95 % interval 1.0 to 5.2 %)"."""
    if np.isnan(evaluation.lift.low):
        gain = evaluation.gain
        more = _more(gain.mean, thing)
        return f"{abs(gain.mean):.3g} {more} {thing} a list (95 % interval {gain.low:.3g} to {gain.high:.3g})"
    share = evaluation.lift.mean
    return f"{_percent(abs(share))} % {_more(share, thing)} {thing} ({_span(evaluation.lift)})"


def _span(lift: Interval) -> str:
    """From the smaller to the larger change, in the direction that was found."""
    low, high = (lift.low, lift.high) if lift.mean >= 0 else (-lift.high, -lift.low)
    return f"95 % interval {_percent(low)} to {_percent(high)} %"


def _refusal(evaluation: Evaluation, thing: str, items: pd.Index) -> str:
    first = evaluation.refused[0]
    others = len(evaluation.refused) - 1
    more = f" (and {others} more reason{'s' * (others > 1)})" if others else ""
    named = ", ".join(str(items[code]) for code in evaluation.support.unseen_items[:NAMED])
    reason = f"{first.reason} ({named})" if first.code == "unseen items" else first.reason
    told = f"It cannot be said what the new strategy earns: {reason}{more}. What helps: {first.remedy}."
    if list(evaluation.estimates) != [MODEL_ALONE]:
        return told
    alone, today = evaluation.estimates[MODEL_ALONE].mean, evaluation.today.mean
    return (
        f"{told} The reward model alone, which nothing here confirms, expects {_amount(alone)} {thing} of "
        f"1,000 lists; as they were shown, they earned {_amount(today)}."
    )


def _more(change: float, thing: str) -> str:
    if change >= 0:
        return "more"
    return "less" if thing in MASSES else "fewer"


def _percent(share: float) -> str:
    return f"{100 * share:.1f}".replace("-", MINUS)


def _amount(value: float) -> str:
    """What 1,000 lists have of it, to three digits."""
    return f"{THOUSAND * value:,.{0 if abs(value) >= 0.1 else 1}f}".replace("-", MINUS)
