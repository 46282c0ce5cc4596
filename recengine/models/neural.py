"""Neural recommenders: everything they share but the settings and the reader of histories.

Importing this loads no torch; the first fit, score or load does.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from recengine.core.columns import ITEM, USER, Repeats
from recengine.core.dataset import Dataset
from recengine.core.errors import DataError, JobError
from recengine.core.profiles import Profiles
from recengine.core.ranking import Ranking
from recengine.models.base import Candidates, Recommender
from recengine.models.events import Event, Note, Validate
from recengine.models.neural_config import NeuralConfig

if TYPE_CHECKING:
    import torch

    from recengine.data.encoders import Encoder
    from recengine.models.network import Network
    from recengine.models.placing import Placing
    from recengine.models.training import Loop

MOST_PEOPLE_AT_ONCE = 512
ASKED_AT_ONCE = {"cpu": 256, "cuda": 4096}  # people; on a CPU more would be of lengths too different
MOST_HELD_OUT, FEWEST_PEOPLE = 500, 200
SVD_SPEED = 0.1  # share of the learning rate that vectors with a good start get
USUAL_TEMPERATURE = 0.1  # of cosines
WHOLE_HISTORY = 1_000_000  # events, more than anybody has

N = TypeVar("N", bound=NeuralConfig)


class NeuralRecommender(Recommender[N]):
    """A network on profiles. Subclasses give it its reader."""

    iterative: ClassVar[bool] = True
    reads_order: ClassVar[bool] = True  # False where the reader is not told the pauses between events

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
        self._placing: Placing | None = None

    @property
    def knows_when(self) -> bool:
        """True where the model is told, in training, at which moment the next event happens."""
        return False

    def ordered(self, data: Dataset) -> bool:
        """Whether what came first tells of what comes after; else any event is told from all the others."""
        return True

    @abstractmethod
    def reader(self) -> torch.nn.Module:
        """What reads a history in order: a `network.Reader`."""

    @property
    def num_items(self) -> int:
        return self._num_items

    @property
    def people_per_block(self) -> int:
        return min(MOST_PEOPLE_AT_ONCE, super().people_per_block)

    def training(
        self,
        data: Dataset,
        *,
        seed: int = 0,
        device: str = "cpu",
        validate: Validate | None = None,
        resume: Path | None = None,
    ) -> Iterator[Event]:
        self._loop = self._prepare(data, seed, device)
        yield from self._notes
        if resume is not None:
            self._loop.load(resume)
        yield from self._loop.run((lambda: validate(self)) if validate else None)
        self._loop = None
        self._place_unknown()
        self._forget_content()

    def _place_unknown(self) -> None:
        """Put items without events where what was learnt of the others expects them by their features."""
        import torch

        network = self._trained
        placed_I = self.described_items() & ~network.known_I.cpu().numpy()
        if not placed_I.any():
            return
        with torch.no_grad():
            chosen = torch.from_numpy(placed_I).to(self._device)
            network.item_ids.weight[chosen] += self._places().own(self._shelf_features.rows(chosen))

    def _places(self) -> Placing:
        """Where items without events belong: no run keeps it, so it is learnt when first asked for."""
        from recengine.models.placing import Placing

        network = self._trained
        if self._placing is None and network.item_features is not None:
            self._placing = Placing.of(network, network.item_features, self._shelf_features)
        if self._placing is None:
            raise JobError("this model reads no features, so it cannot place items by them.")
        return self._placing

    def checkpoint(self, path: Path) -> None:
        if self._loop is None:
            raise JobError("there is no training under way, so nothing to write down.")
        self._loop.save(path)

    def to(self, device: str) -> Self:
        self._device = device
        self._trained.to(device)
        self._shelf_features = self._shelf_features.to(device)
        self._forget_content()
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
        """Contents of items with some of their features hidden, shape (M, D)."""
        import torch

        network, features = self._trained, self._shelf_features.rows(items_M)
        own_MD = network.item_ids.weight[items_M]
        if not hidden_MC.any() or network.item_features is None:
            return network.edited_contents(own_MD, features)
        edited = network.item_features.without(features, torch.from_numpy(hidden_MC).to(self._device))
        unmet_M = ~network.known_I[items_M]
        if unmet_M.any():
            own_MD[unmet_M] += self._places().moved(features.rows(unmet_M), edited.rows(unmet_M))
        return network.edited_contents(own_MD, edited)

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
            content_MD = self._trained.contents(self._shelf_features)[items_M]
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
        return embedding.known(self._shelf_features.rows(chosen))[:, : len(self.item_columns)]

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
        return super().described_items() if embedding is None else embedding.described(self._shelf_features)

    def described_people(self, profiles: Profiles) -> NDArray[np.bool_]:
        embedding = self._trained.person_features
        if embedding is None:
            return super().described_people(profiles)
        return embedding.described(self._people(profiles))

    def arrays(self) -> dict[str, NDArray[Any]]:
        arrays = {
            f"network.{name}": value.cpu().numpy() for name, value in self._trained.state_dict().items()
        }
        arrays |= {f"features.{name}": value for name, value in self._shelf_features.arrays().items()}
        for whose, encoder in zip(("items", "people"), self._learnt_encoders, strict=True):
            arrays |= {f"{whose}.{name}": value for name, value in encoder.state()[0].items()}
        return arrays

    def meta(self) -> dict[str, Any]:
        items, people = self._learnt_encoders
        trend = self._trained.trend
        return {
            "num_items": self._num_items,
            "day_s": self._day_s,
            "repeats": self._trained.parts.repeats,
            "trend_bins": 0 if trend is None else len(trend.totals_K) - 1,
            "items": items.state()[1],
            "people": people.state()[1],
        }

    def restore(self, arrays: dict[str, NDArray[Any]], meta: dict[str, Any]) -> None:
        import torch

        from recengine.data.encoders import Encoder
        from recengine.models.feature_embedding import FeatureTensors
        from recengine.models.trend import Trend

        self._num_items, self._day_s = meta["num_items"], meta["day_s"]
        self._encoders = (
            Encoder.from_state(_under("items.", arrays), meta["items"]),
            Encoder.from_state(_under("people.", arrays), meta["people"]),
        )
        self._shelf_features = FeatureTensors.of_arrays(_under("features.", arrays))
        trend = Trend(meta["trend_bins"], self._num_items) if meta["trend_bins"] else None
        network = self._new_network(trend, repeats=meta["repeats"])
        learnt = _under("network.", arrays)
        network.load_state_dict({name: torch.from_numpy(value) for name, value in learnt.items()})
        self._network = network.eval()

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

    def _forget_content(self) -> None:
        self._content = self._placing = None

    def _new_network(self, trend: Any, *, repeats: bool, known_I: torch.Tensor | None = None) -> Network:
        import pandas as pd

        from recengine.models.network import Network, Parts

        items, people = (encoder.transform(pd.DataFrame()) for encoder in self._learnt_encoders)
        config = self.config
        parts = Parts(
            config.dims,
            config.dropout,
            repeats,
            config.features,
            pools=config.pools,
            head=config.head,
            order=self.reads_order,
            bounded=self._bounded,
            temperature=config.temperature or (USUAL_TEMPERATURE if self._bounded else 0.0),
        )
        return Network(
            parts,
            self.reader(),
            trend,
            num_items=self._num_items,
            items=items,
            people=people,
            known_I=known_I,
        )

    def _prepare(self, data: Dataset, seed: int, device: str) -> Loop:
        """Everything on the device, and the loop that will train it."""
        import torch

        from recengine.data.encoders import Encoder
        from recengine.models.bag_problem import TIMELESS_S, BagProblem
        from recengine.models.event_log import EventLog, day_length
        from recengine.models.feature_embedding import FeatureTensors
        from recengine.models.sequence_problem import SequenceProblem
        from recengine.models.svd_start import start_from_svd
        from recengine.models.training import Loop
        from recengine.models.trend import Trend

        if len(data.interactions) == 0:
            raise DataError(
                f"dataset '{data.name}' has no events to learn from; loosen the split or the cleaning."
            )
        ordered = self.ordered(data)
        self._num_items, self._device = data.num_items, device
        self._day_s = day_length(data) if ordered else TIMELESS_S
        known_people, known_items = _known(data, USER, data.num_users), _known(data, ITEM, data.num_items)
        self._encoders = (
            Encoder.fit(data.items.features[known_items], data.items.kinds, seed=seed),
            Encoder.fit(data.users.features[known_people], data.users.kinds, seed=seed),
        )
        self._shelf_features = FeatureTensors.of(self._encoders[0].transform(data.items.features), device)
        people = FeatureTensors.of(self._encoders[1].transform(data.users.features), device)
        learners, held_out = _held_out(np.flatnonzero(known_people), self.config.held_out, seed)
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            timed = self.config.trend and ordered and not self._bounded
            trend = Trend.of(data, self._day_s) if timed else None
            network = self._new_network(
                trend, repeats=ordered and self._learns_repeats(data), known_I=torch.from_numpy(known_items)
            )
            if self.config.start == "svd":
                start_from_svd(network, data, learners)
        self._network = network.to(device)
        self._forget_content()
        problem = (SequenceProblem if ordered else BagProblem)(
            network,
            EventLog.of(data, self._day_s, device),
            self._shelf_features,
            people,
            self._sampling(network.parts.repeats, ordered),
            learners=torch.from_numpy(learners).to(device),
            held_out=torch.from_numpy(held_out).to(device),
            seed=seed,
        )
        return Loop(problem, self._loop_config(device), self._groups(network), seed=seed, device=device)

    @property
    def _bounded(self) -> bool:
        """Whether scores are cosines alone, as bsl needs: it runs away with all that moves every score."""
        return self.config.loss == "bsl"

    def _learns_repeats(self, data: Dataset) -> bool:
        if self._bounded:
            return False
        if self.config.repeats == "auto":
            return data.about.repeats != "new"
        return self.config.repeats == "on"

    def _sampling(self, repeats: bool, ordered: bool) -> Any:
        from recengine.models.sequence_problem import Sampling

        config = self.config
        return Sampling(
            loss=config.loss,
            trust=config.trust,
            power=config.power,
            history=config.history,
            batch=config.batch,
            moments=config.moments if config.moments >= 0 else (8 if ordered else 1),
            horizon_events=config.horizon_events or ((100 if repeats else 20) if ordered else WHOLE_HISTORY),
            horizon_days=config.horizon_days if repeats else 0.0,
            negatives=config.negatives,
            history_dropout=config.history_dropout,
            feature_dropout=config.feature_dropout,
            knows_when=self.knows_when,
            narrow_products=config.precision == "auto" and _multiplies_bfloat16(),
        )

    def _loop_config(self, device: str) -> Any:
        from recengine.models.training import LoopConfig

        config = self.config
        automatic = "bfloat16" if device.startswith("cuda") else "float32"
        return LoopConfig(
            epochs=config.epochs,
            learning_rate=config.learning_rate,
            clip_norm=config.clip_norm,
            averaging=config.averaging,
            patience=config.patience,
            precision=automatic if config.precision == "auto" else config.precision,
        )

    def _groups(self, network: Network) -> list[dict[str, Any]]:
        """Vectors that start well move slowly; all else at full speed.

        Item vectors that would not fit the memory with Adam's state are a group by itself.
        """
        from recengine.models.optimiser import too_large_for_adam

        config, table = self.config, network.item_ids.weight
        crowded = too_large_for_adam(table, config.memory_gib)
        self._notes = [crowded] if crowded else []
        contents = [network.item_ids, network.item_features] if config.start == "svd" else []
        slow = {id(weight) for part in contents if part is not None for weight in part.parameters()}
        groups: dict[tuple[bool, bool], dict[str, Any]] = {}
        for weight in network.parameters():
            kind = id(weight) in slow, crowded is not None and weight is table
            speed = config.learning_rate * (SVD_SPEED if kind[0] else 1)
            group = {"params": [], "lr": speed, "weight_decay": config.weight_decay, "row_wise": kind[1]}
            groups.setdefault(kind, group)["params"].append(weight)
        return list(groups.values())

    def _score_block(self, profiles: Profiles) -> torch.Tensor:
        """Calibrated log-odds of the whole catalogue, shape (B, I)."""
        network, content_ID = self._trained, self._contents()
        now_B = self._days(profiles)
        taste_BD, novelty_B = self._tastes(profiles, content_ID, self._persons(profiles))
        raw_BI = network.newness(taste_BD, novelty_B, content_ID, now_B)
        score_BI = network.calibrated(raw_BI, past=False)
        if network.parts.repeats and len(profiles.items):
            pairs = self._past(profiles, now_B)
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
        network, now_B = self._trained, self._days(profiles)
        taste_BD, novelty_B = self._tastes(profiles, self._contents(), person_BD, strength_E)
        raw_BM = network.candidate_newness(taste_BD, novelty_B, content_MD, now_B, items_M)
        score_BM = network.calibrated(raw_BM, past=False)
        if network.parts.repeats and len(profiles.items):
            pairs = self._past(profiles, now_B)
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

        network = self._trained
        read_BX, elapsed_B = self._read(profiles, content_ID, strength_E)
        events_B = torch.from_numpy(profiles.lengths.astype(np.float32)).to(self._device)
        return network.tastes(read_BX, person_BD, elapsed_B, events_B)

    def _persons(self, profiles: Profiles) -> torch.Tensor | None:
        return self._trained.persons(self._people(profiles)) if self.config.features else None

    def _people(self, profiles: Profiles) -> Any:
        from recengine.models.feature_embedding import FeatureTensors

        return FeatureTensors.of(self._learnt_encoders[1].transform(profiles.features), self._device)

    def _read(
        self, profiles: Profiles, content: torch.Tensor, strength_E: torch.Tensor | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """State and pool after each person's last event, and the days since.

        Args:
            strength_E: how strongly each event is present, from 0 to 1; all of them fully if None.
        """
        import torch

        from recengine.models.event_log import log_gains

        network, device = self._trained, self._device
        gains = log_gains(profiles.rows, profiles.items, profiles.weights, self._num_items)
        ends = np.repeat(profiles.offsets[1:], profiles.lengths)
        late = np.arange(len(profiles.items)) >= ends - self.config.history
        rows = profiles.rows[late]
        lengths = np.bincount(rows, minlength=len(profiles))
        place = np.arange(len(rows)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        shape = (len(profiles), max(1, int(lengths.max(initial=0))))
        items_BT, known_BT = np.zeros(shape, np.int64), np.zeros(shape, bool)
        gains_BT, days_BT = np.zeros(shape, np.float32), np.zeros(shape)
        items_BT[rows, place], known_BT[rows, place] = profiles.items[late], True
        gains_BT[rows, place], days_BT[rows, place] = gains[late], profiles.times[late] / self._day_s
        gap_BT = np.where(known_BT, np.diff(days_BT, axis=1, prepend=days_BT[:, :1]), 0).clip(0)
        last = np.maximum(lengths - 1, 0)
        elapsed = (profiles.now / self._day_s - days_BT[np.arange(len(profiles)), last]).clip(0)
        elapsed = np.where(lengths > 0, elapsed, 0.0)
        wait_BT = np.concatenate([gap_BT[:, 1:], np.zeros((len(profiles), 1))], 1)
        wait_BT[np.arange(len(profiles)), last] = elapsed
        present_BT = torch.from_numpy(known_BT).to(device)
        if strength_E is not None:
            present_BT = strength_E.new_zeros(shape)
            present_BT[rows, place] = strength_E[torch.from_numpy(late).to(device)]
        read_BTX = network.read(
            content,
            torch.from_numpy(items_BT).to(device),
            torch.from_numpy(gains_BT).to(device),
            torch.from_numpy(gap_BT.astype(np.float32)).to(device),
            torch.from_numpy(wait_BT.astype(np.float32)).to(device),
            present_BT,
        )
        chosen = torch.from_numpy(last).to(device)
        read_BX = read_BTX[torch.arange(len(profiles), device=device), chosen]
        return read_BX, torch.from_numpy(elapsed.astype(np.float32)).to(device)

    def _past(self, profiles: Profiles, now_B: torch.Tensor) -> Any:
        import torch

        from recengine.models.repeats import MOST_EVENTS, pairs_of

        recent = profiles.last(MOST_EVENTS)
        rows = torch.from_numpy(recent.rows).to(self._device)
        items = torch.from_numpy(recent.items.astype(np.int64)).to(self._device)
        days = torch.from_numpy(recent.times / self._day_s).to(self._device)
        age = (now_B[rows] - days).float().clamp(min=0)
        return pairs_of(rows, items, age, len(profiles), self._num_items)


def _multiplies_bfloat16() -> bool:
    """Whether this CPU has instructions for it (then a product takes a third of the time)."""
    import torch

    return bool(torch.cpu._is_avx512_bf16_supported())


def _known(data: Dataset, column: str, size: int) -> NDArray[np.bool_]:
    return np.bincount(data.interactions.column(column), minlength=size) > 0


def _under(prefix: str, arrays: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """The arrays whose name begins so, without the beginning."""
    return {name.removeprefix(prefix): value for name, value in arrays.items() if name.startswith(prefix)}


def _held_out(
    people: NDArray[np.int64], share: float, seed: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """People to learn from, and a few who only tell how sure the model may be; none of few people."""
    if len(people) < FEWEST_PEOPLE:
        return people, people[:0]
    count = min(MOST_HELD_OUT, int(share * len(people)))
    mixed = np.random.default_rng(seed).permutation(people)
    return np.sort(mixed[count:]), np.sort(mixed[:count])
