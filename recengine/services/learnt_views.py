"""What has been learnt, as tables for charts and as sentences: drivers, segments, single effects."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recengine.core.columns import USER
from recengine.core.dataset import Dataset
from recengine.core.errors import SettingsError, did_you_mean
from recengine.core.words import MINUS, count, listed, many, plural
from recengine.explain.overall import Effects, overall, shares_of_groups
from recengine.services.datasets import categories, prepare
from recengine.services.learnt import Learnt
from recengine.services.runs import get_run
from recengine.services.workspace import Workspace

SOURCE = ["kind", "name"]  # what a source is known by
KINDS = ("action", "group", "person", "item")
HISTORY, CATEGORY = "how much they did before", "category of the item"
FEWEST = 8  # people in a segment; of fewer an interval would say too little
MOST_SEGMENTS = 5
UNKNOWN = "not known"


def drivers(learnt: Learnt) -> pd.DataFrame:
    """What drives the scores, the strongest first.

    Columns: kind, name, sensitive, people (who have it), strength (mean |effect|), signed (mean effect) and
    share (of all strengths), each with _low and _high, and noise (the strength that the sampling of
    combinations alone would show).
    """
    effects, sources = effects_of(learnt.rows)
    return _driven(effects, sources).sort_values("strength", ascending=False, ignore_index=True)


def _driven(effects: Effects, sources: pd.DataFrame) -> pd.DataFrame:
    found = overall(effects)
    spans = {"strength": found.strength, "signed": found.signed, "share": found.share}
    columns: dict[str, Any] = {}
    for name, span in spans.items():
        columns |= {name: span.value, f"{name}_low": span.low, f"{name}_high": span.high}
    return sources.assign(people=found.people_S, **columns, noise=found.noise_S)


def kinds(learnt: Learnt) -> pd.DataFrame:
    """How much habit, other history and features of both sides weigh; columns kind, share, low, high."""
    effects, sources = effects_of(learnt.rows)
    there = [kind for kind in KINDS if kind in set(sources["kind"])]
    span = shares_of_groups(effects, sources["kind"].map(there.index).to_numpy(np.int64))
    return pd.DataFrame({"kind": there, "share": span.value, "low": span.low, "high": span.high})


def sensitive(learnt: Learnt) -> pd.DataFrame:
    """The weight of sensitive features together; columns names, share, low, high; no row without any."""
    effects, sources = effects_of(learnt.rows)
    marked = sources["sensitive"].to_numpy(bool)
    if not marked.any():
        return pd.DataFrame(columns=["names", "share", "low", "high"])
    span = shares_of_groups(effects, marked.astype(np.int64))
    names = ", ".join(sources["name"][marked])
    return pd.DataFrame(
        {"names": [names], "share": span.value[-1:], "low": span.low[-1:], "high": span.high[-1:]}
    )


def in_a_sentence(learnt: Learnt) -> str:
    """What weighs how much, for someone who wants one sentence."""
    shares = kinds(learnt).sort_values("share", ascending=False)
    said = {
        "action": f"what the {learnt.person} did with the very {learnt.item} before",
        "group": f"{'the rest of ' if learnt.has_habit else ''}the {learnt.person}'s history",
        "person": f"what is known of the {learnt.person}",
        "item": f"what is known of the {learnt.item}",
    }
    most, *rest = shares.itertuples()
    if most.share > 0.995:
        return f"Nothing moves the scores of {learnt.model} but {said[most.kind]}."
    others = listed([f"{said[row.kind]} ({_percent(row.share)})" for row in rest if row.share > 0.005])
    weight = f"{_percent(most.share)} of all ({_percent(most.low)} to {_percent(most.high)})"
    return (
        f"What moves the scores of {learnt.model} most is {said[most.kind]}: {weight}. "
        f"Then {'come' if len(rest) > 1 else 'comes'} {others}."
    )


def of_whom(learnt: Learnt) -> str:
    """Whose reasons were put together."""
    spec, word = learnt.spec, learnt.item
    drawn = f"{count(learnt.num_people)} of {plural(learnt.num_known, learnt.person)}"
    chance = ", drawn by chance" if learnt.num_drawn < learnt.num_known else ""
    items = f"the first {word}" if spec.k == 1 else f"the first {plural(spec.k, word)}"
    skipped = learnt.num_drawn - learnt.num_people
    nothing = f" Of {count(skipped)} more the model knows nothing." if skipped else ""
    asked = {"score": "why this score", "ahead": "why ahead of the ten best others"}[spec.question]
    return f"{drawn}{chance}; {items} of each list; {asked}.{nothing}"


def from_where(learnt: Learnt) -> str:
    """What is said of the same items when nothing is known, which no reason is credited with."""
    mean = learnt.rows.drop_duplicates("explanation")[["base", "score"]].mean()
    base, score = (f"{value:.2f}".replace("-", MINUS) for value in mean)
    ahead = {"score": "score", "ahead": "lie ahead of the others by"}[learnt.spec.question]
    return (
        f"With nothing known of {learnt.person} and {learnt.item} these {many(learnt.item)} {ahead} {base} "
        f"on average; the reasons make it {score} ({learnt.unit})."
    )


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%" if share >= 0.01 else f"{100 * share:.1f}%"


def splits(ws: Workspace, learnt: Learnt) -> list[str]:
    """By what people and items can be told apart."""
    data = _data(ws, learnt)
    named = [name for name, kind in data.users.kinds.items() if kind in ("categorical", "numeric")]
    return [HISTORY, *named, *([CATEGORY] if any(categories(data)) else [])]


def by_segment(ws: Workspace, learnt: Learnt, split: str, *, most: int = 8) -> pd.DataFrame:
    """The strongest drivers in each segment; columns segment, num_people and those of `drivers`.

    Segments of fewer than 8 people are left out; of more than 5 the largest are told.

    Raises:
        SettingsError: the split is not among `splits`.
    """
    known = splits(ws, learnt)
    if split not in known:
        raise SettingsError(f"nothing can be split by '{split}'. {did_you_mean(split, known)}")
    effects, sources = effects_of(learnt.rows)
    segment_N = _segments(_data(ws, learnt), learnt, split)
    parts = []
    for segment, chosen_N in segment_N:
        part = effects.where(chosen_N)
        if part.num_people >= FEWEST:
            parts.append(_driven(part, sources).assign(segment=segment, num_people=part.num_people))
    if not parts:
        return pd.DataFrame()
    frame = pd.concat(parts, ignore_index=True)
    top = drivers(learnt).head(most)[SOURCE]
    return top.merge(frame, on=SOURCE, how="left")


def _segments(data: Dataset, learnt: Learnt, split: str) -> list[tuple[str, NDArray[np.bool_]]]:
    """Each segment's name and its explanations, in the order in which they are told."""
    asked = learnt.rows.drop_duplicates("explanation")[["person", "item_id"]]
    if split == CATEGORY:
        values = pd.Series(categories(data), dtype="str").iloc[data.items.codes(asked["item_id"])]
        return _values(values.to_numpy(object))
    people = data.users.codes(asked["person"])
    if split == HISTORY:
        return _thirds(np.bincount(data.interactions.column(USER), minlength=data.num_users)[people])
    value_N = data.users.features[split].iloc[people].to_numpy()
    return _thirds(value_N.astype(float)) if data.users.kinds[split] == "numeric" else _values(value_N)


