"""How sure a run's scores are, as far as feedback on its lists tells: what Thompson and LinUCB explore by.

The reward of a place that was shown is 1 where something good came of it, else 0, brought to mean 0 and
deviation 1. It is explained by the run's score among the candidates of that list (mean 0, deviation 1) and
the item's embedding. Before any feedback the expected reward is the score itself, so the run's own order;
feedback then moves it, and makes it surer where items like these were shown.

L lists, C candidates, N places, D features.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recengine.core.profiles import Profiles
from recengine.services.desk import Desk, now_of
from recengine.services.feedback import events
from recengine.services.kept import Kept
from recengine.services.profile_changes import LIKED
from recengine.services.shown import places
from recengine.services.workspace import Workspace
from recengine.strategy.learning.embeddings import item_embeddings
from recengine.strategy.learning.posterior import Posterior
from recengine.strategy.pool import Pool

DIMS = 16
GOOD = ("click", "like", "purchase")  # and a rating of LIKED or more
Floats = NDArray[np.float64]
PoolOf = Callable[[Profiles], Pool]


@dataclass(frozen=True)
class Explorer:
    """What is expected of each candidate, and how surely.

    Attributes:
        item_ID: embeddings.
        posterior: of the weights of the score and the embedding.
        places: so many shown places it has learnt from.
    """

    item_ID: Floats
    posterior: Posterior
    places: int = 0

    @classmethod
    def before_feedback(cls, item_ID: Floats) -> Explorer:
        """Everybody's expected reward is the run's score."""
        return cls(item_ID, Posterior.prior(np.eye(1, 1 + item_ID.shape[1])[0]))

    def told(self, pool: Pool) -> Pool:
        """The same candidates, scored by what is expected of them, and how sure that is."""
        x_LCD = self.features(pool)
        expected_LC, unsure_LC = self.posterior.expected(x_LCD), self.posterior.unsure(x_LCD)
        return replace(pool, scores_LC=expected_LC, unsure_LC=unsure_LC, run_LC=pool.scores_LC)

    def features(self, pool: Pool) -> Floats:
        """The score among the list's candidates, then the embedding; zeros beside NO_ITEM."""
        x_LCD = np.concatenate([standardised(pool)[:, :, None], self.item_ID[pool.items_LC]], axis=2)
        return np.where(pool.listed[:, :, None], x_LCD, 0.0)

    def after(self, x_ND: Floats, reward_N: Floats) -> Explorer:
        """The same after these rewards of shown places, 0 or 1 each."""
        deviation = reward_N.std()
        if not deviation:
            return self
        rewards_N = (reward_N - reward_N.mean()) / deviation
        return Explorer(self.item_ID, self.posterior.after(x_ND, rewards_N), self.places + len(reward_N))


def standardised(pool: Pool) -> Floats:
    """Each list's scores with mean 0 and deviation 1 over its candidates; shape (L, C)."""
    score_LC = np.where(pool.listed, pool.scores_LC, np.nan)
    centred_LC = score_LC - np.nanmean(score_LC, axis=1, keepdims=True)
    deviation_L1 = np.nanstd(score_LC, axis=1, keepdims=True)
    scaled_LC = np.divide(centred_LC, deviation_L1, out=np.zeros_like(centred_LC), where=deviation_L1 > 0)
    return np.nan_to_num(scaled_LC)


_embeddings: Kept[Floats] = Kept(size=2)


def explorer_of(ws: Workspace, desk: Desk, pool_of: PoolOf) -> Explorer:
    """What feedback on this run's lists has taught so far.

    Args:
        pool_of: the candidates that the run has for some people.
    """
    key = (desk.dataset.fingerprint, desk.dataset.name)
    item_ID = _embeddings.get(key, lambda: item_embeddings(desk.dataset, DIMS))
    explorer, seen = Explorer.before_feedback(item_ID), rewarded_places(ws, desk.run.id)
    people = desk.dataset.users.ids.get_indexer(pd.Index(seen["person"].unique(), dtype="str"))
    people = np.sort(people[people >= 0])
    if not len(people):
        return explorer
    pool = pool_of(Profiles.of(desk.dataset, people, now_of(desk.dataset)))
    list_N = np.searchsorted(
        people, desk.dataset.users.ids.get_indexer(pd.Index(seen["person"], dtype="str"))
    )
    item_N = desk.dataset.items.ids.get_indexer(pd.Index(seen["item"], dtype="str"))
    return explorer.after(*_observed(explorer, pool, list_N, item_N, seen["reward"].to_numpy(np.float64)))


def rewarded_places(ws: Workspace, run_id: str) -> pd.DataFrame:
    """Every place of this run's lists that known people were shown: person, item, reward (0 or 1)."""
    shown, said = places(ws, run=run_id), events(ws, run=run_id)
    good = said[said["kind"].isin(GOOD) | ((said["kind"] == "rating") & (said["value"] >= LIKED))]
    earned = pd.MultiIndex.from_frame(good[["list_id", "item"]])
    reward = pd.MultiIndex.from_frame(shown[["list_id", "item"]]).isin(earned)
    found = shown.assign(reward=reward.astype(np.float64))
    return found.loc[found["person"] != "", ["person", "item", "reward"]]


def _observed(
    explorer: Explorer, pool: Pool, list_N: NDArray[np.int64], item_N: NDArray[np.int64], reward_N: Floats
) -> tuple[Floats, Floats]:
    """Features and rewards of those places whose items are candidates today."""
    same_NC = pool.items_LC[np.minimum(list_N, len(pool) - 1)] == item_N[:, None]
    among_N = same_NC.any(axis=1)
    x_LCD = explorer.features(pool)
    return x_LCD[list_N[among_N], same_NC[among_N].argmax(axis=1)], reward_N[among_N]
