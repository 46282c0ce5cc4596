"""What comes of a what-if of one person, in a sentence and in lines for a terminal."""

from __future__ import annotations

import pandas as pd

from recengine.core.words import listed, ordinal, plural

TOLD = 2  # items named of those that enter, and of those that leave
SAME = 1e-6  # scores that differ by less are the same


def outcome_of(rows: pd.DataFrame, k: int) -> str:
    """What becomes of the list, without a beginning: "2 of the 10 places change: “Milk” rises from..."

    Args:
        rows: as in `PersonWhatIf`.
    """
    length = int(rows["rank_after"].between(1, k).sum())
    if not length:
        return "nothing is left that could be listed"
    moved, beyond = rows[~rows["change"].isin(["same", "beyond"])], _furthest(rows, ["beyond"], 1)
    if moved.empty and beyond:
        return f"the list stays as it is; {beyond[0]}"
    if moved.empty:
        same = (rows["score_before"] - rows["score_after"]).abs().max() < SAME
        return "the list stays as it is" + ("" if same else "; only scores move")
    places = int(moved["rank_after"].between(1, k).sum())
    exchanged = [*_entering(rows), *_leaving(rows)]
    least = 2 if exchanged else 1  # what others come or go for, moves by a place of itself
    told = listed([*exchanged, *_furthest(rows, ["up", "down"], least), *beyond])
    if not places:
        return f"the list gets shorter: {told}"
    count = f"all {places} places" if places == length > 1 else f"{places} of the {plural(length, 'place')}"
    return f"{count} {'changes' if places == 1 else 'change'}: {told}"


def _entering(rows: pd.DataFrame) -> list[str]:
    found = rows[rows["change"] == "entered"]
    if found.empty:
        return []
    if len(found) > TOLD:
        first = found.iloc[0]
        return [f"{len(found)} enter, first “{first['title']}” in {ordinal(int(first['rank_after']))} place"]
    return [f"“{row.title}” enters in {ordinal(int(row.rank_after))} place" for row in found.itertuples()]


def _leaving(rows: pd.DataFrame) -> list[str]:
    found = rows[rows["change"] == "left"]
    if found.empty:
        return []
    titles = [f"“{title}”" for title in found["title"]]
    if len(titles) > TOLD:
        return [f"{len(titles)} leave, among them {titles[0]}"]
    return [f"{listed(titles)} {'leaves' if len(titles) == 1 else 'leave'}"]


def _furthest(rows: pd.DataFrame, changes: list[str], least: int) -> list[str]:
    """Whatever of these moves furthest, if it moves by so many places at least."""
    found = rows[rows["change"].isin(changes) & (rows["rank_before"] > 0) & (rows["rank_after"] > 0)]
    far_N = (found["rank_before"] - found["rank_after"]).abs()
    if far_N.max() < least or found.empty:
        return []
    far = found.loc[far_N.idxmax()]
    was, will = int(far["rank_before"]), int(far["rank_after"])
    verb = "rises" if will < was else "falls"
    return [f"“{far['title']}” {verb} from {ordinal(was)} to {ordinal(will)}"]
