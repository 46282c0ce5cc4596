"""Lists selected where the scores lie, so that a GPU sends back K numbers a person instead of a catalogue.

Shapes: B people, I items, K places.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from recengine.core.columns import Repeats
from recengine.core.profiles import Profiles
from recengine.core.ranking import NO_ITEM, Ranking


def best_of(score_BI: Tensor, k: int, profiles: Profiles, repeats: Repeats, catalogue_I: Tensor) -> Ranking:
    """The k best items for each person, as `core.ranking.top_k` has them.

    Ties inside a list go to the lower code; which of several tied at its end get in is the device's choice.
    """
    score_BI = torch.where(_allowed(score_BI, profiles, repeats, catalogue_I), score_BI.float(), -torch.inf)
    kept = min(k, score_BI.shape[1])
    best = score_BI.topk(kept, dim=1)
    by_code = best.indices.argsort(dim=1)
    codes, scores = best.indices.gather(1, by_code), best.values.gather(1, by_code)
    order = torch.argsort(scores, dim=1, descending=True, stable=True)
    codes, scores = codes.gather(1, order), scores.gather(1, order)
    items_UK = np.full((len(score_BI), k), NO_ITEM, np.int32)
    scores_UK = np.full((len(score_BI), k), -np.inf, np.float32)
    scores_UK[:, :kept] = scores.cpu().numpy()
    items_UK[:, :kept] = np.where(scores_UK[:, :kept] > -np.inf, codes.cpu().numpy(), NO_ITEM)
    return Ranking(items_UK, scores_UK)


def _allowed(score_BI: Tensor, profiles: Profiles, repeats: Repeats, catalogue_I: Tensor) -> Tensor:
    if repeats == "both":
        return catalogue_I.expand(score_BI.shape)
    device = score_BI.device
    seen_BI = torch.zeros(score_BI.shape, dtype=torch.bool, device=device)
    rows, items = torch.from_numpy(profiles.rows), torch.from_numpy(profiles.items.astype(np.int64))
    seen_BI[rows.to(device), items.to(device)] = True
    return (seen_BI if repeats == "again" else ~seen_BI) & catalogue_I
