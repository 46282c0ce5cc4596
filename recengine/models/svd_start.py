"""Item vectors that know who chose what before any training."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray

from recengine.core.columns import ITEM, USER, WEIGHT
from recengine.core.dataset import Dataset
from recengine.models.network import Network

SVD_FLATTENING = 0.25  # how far popular items are toned down before the SVD
SVD_ROUNDS = 4


def start_from_svd(network: Network, data: Dataset, learners: NDArray[np.int64]) -> None:
    """Item vectors such that, before any training, a person's pool is a truncated SVD's answer.

    The people-by-items matrix of log counts is factorised with popular items toned down (PureSVD,
    Cremonesi et al. 2010, on log counts); held-out people are left out of it.
    """
    events, weight = data.interactions, network.item_ids.weight
    rows = np.searchsorted(learners, events.column(USER)).clip(max=len(learners) - 1)
    kept = learners[rows] == events.column(USER)
    index = np.stack([rows[kept], events.column(ITEM)[kept].astype(np.int64)])
    shape = (len(learners), network.num_items)
    summed = torch.sparse_coo_tensor(
        torch.from_numpy(index), torch.from_numpy(events.column(WEIGHT)[kept]), shape, check_invariants=False
    ).coalesce()
    values, where = torch.log1p(summed.values()), summed.indices()
    popularity_I = torch.bincount(where[1], minlength=network.num_items).float().clamp(min=1)
    toned = torch.sparse_coo_tensor(
        where,
        values / popularity_I[where[1]] ** SVD_FLATTENING,
        shape,
        check_invariants=False,
        is_coalesced=True,
    )
    rank = min(weight.shape[1], *shape)
    _, _, right_IK = torch.svd_lowrank(toned, q=min(rank + 16, *shape), niter=SVD_ROUNDS)
    with torch.no_grad():
        weight.zero_()
        weight[:, :rank] = right_IK[:, :rank] * (popularity_I**SVD_FLATTENING).unsqueeze(1)
        weight /= weight.square().mean().sqrt() / 0.5
        if network.pools is None:
            return
        telling_I = network.pools.telling
        telling_I.copy_(-2 * SVD_FLATTENING * (popularity_I.log() - popularity_I.log().mean()))
        some = min(256, len(learners))
        counts_SI = _first_rows(where, values, some, network.num_items)
        pool_SD = counts_SI @ (weight * telling_I.exp().unsqueeze(1))
        pool_SD = pool_SD / torch.sqrt(counts_SI.sum(1, keepdim=True) + 1)
        # Two pools share the work, so each starts at half of what gives log-odds a deviation of 1.
        network.pools.scales.fill_(-torch.log(2 * (pool_SD @ weight.T).std().clamp(min=1e-6)))


def _first_rows(where: torch.Tensor, values: torch.Tensor, count: int, num_items: int) -> torch.Tensor:
    """The first rows of a sparse matrix, dense."""
    kept = where[0] < count
    dense = torch.zeros(count, num_items)
    dense[where[0][kept], where[1][kept]] = values[kept]
    return dense
