"""What scores the items of a simulated world: its own learners, and those of the shelf without epochs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from recengine.core.columns import ITEM, TIME, USER, WEIGHT
from recengine.core.dataset import About, Dataset, Entities, Interactions
from recengine.core.errors import SettingsError, did_you_mean
from recengine.core.profiles import Profiles
from recengine.models import MODELS, model_config
from recengine.strategy.simulate.learners import LEARNERS, Known, Learner
from recengine.strategy.simulate.world import Floats, World, moment

# The defaults suit data with thousands of items; a world has a few hundred, had by few.
SETTINGS: dict[str, dict[str, float]] = {"ease": {"regularisation": 20.0}}


def scoring_models() -> list[str]:
    """What can score the items of a simulated world."""
    at_once = [name for name in MODELS if not MODELS[name]().build().iterative and name != "random"]
    return list(dict.fromkeys([*at_once, *LEARNERS]))


def learner(name: str, world: World) -> Learner:
    """What learns the world every night.

    Raises:
        SettingsError: there is no such model, or its training has epochs.
    """
    if name in LEARNERS:
        return LEARNERS[name](world)
    known = scoring_models()
    if name in MODELS and name not in known:
        raise SettingsError(
            f"a simulation learns its model anew every night, and {name} takes too long for that. "
            f"Choose one of {', '.join(known)}."
        )
    if name not in known:
        raise SettingsError(f"there is no model '{name}' to score items. {did_you_mean(name, known)}")

    def scores(events: Known) -> Floats:
        data = dataset_of(world, events)
        profiles = Profiles.of(data, np.arange(world.num_people), np.inf)
        return model_config(name, SETTINGS.get(name)).build().fit(data).score(profiles).astype(np.float64)

    return scores


def dataset_of(world: World, known: Known) -> Dataset:
    """What was taken so far, as any other data."""
    days = np.concatenate([np.full(len(people), day) for day, people, _ in known.takes])
    events = pd.DataFrame(
        {
            USER: np.concatenate([people for _, people, _ in known.takes]),
            ITEM: np.concatenate([items for _, _, items in known.takes]),
            TIME: moment(days),
            WEIGHT: 1.0,
        }
    )
    preset = world.preset
    people = Entities.bare(f"{preset.person}-{code + 1}" for code in range(world.num_people))
    return Dataset(
        name=f"simulated {preset.title}",
        interactions=Interactions.sorted(events),
        users=people,
        items=Entities(world.ids, world.features, world.kinds),
        fingerprint="",
        about=About(
            source=f"simulated: {preset.title}, seed {world.seed}",
            licence="none needed",
            repeats=preset.repeats,
            person=preset.person,
            item=preset.item,
            domain=preset.domain,
        ),
    )
