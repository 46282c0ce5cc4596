"""What if this person were another, or had done otherwise? Their list before and after, at once.

Nothing is trained: a model is asked about the edited profile as it is about anybody. The edits are those of
`core.edits.person`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recengine.core.columns import Repeats
from recengine.core.edits.person_edits import Added, Known, Offered, PersonEdit, Without
from recengine.core.profiles import Profiles
from recengine.core.sensitive import is_sensitive
from recengine.core.words import listed, many
from recengine.explain.game import MOST_ACTIONS, Question
from recengine.services.case import Case
from recengine.services.datasets import categories
from recengine.services.explain import ItemExplanation, answer
from recengine.services.reasons import TOGETHER
from recengine.services.recommend import NOTES, check_length
from recengine.services.what_if_person_sides import Sides, sides_of
from recengine.services.what_if_person_words import outcome_of
from recengine.services.workspace import Workspace

EDITED = ["kind", "text", "phrase", "back", "item_id", "feature", "value", "count"]
KINDS: dict[type[PersonEdit], str] = {Without: "past", Added: "added", Known: "person", Offered: "item"}


@dataclass(frozen=True)
class PersonWhatIf:
    """One person's list as it is, and as it would be.

    Attributes:
        model: what a page calls the run; person: the id, "" for one put together by hand.
        edits: one row for each thing that is changed: kind ("past", "added", "person" or "item"), text (in
            the language of edits), phrase (the same as part of a sentence), back (what takes it back),
            item_id, feature, value ("" where there is none), count (how often added; how many of the
            latest are left out, 0 for all).
        sentence: all of them as the beginning of a sentence; "" where nothing is changed.
        outcome: what comes of it: the rest of that sentence.
        rows: the list as it would be, best first, then what is no longer on it, then what is described
            otherwise and on neither list: item_id, title, category, rank_before and rank_after (places
            among all that may be listed, from 1; 0 where it may not be), change ("entered", "left", "up",
            "down", "same", or "beyond" of what is on neither list), score_before, score_after,
            probability_before, probability_after (NaN where unknown), had (times in the edited history),
            swapped (whether the item itself is described otherwise).
        notes: what a reader should know, a sentence each.
    """

    run_id: str
    model: str
    dataset: str
    person: str
    repeats: Repeats
    k: int
    edits: pd.DataFrame
    sentence: str
    outcome: str
    rows: pd.DataFrame
    notes: tuple[str, ...]

    @property
    def finding(self) -> str:
        """What is changed, and what comes of it, in one sentence."""
        if not self.sentence:
            return "Nothing is changed yet: this is the list as it is."
        return f"{self.sentence}, {self.outcome}."

    def frame(self) -> pd.DataFrame:
        """The rows, for tables and exports."""
        return self.rows

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values, as `--json` prints it."""
        told = {name: value for name, value in vars(self).items() if name not in ("run_id", "edits", "rows")}
        rows = self.rows.astype(object).where(self.rows.notna(), None)
        return {
            "run": self.run_id,
            "edits": self.edits["text"].tolist(),
            **told,
            "finding": self.finding,
            "items": rows.to_dict(orient="records"),
        }


def what_if_person(
    ws: Workspace,
    run_id: str,
    person: str | Profiles,
    edits: Sequence[str],
    *,
    repeats: Repeats | None = None,
    k: int = 10,
) -> PersonWhatIf:
    """A person's list as it is, and as it would be.

    Args:
        person: a known id, or a profile put together by hand.
        edits: in the language of `core.edits.person`.
        repeats: by default what the run was trained for.

    Raises:
        NotFoundError: no such run or person, or the run has no model yet.
        EditError: an edit cannot be read, or names what is not there.
        SettingsError: k is below 1.
    """
    check_length(k)
    sides = sides_of(ws, run_id, person, edits, repeats)
    desk, data = sides.before.desk, sides.before.desk.dataset
    rows = _rows(sides, k)
    return PersonWhatIf(
        run_id=run_id,
        model=desk.run.title,
        dataset=data.name,
        person=person if isinstance(person, str) else "",
        repeats=desk.repeats,
        k=k,
        edits=_edits(sides),
        sentence=sides.edits.sentence(data),
        outcome=outcome_of(rows, k),
        rows=rows,
        notes=tuple(_notes(sides, rows)),
    )


def reasons(
    ws: Workspace,
    run_id: str,
    person: str | Profiles,
    edits: Sequence[str],
    item_id: str,
    *,
    question: Question = "score",
    repeats: Repeats | None = None,
    k: int = 10,
    precision: str = "first",
) -> tuple[ItemExplanation, ItemExplanation]:
    """Why an item has its score, before and after; see `services.explain.explain`.

    Raises:
        NotFoundError, EditError, SettingsError: as `what_if_person`.
        ExplanationError: the model has never met the item.
    """
    sides = sides_of(ws, run_id, person, edits, repeats)
    before, after = (
        answer(
            Case.of(ws, run_id, side.profile, item_id, most=MOST_ACTIONS, k=k, desk=side.desk),
            question,
            precision,
        )
        for side in (sides.before, sides.after)
    )
    return before, after