def _values(value_N: NDArray[Any]) -> list[tuple[str, NDArray[np.bool_]]]:
    """A segment for each of the commonest values."""
    name_N = np.array([UNKNOWN if pd.isna(value) or value == "" else str(value) for value in value_N])
    commonest = pd.Series(name_N).value_counts().index[:MOST_SEGMENTS]
    return [
        (str(name), name_N == name) for name in sorted(commonest, key=lambda name: (name == UNKNOWN, name))
    ]


def _thirds(value_N: NDArray[Any]) -> list[tuple[str, NDArray[np.bool_]]]:
    """The lowest, the middle and the highest third, by their bounds; whoever's value is unknown apart."""
    known_N = ~np.isnan(value_N)
    ends = np.quantile(value_N[known_N], [0, 1 / 3, 2 / 3, 1]) if known_N.any() else np.zeros(0)
    found = []
    for place, (low, high) in enumerate(itertools.pairwise(ends)):
        inside_N = known_N & (value_N <= high) & ((value_N > low) | (place == 0))
        if inside_N.any():
            bounds = dict.fromkeys(
                f"{end:,.4g}" for end in (value_N[inside_N].min(), value_N[inside_N].max())
            )
            found.append((" to ".join(bounds), inside_N))
    return found if known_N.all() else [*found, (UNKNOWN, ~known_N)]


