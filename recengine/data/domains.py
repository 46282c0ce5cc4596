"""What a field of business takes for granted: its words, its kinds of events, how its models are examined.

To add a domain: add its line to DOMAINS. What a user says and what the data show comes before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from recengine.core.columns import Repeats
from recengine.core.errors import SettingsError, did_you_mean
from recengine.data.checks import Check
from recengine.data.domain_checks import IMPRESSIONS, LEAVERS, LIFETIME, PURCHASES, SYLLABUS

SplitKind = Literal["temporal", "leave-last-out"]


@dataclass(frozen=True)
class Domain:
    """One preset, chosen at import.

    Attributes:
        person, item: what people and items are called where the columns' names do not say.
        weights: how much a kind of event counts, by the first of these words found in its name; 0 leaves it
            out.
        repeats: which question is asked; None leaves it to the data (both, where people come back).
        split: how the test is held out where nothing else is said.
        why: the reasons for the last two, for a reader.
        checks: asked besides the usual ones.
        example: the data set to try it with: the sample, a source, or a known set.
    """

    name: str
    title: str
    summary: str
    person: str
    item: str
    weights: dict[str, float]
    repeats: Repeats | None
    split: SplitKind
    why: str
    checks: tuple[Check, ...]
    example: str

    def weight_of(self, kind: str) -> float | None:
        """How much this kind of event counts here; None where no word of the domain is in its name."""
        return next((weight for word, weight in self.weights.items() if word in kind.lower()), None)


_ALL = [
    Domain(
        "e-commerce",
        "E-commerce",
        "Households that view, put into the cart and buy products.",
        person="household",
        item="product",
        weights={
            "remove": 0,
            "return": 0,
            "refund": 0,
            "cancel": 0,
            "purchase": 5,
            "buy": 5,
            "bought": 5,
            "transaction": 5,
            "order": 5,
            "checkout": 5,
            "cart": 3,
            "basket": 3,
            "wish": 2,
            "fav": 2,
            "review": 2,
            "view": 1,
            "click": 1,
        },
        repeats=None,
        split="temporal",
        why="All are asked about the same last weeks, as a shop would be; what was bought before counts "
        "where people buy things again.",
        checks=(PURCHASES,),
        example="grocery",
    ),
    Domain(
        "social-media",
        "Social media",
        "Members who see, like, share and follow posts.",
        person="member",
        item="post",
        weights={
            "unlike": 0,
            "dislike": 0,
            "unfollow": 0,
            "hide": 0,
            "block": 0,
            "report": 0,
            "skip": 0,
            "impression": 0,
            "shown": 0,
            "exposure": 0,
            "follow": 5,
            "share": 4,
            "repost": 4,
            "retweet": 4,
            "comment": 3,
            "reply": 3,
            "save": 3,
            "like": 2,
            "fav": 2,
            "view": 1,
            "click": 1,
        },
        repeats="new",
        split="temporal",
        why="All are asked about the same last days, for posts age; nobody is shown a post twice.",
        checks=(IMPRESSIONS, LIFETIME),
        example="social",
    ),
    Domain(
        "online-education",
        "Online education",
        "Learners who enrol in, watch and submit work for courses and their materials.",
        person="learner",
        item="course",
        weights={
            "unenrol": 0,
            "unregister": 0,
            "withdraw": 0,
            "drop": 0,
            "submit": 5,
            "submission": 5,
            "complete": 5,
            "pass": 5,
            "enrol": 3,
            "register": 3,
            "quiz": 3,
            "watch": 1,
            "open": 1,
            "view": 1,
            "click": 1,
        },
        repeats=None,
        split="leave-last-out",
        why="Each learner is asked for their last step: materials open week by week, so a cut in time would "
        "hold out those that nobody has seen yet, and ask only the learners who stayed.",
        checks=(LEAVERS, SYLLABUS),
        example="oulad",
    ),
]
DOMAINS: dict[str, Domain] = {one.name: one for one in _ALL}


def find_domain(name: str | None) -> Domain | None:
    """The domain of that name; None where none was chosen.

    Raises:
        SettingsError: there is none of that name.
    """
    if not name:
        return None
    if name not in DOMAINS:
        raise SettingsError(f"there is no domain '{name}'. {did_you_mean(name, DOMAINS)}")
    return DOMAINS[name]
