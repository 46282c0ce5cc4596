"""The reasons of many people's lists: everyone's or a sample's, as one table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recengine.core.columns import USER, Repeats
from recengine.core.errors import SettingsError
from recengine.core.profiles import Profiles
from recengine.core.ranking import NO_ITEM
from recengine.explain.explanation import Explanation
from recengine.explain.game import NO_RIVALS, Game, games_of
from recengine.explain.kernel import PRECISIONS, explain_many
from recengine.models.base import Recommender
from recengine.services import tasks
from recengine.services.case import RIVALS, checked_precision
from recengine.services.desk import Desk, now_of
from recengine.services.export import appending, check_ending
from recengine.services.files import replacing
from recengine.services.reasons import Namer, category_codes
from recengine.services.recommend import check_length
from recengine.services.runs import load_run_model
from recengine.services.tasks_queue import log_of
from recengine.services.tasks_worker import Report
from recengine.services.workspace import Workspace

Progress = Callable[[int, int], None]
KIND = "reasons"  # of task
Asked = Literal["score", "ahead"]  # what can be asked of a whole list
GAMES_AT_ONCE = 20  # explained together; between two such blocks a task says how far it is
LONGEST_KEY = 16  # characters, as pandas wants them


@dataclass(frozen=True, eq=False)
class Listed:
    """A person and what heads their list.

    Attributes:
        person: the code; profile: of this one person.
        items_K: item codes, best first; fewer than asked for where there are no more, none where the
            model knows nothing of the person.
        best_R: the best items of all that may be listed, from which rivals are taken.
    """

    person: int
    profile: Profiles
    items_K: NDArray[np.int32]
    best_R: NDArray[np.int32]

    def rivals(self, question: Asked) -> NDArray[np.int32]:
        """What an item is to be ahead of, where that is the question; the item itself may be among them."""
        return self.best_R[: RIVALS + 1] if question == "ahead" else NO_RIVALS


@dataclass(frozen=True)
class Summary:
    """What came of explaining many people.

    Attributes:
        people: whose lists were explained.
        skipped: people asked for of whom the model knows nothing, so that no reason is theirs.
        explanations: items explained, over all people; rows: reasons in the file.
    """

    people: int
    skipped: int
    explanations: int
    rows: int
    file: str


def start(ws: Workspace, run_id: str, *, people: int, k: int) -> tasks.Task:
    """Explain so many people's lists in the background.

    Raises:
        NotFoundError: no such run, or it has no model yet.
    """
    spec = {"run_id": run_id, "people": people, "k": k}
    return tasks.submit(ws, KIND, about=run_id, spec=spec, wants_gpu=is_neural(load_run_model(ws, run_id)))


def is_neural(model: Recommender[Any]) -> bool:
    """Whether a model is faster on a GPU, and its scores are log-odds."""
    return model.config.family == "neural"


def work(ws: Workspace, spec: dict[str, Any], report: Report) -> dict[str, Any]:
    """`explain_all` as a task: the spec holds its arguments, the file lies in the task's folder."""
    out = log_of(ws, report.id).with_name("reasons.parquet")
    return asdict(explain_all(ws, out=out, **spec, progress=report, device=report.device))


def explain_all(
    ws: Workspace,
    run_id: str,
    out: Path,
    k: int = 10,
    *,
    people: int | None = None,
    question: Asked = "score",
    precision: str = "first",
    repeats: Repeats | None = None,
    seed: int = 0,
    progress: Progress | None = None,
    device: str = "cpu",
) -> Summary:
    """Write the reasons of the first k items of everyone's list to a .parquet or .csv file.

    Columns: person, rank, item_id, title, score, base, kind, reason, value, effect, error, share, sensitive;
    one row a reason, base + all effects of an item = its score.

    Args:
        people: so many, drawn by chance; everyone with a history if None.
        question: score: why this score; ahead: why ahead of the ten best others.
        precision: "first", "fine" or "finest": coalitions scored, where they are too many for all of them.
        progress: called with people done and people in all.

    Raises:
        NotFoundError: no such run, or it has no model yet.
        SettingsError: no such ending or precision; k or people below 1.
    """
    check_length(k)
    check_ending(out, (".parquet", ".csv"))
    samples = PRECISIONS[checked_precision(precision)]
    desk = desk_on(ws, run_id, repeats, device)
    codes = sample(desk, people, seed)
    category_I = category_codes(desk.dataset)[0]

    def games(listed: Listed) -> list[Game]:
        items, best_R = listed.items_K.tolist(), listed.rivals(question)
        return games_of(desk.model, listed.profile, items, question, best=best_R, category_I=category_I)

    found = explanations = rows = 0
    with replacing(out) as draft, appending(draft) as append:
        for block in explained(desk, codes, k, games, samples=samples, seed=seed, progress=progress):
            table = pd.concat([_empty(), *(_table(desk, *one) for one in block if one[1])])
            append(table)
            rows += len(table)
            found += sum(len(reasons) > 0 for _, reasons in block)
            explanations += sum(len(reasons) for _, reasons in block)
    return Summary(found, len(codes) - found, explanations, rows, str(out))


