"""Does an explanation name the past actions that matter? Take them away and look.

Past actions are removed, those first that an explanation calls the most important, at 0, 10, ... 100 %, and
the item that stood first is watched (LXR, Barkan et al., WWW 2024). Means over eleven points, then people:

    POS@5   share of points at which it is still among the first five       lower is better
    NEG@5   the same, the least important removed first                     higher
    CDCG    1 / log2(1 + rank), the most important removed first            lower
    DEL     score left when the most important are removed                  lower
    INS     score with the most important alone                             higher

Scores as shares of what the whole past adds. What is removed does not become a rival. Two questions have two
kinds of answer: where an item stands is asked of "why ahead of the others", its score of "why this score".

Shapes: P players, T points, Z coalitions, U people.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from time import process_time
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from recengine.core.columns import ITEM
from recengine.core.dataset import Dataset
from recengine.core.profiles import Profiles
from recengine.core.split import Split, SplitConfig
from recengine.explain import EXPLAINERS
from recengine.explain.game import Game, Question
from recengine.explain.players import Players, actions_of
from recengine.metrics.intervals import difference
from recengine.models import MODELS, model_config
from recengine.models.base import Recommender, allowed
from recengine.services.bench import BenchOptions, Row

Floats = NDArray[np.float64]
STEPS, K, RIVALS = 10, 5, 10
MODELS_ASKED = ("ease", "two-tower", "lstm", "sasrec")
PEOPLE, FEWEST, MOST = 80, 20, 150  # past actions of those who are asked


@dataclass(frozen=True)
class Method:
    """An explainer with the question it is asked."""

    explainer: str
    question: Question


METHODS = {
    "item SHAP": Method("shapley", "score"),
    "contrastive SHAP": Method("shapley", "ahead"),
    "integrated gradients": Method("integrated gradients", "score"),
    "contrastive gradients": Method("integrated gradients", "ahead"),
    "cosine": Method("cosine", "score"),
    "random": Method("random", "score"),
}


@dataclass(frozen=True)
class Measure:
    """A metric, the side on which it is good, and the method whose question it asks."""

    better: Literal["lower", "higher"]
    ours: str
    of_score: bool = False


MEASURES = {
    f"POS@{K}": Measure("lower", "contrastive SHAP"),
    f"NEG@{K}": Measure("higher", "contrastive SHAP"),
    "CDCG": Measure("lower", "contrastive SHAP"),
    "DEL": Measure("lower", "item SHAP", of_score=True),
    "INS": Measure("higher", "item SHAP", of_score=True),
}


@dataclass(frozen=True)
class Faithfulness:
    """The exam of explanations on one dataset."""

    title: str
    data: Callable[[], Dataset]
    split: SplitConfig
    people: int = PEOPLE
    fewest: int = FEWEST
    models: Sequence[str] = MODELS_ASKED

    def rows(self, part: str, options: BenchOptions) -> Iterator[Row]:
        """A row for each model and metric, then what one explanation takes."""
        data = self.data()
        split = self.split.build(data)
        asked = some_people(split, self.people, self.fewest)
        about = self._about(split, asked)
        for name in options.among(self.models):
            print(f"{part}: {name}", flush=True)
            model = model_config(name, MODELS[name].preset("quick", data.size)).build()
            found, cpu_s = examined(model.fit(split.before_test), asked, known_items(split.before_test))
            for row in (*_rows(name, found), _time(name, cpu_s, len(asked))):
                yield replace(row, part=part, about=about)

    def _about(self, split: Split, asked: Profiles) -> str:
        return (
            f"{self.title} The first item of {len(asked)} people with {self.fewest} to {MOST} past actions, "
            f"drawn by chance; models trained on {len(split.before_test.interactions):,} events, as quick. "
            f"One explanation a person; rivals of the contrastive ones: the next {RIVALS}. Removed in "
            "tenths, most important first (NEG: last); DEL and INS as shares of what the whole past adds to "
            "the score. In brackets 95 % intervals of paired differences, from redrawing people."
        )


def some_people(split: Split, count: int, fewest: int, seed: int = 0) -> Profiles:
    """People of the test with neither a short nor an endless past, as they stood then."""
    everyone = split.test.profiles
    usual = np.flatnonzero((everyone.lengths >= fewest) & (everyone.lengths <= MOST))
    drawn = np.random.default_rng(seed).permutation(usual)[:count]
    return everyone.take(np.sort(drawn))


def known_items(data: Dataset) -> NDArray[np.bool_]:
    """Which items have events, shape (I,)."""
    return np.bincount(data.interactions.column(ITEM), minlength=data.num_items) > 0


def examined(
    model: Recommender[Any], asked: Profiles, catalogue_I: NDArray[np.bool_]
) -> tuple[dict[str, dict[str, Floats]], dict[str, float]]:
    """By method: each metric person by person, and CPU seconds in all; without methods the model lacks."""
    found: dict[str, dict[str, list[float]]] = {}
    cpu_s: dict[str, float] = {}
    for method, asks in METHODS.items():
        if not available(model, asks.explainer):
            continue
        for person in range(len(asked)):
            game, eligible_I = top_game(model, asked.take(np.array([person])), catalogue_I, asks.question)
            began = process_time()
            effects_P = EXPLAINERS[asks.explainer].effects(game, person)
            cpu_s[method] = cpu_s.get(method, 0.0) + process_time() - began
            for name, value in removal(game, effects_P, eligible_I).items():
                found.setdefault(method, {}).setdefault(name, []).append(value)
    return {
        method: {name: np.array(values) for name, values in metrics.items()}
        for method, metrics in found.items()
    }, cpu_s


def available(model: Recommender[Any], explainer: str) -> bool:
    """Whether the model has what the explainer needs."""
    if explainer == "cosine":
        return hasattr(model, "item_vectors")
    if explainer == "integrated gradients":
        nobody = Profiles.new([0], now=0.0)
        return model.integrated_gradients(nobody, 0, np.zeros(0, np.int32), steps=1) is not None
    return True


def top_game(
    model: Recommender[Any], profile: Profiles, catalogue_I: NDArray[np.bool_], question: Question
) -> tuple[Game, NDArray[np.bool_]]:
    """The game of the best new item with past actions alone as players, and which items compete."""
    eligible_I = allowed(profile, model.num_items, "new", catalogue_I)[0]
    score_I = np.where(eligible_I, model.score(profile)[0], -np.inf)
    best = np.argsort(-score_I, kind="stable")[: RIVALS + 1].astype(np.int32)
    players = Players(tuple(actions_of(profile)), profile, model.item_columns)
    return Game(model, profile, int(best[0]), players, question, best[1:]), eligible_I


def removal(game: Game, effects_P: Floats, eligible_I: NDArray[np.bool_]) -> dict[str, float]:
    """All metrics of one explanation; DEL, INS and `whole` in points of score above an empty past."""
    first_TP, last_TP = in_tenths(effects_P), in_tenths(-effects_P)
    people, _, _ = game.players.presence(np.concatenate([~first_TP, ~last_TP, first_TP]))
    score_ZI = game.model.score(people).astype(np.float64)
    own_Z = score_ZI[:, game.item]
    rank_Z = 1 + (score_ZI[:, eligible_I] > own_Z[:, None]).sum(axis=1)
    first_T, last_T, alone_T = np.split(np.arange(len(own_Z)), 3)
    nothing, whole = own_Z[alone_T[0]], own_Z[first_T[0]]
    return {
        f"POS@{K}": float((rank_Z[first_T] <= K).mean()),
        f"NEG@{K}": float((rank_Z[last_T] <= K).mean()),
        "CDCG": float((1 / np.log2(1 + rank_Z[first_T])).mean()),
        "DEL": float(own_Z[first_T].mean() - nothing),
        "INS": float(own_Z[alone_T].mean() - nothing),
        "whole": float(whole - nothing),
    }


def in_tenths(effects_P: Floats) -> NDArray[np.bool_]:
    """True for the 0, 10, ... 100 % most important players; shape (11, P)."""
    place_P = np.empty(len(effects_P), np.int64)
    place_P[np.argsort(-effects_P, kind="stable")] = np.arange(len(effects_P))
    count_T = np.rint(np.arange(STEPS + 1) / STEPS * len(effects_P))
    return place_P < count_T[:, None]


def _rows(name: str, found: dict[str, dict[str, Floats]]) -> Iterator[Row]:
    for metric, measure in MEASURES.items():
        unit = found[measure.ours]["whole"].mean() if measure.of_score else 1.0
        of = {method: metrics[metric] / unit for method, metrics in found.items()}
        ours, others = of[measure.ours], {method: of[method] for method in of if method != measure.ours}
        yield Row(
            name=f"{name}, {metric}, {measure.better} is better",
            value=float(ours.mean()),
            unit=f"({measure.ours})",
            against="; ".join(f"{method} {values.mean():.3f}" for method, values in others.items()),
            note="differences: " + "; ".join(_against(method, of[method], ours) for method in others),
        )


def _against(method: str, theirs: Floats, ours: Floats) -> str:
    gap = difference(theirs, ours).interval
    return f"to {method} {gap.mean:+.3f} ({gap.low:+.3f} to {gap.high:+.3f})"


def _time(name: str, cpu_s: dict[str, float], people: int) -> Row:
    ms = {method: 1000 * seconds / people for method, seconds in cpu_s.items()}
    return Row(
        name=f"{name}, one explanation of all past actions",
        value=ms["item SHAP"],
        unit="CPU ms (item SHAP)",
        against="; ".join(f"{method} {value:.3g}" for method, value in ms.items() if method != "item SHAP"),
    )
