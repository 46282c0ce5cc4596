"""What neural recommenders say of profiles; `neural` teaches them.

Shapes: B people, I items of the catalogue, M candidates, C feature columns, E events, D dimensions, S steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy
from typing import TYPE_CHECKING, Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from recengine.core.columns import Repeats
from recengine.core.errors import JobError
from recengine.core.profiles import Profiles
from recengine.core.ranking import Ranking
from recengine.models.base import Candidates, Recommender
from recengine.models.events import Note
from recengine.models.neural_config import NeuralConfig

if TYPE_CHECKING:
    import pandas as pd
    import torch

    from recengine.data.encoders import Encoder
    from recengine.models.network import Network
    from recengine.models.placing import Placing
    from recengine.models.repeats import Pairs
    from recengine.models.training import Loop

MOST_PEOPLE_AT_ONCE = 512
ASKED_AT_ONCE = {"cpu": 256, "cuda": 4096}  # people; on a CPU more would be of lengths too different

N = TypeVar("N", bound=NeuralConfig)


class NeuralScoring(Recommender[N]):
    """A network on profiles, as far as it is asked and not taught."""

    def __init__(self, config: N) -> None:
        super().__init__(config)
        self._network: Network | None = None
        self._loop: Loop | None = None
        self._notes: list[Note] = []
        self._encoders: tuple[Encoder, Encoder] | None = None  # of items, of people
        self._day_s = 1.0
        self._num_items = 0
        self._shelf_features: Any = None  # features of the catalogue, which the model carries along
        self._device = "cpu"
        self._content: torch.Tensor | None = None
        self._on_offer: Any = None  # features of the catalogue as it is on offer, where that is not as learnt
        self._offered: torch.Tensor | None = None  # its contents then
        self._placing: Placing | None = None
        self._warm: NeuralScoring[N] | None = None  # what the next training begins with
        self._teachers: NDArray[np.int64] | None = None  # whom it learns from; all if None

    @property
    def num_items(self) -> int:
        return self._num_items

    @property
    def people_per_block(self) -> int:
        return min(MOST_PEOPLE_AT_ONCE, super().people_per_block)

    def to(self, device: str) -> Self:
        self._device = device
        self._trained.to(device)
        self._shelf_features = self._shelf_features.to(device)
        self._forget_content()
        if self._on_offer is not None and self._offered is not None:
            self._on_offer, self._offered = self._on_offer.to(device), self._offered.to(device)
        return self

    def score(self, profiles: Profiles) -> NDArray[np.float32]:
        import torch

        with torch.inference_mode():
            parts = [
                self._score_block(block).float().cpu().numpy()
                for _, block in profiles.blocks(self.people_per_block)
            ]
        return np.concatenate(parts) if parts else np.empty((0, self.num_items), np.float32)

    def score_candidates(self, profiles: Profiles, candidates: Candidates) -> NDArray[np.float32]:
        import torch

        # Histories of about equal length go together, so that little of a block is padding.
        order = np.argsort(profiles.lengths, kind="stable")
        people, score_BM = profiles.take(order), np.empty((len(order), len(candidates.items)), np.float32)
        with torch.inference_mode():
            items_M = torch.from_numpy(candidates.items.astype(np.int64)).to(self._device)
            content_MD, person_BD = (
                self._edited_contents(items_M, candidates.hidden_MC),
                self._persons(people),
            )
            for where, block in people.blocks(self._asked_at_once):
                of_block = None if person_BD is None else person_BD[where]
                score = self._score_candidates_block(block, items_M, content_MD, of_block)
                score_BM[order[where]] = score.float().cpu().numpy()
        return score_BM

    @property
    def _asked_at_once(self) -> int:
        return ASKED_AT_ONCE.get(self._device.partition(":")[0], MOST_PEOPLE_AT_ONCE)

    def _edited_contents(self, items_M: torch.Tensor, hidden_MC: NDArray[np.bool_]) -> torch.Tensor:
        """Contents of items as they are on offer, with some of their features hidden; shape (M, D)."""
        import torch

        network, learnt = self._trained, self._shelf_features.rows(items_M)
        own_MD = network.item_ids.weight[items_M]
        if network.item_features is None or (self._on_offer is None and not hidden_MC.any()):
            return network.edited_contents(own_MD, learnt)
        hidden = torch.from_numpy(hidden_MC).to(self._device)
        edited = network.item_features.without(self._features_on_offer.rows(items_M), hidden)
        unmet_M = ~network.known_I[items_M]
        if unmet_M.any():
            own_MD[unmet_M] += self._places().moved(learnt.rows(unmet_M), edited.rows(unmet_M))
        return network.edited_contents(own_MD, edited)

    def with_item_features(self, items: NDArray[np.int32], features: pd.DataFrame) -> Self:
        import torch

        from recengine.models.feature_embedding import FeatureTensors

        if not self.config.features or not len(items):
            return self
        described = FeatureTensors.of(self._learnt_encoders[0].transform(features), self._device)
        changed_M = torch.from_numpy(items.astype(np.int64)).to(self._device)
        nothing_hidden = np.zeros((len(items), len(self.item_columns)), bool)
        with torch.inference_mode():
            offered_ID = self._contents().clone()
            other = copy(self)
            other._on_offer = self._shelf_features.with_rows(changed_M, described)
            offered_ID[changed_M] = other._edited_contents(changed_M, nothing_hidden)
        other._offered = offered_ID
        return other

    def _places(self) -> Placing:
        """Where items without events belong: no run keeps it, so it is learnt when first asked for."""
        from recengine.models.placing import Placing

        network = self._trained
        if self._placing is None and network.item_features is not None:
            self._placing = Placing.of(network, network.item_features, self._shelf_features)
        if self._placing is None:
            raise JobError("this model reads no features, so it cannot place items by them.")
        return self._placing

    def integrated_gradients(
        self, profile: Profiles, item: int, against: NDArray[np.int32], *, steps: int = 32
    ) -> NDArray[np.float64] | None:
        import torch

        people, num_events = profile.take(np.zeros(steps, np.int64)), len(profile.items)
        items_M = torch.tensor([item, *against], dtype=torch.int64, device=self._device)
        on_the_way_S = (torch.arange(steps, device=self._device) + 0.5) / steps
        strength_SE = on_the_way_S.unsqueeze(1).repeat(1, num_events).requires_grad_()
        # cuDNN's recurrent layers have no gradient outside training.
        with torch.enable_grad(), torch.backends.cudnn.flags(enabled=False):
            content_MD = self._trained.contents(self._features_on_offer)[items_M]
            person_SD, strength_E = self._persons(people), strength_SE.flatten()
            score_SM = self._score_candidates_block(people, items_M, content_MD, person_SD, strength_E)
            asked_S = score_SM[:, 0]
            if len(against):
                asked_S = asked_S - score_SM[:, 1:].logsumexp(1)
            (gradient_SE,) = torch.autograd.grad(asked_S.sum(), strength_SE)
        mean_E: NDArray[np.float64] = gradient_SE.double().mean(0).cpu().numpy()
        return mean_E

    @property
    def person_columns(self) -> tuple[str, ...]:
        return tuple(self._learnt_encoders[1].columns) if self.config.features else ()

    @property
    def item_columns(self) -> tuple[str, ...]:
        if not self.config.features:
            return ()
        encoder = self._learnt_encoders[0]
        single = [*encoder.categorical, *encoder.multi, *encoder.numeric]
        together = " + ".join([*encoder.text, *encoder.widths])
        return (*single, together) if together else tuple(single)

    def known_columns(self, items: NDArray[np.int32]) -> NDArray[np.bool_]:
        import torch

        embedding = self._trained.item_features
        if embedding is None:
            return super().known_columns(items)
        chosen = torch.from_numpy(items.astype(np.int64)).to(self._device)
        return embedding.known(self._features_on_offer.rows(chosen))[:, : len(self.item_columns)]

    def _top_k_block(
        self, block: Profiles, k: int, repeats: Repeats, catalogue_I: NDArray[np.bool_] | None
    ) -> Ranking:
        if self._device == "cpu":
            return super()._top_k_block(block, k, repeats, catalogue_I)
        catalogue_I = np.ones(self.num_items, bool) if catalogue_I is None else catalogue_I
        return self._on_device(block, k, [repeats], catalogue_I)[0][0]

    def examine(
        self,
        block: Profiles,
        k: int,
        questions: Sequence[Repeats],
        *,
        catalogue_I: NDArray[np.bool_],
        rows: NDArray[np.int64],
        items: NDArray[np.int32],
    ) -> tuple[list[Ranking], NDArray[np.float32]]:
        if self._device == "cpu":
            return super().examine(block, k, questions, catalogue_I=catalogue_I, rows=rows, items=items)
        lists, score_BI = self._on_device(block, k, questions, catalogue_I)
        return lists, score_BI[rows, items].float().cpu().numpy()

    def _on_device(
        self, block: Profiles, k: int, questions: Sequence[Repeats], catalogue_I: NDArray[np.bool_]
    ) -> tuple[list[Ranking], torch.Tensor]:
        """Lists for each question, selected where the scores lie, and the scores, still there."""
        import torch

        from recengine.models.device_ranking import best_of

        with torch.inference_mode():
            score_BI = self._score_block(block)
            catalogue = torch.from_numpy(catalogue_I).to(self._device)
            return [best_of(score_BI, k, block, repeats, catalogue) for repeats in questions], score_BI

    def item_vectors(self) -> NDArray[np.float32]:
        """What the model knows of each item, shape (I, D); items alike lie in the same direction."""
        import torch

        with torch.inference_mode():
            return self._trained.contents(self._shelf_features).float().cpu().numpy()

    def described_items(self) -> NDArray[np.bool_]:
        embedding = self._trained.item_features
        if embedding is None:
            return super().described_items()
        return embedding.described(self._features_on_offer)

    def described_people(self, profiles: Profiles) -> NDArray[np.bool_]:
        embedding = self._trained.person_features
        if embedding is None:
            return super().described_people(profiles)
        return embedding.described(self._people(profiles))

    def _score_block(self, profiles: Profiles) -> torch.Tensor:
        """Calibrated log-odds of the whole catalogue, shape (B, I)."""
        network, content_ID = self._trained, self._contents()
        now_B = self._days(profiles)
        taste_BD, novelty_B = self._tastes(profiles, content_ID, self._persons(profiles))
        content_ID = content_ID if self._offered is None else self._offered
        raw_BI = network.newness(taste_BD, novelty_B, content_ID, now_B)
        score_BI = network.calibrated(raw_BI, past=False)
        if network.parts.repeats and len(profiles.items):
            pairs = self._past(profiles)
            affinity_R = network.affinity(
                taste_BD[pairs.moments], content_ID, pairs.items, now_B[pairs.moments]
            )
            raw_R = network.again(pairs, affinity_R)
            score_BI[pairs.moments, pairs.items] = network.calibrated(raw_R, past=True)
        return score_BI

    def _score_candidates_block(
        self,
        profiles: Profiles,
        items_M: torch.Tensor,
        content_MD: torch.Tensor,
        person_BD: torch.Tensor | None,
        strength_E: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """Calibrated log-odds of some items with the given contents, shape (B, M)."""
        import torch

        network, now_B = self._trained, self._days(profiles)
        taste_BD, novelty_B = self._tastes(profiles, self._contents(), person_BD, strength_E)
        raw_BM = network.candidate_newness(taste_BD, novelty_B, content_MD, now_B, items_M)
        score_BM = network.calibrated(raw_BM, past=False)
        if network.parts.repeats and len(profiles.items):
            pairs = self._past(profiles)
            pairs = pairs.take(torch.isin(pairs.items, items_M).nonzero().squeeze(1))
            pair, candidate = (pairs.items.unsqueeze(1) == items_M).nonzero(as_tuple=True)
            pairs = pairs.take(pair)
            affinity_R = raw_BM[pairs.moments, candidate] - novelty_B[pairs.moments]
            again_R = network.calibrated(network.again(pairs, affinity_R), past=True)
            score_BM[pairs.moments, candidate] = again_R
        return score_BM

    def _contents(self) -> torch.Tensor:
        """Contents of the whole catalogue, kept while nothing is being learnt."""
        if self._loop is not None or self._content is None:
            self._content = self._trained.contents(self._shelf_features)
        return self._content

    @property
    def _features_on_offer(self) -> Any:
        return self._shelf_features if self._on_offer is None else self._on_offer

    def _forget_content(self) -> None:
        self._content = self._placing = None

    def _days(self, profiles: Profiles) -> torch.Tensor:
        import torch

        return torch.from_numpy(profiles.now / self._day_s).to(self._device)

    def _tastes(
        self,
        profiles: Profiles,
        content_ID: torch.Tensor,
        person_BD: torch.Tensor | None,
        strength_E: torch.Tensor | None = None,
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """What each person is after, and their readiness for anything new."""
        import torch

        from recengine.models.reading import Histories

        network, device, longest = self._trained, self._device, self.config.history
        histories = Histories.of(
            profiles, longest=longest, day_s=self._day_s, num_items=self._num_items, device=device
        )
        if strength_E is not None:
            histories = histories.with_strength(strength_E)
        events_B = torch.from_numpy(profiles.lengths.astype(np.float32)).to(device)
        return network.tastes(histories.read(network, content_ID), person_BD, histories.elapsed_B, events_B)

    def _past(self, profiles: Profiles) -> Pairs:
        from recengine.models.reading import past_pairs

        return past_pairs(profiles, day_s=self._day_s, num_items=self._num_items, device=self._device)

    def _persons(self, profiles: Profiles) -> torch.Tensor | None:
        return self._trained.persons(self._people(profiles)) if self.config.features else None

    def _people(self, profiles: Profiles) -> Any:
        from recengine.models.feature_embedding import FeatureTensors

        return FeatureTensors.of(self._learnt_encoders[1].transform(profiles.features), self._device)

    @property
    def _trained(self) -> Network:
        if self._network is None:
            raise JobError(f"this {self.config.title} has learnt nothing yet; call fit(dataset) first.")
        return self._network

    @property
    def _learnt_encoders(self) -> tuple[Encoder, Encoder]:
        if self._encoders is None:
            raise JobError(f"this {self.config.title} has learnt nothing yet; call fit(dataset) first.")
        return self._encoders
