"""A whole column of times, read piece by piece; what could be day or month is settled at the end."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from recengine.core.errors import DataError, Question
from recengine.data.growing import Growing, TwoReadings
from recengine.data.moments import (
    DASHES,
    DOTS,
    EXCEL,
    FORMS,
    ISO_TEXT,
    SLASHES,
    UNREAD,
    Order,
    Readings,
    Seconds,
)
from recengine.data.repaired import Repaired, Sightings
from recengine.data.texts import texts
from recengine.data.times import ISO, WRITTEN, TimeFormat, all_iso, guess_time, is_moment, read_texts

MAIN = len(FORMS)  # form of the values that are written as the column's format says
FIRST = {"dmy": "day", "mdy": "month", "ymd": "year"}


class TimeColumn:
    """Takes the values of a column of times, one piece after the other.

    Args:
        order: what somebody said of dates such as 03/04/2024; None where nobody did.
    """

    def __init__(self, name: str, order: Order | None = None) -> None:
        self._name, self._order = name, order
        self.format: TimeFormat | None = None
        self._values, self._form = TwoReadings(), Growing(np.int8)
        self._num_rows = 0
        self._seen = Sightings()

    def add(self, values: pa.ChunkedArray, *, test: bool = False) -> None:
        """The next values.

        Raises:
            DataError: they are no times.
        """
        if self.format is None:
            self.format = guess_time(values, self._name)
        if self.format is None:
            raise DataError(self._no_time(values))
        found = self._readings(values, self.format)
        if test and np.isnan(found.dmy).all() and (own := guess_time(values, self._name)):
            found = self._readings(values, own)  # the test may write the same moments in another way
        self._look(values, found)
        self._values.add(found.dmy, found.mdy)
        self._form.add(found.form)
        self._num_rows += len(values)

    def finish(self) -> tuple[Seconds, dict[str, Repaired]]:
        """All values in seconds, and what was not written as most are.

        Raises:
            Question: there are dates whose day could be the month, and nothing says which it is.
        """
        form = self._form.array()
        counts = np.bincount(form, minlength=MAIN + 1)[1:]
        first = {one: self._order_of(one) for one in (DOTS, SLASHES, DASHES) if counts[one - 1]}
        month_first = [one for one, order in first.items() if order == "mdy"]
        seconds = self._values.settled(np.isin(form[self._values.places()], month_first))
        main = int(counts.argmax()) + 1
        if self.format is not None and self.format.pattern == WRITTEN and main < MAIN:
            which = f", the {FIRST[first[main]]} first" if main in first else ""
            self.format = replace(self.format, words=f"{FORMS[main]}{which}")
        return seconds, self._repaired(form, main)

    def unread(self) -> dict[int, str]:
        """The first values that could not be read, by their rows."""
        return dict(self._seen.of(UNREAD))

    def _readings(self, values: pa.ChunkedArray, written: TimeFormat) -> Readings:
        """Values as the format says; those it does not fit, in whatever way they are written."""
        year_first = self._order == "ymd"
        if written.pattern is not None and not is_moment(values.type):
            return self._texts(values, written, year_first)
        seconds = written.read(values)
        form = np.where(np.isnan(seconds), UNREAD, EXCEL if "Excel" in written.words else MAIN).astype(
            np.int8
        )
        odd = np.flatnonzero(np.isnan(seconds))
        if written.kind != "date" or not len(odd) or is_moment(values.type):
            return Readings(seconds, seconds, form)
        rest = read_texts(texts(values.take(pa.array(odd))), year_first=year_first)
        dmy, mdy = seconds.copy(), seconds.copy()
        dmy[odd], mdy[odd], form[odd] = rest.dmy, rest.mdy, rest.form
        return Readings(dmy, mdy, form)

    def _texts(self, values: pa.ChunkedArray, written: TimeFormat, year_first: bool) -> Readings:
        if written.pattern == ISO and (seconds := all_iso(values)) is not None:
            form = np.where(np.isnan(seconds), UNREAD, ISO_TEXT).astype(np.int8)
            return Readings(seconds, seconds, form)
        return read_texts(texts(values), year_first=year_first)

    def _look(self, values: pa.ChunkedArray, found: Readings) -> None:
        """Keep examples: of each form, of what cannot be read, and of what can be read in two ways."""
        row = self._num_rows + 1
        for form in np.unique(found.form).tolist():
            at = found.form == form
            if form == UNREAD:
                at &= np.asarray(texts(values).is_valid())
            self._seen.look(form, values, at, row)
        only_dmy, only_mdy = np.isnan(found.mdy), np.isnan(found.dmy)
        for form in (DOTS, SLASHES, DASHES):
            here = found.form == form
            self._seen.look((form, "dmy"), values, here & only_dmy, row)
            self._seen.look((form, "mdy"), values, here & only_mdy, row)
            self._seen.look(
                (form, "open"), values, here & ~only_dmy & ~only_mdy & (found.dmy != found.mdy), row
            )

    def _order_of(self, form: int) -> Order:
        """Whether day or month comes first in dates of a form; those with only one reading say it."""
        if self._order is not None:
            return self._order
        if self._seen.of((form, "dmy")) and not self._seen.of((form, "mdy")):
            return "dmy"
        if self._seen.of((form, "mdy")) and not self._seen.of((form, "dmy")):
            return "mdy"
        if form == DOTS or not self._seen.of((form, "open")):
            return "dmy"  # nobody writes 5.17.2024
        raise self._question(form)

    def _question(self, form: int) -> Question:
        _, date = self._seen.of((form, "open"))[0]
        readings = read_texts(pa.array([date]))
        options = {"dmy": f"{date} is {_day(readings.dmy[0])}", "mdy": f"{date} is {_day(readings.mdy[0])}"}
        both = [self._seen.of((form, order)) for order in ("dmy", "mdy")]
        mixed = f" (it holds {both[0][0][1]} as well as {both[1][0][1]})" if all(both) else ""
        return Question("dates", f"column '{self._name}'{mixed}", options)

    def _repaired(self, form: NDArray[np.int8], main: int) -> dict[str, Repaired]:
        kinds = {
            "excel_dates": {EXCEL},
            "mixed_times": set(np.unique(form).tolist()) - {EXCEL, UNREAD, main},
        }
        return {
            code: Repaired(np.isin(form, list(forms)), self._examples(forms))
            for code, forms in kinds.items()
            if np.isin(form, list(forms)).any()
        }

    def _examples(self, forms: set[int]) -> tuple[str, ...]:
        return tuple(
            f"row {row:,}: {text}" for form in sorted(forms) for row, text in self._seen.of(form)[:2]
        )

    def _no_time(self, values: pa.ChunkedArray) -> str:
        shown = ", ".join(map(repr, values.slice(0, 3).to_pylist()))
        return (
            f"column '{self._name}' holds no time that can be read; it starts with {shown}. Times are ISO "
            "text (2024-05-17 09:30), seconds or milliseconds since 1970, or plain day numbers. "
            "Choose another column for the time, or none."
        )


def _day(seconds: float) -> str:
    day = pd.Timestamp(seconds, unit="s")
    return f"{day.day} {day.month_name()} {day.year}"
