"""Neural recommenders: how they are taught, and all they share but the settings and the reader of histories.

Importing this loads no torch; the first fit, score or load does.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from recengine.core.columns import ITEM, USER
from recengine.core.dataset import Dataset
from recengine.core.errors import DataError, JobError
from recengine.models.events import Event, Validate
from recengine.models.neural_scoring import N, NeuralScoring

if TYPE_CHECKING:
    import torch

    from recengine.models.network import Network
    from recengine.models.training import Loop

MOST_HELD_OUT, FEWEST_PEOPLE = 500, 200
SVD_SPEED = 0.1  # share of the learning rate that vectors with a good start get
USUAL_TEMPERATURE = 0.1  # of cosines
WHOLE_HISTORY = 1_000_000  # events, more than anybody has


class NeuralRecommender(NeuralScoring[N]):
    """A network on profiles. Subclasses give it its reader."""

    iterative: ClassVar[bool] = True
    reads_order: ClassVar[bool] = True  # False where the reader is not told the pauses between events

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

    def warm_start(self, other: Self) -> None:
        self._warm = other

    def learn_from(self, people: NDArray[np.int64]) -> None:
        """Let the next training take its examples from these people alone; all else is as ever."""
        self._teachers = people

    def _place_unknown(self) -> None:
        """Put items without events where what was learnt of the others expects them by their features."""
        import torch

        network = self._trained
        placed_I = self.described_items() & ~network.known_I.cpu().numpy()
        if not placed_I.any():
            return
        with torch.no_grad():
            chosen = torch.from_numpy(placed_I).to(self._device)
            network.item_ids.weight[chosen] = self._places().own(self._shelf_features.rows(chosen))

    def checkpoint(self, path: Path) -> None:
        if self._loop is None:
            raise JobError("there is no training under way, so nothing to write down.")
        self._loop.save(path)

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
        warm, self._warm = self._warm, None
        self._encoders = (
            warm._learnt_encoders
            if warm is not None
            else (
                Encoder.fit(data.items.features[known_items], data.items.kinds, seed=seed),
                Encoder.fit(data.users.features[known_people], data.users.kinds, seed=seed),
            )
        )
        self._shelf_features = FeatureTensors.of(self._encoders[0].transform(data.items.features), device)
        people = FeatureTensors.of(self._encoders[1].transform(data.users.features), device)
        learners, held_out = _held_out(np.flatnonzero(known_people), self.config.held_out, seed)
        if self._teachers is not None:
            learners, self._teachers = np.intersect1d(learners, self._teachers), None
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            timed = self.config.trend and ordered and not self._bounded
            trend = Trend.of(data, self._day_s) if timed else None
            network = self._new_network(
                trend, repeats=ordered and self._learns_repeats(data), known_I=torch.from_numpy(known_items)
            )
            if warm is not None:
                network.start_from(warm._trained)
            elif self.config.start == "svd":
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
