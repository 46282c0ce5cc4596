"""One vocabulary of column names and units for the whole package."""

from typing import Literal

USER = "user"
ITEM = "item"
TIME = "time"  # seconds (since 1970 for dates; position in the file where there is no time)
WEIGHT = "weight"  # how strongly an event counts; 1 unless the source says otherwise
EVENT = "event"  # the kind of event (view, purchase...); optional

DAY = 24 * 60 * 60  # seconds

Kind = Literal["categorical", "multi", "numeric", "text", "vector"]
TimeKind = Literal["date", "day", "order"]  # calendar time, plain day numbers, no time at all
Repeats = Literal["both", "new", "again"]  # what may be recommended: all, unseen only, seen only
