"""Contents of items that nobody had, and of items whose features are hidden.

An item without events has no vector of its own: its features say where what was learnt of the others expects
it. Hide a feature of such an item, and it is expected elsewhere.

Shapes: N items, M candidates, I items of the catalogue, D dimensions, C feature columns.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from recengine.models.feature_embedding import FeatureEmbedding, FeatureTensors, Foretelling
from recengine.models.network import Network


@dataclass(frozen=True)
class Placing:
    """What a network without a word on some items learnt of where they belong."""

    network: Network
    embedding: FeatureEmbedding
    foretelling: Foretelling

    @classmethod
    def of(cls, network: Network, embedding: FeatureEmbedding, catalogue: FeatureTensors) -> Placing:
        """Learnt from the items with events."""
        known_I, num_codes = network.known_I.cpu().numpy(), embedding.values.num_embeddings
        content_ID = network.contents(catalogue)
        return cls(network, embedding, Foretelling.of(catalogue, num_codes, known_I, content_ID))

    def own(self, features: FeatureTensors) -> Tensor:
        """The vector an item without events gets as its own; 0 where nothing is known of it; shape (N, D)."""
        described_N = torch.from_numpy(self.embedding.described(features)).to(features.codes_NF.device)
        expected_ND = self.foretelling.vectors(features)
        said_ND = self.network.edited_contents(torch.zeros_like(expected_ND), features)
        return (expected_ND - said_ND) * described_N.unsqueeze(1)

    def moved(self, shown: FeatureTensors, edited: FeatureTensors) -> Tensor:
        """By how much the own vectors of items without events change with their features, shape (N, D)."""
        return self.own(edited) - self.own(shown)
