"""A made-up social feed, where everyone's tastes are known: to try things out and to see them found again.

Every member cares for two topics and a few authors. Every post has one topic and one author; a new post is
shown much and an old one less, first to those who care for it, and to others by chance. Whether a member who
was shown a post likes it depends on their tastes and on how good the post is, and on nothing else; some of
the likes are shares as well, and some lead to following the author.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pydantic import Field

from recengine.core.columns import DAY
from recengine.core.dataset import About
from recengine.data.mapping import Mapping
from recengine.data.sources import Source
from recengine.data.synthetic import START

if TYPE_CHECKING:
    from recengine.data.assemble import Imported

TOPICS = {
    "cooking": "bread soup noodles cake salad",
    "cycling": "gravel saddle brakes climbing commute",
    "films": "thriller festival director trailer sequel",
    "gardening": "tomatoes compost roses seeds balcony",
    "games": "puzzles speedrun strategy retro chess",
    "music": "vinyl concert choir guitar synth",
    "photos": "portrait sunrise macro street film",
    "travel": "trains hostel islands hiking border",
}
FORMS = ("photo", "video", "text")
OPENINGS = ("My first", "Three thoughts on", "Notes on", "A week of", "Learning", "The best", "Against")
REGIONS = ("north", "south", "east", "west")
AUTHORS_PER_TOPIC = 5
LIFE_DAYS = 25.0  # over which a post is shown e times less
BEFORE_DAYS = 40  # posts are as old as this when the feed begins
SHOWN_A_VISIT = 6
VISITS = (0.1, 0.6)  # share of days on which a member looks at the feed, least and most
DULL, TASTE, AUTHOR, QUALITY = -3.0, 3.2, 1.2, 0.5  # of the log-odds of a like
SHARED, FOLLOWED = 0.2, 0.06  # of those who like it

Table = NDArray[np.float64]


class SocialSource(Source):
    """A feed of made-up members and posts."""

    title = "Made-up social feed"
    summary = "Members who see, like, share and follow posts by tastes that are known; for trying things out."

    num_members: int = Field(default=400, ge=10, le=5_000, description="Members of the feed.")
    num_posts: int = Field(default=600, ge=20, le=5_000, description="Posts, new ones every day.")
    num_days: int = Field(default=60, ge=7, le=365, description="Over how many days the feed runs.")
    seed: int = Field(default=0, ge=0, description="Which draw.")

    def load(self, name: str, progress: Callable[[int], None] | None = None) -> Imported:
        """The feed, read as any other data of the domain are; equal settings give equal data."""
        from recengine.data.build import import_frames

        feed = social_feed(**self.model_dump())
        return import_frames(
            feed.events,
            name=name,
            mapping=Mapping(domain="social-media"),
            users=feed.members,
            items=feed.posts,
            about=About(source=f"synthetic: a social feed, seed {self.seed}", licence="none needed"),
            progress=progress,
        )


@dataclass(frozen=True)
class SocialFeed:
    """What happened on the feed, and why.

    Attributes:
        events: member_id, post_id, event (impression, like, share, follow), time (seconds since 1970).
        members, posts: one row each, with member_id or post_id first.
        like_MP: the chance that a member likes a post once it is shown; shape (members, posts).
    """

    events: pd.DataFrame
    members: pd.DataFrame
    posts: pd.DataFrame
    like_MP: Table


def social_feed(
    num_members: int = 400, num_posts: int = 600, num_days: int = 60, seed: int = 0
) -> SocialFeed:
    """A feed drawn anew; equal settings give equal feeds."""
    rng = np.random.default_rng(seed)
    topic_P = rng.integers(len(TOPICS), size=num_posts)
    author_P = topic_P * AUTHORS_PER_TOPIC + rng.integers(AUTHORS_PER_TOPIC, size=num_posts)
    taste_MT = _tastes(num_members, rng)
    fan_MA = rng.random((num_members, len(TOPICS) * AUTHORS_PER_TOPIC)) < 0.15
    odds_MP = DULL + TASTE * taste_MT[:, topic_P] + AUTHOR * fan_MA[:, author_P]
    like_MP = 1 / (1 + np.exp(-odds_MP - QUALITY * rng.normal(size=num_posts)))
    posted_P = START + DAY * np.sort(rng.uniform(-BEFORE_DAYS, num_days, num_posts))
    shown = _shown(like_MP, posted_P, num_days, rng)
    return SocialFeed(
        _events(shown, like_MP, rng),
        _members(taste_MT, rng),
        _posts(topic_P, author_P, posted_P, rng),
        like_MP,
    )


def _tastes(num_members: int, rng: np.random.Generator) -> Table:
    """How much each member cares for each topic: 1 for the first one, 0.7 for the second; shape (M, T)."""
    rank_MT = rng.random((num_members, len(TOPICS))).argsort(axis=1)
    return np.select([rank_MT == 0, rank_MT == 1], [1.0, 0.7], 0.0)


def _shown(like_MP: Table, posted_P: Table, num_days: int, rng: np.random.Generator) -> pd.DataFrame:
    """Which member saw which post when, each post once: day after day, those who visit get a few."""
    visits_M = rng.uniform(*VISITS, len(like_MP))
    wanted_MP = np.log(0.05 + like_MP)
    days = []
    for day in range(num_days):
        now = START + day * DAY
        visitors = np.flatnonzero(rng.random(len(visits_M)) < visits_M)
        age_P = (now - posted_P) / DAY
        appeal_MP = np.where(age_P >= 0, wanted_MP[visitors] - age_P / LIFE_DAYS, -np.inf)
        # The largest of log(p) + Gumbel noise: a draw without replacement for every visitor at once.
        drawn_MP = appeal_MP + rng.gumbel(size=appeal_MP.shape)
        posts = np.argpartition(-drawn_MP, SHOWN_A_VISIT, axis=1)[:, :SHOWN_A_VISIT]
        open_MV = np.isfinite(np.take_along_axis(drawn_MP, posts, axis=1))
        moment = now + rng.uniform(0, DAY, len(visitors))[:, None] + 20 * np.arange(SHOWN_A_VISIT)
        wanted_MP[visitors[:, None], posts] = -np.inf
        rows = {"member": np.repeat(visitors, SHOWN_A_VISIT), "post": posts.ravel(), "time": moment.ravel()}
        days.append(pd.DataFrame(rows)[open_MV.ravel()])
    return pd.concat(days, ignore_index=True)


def _events(shown: pd.DataFrame, like_MP: Table, rng: np.random.Generator) -> pd.DataFrame:
    """What each member did with what was shown: an impression always, a few seconds later perhaps more."""
    liked = shown[rng.random(len(shown)) < like_MP[shown["member"], shown["post"]]]
    shared = liked[rng.random(len(liked)) < SHARED]
    followed = liked[rng.random(len(liked)) < FOLLOWED]
    parts = {"impression": shown, "like": liked, "share": shared, "follow": followed}
    after = {kind: 3.0 * number for number, kind in enumerate(parts)}  # seconds
    told = [part.assign(event=kind, time=part["time"] + after[kind]) for kind, part in parts.items()]
    events = pd.concat(told).sort_values("time", kind="stable", ignore_index=True)
    return pd.DataFrame(
        {
            "member_id": "m" + events["member"].astype("str"),
            "post_id": "p" + events["post"].astype("str"),
            "event": events["event"],
            "time": events["time"].round().astype("int64"),
        }
    )


def _members(taste_MT: Table, rng: np.random.Generator) -> pd.DataFrame:
    """Most say what they are interested in, which is their first topic."""
    count = len(taste_MT)
    interest = pd.Series(np.array(list(TOPICS))[taste_MT.argmax(axis=1)], dtype="str")
    return pd.DataFrame(
        {
            "member_id": [f"m{number}" for number in range(count)],
            "interest": interest.where(rng.random(count) < 0.7),
            "region": rng.choice(REGIONS, count),
        }
    )


def _posts(
    topic_P: NDArray[np.int64], author_P: NDArray[np.int64], posted_P: Table, rng: np.random.Generator
) -> pd.DataFrame:
    topics, count = np.array(list(TOPICS))[topic_P], len(topic_P)
    words = [rng.choice(TOPICS[topic].split(), 2, replace=False) for topic in topics]
    openings, authors = rng.choice(OPENINGS, count), author_P % AUTHORS_PER_TOPIC + 1
    return pd.DataFrame(
        {
            "post_id": [f"p{number}" for number in range(count)],
            "title": [
                f"{opening} {one} and {two}, no. {number + 1}"
                for number, (opening, (one, two)) in enumerate(zip(openings, words, strict=True))
            ],
            "topic": topics,
            "author": [f"@{topic}{number}" for topic, number in zip(topics, authors, strict=True)],
            "form": rng.choice(FORMS, count),
            "posted": pd.to_datetime(posted_P.round(), unit="s").astype("str"),
        }
    )
