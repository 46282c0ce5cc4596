"""What a comparison day by day came to, in tables and in words.

W ways, N lists, D days.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recengine.core.dataset import About
from recengine.core.words import MINUS, count, listed, many, plural
from recengine.services.days import Days
from recengine.services.verdict_json import records, without_nan
from recengine.strategy.learning.regret import Mean, Regret, cumulative_regret, mean_over_people

INTERVALS = {"ndcg": ("ndcg", "ndcg_low", "ndcg_high"), "hit": ("hit", "hit_low", "hit_high")}
DAYS = [
    *("way", "title", "day", "lists"),
    *INTERVALS["ndcg"],
    *INTERVALS["hit"],
    *("regret", "regret_low", "regret_high", "update_s"),
]
OVERALL = [
    *("way", "title"),
    *INTERVALS["ndcg"],
    *INTERVALS["hit"],
    *("difference", "difference_low", "difference_high", "verdict"),
    *("regret", "regret_low", "regret_high", "seconds"),
]


@dataclass(frozen=True)
class Prequential:
    """What each way of learning reached on the same lists.

    Attributes:
        asked: what was compared.
        sentence: the finding; notes: what it rests on, a sentence each.
        best: the way with the highest mean NDCG@10.
        days: way, title, day (UTC), lists, ndcg and hit with their 95 % intervals over that day's people,
            regret (NDCG lost since the first day, summed over lists, against the best way) with its
            interval, update_s (seconds that bringing the model up to date took that night).
        ways: way, title, ndcg, hit with intervals over people, difference (of NDCG to the reference, which
            is the frozen model where it took part, else the last way) with its interval, verdict ("better",
            "worse", "no real difference", "" for the reference itself), regret at the end, seconds.
    """

    asked: dict[str, Any]
    sentence: str
    notes: tuple[str, ...]
    best: str
    days: pd.DataFrame
    ways: pd.DataFrame

    def frame(self) -> pd.DataFrame:
        """The ways, for tables and exports."""
        return self.ways

    def as_dict(self) -> dict[str, Any]:
        """As plain JSON values; NaN as null."""
        plain = {"asked": self.asked, "sentence": self.sentence, "notes": self.notes, "best": self.best}
        days = self.days.assign(day=self.days["day"].dt.strftime("%Y-%m-%d"))
        return without_nan({**plain, "days": records(days), "ways": records(self.ways)})

    @classmethod
    def of_dict(cls, described: Mapping[str, Any]) -> Self:
        """What `as_dict` described."""
        days = pd.DataFrame(described["days"], columns=DAYS)
        return cls(
            asked=dict(described["asked"]),
            sentence=described["sentence"],
            notes=tuple(described["notes"]),
            best=described["best"],
            days=_numbers(days.assign(day=pd.to_datetime(days["day"]))),
            ways=_numbers(pd.DataFrame(described["ways"], columns=OVERALL)),
        )


@dataclass(frozen=True)
class Lists:
    """Every list of every day, the ways side by side.

    Attributes:
        day_N: from 0 on. update_WD: seconds.
    """

    titles: dict[str, str]
    ndcg_WN: NDArray[np.float64]
    hit_WN: NDArray[np.float64]
    day_N: NDArray[np.int64]
    person_N: NDArray[np.int32]
    update_WD: NDArray[np.float64]

    @classmethod
    def of(cls, titles: dict[str, str], days: Days) -> Self:
        """What the days' files hold."""
        found = list(days.found())
        sizes = [len(one["person"]) for one in found]
        return cls(
            titles=titles,
            ndcg_WN=np.concatenate([one["ndcg"] for one in found], axis=1),
            hit_WN=np.concatenate([one["hit"] for one in found], axis=1),
            day_N=np.repeat(np.arange(len(found)), sizes),
            person_N=np.concatenate([one["person"] for one in found]),
            update_WD=np.stack([one["update_s"] for one in found], axis=1),
        )

    @property
    def reference(self) -> int:
        """The way that others are told from."""
        names = list(self.titles)
        return names.index("frozen") if "frozen" in names else len(names) - 1


def result_of(asked: dict[str, Any], about: About, titles: dict[str, str], days: Days, k: int) -> Prequential:
    """The finding from all lists of all days."""
    lists = Lists.of(titles, days)
    regret = cumulative_regret(lists.ndcg_WN, lists.day_N, lists.person_N, len(days.days))
    ways = _ways(lists, regret)
    return Prequential(
        asked=asked,
        sentence=_sentence(ways, lists.reference, regret.best),
        notes=tuple(_notes(lists, about, asked, k)),
        best=list(titles)[regret.best],
        days=_days(lists, regret, days.days),
        ways=ways,
    )


