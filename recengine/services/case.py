"""One person, one item and one run: what every question about them starts from, worked out once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import cast, get_args

import numpy as np
from numpy.typing import NDArray

from recengine.core.columns import Repeats
from recengine.core.dataset import digest
from recengine.core.errors import ExplanationError, SettingsError, did_you_mean
from recengine.core.profiles import Profiles
from recengine.core.words import a, many, ordinal
from recengine.explain.explanation import Explanation
from recengine.explain.game import NO_RIVALS, Game, Question, game_of
from recengine.explain.kernel import PRECISIONS, explain_game
from recengine.explain.naming import Named, Words
from recengine.explain.players import NOTHING, Kind, Player
from recengine.explain.sentence import Depth, Seat, sentences
from recengine.services.desk import Desk
from recengine.services.kept import Kept
from recengine.services.reasons import Namer, category_codes
from recengine.services.recommend import NOTES, check_length
from recengine.services.visit import Visit, visit
from recengine.services.workspace import Workspace

RIVALS = 10  # the best of the others, in "why ahead of the others"
UNITS = {True: "log-odds", False: "points on the model's own scale"}  # whether it learnt P(like)
DEPTHS: tuple[str, ...] = get_args(Depth)
ROW = ["key", "kind", "name", "value", "detail", "item_id", "sensitive"]
_explanations: Kept[Explanation] = Kept(size=256)
_games: Kept[Game] = Kept(size=64)


@dataclass(frozen=True, eq=False)
class Case:
    """One person, one item and one run.

    Attributes:
        person: the id; "" for one put together by hand.
        item, other: item codes; other is -1 where nothing is compared.
        k: length of the list.
        most: past actions told one by one or in groups; where there are more, the least telling are grouped.
        expand: groups and actions taken apart all the same.
    """

    ws: Workspace
    desk: Desk
    profile: Profiles
    person: str
    item: int
    other: int
    k: int
    most: int
    expand: tuple[tuple[Kind, int], ...]

    @classmethod
    def of(
        cls,
        ws: Workspace,
        run_id: str,
        person: str | Profiles,
        item_id: str,
        *,
        against: str | None = None,
        most: int,
        expand: Sequence[str] = (),
        repeats: Repeats | None = None,
        k: int,
        desk: Desk | None = None,
    ) -> Case:
        """From ids; see services.explain.explain.

        Args:
            desk: the run's, where something on offer is described otherwise.

        Raises:
            NotFoundError: no such run, person or item, or the run has no model yet.
            SettingsError: an item against itself, no such key, k or most below 1.
        """
        check_length(k)
        desk = desk or Desk.of(ws, run_id, repeats)
        seen = visit(ws, desk, person) if isinstance(person, str) else Visit(desk, person)
        desk, profile = seen.desk, seen.profile
        data = desk.dataset
        ids = [item_id] if against is None else [item_id, against]
        item, other = [*map(int, data.items.codes(ids, data.about.item)), NOTHING][:2]
        if item == other:
            raise SettingsError(f"{a(data.about.item)} cannot be above itself. Name two different ones.")
        if most < 1:
            raise SettingsError(f"there must be room for at least 1 past action; found {most}.")
        opened = tuple(map(_opened, expand))
        name = person if isinstance(person, str) else ""
        return cls(ws, desk, profile, name, item, other, k, most, opened)

    @cached_property
    def key(self) -> tuple[object, ...]:
        """Equal for equal cases; what is worked out is kept under it."""
        desk = self.desk
        whose = (
            self.ws.root,
            desk.run.id,
            desk.repeats,
            desk.swapped,
            desk.kept_off,
            fingerprint(self.profile),
        )
        return (*whose, self.item, self.other, self.k, self.most, self.expand)

    def id(self, code: int) -> str:
        """An item's id."""
        return str(self.desk.dataset.items.ids[code])

    @cached_property
    def eligible(self) -> NDArray[np.bool_]:
        """Items that may be on the list of the whole profile; what a what-if removes does not join them."""
        return self.desk.eligible(self.profile)

    @cached_property
    def scores(self) -> NDArray[np.float32]:
        """What the list is made by, for every item."""
        return self.desk.scores(self.profile)

    @cached_property
    def best(self) -> NDArray[np.int64]:
        """The codes of eligible items, best first."""
        return self._ordered(self.scores)

    @property
    def rank(self) -> int:
        """The item's place, from 1; 0 where it may not be on the list at all."""
        return self._place(self.best)

    @cached_property
    def stranger_rank(self) -> int:
        """The place among the same items for somebody of whom nothing is known.

        0 as for `rank`, and where the model then tells no item from another.
        """
        scores = self.desk.model.score(_nobody(self.profile))[0]
        return self._place(self._ordered(scores)) if np.ptp(scores) else 0

    @property
    def seat(self) -> Seat:
        """Where the item stands, and what of that is due to this person."""
        spread = float(self.scores[self.best].std()) if len(self.best) else 0.0
        return Seat(self.rank, self.k, self.stranger_rank, spread)

    def _ordered(self, scores: NDArray[np.float32]) -> NDArray[np.int64]:
        codes = np.flatnonzero(self.eligible)
        return codes[np.argsort(-scores[codes], kind="stable")]

    def _place(self, ordered: NDArray[np.int64]) -> int:
        places = np.flatnonzero(ordered == self.item)
        return int(places[0]) + 1 if len(places) else 0

    @property
    def unit(self) -> str:
        """What scores are measured in."""
        return UNITS[self.desk.model.config.family == "neural"]

    @property
    def probability(self) -> float | None:
        """P(like) of the item among all items; None where the run cannot say."""
        found = float(self.desk.probability(self.scores[[self.item]].astype(np.float64))[0])
        return None if np.isnan(found) else found

    @cached_property
    def namer(self) -> Namer:
        """What players are called here."""
        return Namer(self.desk.dataset, self.profile, self.item, self.other)

    def words(self, players: Iterable[Player] = ()) -> Words:
        """What sentences about these players are written with."""
        about = self.desk.dataset.about
        return Words(
            person=about.person,
            item=about.item,
            subject=self.namer.title(self.item),
            other=self.namer.title(self.other) if self.other >= 0 else "",
            unit=self.unit,
            players=self.namer.all(players),
            probability=self.probability,
        )

    def row(self, player: Player, named: Named) -> tuple[object, ...]:
        """A player as a row of a table with the columns ROW."""
        whole = player.kind != "action" or len(player.events) == (self.profile.items == player.code).sum()
        key = f"{player.kind}:{player.column or player.code}" if whole else f"event:{player.events[0]}"
        item_id = self.id(player.code) if player.kind == "action" else ""
        return key, player.kind, named.name, named.value, named.detail, item_id, named.sensitive

    def game(self, question: Question) -> Game:
        """The game that answers a question."""
        return _games.get((*self.key, question), lambda: self._game(question))

    def _game(self, question: Question) -> Game:
        personal = self.desk.model.personal
        return game_of(
            self.desk.model,
            self.profile if personal else _nobody(self.profile),
            self.item,
            question,
            rivals=self.best[self.best != self.item][:RIVALS].astype(np.int32)
            if question == "ahead"
            else NO_RIVALS,
            other=self.other,
            most=self.most,
            category_I=category_codes(self.desk.dataset)[0],
            expand=self.expand,
        )

    def is_known(self, question: Question, precision: str) -> bool:
        """Whether these reasons are kept already, so that asking for them costs nothing."""
        return (*self.key, question, precision, 0) in _explanations

    def explanation(self, question: Question, precision: str, seed: int = 0) -> Explanation:
        """The reasons, in codes.

        Raises:
            ExplanationError: the model has never met the item, or there is nothing to be ahead of.
        """
        self._check(question)

        def made() -> Explanation:
            return explain_game(self.game(question), samples=PRECISIONS[precision], seed=seed)

        return _explanations.get((*self.key, question, precision, seed), made)

    def _check(self, question: Question) -> None:
        for code in (self.item, self.other):
            if code >= 0 and not self.desk.catalogue_I[code]:
                raise ExplanationError(
                    f"{self.desk.run.title} has never met “{self.namer.title(code)}” and knows nothing of "
                    f"it, so it gives it no score that could be explained. Choose another "
                    f"{self.desk.dataset.about.item}, or train again now that it is there."
                )
        if question == "ahead" and not np.any(self.best != self.item):
            raise ExplanationError("there is nothing else on the list that it could be ahead of.")

    def sentences(self, explanation: Explanation, words: Words) -> dict[str, str]:
        """The finding at three depths."""
        if self.desk.model.personal:
            return {str(depth): said for depth, said in sentences(explanation, words, self.seat).items()}
        everyone = (
            f"“{words.subject}” is {ordinal(self.rank)} on everyone's list: {self.desk.run.title} gives all "
            f"{many(words.person)} the same one, so nothing of this {words.person} is a reason. "
            f"{self.desk.model.config.summary}"
        )
        return dict.fromkeys(DEPTHS, everyone)

    def notes(self) -> Iterator[str]:
        """What a reader should know, a sentence each."""
        desk, word = self.desk, self.desk.dataset.about.person
        for badge in desk.badges(self.profile, desk.stranger(self.profile), short=False):
            if badge != "not personal":  # the sentence says so
                yield NOTES[badge].format(person=word)
        if not self.rank:
            yield _not_eligible(desk.repeats, word)
        if desk.model.personal and not (desk.model.person_columns or desk.model.item_columns):
            yield f"{desk.run.title} reads no features, so only past actions can be reasons."


