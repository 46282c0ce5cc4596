"""Edits that leave out or keep a stretch of time."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import ClassVar, Literal, Self

import numpy as np

from recengine.core.columns import DAY, TIME
from recengine.core.dataset import About, Dataset
from recengine.core.edits.choosing import WITHOUT, Verb
from recengine.core.edits.dates import (
    MONTHS,
    NUMBER,
    month_number,
    month_or_day,
    month_span,
    read_moment,
    seconds_of,
    span_in_words,
)
from recengine.core.edits.edit import Edit, keeping
from recengine.core.edits.reading import whole_number
from recengine.core.errors import EditError
from recengine.core.words import plural

ONE_SIDED = re.compile(r"(?P<side>from|since|until) (?P<moment>.+)", re.IGNORECASE)
BETWEEN = re.compile(
    r"(?P<verb>drop|keep) (?:from )?(?P<first>\S+(?: \d{4})?) to (?P<last>.+)", re.IGNORECASE
)
LAST_MONTH = re.compile(r"(?P<verb>drop|keep) (?:the )?last (?P<month>[a-z]{3,9})", re.IGNORECASE)
ONE_MONTH = re.compile(r"(?P<verb>drop|keep) (?P<month>[a-z]{3,9} \d{4}|\d{4}-\d{1,2})", re.IGNORECASE)
DAYS = re.compile(
    r"(?P<verb>drop|keep|add) (?:the )?(?P<end>last|first) "
    r"(?:(?P<number>\d[\d ,_]*) )?(?P<unit>days?|weeks?)",
    re.IGNORECASE,
)
MOST_DAYS = 40_000  # a hundred years
DAYS_OF = {"day": 1, "week": 7}


@dataclass(frozen=True)
class Period(Edit):
    """Leave out, or keep, what happened from one day to another, both included.

    Attributes:
        first, last: ISO dates, or numbers of days; None where a side is open.
    """

    examples: ClassVar[tuple[str, ...]] = (
        "from 2017-06-01",
        "until 2017-11-30",
        "drop 2017-12-01 to 2017-12-31",
        "drop December 2017",
    )
    of_time: ClassVar[bool] = True
    verb: Verb
    first: str | None
    last: str | None

    @classmethod
    def read(cls, clause: str) -> Self | None:
        if match := ONE_SIDED.fullmatch(clause):
            if match["side"].lower() == "until":
                return cls("keep", None, read_moment(match["moment"], end=True))
            return cls("keep", read_moment(match["moment"], end=False), None)
        if match := ONE_MONTH.fullmatch(clause):
            first, last = (read_moment(match["month"], end=end) for end in (False, True))
        elif match := BETWEEN.fullmatch(clause):
            first, last = read_moment(match["first"], end=False), read_moment(match["last"], end=True)
        else:
            return None
        if _number(first) > _number(last):
            raise EditError(f"'{clause}' ends before it begins; write the earlier day first.")
        return cls("keep" if match["verb"].lower() == "keep" else "drop", first, last)

    @property
    def text(self) -> str:
        if self.last is None:
            return f"from {self.first}"
        return f"until {self.last}" if self.first is None else f"{self.verb} {self.first} to {self.last}"

    def sentence(self, about: About) -> str:
        if self.last is None:
            return f"learning from {month_or_day(self.first or '', end=False)} on"
        if self.first is None:
            return f"learning until {month_or_day(self.last, end=True)}"
        return f"{WITHOUT[self.verb]} {span_in_words(self.first, self.last)}"

    def apply(self, data: Dataset) -> Dataset:
        times = data.interactions.column(TIME)
        inside_E = np.ones(len(times), bool)
        if self.first is not None:
            inside_E &= times >= seconds_of(self.first, data.about.time_kind, end=False)
        if self.last is not None:
            inside_E &= times < seconds_of(self.last, data.about.time_kind, end=True)
        return keeping(data, inside_E if self.verb == "keep" else ~inside_E, self.text)

    def longer(self, days: int) -> Self:
        """The same, ending so many days later."""
        assert self.last is not None
        if NUMBER.fullmatch(self.last):
            return replace(self, last=str(int(self.last) + days))
        return replace(self, last=(date.fromisoformat(self.last) + timedelta(days=days)).isoformat())


@dataclass(frozen=True)
class LastMonth(Edit):
    """Leave out, or keep, the latest month of a name that there is in the data."""

    examples: ClassVar[tuple[str, ...]] = ("drop last December",)
    of_time: ClassVar[bool] = True
    verb: Verb
    month: int

    @classmethod
    def read(cls, clause: str) -> Self | None:
        match = LAST_MONTH.fullmatch(clause)
        month = month_number(match["month"]) if match else None
        if match is None or month is None:
            return None
        return cls("keep" if match["verb"].lower() == "keep" else "drop", month)

    @property
    def text(self) -> str:
        return f"{self.verb} last {MONTHS[self.month].capitalize()}"

    def sentence(self, about: About) -> str:
        return f"{WITHOUT[self.verb]} last {MONTHS[self.month].capitalize()}"

    def named(self, data: Dataset) -> Period:
        if data.about.time_kind != "date":
            raise EditError(f"these data have no dates, so '{self.text}' means nothing for them.")
        newest = datetime.fromtimestamp(float(data.interactions.column(TIME)[-1]), UTC)
        year = newest.year if newest.month >= self.month else newest.year - 1
        return Period(self.verb, *month_span(year, self.month))

    def apply(self, data: Dataset) -> Dataset:
        return self.named(data).apply(data)


@dataclass(frozen=True)
class Days(Edit):
    """Leave out, or keep, so many days at an end of what there is; or take back what was left out there."""

    examples: ClassVar[tuple[str, ...]] = ("drop last 30 days", "keep last 90 days", "add last 30 days")
    of_time: ClassVar[bool] = True
    verb: Literal["drop", "keep", "add"]
    end: Literal["last", "first"]
    number: int

    @classmethod
    def read(cls, clause: str) -> Self | None:
        if (match := DAYS.fullmatch(clause)) is None:
            return None
        verb: Literal["drop", "keep", "add"] = match["verb"].lower()  # type: ignore[assignment]
        end: Literal["last", "first"] = "last" if match["end"].lower() == "last" else "first"
        number = whole_number(match["number"] or "1") * DAYS_OF[match["unit"].lower().rstrip("s")]
        if not 1 <= number <= MOST_DAYS:
            raise EditError(
                f"'{clause}' is about too short or too long a time; 1 to {MOST_DAYS:,} days are wanted."
            )
        if (verb, end) == ("add", "first"):
            raise EditError(f"only the last days can be added again; found '{clause}'.")
        return cls(verb, end, number)

    @property
    def text(self) -> str:
        return f"{self.verb} {self.end} {plural(self.number, 'day').replace(',', '')}"

    def sentence(self, about: About) -> str:
        span = f"the {self.end} {plural(self.number, 'day')}"
        return f"adding {span}" if self.verb == "add" else f"{WITHOUT[self.verb]} {span}"

    def apply(self, data: Dataset) -> Dataset:
        if data.about.time_kind == "order":
            seconds_of("", "order", end=False)
        if self.verb == "add":
            raise EditError(
                f"'{self.text}' has nothing to add: all that happened before the test is learnt from already."
                " It takes back a part of 'drop last 60 days', or of 'until' a day."
            )
        times = data.interactions.column(TIME)
        if not len(times):
            return data
        if self.end == "last":
            inside_E = times > times[-1] - self.number * DAY
        else:
            inside_E = times < times[0] + self.number * DAY
        return keeping(data, inside_E if self.verb == "keep" else ~inside_E, self.text)

    def added_to(self, earlier: Edit) -> Edit | None:
        """What becomes of an earlier edit by adding these days; None where it is undone altogether.

        Raises:
            EditError: fewer days were left out.
        """
        if isinstance(earlier, Period):
            return earlier.longer(self.number)
        assert isinstance(earlier, Days)
        if self.number > earlier.number:
            raise EditError(
                f"'{self.text}' asks for more than was left out: '{earlier.text}'. At most "
                f"{plural(earlier.number, 'day')} can be added."
            )
        left = earlier.number - self.number
        return replace(earlier, number=left) if left else None

    def adds_to(self, earlier: Edit) -> bool:
        """Whether an earlier edit left out the end, so that days can be added to it."""
        if isinstance(earlier, Period):
            return earlier.verb == "keep" and earlier.last is not None
        return isinstance(earlier, Days) and (earlier.verb, earlier.end) == ("drop", "last")


def _number(moment: str) -> float:
    """For telling the earlier of two moments of one kind."""
    return float(moment) if NUMBER.fullmatch(moment) else float(date.fromisoformat(moment).toordinal())
