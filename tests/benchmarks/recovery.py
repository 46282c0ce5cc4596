"""Does an explanation find the cause that was planted? See recengine/data/planted.py for what is planted.

A choice is asked about only where the model has learnt the rule behind it, that is, where it puts what the
cause leads to ahead of the rest of that family; what a model has not learnt, its explanation cannot tell.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from statistics import fmean
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recengine.core.profiles import Profiles
from recengine.data.planted import CATALOGUE, GOODS_HAD, Cause, Planted, planted
from recengine.explain import EXPLAINERS
from recengine.explain.game import Game, game_of
from recengine.models import MODELS, model_config
from recengine.models.base import Recommender
from recengine.services.bench import BenchOptions, Row
from tests.benchmarks.faithfulness import available

BALANCED = ("two-tower", "lstm", "sasrec", "hstu")  # their quick presets do not learn every rule
UNASKED = ("popularity", "habit", "random")  # none of the rules can be learnt by these
TOP, ASKED = 3, 80
RIVALS_OF_ACTIONS = ("integrated gradients", "cosine", "random")
KINDS = {"action": "a past action", "person": "a feature of the person", "item": "a feature of the item"}
FAMILIES = {  # a row for each cause, with the items that it leads to
    "action": CATALOGUE.followers[:, None],
    "person": CATALOGUE.hobby_items,
    "item": CATALOGUE.goods[:, GOODS_HAD:],
}


@dataclass(frozen=True)
class Found:
    """Where the planted cause came among the reasons of each choice, 0 = first; by explainer."""

    places: dict[str, list[int]]
    asked: int

    def share(self, explainer: str, top: int) -> float:
        """Of the choices that could be asked about, those with the cause among the first `top` reasons."""
        return fmean(place < top for place in self.places[explainer])


def rows(part: str, options: BenchOptions, made: Planted | None = None, asked: int = ASKED) -> Iterator[Row]:
    """A row for each model and kind of cause that the model can know of."""
    made = made or planted()
    names = [name for name in MODELS if name not in UNASKED]
    about = (
        f"Made-up behaviour of {made.dataset.num_users:,} people by three rules; {asked} choices by each are "
        "not in the data. Share of them in which the planted cause is the first of some 25 reasons, by size. "
        "Models that read no features are asked about past actions alone; rivals tell nothing of features. "
        f"Presets: balanced for {', '.join(BALANCED)}, else quick; exam: leave-last-out."
    )
    for name in options.among(names):
        print(f"{part}: {name}", flush=True)
        settings = MODELS[name].preset("balanced" if name in BALANCED else "quick", made.dataset.size)
        config = model_config(name, settings).for_exam("leave-last-out")
        for row in rows_of(name, config.build().fit(made.dataset), made, asked):
            yield replace(row, part=part, about=about)


def rows_of(name: str, model: Recommender[Any], made: Planted, asked: int) -> Iterator[Row]:
    """The rows of one model."""
    readable = {"action": True, "person": bool(model.person_columns), "item": bool(model.item_columns)}
    for kind, words in KINDS.items():
        if not readable[kind]:
            continue
        causes = [cause for cause in made.causes if cause.kind == kind][:asked]
        found = recovered(model, made, causes)
        name_of_row = f"{name}, {words}"
        if not found.places.get("shapley"):
            yield Row(name_of_row, None, note="the model has learnt none of these choices")
            continue
        yield Row(
            name=name_of_row,
            value=found.share("shapley", 1),
            against="; ".join(
                f"{rival} {found.share(rival, 1):.2f}" for rival in found.places if rival != "shapley"
            ),
            note=f"among the first {TOP}: {found.share('shapley', TOP):.2f}; asked about "
            f"{len(found.places['shapley'])} of {found.asked} choices, which the model has learnt",
        )


def recovered(model: Recommender[Any], made: Planted, causes: list[Cause]) -> Found:
    """Where the causes come among the reasons, by every explainer that can name such a cause."""
    places: dict[str, list[int]] = {}
    for cause in causes:
        profile = Profiles.of(made.dataset, np.array([cause.person]), cause.now)
        if not has_learnt(model, profile, cause):
            continue
        game = game_of(model, profile, cause.item)
        for explainer in ("shapley", *(RIVALS_OF_ACTIONS if cause.kind == "action" else ())):
            if available(model, explainer):
                effects_P = EXPLAINERS[explainer].effects(game, cause.person)
                places.setdefault(explainer, []).append(place_of(cause, game, effects_P))
    return Found(places, len(causes))


def has_learnt(model: Recommender[Any], profile: Profiles, cause: Cause) -> bool:
    """Whether all that the cause leads to is ahead of the rest of its family, what was had left out."""
    score_I, family = model.score(profile)[0], FAMILIES[cause.kind]
    right = family[(family == cause.item).any(axis=1)].ravel()
    others = np.setdiff1d(family, [*right, *profile.items])
    return bool(score_I[right].min() > score_I[others].max())


def place_of(cause: Cause, game: Game, effects_P: NDArray[np.float64]) -> int:
    """How many reasons are as large as the planted cause, or larger."""
    (player,) = (
        place
        for place, player in enumerate(game.players)
        if (player.kind, player.code, player.column) == (cause.kind, cause.action, cause.column)
    )
    return int((np.abs(effects_P) >= np.abs(effects_P[player])).sum()) - 1