def _ways(lists: Lists, regret: Regret) -> pd.DataFrame:
    rows = []
    for place, (way, title) in enumerate(lists.titles.items()):
        ndcg = mean_over_people(lists.ndcg_WN[place], lists.person_N)
        hit = mean_over_people(lists.hit_WN[place], lists.person_N)
        gap = mean_over_people(lists.ndcg_WN[place] - lists.ndcg_WN[lists.reference], lists.person_N)
        verdict = "" if place == lists.reference else _verdict(gap)
        lost = [of_WD[place, -1] for of_WD in (regret.value_WD, regret.low_WD, regret.high_WD)]
        rows.append([way, title, *ndcg, *hit, *gap, verdict, *lost, lists.update_WD[place].sum()])
    return pd.DataFrame(rows, columns=OVERALL)


def _verdict(gap: Mean) -> str:
    return "better" if gap.low > 0 else "worse" if gap.high < 0 else "no real difference"


def _days(lists: Lists, regret: Regret, days: tuple[int, ...]) -> pd.DataFrame:
    rows = []
    for place, (way, title) in enumerate(lists.titles.items()):
        for at, day in enumerate(days):
            today = lists.day_N == at
            ndcg = mean_over_people(lists.ndcg_WN[place, today], lists.person_N[today])
            hit = mean_over_people(lists.hit_WN[place, today], lists.person_N[today])
            lost = [of_WD[place, at] for of_WD in (regret.value_WD, regret.low_WD, regret.high_WD)]
            moment = pd.Timestamp(day, unit="D")
            seconds = lists.update_WD[place, at]
            rows.append([way, title, moment, int(today.sum()), *ndcg, *hit, *lost, seconds])
    return pd.DataFrame(rows, columns=DAYS)


def _sentence(ways: pd.DataFrame, reference: int, best: int) -> str:
    """Who is best, and by how much more than the reference."""
    first, against = ways.iloc[best], ways.iloc[reference]
    told = f"{first['title']}: NDCG@10 {first['ndcg']:.4f}"
    if best == reference:
        rivals = ways.drop(index=best)
        second = rivals.loc[rivals["ndcg"].idxmax()]
        return f"Best was {told}. Next came {second['title']} with {second['ndcg']:.4f}: {second['verdict']}."
    gap = f"{first['difference']:+.4f} ({first['difference_low']:+.4f} to {first['difference_high']:+.4f})"
    told_apart = first["verdict"] if first["verdict"] != "better" else "a real difference"
    return f"Best was {told}, {gap} against {against['title']}: {told_apart}.".replace("-", MINUS)


def _notes(lists: Lists, about: About, asked: dict[str, Any], k: int) -> list[str]:
    people, days = len(np.unique(lists.person_N)), lists.update_WD.shape[1]
    notes = [
        f"{plural(len(lists.person_N), 'list')} of {k} for {count(people)} {many(about.person)} on "
        f"{plural(days, 'day')}. Only days on which a {about.person} did something are asked about.",
        "Each list is made just before the day's first event; histories are up to date in all ways, also in "
        "the frozen one.",
        f"Intervals are 95 %, over {many(about.person)}. The best way is known with hindsight only.",
    ]
    twins = _twins(lists)
    if twins:
        notes.append(f"{listed(twins)} made the same lists throughout.")
    if (np.bincount(lists.day_N) >= asked["people"]).any():
        notes.append(
            f"At most {count(asked['people'])} {many(about.person)} a day were asked, drawn by chance."
        )
    return notes


def _twins(lists: Lists) -> list[str]:
    """Ways that reached the same on every list as the one named before them."""
    names = list(lists.titles.values())
    for first in range(len(names)):
        same = [names[other] for other in range(first + 1, len(names)) if _same(lists, first, other)]
        if same:
            return [names[first], *same]
    return []


def _same(lists: Lists, first: int, other: int) -> bool:
    return bool((lists.ndcg_WN[first] == lists.ndcg_WN[other]).all())


def _numbers(frame: pd.DataFrame) -> pd.DataFrame:
    """Columns of numbers with NaN for null."""
    words = {"way", "title", "verdict", "day", "lists"}
    return frame.astype({name: "float64" for name in frame.columns if name not in words})
