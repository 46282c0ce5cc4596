"""An explanation in one or two sentences, at three depths; their numbers are those of its chart.

Whoever calls this knows what things are called; what is said of them, and with which numbers, is said here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from recengine.core.words import a, count, listed, many, ordinal, plural
from recengine.explain.explanation import Explanation
from recengine.explain.game import QUESTIONS
from recengine.explain.naming import Words, joined, number
from recengine.explain.players import Kind

Depth = Literal["executive", "analyst", "scientist"]
FEW = 3  # reasons that an executive is told
COUNTS = 1 / 3  # of the largest reason; what is smaller isn't told to an executive
LITTLE = 0.5  # of the spread of scores; what moves a score by less doesn't move it much
MAINLY = 0.5  # of all that speaks for it; with less, the reasons told are only the largest of many
KINDS: dict[Kind, tuple[str, str]] = {
    "action": ("past action", ""),
    "group": ("group", " of past actions"),
    "person": ("feature", " of the person"),
    "item": ("feature", " of the item"),
    "other": ("feature", " of the other item"),
}


@dataclass(frozen=True)
class Seat:
    """Where the item stands, and what of that is due to this person.

    Attributes:
        rank: on the person's list, from 1; 0 where it may not be on it.
        k: length of the list.
        stranger_rank: its place for somebody of whom nothing is known; 0 where that says nothing.
        spread: standard deviation of the scores of all that may be on the list.
    """

    rank: int
    k: int = 10
    stranger_rank: int = 0
    spread: float = 0.0

    def for_anyone(self, explanation: Explanation) -> bool:
        """Whether it is about there for most as well, and no single thing known of this one moves it much.

        Not what all of it comes to: what lifts or lowers every item alike leaves the list as it is.
        """
        listed = 0 < self.rank <= self.k and 0 < self.stranger_rank <= self.k
        near = abs(self.rank - self.stranger_rank) <= self.k // 2
        most = float(np.abs(_personal(explanation)).max(initial=0.0))
        return explanation.question != "above" and listed and near and most <= LITTLE * self.spread


def sentences(explanation: Explanation, words: Words, seat: Seat, *, shown: int = 5) -> dict[Depth, str]:
    """The explanation for an executive, for an analyst and for a data scientist.

    Args:
        shown: how many bars the chart has; an analyst is told these, and the rest in one number.
    """
    return {
        "executive": _executive(explanation, words, seat),
        "analyst": _analyst(explanation, words, seat, shown),
        "scientist": _scientist(explanation, words, shown),
    }


def _executive(explanation: Explanation, words: Words, seat: Seat) -> str:
    below = explanation.question == "above" and explanation.score < 0
    toward_P = -explanation.effects_P if below else explanation.effects_P
    stands = _stands(explanation, words, seat)
    if not len(toward_P):
        return f"{stands}; nothing is known of this {words.person}, so this is what suits everyone."
    if seat.for_anyone(explanation):
        return f"{stands} {_for_anyone(explanation, words, seat)}"
    if _stands_anyway(explanation, toward_P):
        return f"{stands} {_anyway(toward_P, words)}"
    if not (toward_P > 0).any():
        return f"{stands}, for what suits everyone: nothing known of this {words.person} speaks for it."
    told = _largest(toward_P, words)
    reasons = joined([words.players[place] for place in told], words.item)
    against = int(np.argmin(toward_P))
    weighs = -toward_P[against] > toward_P.max() / 2
    but = f"; {words.phrase(against)} speaks {'for' if below else 'against'} it" if weighs else ""
    if seat.rank > seat.k and explanation.question != "above":
        return f"{stands}; what speaks for it, most of all {reasons}, is not enough{but}."
    share = toward_P[told].sum() / toward_P[toward_P > 0].sum()
    why = "mainly because of" if share >= MAINLY else "for many small reasons, most of all"
    return f"{stands} {why} {reasons}{but}."


def _stands(explanation: Explanation, words: Words, seat: Seat) -> str:
    subject, person, place = f"“{words.subject}”", words.person, ordinal(seat.rank)
    if explanation.question == "above":
        side = "above" if explanation.score >= 0 else "below"
        return f"{subject} stands {side} “{words.other}” for this {person}"
    if not seat.rank:
        return f"{subject}, which may not be on this {person}'s list, has its score"
    if seat.rank > seat.k:
        return f"{subject} is only {place} for this {person}"
    if explanation.question == "ahead" and not seat.for_anyone(explanation):
        return f"{subject}, {place} for this {person}, gains on its closest rivals"
    return f"{subject} is {place} on this {person}'s list"


def _for_anyone(explanation: Explanation, words: Words, seat: Seat) -> str:
    """That an item suits most, and what is known of this person changes little."""
    size_P = np.abs(_personal(explanation))
    most = (
        f", most of all {joined([words.players[int(size_P.argmax())]], words.item)}" if size_P.any() else ""
    )
    return (
        f"mainly because it suits most {many(words.person)}: it would be {ordinal(seat.stranger_rank)} "
        f"for one nobody knows. What is known of this one changes little{most}."
    )


def _personal(explanation: Explanation) -> NDArray[np.float64]:
    """The effects of what is known of the person; 0 for all else."""
    of_person = [player.kind in ("action", "group", "person") for player in explanation.players]
    return np.where(np.array(of_person, bool), explanation.effects_P, 0.0)


def _stands_anyway(explanation: Explanation, toward_P: NDArray[np.float64]) -> bool:
    """Whether one item stands above the other more by the base than by all the reasons."""
    outweighed = abs(explanation.score) > 2 * toward_P.sum()
    return explanation.question == "above" and bool(toward_P.any()) and outweighed


def _anyway(toward_P: NDArray[np.float64], words: Words) -> str:
    """That it would with none of the reasons, and what these do to the gap."""
    total = float(toward_P.sum())
    told = _largest(toward_P if total >= 0 else -toward_P, words)
    reasons = joined([words.players[place] for place in told], words.item)
    moves = "widen" if total >= 0 else "narrow"
    return f"even with none of the reasons; together these {moves} the gap, most of all {reasons}."


def _largest(toward_P: NDArray[np.float64], words: Words) -> list[int]:
    """The few largest that are not much smaller than the first.

    Groups are vague: single reasons come first, and a group only where it is larger than all of them.
    """
    group_P = np.array([named.kind == "group" for named in words.players], bool)
    single_P, large_P = np.where(group_P, 0.0, toward_P), np.where(group_P, toward_P, 0.0)
    grouped = large_P.max(initial=0.0) > single_P.max(initial=0.0)
    order = np.argsort(-single_P, kind="stable")[: FEW - 1 if grouped else FEW]
    least = COUNTS * toward_P.max(initial=0.0)
    singles = [int(place) for place in order if single_P[place] >= least and single_P[place] > 0]
    return [*singles, int(large_P.argmax())] if grouped else singles


def _analyst(explanation: Explanation, words: Words, seat: Seat, shown: int) -> str:
    def of(value: float) -> str:
        return number(value, explanation)

    told = explanation.shown(shown)
    rest = float(explanation.effects_P.sum() - explanation.effects_P[told].sum())
    parts = [
        f"{words.phrase(place)} {_moves(float(explanation.effects_P[place]), explanation)}" for place in told
    ]
    left = len(explanation.players) - len(told)
    if left:
        parts.append(f"the other {plural(left, 'reason')} together {_moves(rest, explanation, left)}")
    start = {
        "score": f"it scores {of(explanation.score)} {words.unit}",
        "ahead": f"against its closest rivals together it stands at {of(explanation.score)} {words.unit}",
        "above": f"the gap to “{words.other}” is {of(explanation.score)} {words.unit}",
    }[explanation.question]
    likely = "" if words.probability is None else f" (P(like) {words.probability:.1%})"
    told_so = f": {'; '.join(parts)}" if parts else ""
    anyone = (
        f" For {a(words.person)} nobody knows it would be {ordinal(seat.stranger_rank)}: it suits most."
        if seat.for_anyone(explanation)
        else ""
    )
    return (
        f"{QUESTIONS[explanation.question]} “{words.subject}”: {start}{likely}; with none of the reasons "
        f"it would be {of(explanation.base)}{told_so}.{anyone}"
    )


def _moves(effect: float, explanation: Explanation, things: int = 1) -> str:
    written = number(abs(effect), explanation)
    if things > 1:
        return f"add {written}" if effect >= 0 else f"take away {written}"
    return f"adds {written}" if effect >= 0 else f"takes away {written}"


def _scientist(explanation: Explanation, words: Words, shown: int) -> str:
    def of(value: float) -> str:
        return number(value, explanation)

    value = {
        "score": "the score",
        "ahead": "the score minus the log-sum-exp of the rivals' scores",
        "above": f"the score minus that of “{words.other}”",
    }[explanation.question]
    effects_P, errors_P = explanation.effects_P.tolist(), explanation.errors_P.tolist()
    bars = [
        f"{words.players[place].name} {of(effects_P[place])}{_error(errors_P[place], explanation)}"
        for place in explanation.shown(shown)
    ]
    kinds = [player.kind for player in explanation.players]
    players = listed(
        [
            plural(kinds.count(kind), word) + of_what
            for kind, (word, of_what) in KINDS.items()
            if kind in kinds
        ]
    )
    how = {
        "exact": f"exact over all {count(explanation.samples)} coalitions",
        "closed form": "exact in closed form",
        "sampled": f"sampled from {count(explanation.samples)} coalitions, ± one standard error",
    }[explanation.method]
    largest = f" Largest: {'; '.join(bars)}." if bars else ""
    return (
        f"Shapley values of v = {value} ({words.unit}), v(none) {of(explanation.base)} to v(all) "
        f"{of(explanation.score)}, over {players or 'no players'}; {how}; residual "
        f"{abs(explanation.residual):.0e}.{largest}"
    )


def _error(error: float, explanation: Explanation) -> str:
    """A standard error beside its effect; "" where nothing was drawn."""
    if explanation.method != "sampled":
        return ""
    written = number(error, explanation)
    smallest = f"{written[:-1]}1"
    return f" ± {written}" if float(written) else f" ± less than {smallest}"