def explained(
    desk: Desk,
    codes: NDArray[np.int64],
    k: int,
    games: Callable[[Listed], list[Game]],
    *,
    samples: int,
    seed: int,
    progress: Progress | None,
) -> Iterator[list[tuple[Listed, list[Explanation]]]]:
    """People with the explanations of the first k items of their lists, a block of them at a time.

    Args:
        games: the questions about one person, who has a list.
        progress: called with people done and people in all, at the start and after each block.
    """
    tell, done = progress or (lambda done, of: None), 0
    tell(done, len(codes))
    for block in lists(desk, codes, k):
        # A seed each: were the same combinations tried for everybody, their errors would not average out.
        yield [
            (
                one,
                explain_many(games(one), samples=samples, seed=seed + one.person) if len(one.items_K) else [],
            )
            for one in block
        ]
        done += len(block)
        tell(done, len(codes))


def desk_on(ws: Workspace, run_id: str, repeats: Repeats | None, device: str) -> Desk:
    """What lists are made with, the model on a device of one's choice."""
    desk = Desk.of(ws, run_id, repeats)
    return desk if device == "cpu" else replace(desk, model=load_run_model(ws, run_id, device))


def sample(desk: Desk, people: int | None, seed: int) -> NDArray[np.int64]:
    """So many people with a history, by chance; with the same seed the same ones for every run on these data.

    Raises:
        SettingsError: fewer than 1 were asked for.
    """
    if people is not None and people < 1:
        raise SettingsError(f"at least 1 {desk.dataset.about.person} has to be asked; found {people}.")
    known = np.unique(desk.dataset.interactions.column(USER)).astype(np.int64)
    if people is None or people >= len(known):
        return known
    ids = desk.dataset.users.ids.take(known).to_numpy(object)
    drawn = pd.util.hash_array(ids, hash_key=f"{seed:0{LONGEST_KEY}d}"[:LONGEST_KEY], categorize=False)
    return np.sort(known[np.argsort(drawn, kind="stable")[:people]])


def lists(desk: Desk, codes: NDArray[np.int64], k: int) -> Iterator[list[Listed]]:
    """These people's lists, in their order, a block of them at a time."""
    size = max(1, GAMES_AT_ONCE // k)
    for start in range(0, len(codes), size):
        block = codes[start : start + size]
        profiles = Profiles.of(desk.dataset, block, now_of(desk.dataset))
        ranking, stranger_U = desk.lists(profiles, k + RIVALS)
        unknown_U = stranger_U & ~desk.model.described_people(profiles)
        listed_UK = (ranking.items_UK != NO_ITEM) & ~unknown_U[:, None]
        yield [
            Listed(code, profiles.take(np.array([place])), best_R[:k], best_R)
            for place, code in enumerate(block.tolist())
            for best_R in [ranking.items_UK[place][listed_UK[place]]]
        ]


def _table(desk: Desk, listed: Listed, explanations: list[Explanation]) -> pd.DataFrame:
    """One person's reasons, item by item."""
    parts = [_reasons(desk, listed, one).assign(rank=rank) for rank, one in enumerate(explanations, start=1)]
    table = pd.concat(parts).assign(person=str(desk.dataset.users.ids[listed.person]))
    return table[list(_COLUMNS)].astype(_COLUMNS)


def _reasons(desk: Desk, listed: Listed, explanation: Explanation) -> pd.DataFrame:
    """One item's reasons, the largest first."""
    namer = Namer(desk.dataset, listed.profile, explanation.item)
    order = explanation.order
    named = [namer.one(explanation.players[place]) for place in order.tolist()]
    effects = explanation.effects_P[order]
    return pd.DataFrame(
        {
            "item_id": str(desk.dataset.items.ids[explanation.item]),
            "title": namer.title(explanation.item),
            "score": explanation.score,
            "base": explanation.base,
            "kind": [one.kind for one in named],
            "reason": [one.name for one in named],
            "value": [one.value for one in named],
            "effect": effects,
            "error": explanation.errors_P[order],
            "share": np.abs(effects) / (np.abs(effects).sum() or 1.0),
            "sensitive": [one.sensitive for one in named],
        },
        index=pd.RangeIndex(len(named)),
    )


_COLUMNS = {
    "person": "str",
    "rank": "int64",
    "item_id": "str",
    "title": "str",
    "score": "float64",
    "base": "float64",
    "kind": "str",
    "reason": "str",
    "value": "str",
    "effect": "float64",
    "error": "float64",
    "share": "float64",
    "sensitive": "bool",
}


def _empty() -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in _COLUMNS.items()})
