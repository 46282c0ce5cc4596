"""Why this item? Reasons that add up to its score, what would change it, and how far to trust them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from recengine.core.columns import Repeats
from recengine.core.profiles import Profiles
from recengine.explain.explanation import Explanation, Method
from recengine.explain.game import MOST_ACTIONS, Question
from recengine.explain.naming import Words, number
from recengine.explain.receipt import Receipt
from recengine.explain.receipt import receipt as receipt_of
from recengine.services.case import ROW, Case, checked_precision
from recengine.services.kept import Kept
from recengine.services.workspace import Workspace


@dataclass(frozen=True)
class ItemExplanation:
    """The reasons of one item for one person: base and effects add up to the score.

    Attributes:
        model: what a page calls the run.
        person: the id; "" for one put together by hand.
        against, against_title: the item it is compared with; "" where there is none.
        unit: of score, base and effects.
        score, base: what the question asks about with everything there, and with nothing.
        probability: P(like) among all items, for display; NaN where unknown.
        rank: place among num_eligible items, from 1; 0 where it may not be on the list at all.
        stranger_rank: the place among the same items for somebody of whom nothing is known.
        k: length of the list.
        reasons: one row a player, the largest effect first: key (what `expand` takes), kind, name, value,
            detail, effect, error (standard error), share (of all |effect|), item_id (of past actions,
            else ""), sensitive.
        residual: by how much base and effects miss the score.
        sentences: the finding for an "executive", an "analyst" and a "scientist".
        notes: what a reader should know, a sentence each.
        codes: the same in codes, as the explainer made it.
    """

    run_id: str
    model: str
    dataset: str
    person: str
    item_id: str
    title: str
    question: Question
    against: str
    against_title: str
    repeats: Repeats
    k: int
    unit: str
    score: float
    base: float
    probability: float
    rank: int
    stranger_rank: int
    num_eligible: int
    reasons: pd.DataFrame
    method: Method
    samples: int
    residual: float
    sentences: dict[str, str]
    notes: tuple[str, ...]
    codes: Explanation

    def frame(self) -> pd.DataFrame:
        """The reasons, for tables and exports."""
        return self.reasons

    def number(self, value: float) -> str:
        """A score or an effect as sentences and charts write it."""
        return number(value, self.codes)

    def as_dict(self) -> dict[str, Any]:
        """The explanation as plain JSON values, as `--json` prints it."""
        told = {
            name: value for name, value in vars(self).items() if name not in ("run_id", "reasons", "codes")
        }
        return {"run": self.run_id, **told, "reasons": self.reasons.to_dict(orient="records")}


def explain(
    ws: Workspace,
    run_id: str,
    person: str | Profiles,
    item_id: str,
    *,
    question: Question = "score",
    against: str | None = None,
    precision: str = "fine",
    most: int = MOST_ACTIONS,
    expand: Sequence[str] = (),
    repeats: Repeats | None = None,
    k: int = 10,
) -> ItemExplanation:
    """Why a run gives this item its score, or its place.

    Args:
        person: a known id, or a profile put together by hand.
        question: score: why this score; ahead: why ahead of the ten best others.
        against: another item's id; the question is then why the first stands above it.
        precision: "first" (at once), "fine" or "finest"; matters where coalitions are too many for all.
        most: past actions told one by one or in groups; where there are more, the least telling are grouped.
        expand: keys of groups to be told item by item, and of actions to be told event by event.
        repeats: by default what the run was trained for.

    Raises:
        NotFoundError: no such run, person or item, or the run has no model yet.
        SettingsError: no such precision or key; an item against itself; k or most below 1.
        ExplanationError: the model has never met the item, so there is no score to explain.
    """
    checked_precision(precision)
    case = Case.of(
        ws, run_id, person, item_id, against=against, most=most, expand=expand, repeats=repeats, k=k
    )
    return answer(case, "above" if against else question, precision)


def in_steps(
    ws: Workspace,
    run_id: str,
    person: str | Profiles,
    item_id: str,
    *,
    question: Question = "score",
    against: str | None = None,
    expand: Sequence[str] = (),
    repeats: Repeats | None = None,
    k: int = 10,
) -> Iterator[ItemExplanation]:
    """An answer at once, then the same again as exact as it is told everywhere; one where that is known.

    The same arguments and errors as `explain`.
    """
    case = Case.of(
        ws, run_id, person, item_id, against=against, most=MOST_ACTIONS, expand=expand, repeats=repeats, k=k
    )
    asked: Question = "above" if against else question
    if not case.is_known(asked, "fine"):
        first = answer(case, asked, "first")
        yield first
        if first.method != "sampled":
            return
    yield answer(case, asked, "fine")


def receipt(
    ws: Workspace,
    run_id: str,
    person: str | Profiles,
    item_id: str,
    *,
    question: Question = "score",
    against: str | None = None,
    precision: str = "fine",
    repeats: Repeats | None = None,
    k: int = 10,
) -> Receipt:
    """How far an explanation can be trusted; the same arguments and errors as `explain`."""
    case = Case.of(ws, run_id, person, item_id, against=against, most=MOST_ACTIONS, repeats=repeats, k=k)
    asked: Question = "above" if against else question
    return _receipts.get(
        (*case.key, asked, checked_precision(precision)), lambda: _receipt(case, asked, precision)
    )


_receipts: Kept[Receipt] = Kept(size=256)


def answer(case: Case, question: Question, precision: str) -> ItemExplanation:
    """A question's reasons with their names."""
    explanation = case.explanation(question, precision)
    words = case.words(explanation.players)
    return ItemExplanation(
        run_id=case.desk.run.id,
        model=case.desk.run.title,
        dataset=case.desk.dataset.name,
        person=case.person,
        item_id=case.id(case.item),
        title=words.subject,
        question=question,
        against=case.id(case.other) if case.other >= 0 else "",
        against_title=words.other,
        repeats=case.desk.repeats,
        k=case.k,
        unit=words.unit,
        score=explanation.score,
        base=explanation.base,
        probability=np.nan if words.probability is None else words.probability,
        rank=case.rank,
        stranger_rank=case.stranger_rank,
        num_eligible=len(case.best),
        reasons=_reasons(case, explanation, words),
        method=explanation.method,
        samples=explanation.samples,
        residual=explanation.residual,
        sentences=case.sentences(explanation, words),
        notes=tuple(case.notes()),
        codes=explanation,
    )


def _reasons(case: Case, explanation: Explanation, words: Words) -> pd.DataFrame:
    """One row a player, the largest effect first."""
    order = explanation.order
    effects, total = explanation.effects_P[order], np.abs(explanation.effects_P).sum()
    rows = [case.row(explanation.players[place], words.players[place]) for place in order.tolist()]
    frame = pd.DataFrame(rows, columns=ROW)
    share = np.abs(effects) / total if total else np.zeros(len(effects))
    return frame.assign(effect=effects, error=explanation.errors_P[order], share=share)


def _receipt(case: Case, question: Question, precision: str) -> Receipt:
    explanation = case.explanation(question, precision)
    again = case.explanation(question, precision, seed=1) if explanation.method == "sampled" else None
    return receipt_of(case.game(question), explanation, again=again)
