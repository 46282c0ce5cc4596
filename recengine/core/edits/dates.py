"""Moments of the edit language: 2017-06-01, June 2017, 2017, or the number of a day."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime, timedelta

from recengine.core.columns import DAY, TimeKind
from recengine.core.errors import EditError, did_you_mean

MONTHS = [name.lower() for name in calendar.month_name]  # MONTHS[1] == "january"
MONTH_WORD = re.compile(r"(?P<month>[a-z]{3,9})\.?,? (?P<year>\d{4})", re.IGNORECASE)
ISO = re.compile(r"(?P<year>\d{4})-(?P<month>\d{1,2})(?:-(?P<day>\d{1,2}))?")
NUMBER = re.compile(r"-?\d+")
LONGEST = 7  # digits of the number of a day
YEARS = range(1000, 3000)  # that a date may lie in


def read_moment(text: str, *, end: bool) -> str:
    """A moment in the one way it is kept: an ISO date, or a whole number (a day, or a year).

    Args:
        end: whether the last day of a month is meant rather than its first.

    Raises:
        EditError: it is neither.
    """
    if NUMBER.fullmatch(text) and len(text) <= LONGEST:
        return text
    if (match := MONTH_WORD.fullmatch(text)) and (month := month_number(match["month"])):
        return _iso(text, int(match["year"]), month, None, end)
    if match := ISO.fullmatch(text):
        day = int(match["day"]) if match["day"] else None
        return _iso(text, int(match["year"]), int(match["month"]), day, end)
    raise EditError(
        f"'{text}' is no date. Write 2017-06-01, June 2017, or the number of a day. {_near(text)}"
    )


def month_number(word: str) -> int | None:
    """ "Dec" or "december" -> 12; None for any other word."""
    found = [number for number, name in enumerate(MONTHS) if len(word) >= 3 and name.startswith(word.lower())]
    return found[0] if found else None


def month_span(year: int, month: int) -> tuple[str, str]:
    """First and last day of a month."""
    return _iso("", year, month, None, False), _iso("", year, month, None, True)


def seconds_of(moment: str, kind: TimeKind, *, end: bool) -> float:
    """Where a moment begins in the data's seconds; where it ends, for an end.

    Raises:
        EditError: the data have no times, or times of another kind.
    """
    if kind == "order":
        raise EditError(
            "these data have an order but no times, so no stretch of time can be left out or kept. Import "
            "them again and map the column that holds the time."
        )
    number = NUMBER.fullmatch(moment) is not None
    if kind == "day":
        if not number:
            raise EditError(f"times are day numbers here, so '{moment}' means nothing. Write from 100, say.")
        return (int(moment) + end) * float(DAY)
    day = _of_year(moment, end) if number else date.fromisoformat(moment)
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(days=end)
    return midnight.timestamp()


def month_or_day(moment: str, *, end: bool) -> str:
    """Such as "June 2017" for its first day (its last for an end), else "15 June 2017" or "day 12"."""
    if NUMBER.fullmatch(moment):
        return moment if int(moment) in YEARS else f"day {moment}"
    day = date.fromisoformat(moment)
    if moment == month_span(day.year, day.month)[end]:
        return f"{calendar.month_name[day.month]} {day.year}"
    return _day_in_words(day)


def span_in_words(first: str, last: str) -> str:
    """Such as "December 2017", "June 2017 to July 2017", "1 June 2017 to 15 June 2017", "day 0 to day 10"."""
    ends = [month_or_day(first, end=False), month_or_day(last, end=True)]
    whole = [not end[0].isdigit() for end in ends]  # of months
    if not all(whole) and not NUMBER.fullmatch(first):
        ends = [_day_in_words(date.fromisoformat(moment)) for moment in (first, last)]
    return " to ".join(dict.fromkeys(ends))


def seconds_in_words(first: float, last: float, kind: TimeKind) -> str:
    """From when to when the data reach, given their first and last time in seconds."""
    if kind == "day":
        return f"day {first // DAY:.0f} to day {last // DAY:.0f}"
    days = [datetime.fromtimestamp(time, UTC).date() for time in (first, last)]
    return " to ".join(map(_day_in_words, days))


def _day_in_words(day: date) -> str:
    return f"{day.day} {calendar.month_name[day.month]} {day.year}"


def _of_year(moment: str, end: bool) -> date:
    if int(moment) not in YEARS:
        raise EditError(f"times are dates here, so '{moment}' means nothing. Write 2017-06-01 or June 2017.")
    return date(int(moment), 12, 31) if end else date(int(moment), 1, 1)


def _iso(text: str, year: int, month: int, day: int | None, end: bool) -> str:
    try:
        if day is None:
            day = calendar.monthrange(year, month)[1] if end else 1
        return date(year if year in YEARS else 0, month, day).isoformat()
    except (ValueError, calendar.IllegalMonthError):
        raise EditError(
            f"there is no such day as '{text}'. Dates are written year-month-day: 2017-06-01."
        ) from None


def _near(text: str) -> str:
    word = text.split(" ")[0].lower()
    return did_you_mean(word, MONTHS[1:]) if word.isalpha() else ""
