"""The made-up feed: equal settings, equal feeds; what members do follows from what they like."""

from __future__ import annotations

import numpy as np
import pytest

from recengine.core.split import SplitConfig
from recengine.data.social import SocialFeed, SocialSource, social_feed
from recengine.models import MODELS


@pytest.fixture(scope="module")
def feed() -> SocialFeed:
    return social_feed(num_members=200, num_posts=300, num_days=40)


def codes(feed: SocialFeed, kind: str) -> tuple[np.ndarray, np.ndarray]:
    """Members and posts of all events of a kind."""
    events = feed.events[feed.events["event"] == kind]
    return events["member_id"].str[1:].astype(int).to_numpy(), events["post_id"].str[1:].astype(
        int
    ).to_numpy()


def test_equal_settings_give_equal_feeds_and_every_setting_counts() -> None:
    def make(**changed: int) -> str:
        return (
            SocialSource.of({"num_members": 20, "num_posts": 30, "num_days": 10} | changed)
            .load("x")
            .dataset.fingerprint
        )

    assert make() == make()
    others = {make(seed=1), make(num_members=21), make(num_posts=31), make(num_days=11)}
    assert len(others | {make()}) == 5


def test_members_like_what_is_to_their_taste(feed: SocialFeed) -> None:
    shown, liked = feed.like_MP[codes(feed, "impression")], feed.like_MP[codes(feed, "like")]
    expected, found = shown.sum(), len(liked)
    assert abs(found - expected) < 4 * np.sqrt((shown * (1 - shown)).sum())
    assert liked.mean() > 1.5 * shown.mean()


def test_nobody_is_shown_a_post_twice_or_acts_on_one_not_shown(feed: SocialFeed) -> None:
    pairs = {
        kind: set(zip(*codes(feed, kind), strict=True)) for kind in ("impression", "like", "share", "follow")
    }
    assert len(pairs["impression"]) == (feed.events["event"] == "impression").sum()
    assert pairs["share"] | pairs["follow"] <= pairs["like"] <= pairs["impression"]


def test_no_post_is_shown_before_it_is_posted(feed: SocialFeed) -> None:
    posted = feed.posts.set_index("post_id")["posted"].astype("datetime64[s]").astype("int64")
    assert (feed.events["time"] + 1 >= feed.events["post_id"].map(posted)).all()


def test_tastes_are_found_again_by_a_model_and_not_by_popularity() -> None:
    data = SocialSource().load("feed").dataset
    assert (data.about.person, data.about.item, data.about.repeats) == ("member", "post", "new")
    task = SplitConfig().build(data).test
    split = SplitConfig().build(data)
    truth = social_feed().like_MP[:, data.items.ids.str[1:].astype(int)]
    members = data.users.ids[task.people].str[1:].astype(int)
    means = {}
    for name in ("popularity", "ease"):
        model = MODELS[name]().build().fit(split.before_test, seed=0)
        score_UI = np.where(split.catalogue_I, model.score(task.profiles), -np.inf)
        best = np.argsort(-score_UI, axis=1)[:, :10]
        means[name] = truth[np.asarray(members)[:, None], best].mean()
    assert means["ease"] > 1.5 * means["popularity"]
