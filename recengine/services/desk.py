"""The desk at which one run makes lists: its model, the data as it reads them, what may be listed."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recengine.core.columns import TIME, Repeats
from recengine.core.dataset import Dataset
from recengine.core.edits import Edits
from recengine.core.profiles import Profiles
from recengine.core.ranking import NO_ITEM, Ranking
from recengine.core.split import MOMENT
from recengine.models.base import Recommender, allowed
from recengine.services.datasets import categories, prepare
from recengine.services.kept import Kept
from recengine.services.runs import Run, get_run, load_run_model, run_catalogue
from recengine.services.workspace import Workspace


def profile_of(dataset: Dataset, person_ids: list[str]) -> Profiles:
    """These people with all they ever did.

    Raises:
        NotFoundError: no such person; names the nearest id.
    """
    return Profiles.of(dataset, dataset.users.codes(person_ids, dataset.about.person), now_of(dataset))


def now_of(dataset: Dataset) -> float:
    """Just after the last event: the moment at which lists are made."""
    return float(dataset.interactions.column(TIME)[-1]) + MOMENT


_read: Kept[Dataset] = Kept(size=2)


def read_as(run: Run, dataset: Dataset) -> Dataset:
    """The data as a run reads them: all that happened, with the weights that its edits give."""
    edits = Edits.of(run.spec.edits)
    if not any(edit.encodes for edit in edits.edits):
        return dataset
    return _read.get((dataset.fingerprint, dataset.name, edits.texts), lambda: edits.encode(dataset))


_popular: Kept[Recommender[Any]] = Kept(size=2)


@dataclass(frozen=True)
class Desk:
    """All that making lists with one run takes.

    Attributes:
        dataset: with weights as the run reads them.
        swapped: edits that describe items on offer otherwise than they are.
        kept_off: codes of items that this person wants to see no more.
    """

    run: Run
    dataset: Dataset
    model: Recommender[Any]
    known_I: NDArray[np.bool_]  # what was there when the model was trained
    catalogue_I: NDArray[np.bool_]  # that, and what the model knows by its features alone
    repeats: Repeats
    swapped: tuple[str, ...] = ()
    kept_off: tuple[int, ...] = ()

    @classmethod
    def of(cls, ws: Workspace, run_id: str, repeats: Repeats | None) -> Desk:
        run, model = get_run(ws, run_id), load_run_model(ws, run_id)
        dataset = read_as(run, prepare(ws, run.spec.dataset, run.dataset_fingerprint))
        asked = repeats or run.spec.repeats or dataset.about.repeats
        known_I = run_catalogue(ws, run_id)
        known_I = np.ones(dataset.num_items, bool) if known_I is None else known_I
        return cls(run, dataset, model, known_I, known_I | model.described_items(), asked)

    def offering(self, described: pd.DataFrame, swapped: tuple[str, ...]) -> Desk:
        """The same, some items on offer being described otherwise.

        Args:
            described: all their features; the index holds their codes.
            swapped: what is changed of them, in the language of edits.
        """
        if described.empty:
            return self
        items, codes = self.dataset.items, described.index.to_numpy(np.int32)
        columns = {name: items.features[name].astype(object) for name in items.kinds}
        for name, column in columns.items():
            column.iloc[codes] = described[name].to_numpy(object)
        features = items.features.assign(
            **{name: pd.to_numeric(c) if items.kinds[name] == "numeric" else c for name, c in columns.items()}
        )
        dataset = replace(self.dataset, items=replace(items, features=features))
        model = self.model.with_item_features(codes, described)
        catalogue_I = self.known_I | model.described_items()
        return replace(self, dataset=dataset, model=model, catalogue_I=catalogue_I, swapped=swapped)

    @property
    def offered(self) -> NDArray[np.bool_]:
        """What may be listed at this desk, shape (I,)."""
        if not self.kept_off:
            return self.catalogue_I
        offer_I = self.catalogue_I.copy()
        offer_I[list(self.kept_off)] = False
        return offer_I

    def lists(self, profiles: Profiles, k: int) -> tuple[Ranking, NDArray[np.bool_]]:
        """The lists, and who has no history the model knows.

        Of those, whoever gets the same score for every item (so that the model has nothing to say)
        gets the most popular items instead.
        """
        ranking = self.model.top_k(profiles, k, repeats=self.repeats, catalogue_I=self.offered)
        stranger_U = ~self._familiar(profiles)
        silent = [place for place in np.flatnonzero(stranger_U).tolist() if self._silent(profiles, place)]
        if not silent:
            return ranking, stranger_U
        popular = self._popularity().top_k(
            profiles.take(np.array(silent)), k, repeats=self.repeats, catalogue_I=self.catalogue_I
        )
        items_UK, scores_UK = ranking.items_UK.copy(), ranking.scores_UK.copy()
        items_UK[silent], scores_UK[silent] = popular.items_UK, popular.scores_UK
        return Ranking(items_UK, scores_UK), stranger_U

    def scores(self, profile: Profiles) -> NDArray[np.float32]:
        """What one person's list is made by, for every item; shape (I,)."""
        score_I: NDArray[np.float32] = self.model.score(profile)[0]
        if np.ptp(score_I) > 0 or self._familiar(profile)[0]:
            return score_I
        popular_I: NDArray[np.float32] = self._popularity().score(profile)[0]
        return popular_I

    def eligible(self, profile: Profiles) -> NDArray[np.bool_]:
        """Items that may be on one person's list, shape (I,)."""
        return allowed(profile, self.dataset.num_items, self.repeats, self.offered)[0]

    def stranger(self, profile: Profiles) -> bool:
        """Whether the model knows nothing that this person had."""
        return not self._familiar(profile)[0]

    def _familiar(self, profiles: Profiles) -> NDArray[np.bool_]:
        """Who has at least one item that the model knows."""
        known = self.catalogue_I[profiles.items]
        return np.bincount(profiles.rows[known], minlength=len(profiles)) > 0

    def _silent(self, profiles: Profiles, place: int) -> bool:
        score_I = self.model.score(profiles.take(np.array([place])))[0]
        return bool(np.ptp(score_I) == 0)

    def _popularity(self) -> Recommender[Any]:
        from recengine.models import model_config

        def fitted() -> Recommender[Any]:
            return model_config("popularity").build().fit(self.dataset)

        return _popular.get(self.dataset.fingerprint, fitted)

    def badges(self, profiles: Profiles, stranger: bool, short: bool) -> tuple[str, ...]:
        described = bool(self.model.described_people(profiles)[0])
        nothing = stranger and not described
        found = {
            "features": stranger and described,
            "fallback": nothing and not len(profiles.items),
            "cold": nothing and bool(len(profiles.items)),
            "not personal": not self.model.personal,
            "short": short,
        }
        return tuple(badge for badge, applies in found.items() if applies)

    def rows(self, ranking: Ranking, profiles: Profiles) -> pd.DataFrame:
        listed = ranking.items_UK[0] != NO_ITEM
        codes, scores = ranking.items_UK[0][listed], ranking.scores_UK[0][listed].astype(np.float64)
        had_I = np.bincount(profiles.items, minlength=self.dataset.num_items)[codes]
        category_I = categories(self.dataset)
        return pd.DataFrame(
            {
                "rank": np.arange(1, len(codes) + 1),
                "item_id": list(self.dataset.items.ids.take(codes)),
                "title": self.dataset.items.labels(codes),
                "category": [category_I[code] for code in codes],
                "score": scores,
                "probability": self.probability(scores),
                "had": had_I,
                "badges": np.select([had_I > 0, ~self.known_I[codes]], ["seen", "cold"], "").tolist(),
            }
        )

    def probability(self, scores: NDArray[np.float64]) -> NDArray[np.float64]:
        """P(like) among all items of the catalogue; NaN where the run cannot say."""
        return probability_of(self.run, scores)

    def table(self, codes: NDArray[np.int64], k: int, profiles: Profiles | None = None) -> pd.DataFrame:
        """The lists of these people under each other.

        Args:
            profiles: theirs; by default all they did.
        """
        profiles = profiles or Profiles.of(self.dataset, codes, now_of(self.dataset))
        ranking, stranger_U = self.lists(profiles, k)
        fallback_U = stranger_U & ~self.model.described_people(profiles)
        place_U, place_K = np.nonzero(ranking.items_UK != NO_ITEM)
        items, scores = ranking.items_UK[place_U, place_K], ranking.scores_UK[place_U, place_K]
        return pd.DataFrame(
            {
                "person": self.dataset.users.ids.take(codes[place_U]),
                "rank": place_K + 1,
                "item_id": self.dataset.items.ids.take(items),
                "title": pd.Series(self.dataset.items.labels(items), dtype="str"),
                "score": scores,
                "probability": self.probability(scores.astype(np.float64)),
                "fallback": fallback_U[place_U],
            }
        )


def probability_of(run: Run, scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """P(like) of a run's scores among all items of the catalogue; NaN where the run cannot say."""
    from recengine.metrics.classification import Calibrator, prior_corrected

    known = run.likelihood
    if not known:
        return np.full(scores.shape, np.nan)
    probability = Calibrator.of_dict(known).probability(scores)
    return prior_corrected(probability, known["sampling_rate"])