def _edits(sides: Sides) -> pd.DataFrame:
    """See PersonWhatIf.edits."""
    data, profile = sides.before.desk.dataset, sides.before.profile
    rows = [
        {
            "kind": KINDS[type(edit)],
            "text": edit.text,
            "phrase": edit.phrase(data),
            "back": edit.back(data, profile).text,
            "item_id": getattr(edit, "item", ""),
            "feature": getattr(edit, "feature", ""),
            "value": getattr(edit, "value", ""),
            "count": getattr(edit, "times", getattr(edit, "last", 0)) or 0,
        }
        for edit in sides.edits.of
    ]
    return pd.DataFrame(rows, columns=EDITED)


def _rows(sides: Sides, k: int) -> pd.DataFrame:
    """Both lists as one table; see PersonWhatIf.rows."""
    before, after, data = sides.before, sides.after, sides.before.desk.dataset
    swapped = [edit.item for edit in sides.edits.of if isinstance(edit, Offered)]
    every = np.concatenate([after.best[:k], before.best[:k], data.items.codes(dict.fromkeys(swapped))])
    codes, category_I = pd.unique(every), categories(data)
    was, will = before.places[codes], after.places[codes]
    scores = [side.scores[codes].astype(np.float64) for side in (before, after)]
    item_ids = data.items.ids.take(codes)
    return pd.DataFrame(
        {
            "item_id": list(item_ids),
            "title": data.items.labels(codes),
            "category": [category_I[code] for code in codes],
            "rank_before": was,
            "rank_after": will,
            "change": _changes(was, will, k),
            "score_before": scores[0],
            "score_after": scores[1],
            "probability_before": before.desk.probability(scores[0]),
            "probability_after": after.desk.probability(scores[1]),
            "had": np.bincount(after.profile.items, minlength=data.num_items)[codes],
            "swapped": item_ids.isin(swapped),
        }
    )


def _changes(was: NDArray[np.int64], will: NDArray[np.int64], k: int) -> list[str]:
    before, after = (was > 0) & (was <= k), (will > 0) & (will <= k)
    return np.select(
        [~before & ~after, ~before, ~after, will < was, will > was],
        ["beyond", "entered", "left", "up", "down"],
        "same",
    ).tolist()


def _notes(sides: Sides, rows: pd.DataFrame) -> Iterator[str]:
    """What a reader should know, a sentence each."""
    desk, profile, about = sides.after.desk, sides.after.profile, sides.after.desk.dataset.about
    for badge in desk.badges(profile, desk.stranger(profile), short=False):
        yield NOTES[badge].format(person=about.person)
    yield from _unread(sides, "person_columns", [e.feature for e in sides.edits.of if isinstance(e, Known)])
    yield from _unread(sides, "item_columns", [e.feature for e in sides.edits.of if isinstance(e, Offered)])
    added = [edit.item for edit in sides.edits.of if isinstance(edit, Added)]
    codes = desk.dataset.items.codes(added)
    if len(unmet := codes[~desk.catalogue_I[codes]]):
        titles = listed([f"“{title}”" for title in desk.dataset.items.labels(unmet)])
        yield f"{desk.run.title} has never met {titles} and knows nothing of it: adding that says nothing."
    sensitive = [e.feature for e in sides.edits.of if isinstance(e, Known) and is_sensitive(e.feature)]
    if sensitive and (rows["change"] != "same").any():
        names = listed([name.replace("_", " ") for name in sensitive])
        yield f"Sensitive: {names}. Look twice at a list that moves with that."
    if desk.repeats == "new" and len(profile.items) < len(sides.before.profile.items):
        yield f"What this {about.person} no longer had counts as new to them, so it may be on the list."


def _unread(sides: Sides, columns: str, features: Sequence[str]) -> Iterator[str]:
    """That the model does not read some features that were changed."""
    desk = sides.after.desk
    read = {name for column in getattr(desk.model, columns) for name in column.split(TOGETHER)}
    unread = [name.replace("_", " ") for name in dict.fromkeys(features) if name not in read]
    if unread:
        word = many(desk.dataset.about.person if columns == "person_columns" else desk.dataset.about.item)
        what = f"no features of {word}" if not read else f"no {listed(unread, 'and no')} of {word}"
        yield f"{desk.run.title} reads {what}, so changing that changes nothing."