def swarm(ws: Workspace, learnt: Learnt, *, top: int = 8, most: int = 300) -> pd.DataFrame:
    """The single effects of the strongest sources; columns of `Learnt.rows`, title (of the item explained)
    and height (0 to 1: where the number lies among those of its source; NaN without a number).

    Args:
        most: effects a source, drawn by chance where there are more.
    """
    strongest = drivers(learnt).head(top)[SOURCE]
    rows = strongest.merge(learnt.rows, on=SOURCE)
    place = rows.groupby(SOURCE)["number"].rank(method="average") - 1
    last = rows.groupby(SOURCE)["number"].transform("count") - 1
    rows["height"] = (place / last.where(last > 0)).fillna(0.5).where(rows["number"].notna())
    mixed = rows.sample(frac=1.0, random_state=0)
    return _titled(ws, learnt, mixed.groupby(SOURCE, sort=False).head(most).sort_index())


def dependence(
    ws: Workspace, learnt: Learnt, source: tuple[str, str], other: tuple[str, str] | None = None
) -> pd.DataFrame:
    """One source's effect against its value; columns of `Learnt.rows`, title, and colour.

    Args:
        source: kind and name.
        other: a second source, whose value in the same explanation is the colour (a number where it has
            numbers, else text; NaN where it has no part there).

    Raises:
        SettingsError: no reason is of that source.
    """
    beside = _of(learnt, other).set_index("explanation") if other else pd.DataFrame({"value": []})
    column = "number" if other and beside["number"].notna().any() else "value"
    mine = _of(learnt, source)
    return _titled(ws, learnt, mine.assign(colour=mine["explanation"].map(beside[column])))


def _of(learnt: Learnt, source: tuple[str, str]) -> pd.DataFrame:
    """The reasons of one source; at most one an explanation."""
    rows = learnt.rows
    mine = rows[(rows["kind"] == source[0]) & (rows["name"] == source[1])]
    if mine.empty:
        raise SettingsError(f"no reason is '{source[1]}'. {did_you_mean(source[1], rows['name'].unique())}")
    return mine


def effects_of(rows: pd.DataFrame, sources: pd.DataFrame | None = None) -> tuple[Effects, pd.DataFrame]:
    """The reasons as arrays, and the source of each column: kind, name, sensitive."""
    if sources is None:
        sources = rows[[*SOURCE, "sensitive"]].drop_duplicates(SOURCE).sort_values(SOURCE)
    index = pd.MultiIndex.from_frame(sources[SOURCE])
    column = index.get_indexer(pd.MultiIndex.from_frame(rows[SOURCE]))
    asked = rows[["explanation", "person"]].drop_duplicates("explanation")
    row = np.searchsorted(asked["explanation"], rows["explanation"])
    effect_NS = np.zeros((len(asked), len(sources)))
    error_NS, there_NS = np.zeros_like(effect_NS), np.zeros(effect_NS.shape, bool)
    effect_NS[row, column], error_NS[row, column] = rows["effect"], rows["error"]
    there_NS[row, column] = True
    people_N = np.unique(asked["person"].to_numpy(object), return_inverse=True)[1]
    return Effects(people_N, effect_NS, error_NS, there_NS), sources.reset_index(drop=True)


def _titled(ws: Workspace, learnt: Learnt, rows: pd.DataFrame) -> pd.DataFrame:
    items = _data(ws, learnt).items
    return rows.assign(title=items.labels(items.codes(rows["item_id"]))).reset_index(drop=True)


def _data(ws: Workspace, learnt: Learnt) -> Dataset:
    run = get_run(ws, learnt.run_id)
    return prepare(ws, run.spec.dataset, run.dataset_fingerprint)