def checked_precision(precision: str) -> str:
    """The precision, which must be one there is.

    Raises:
        SettingsError: there is no such precision.
    """
    if precision not in PRECISIONS:
        raise SettingsError(f"there is no precision '{precision}'. {did_you_mean(precision, PRECISIONS)}")
    return precision


def _opened(key: str) -> tuple[Kind, int]:
    """What `expand` asks for: "group:3" and "action:17" as (kind, code)."""
    kind, _, code = key.partition(":")
    if kind not in ("group", "action") or not code.lstrip("-").isdigit():
        raise SettingsError(
            f"only groups and actions can be opened, as 'group:3' or 'action:17'; found '{key}'."
        )
    return cast(Kind, kind), int(code)


def _not_eligible(repeats: Repeats, person: str) -> str:
    if repeats == "new":
        return f"It cannot be on this list: the {person} had it before, and only what is new is listed."
    return f"It cannot be on this list: the {person} never had it, and only what they had before is listed."


def _nobody(profile: Profiles) -> Profiles:
    """A person of whom nothing is known, for models that treat all alike."""
    empty = profile.where(np.zeros(len(profile.items), bool))
    return replace(empty, features=empty.features.iloc[:, :0])


def fingerprint(profile: Profiles) -> str:
    """Equal for equal profiles."""
    arrays = (profile.items, profile.times, profile.weights, profile.now)
    return digest(*(array.tobytes() for array in arrays), profile.features.to_json())
