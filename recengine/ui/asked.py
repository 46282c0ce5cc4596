"""Whom and what the Explain page speaks of, as its address has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from recengine.core.columns import Repeats
from recengine.core.profiles import Profiles
from recengine.services import recommend
from recengine.services.datasets import DatasetCard
from recengine.services.recommend import RecommendationList
from recengine.services.runs import Run
from recengine.services.workspace import Workspace
from recengine.ui import cache, navigation, newcomer, shown


@dataclass(frozen=True)
class Asked:
    """One person, one model and one kind of list.

    Attributes:
        person: the id; "" for one made up of items (`had`) and features.
    """

    ws: Workspace
    card: DatasetCard
    run: Run
    repeats: Repeats
    k: int
    person: str
    had: tuple[str, ...]
    features: tuple[tuple[str, str], ...]

    @classmethod
    def of_address(cls, ws: Workspace, card: DatasetCard, run: Run, repeats: Repeats, k: int) -> Asked:
        """Whom the address names, else somebody worth a look."""
        if navigation.asked("new"):
            had = tuple(navigation.asked_all("had")[: newcomer.MOST_CHOSEN])
            return cls(ws, card, run, repeats, k, "", had, tuple(newcomer.made_up_features().items()))
        person = navigation.asked("person") or cache.example(ws.root, card.name, card.fingerprint)
        return cls(ws, card, run, repeats, k, person, (), ())

    @property
    def query(self) -> navigation.Query:
        """All but the item, for an address."""
        who = {"person": self.person} if self.person else newcomer.as_asked([*self.had], dict(self.features))
        return {"dataset": self.card.name, "length": str(self.k), **who}

    @property
    def profile(self) -> str | Profiles:
        """The person, as services take them."""
        if self.person:
            return self.person
        return recommend.guest(self.ws, self.card.name, [*self.had], dict(self.features))

    @property
    def name(self) -> str:
        """What the person is called."""
        about = self.card.about
        return shown.person_title(about, self.person) if self.person else f"A new {about.person}"

    @property
    def past_href(self) -> str:
        """Where their history is shown."""
        query = {**self.query, **({} if self.person else {"item": [*self.had]})}
        return navigation.href(navigation.PEOPLE, {name: query[name] for name in query if name != "had"})

    def what_if_href(self, edits: Sequence[str] = ()) -> str:
        """Where they can be changed; `edits` are changed already."""
        query = {"run": self.run.id, "repeats": self.repeats, **self.query, "edit": [*edits]}
        return navigation.href(navigation.IF_PERSON, query)

    def offered(self) -> RecommendationList:
        """The person's list."""
        root, run_id = self.ws.root, self.run.id
        if self.person:
            return cache.recommendations(root, run_id, self.person, self.k, self.repeats)
        return cache.newcomers_list(
            root, run_id, self.card.name, self.had, self.features, self.k, self.repeats
        )

    def href(self, item_id: str, **more: str | list[str]) -> str:
        """The address of the reasons for an item, or for its absence, for this person."""
        return shown.why_href(self.run.id, item_id, self.query, repeats=self.repeats, **more)
