"""Search: which models were tried, on whom, and in words which of them won and whether that is real."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from recengine.metrics.intervals import Difference

NOT_REAL = "no real difference"
# Among models that no interval tells apart the simpler one is taken, unless the other looks better by
# more than this share: then there are too few people to tell, and the better guess is taken.
CLOSE = 0.05
MUCH_CHEAPER = 0.5  # of the seconds; anything under a second is equally cheap
TOLD = 3  # other models that the verdict speaks of; the table has all


@dataclass(frozen=True)
class Candidate:
    """One model with its settings, as it was tried, or why it was not.

    Attributes:
        round: 1 for the quick look at every model, higher for what the best of them were given next.
        settings: what differs from the preset.
        seconds: of the fit on the training part and its validation.
        epochs: passes after which it did best.
        value, low, high: NDCG@10 on the validation with its 95 % interval; None without a score.
        gap, gap_low, gap_high: how far it lies behind the winner on the same people; None for the winner.
        verdict: of the gap, seen from the candidate: "worse", "better" or "no real difference".
        note: why it has no score, or that it was cut short; "" where all went well.
    """

    round: int
    model: str
    preset: str
    settings: Mapping[str, Any]
    seconds: float = 0.0
    epochs: int = 0
    value: float | None = None
    low: float | None = None
    high: float | None = None
    gap: float | None = None
    gap_low: float | None = None
    gap_high: float | None = None
    verdict: str = ""
    note: str = ""

    @property
    def title(self) -> str:
        """The model's title."""
        from recengine.models import MODELS

        return MODELS[self.model].title if self.model in MODELS else self.model

    @property
    def has_score(self) -> bool:
        """Whether it was tried with success."""
        return self.value is not None

    @property
    def score(self) -> float:
        """NDCG@10 on the validation; minus infinity without one."""
        return -math.inf if self.value is None else self.value

    @property
    def choice(self) -> str:
        """Preset and settings in words: "quick", "balanced, loss = softmax"."""
        return ", ".join([self.preset, *(f"{name} = {value}" for name, value in self.settings.items())])

    @property
    def rank(self) -> int:
        """How simple its kind is; 0 is simplest."""
        from recengine.models import MODELS
        from recengine.models.base import FAMILIES

        return list(FAMILIES).index(MODELS[self.model].family)

    def as_line(self) -> str:
        """The candidate with its outcome in one line."""
        if self.value is None:
            return f"{self.title} ({self.choice}) was left out: {self.note}"
        note = f", {self.note}" if self.note else ""
        return f"{self.title} ({self.choice}): NDCG@10 {self.value:.4f} in {self.seconds:.1f} s{note}"


@dataclass(frozen=True)
class Search:
    """What a run with the model "auto" has tried so far, and what came of it.

    Attributes:
        budget_s: how long it may try; used_s: how long it has.
        num_people: of the validation, on whom all candidates are judged.
        winner: its place among the candidates; None until the end.
        verdict: sentences: which won, by how much and whether that is real. Empty until the end.
        times_begun, begun_s: of the candidate under way: how often, and how long before it was interrupted.
    """

    budget_s: float
    used_s: float = 0.0
    num_people: int = 0
    candidates: tuple[Candidate, ...] = ()
    winner: int | None = None
    verdict: tuple[str, ...] = ()
    times_begun: int = 0
    begun_s: float = 0.0

    @classmethod
    def of_dict(cls, described: Mapping[str, Any]) -> Self:
        """What `as_dict` gave."""
        candidates = tuple(Candidate(**one) for one in described["candidates"])
        return cls(**{**described, "candidates": candidates, "verdict": tuple(described["verdict"])})

    def as_dict(self) -> dict[str, Any]:
        """The search as plain JSON values."""
        return asdict(self)

    @property
    def left_s(self) -> float:
        """Seconds of the budget that are left."""
        return max(0.0, self.budget_s - self.used_s)

    @property
    def scored(self) -> dict[int, Candidate]:
        """Candidates with a score, by their place."""
        return {place: one for place, one in enumerate(self.candidates) if one.has_score}

    @property
    def ranked(self) -> list[Candidate]:
        """Best first; those without a score at the end."""
        return sorted(self.candidates, key=lambda one: -one.score)

    @property
    def leader(self) -> Candidate | None:
        """The highest score so far; the earlier, so the cheaper one where two are equal."""
        return max(self.scored.values(), key=lambda one: one.score, default=None)

    def beginning(self) -> Self:
        """The same, the next candidate being begun (once more)."""
        return replace(self, times_begun=self.times_begun + 1)

    def having(self, one: Candidate) -> Self:
        """The same with one more candidate; the next one was not begun yet."""
        return replace(self, candidates=(*self.candidates, one), times_begun=0, begun_s=0.0)

    def interrupted(self, seconds: float) -> Self:
        """The same, the candidate under way being left after so long."""
        return replace(self, used_s=self.used_s + seconds, begun_s=self.begun_s + seconds)


def decided(search: Search, ndcg_CU: Mapping[int, NDArray[np.float64]]) -> Search:
    """The search with its winner, everybody's gap to it, and the verdict.

    Args:
        ndcg_CU: of each candidate with a score, by its place: NDCG@10 person by person, the same people.

    Raises:
        ValueError: there is no candidate with a score.
    """
    from recengine.metrics.intervals import difference

    scored = search.scored
    leader = max(scored, key=lambda place: scored[place].score)  # the first of equals
    to_leader = {place: difference(ndcg_CU[place], ndcg_CU[leader]) for place in scored}
    winner = _simplest(scored, leader, to_leader)
    gaps = {place: difference(ndcg_CU[place], ndcg_CU[winner]) for place in scored if place != winner}
    found = replace(
        search,
        num_people=len(ndcg_CU[leader]),
        winner=winner,
        candidates=tuple(
            _with_gap(one, gaps[place]) if place in gaps else one
            for place, one in enumerate(search.candidates)
        ),
    )
    return replace(found, verdict=tuple(_sentences(found, winner, leader)))


def _simplest(scored: Mapping[int, Candidate], leader: int, to_leader: Mapping[int, Difference]) -> int:
    """The leader, or what is simpler or much cheaper and not really different from it."""
    first = scored[leader]
    simpler = [
        place
        for place, gap in to_leader.items()
        if gap.verdict == NOT_REAL
        and gap.interval.mean <= CLOSE * first.score
        and _is_cheaper(scored[place], first)
    ]
    return min(simpler, key=lambda place: (scored[place].rank, -scored[place].score), default=leader)


def _is_cheaper(one: Candidate, other: Candidate) -> bool:
    seconds, others = max(1.0, one.seconds), max(1.0, other.seconds)
    return one.rank < other.rank or (one.rank == other.rank and seconds < MUCH_CHEAPER * others)


def _with_gap(one: Candidate, gap: Difference) -> Candidate:
    """Seen from the candidate: the winner being better makes it worse."""
    seen = {"better": "worse", "worse": "better"}.get(gap.verdict, gap.verdict)
    span = gap.interval
    return replace(one, gap=span.mean, gap_low=span.low, gap_high=span.high, verdict=seen)


def _sentences(search: Search, winner: int, leader: int) -> list[str]:
    won, first = search.candidates[winner], search.candidates[leader]
    told = [
        f"{won.title} ({won.choice}) wins with NDCG@10 {won.score:.4f} on the validation "
        f"({won.low:.4f} to {won.high:.4f}; {search.num_people:,} people)."
    ]
    if leader != winner:
        cheaper = "simpler" if won.rank < first.rank else "much cheaper"
        told.append(
            f"{first.title} ({first.choice}) scored highest, {first.score:.4f}, but that is not really "
            f"different {_span(first)}, and {won.title} ({won.choice}) is {cheaper}: "
            f"{in_words(won.seconds)} a fit, not {in_words(first.seconds)}."
        )
    others = _best_of_each(search, without={won.model, first.model})
    told += [_against(one, won) for one in others[:TOLD]]
    if more := len(others[TOLD:]):
        told.append(f"{more} more {'model is' if more == 1 else 'models are'} no better than that.")
    titles = {one.title for one in search.candidates} - {one.title for one in search.scored.values()}
    return [*told, f"Left out: {', '.join(sorted(titles))}."] if titles else told


def _best_of_each(search: Search, without: set[str]) -> list[Candidate]:
    """The other models' best candidates, best first."""
    best: dict[str, Candidate] = {}
    for one in sorted(search.scored.values(), key=lambda one: -one.score):
        best.setdefault(one.model, one)
    return [one for model, one in best.items() if model not in without]


def _against(one: Candidate, won: Candidate) -> str:
    name = f"{one.title} ({one.choice}) {one.score:.4f}"
    if one.verdict == NOT_REAL:
        return f"{name} is not really different {_span(one)}."
    share = f"{abs(one.gap / won.value):.1%} " if won.value and one.gap is not None else ""
    where = "behind" if one.verdict == "worse" else "ahead"
    return f"{name} is {share}{where}, beyond chance {_span(one)}."


def _span(one: Candidate) -> str:
    assert one.gap is not None
    return f"(gap {one.gap:.4f}, {one.gap_low:.4f} to {one.gap_high:.4f})"


def in_words(seconds: float) -> str:
    """A span of time for a reader: "under a second", "40 s", "3 min", "2 h"."""
    if seconds < 1:
        return "under a second"
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.0f} h"
