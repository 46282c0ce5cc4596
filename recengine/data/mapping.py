"""Mapping: which column of a table is the person, the item, the time. Guessed, shown, corrected."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
from pydantic import Field, field_validator

from recengine.core.config import Config
from recengine.core.errors import DataError, did_you_mean
from recengine.data.amounts import amounts
from recengine.data.domains import find_domain
from recengine.data.layout import clean_name
from recengine.data.texts import numbers
from recengine.data.times import TimeFormat, guess_time

RATING = re.compile(r"rating|score|stars|grade|overall|(^|_)rated?($|_)|(^|_)note$", re.IGNORECASE)
NOTHING = ("", "none", "-")  # words for "no column"
MOST_KINDS = 50  # more distinct values than this are no kinds of events
MOST_GRADES = 21  # a rating scale has no more steps (0.5 to 10 by halves)
EVENT_WEIGHTS = {  # the first word found in a kind's name decides; purchases say most
    "remove": 0.0, "return": 0.0, "refund": 0.0, "dislike": 0.0, "skip": 0.0,
    "purchase": 5.0, "buy": 5.0, "transaction": 5.0, "order": 5.0, "checkout": 5.0,
    "cart": 3.0, "basket": 3.0, "fav": 2.0, "like": 2.0, "wish": 2.0, "save": 2.0, "share": 2.0,
}  # fmt: skip


class Mapping(Config):
    """Which columns hold what. Fields never set are guessed; fields set to None stay empty."""

    user: str | None = Field(default=None, description="Column with the person's id.")
    item: str | None = Field(default=None, description="Column with the item's id.")
    time: str | None = Field(
        default=None,
        description="Column with the moment: ISO text, unix seconds or milliseconds, or plain day numbers.",
    )
    weight: str | None = Field(
        default=None, description="Column with a quantity or rating; how strongly an event counts."
    )
    event: str | None = Field(default=None, description="Column with the kind of event (view, purchase...).")
    dates: Literal["dmy", "mdy", "ymd"] | None = Field(
        default=None,
        description="How to read dates such as 03/04/2024 where no other date says it: day or month first.",
    )
    decimals: Literal["comma", "point"] | None = Field(
        default=None, description="What 1,234 and 1.234 are: what the decimals begin with."
    )
    sheet: str | None = Field(
        default=None, description="Which sheet of a workbook holds the events; 'all' for one after the other."
    )
    users_sheet: str | None = Field(default=None, description="The same for the workbook of people.")
    items_sheet: str | None = Field(default=None, description="The same for the workbook of items.")
    test_sheet: str | None = Field(default=None, description="The same for the workbook of test events.")
    event_weights: dict[str, float] = Field(
        default_factory=dict,
        description="How much each kind of event counts; 0 leaves it out. Kinds not named here count by "
        "their name: a purchase 5, a basket 3, a view 1.",
    )
    domain: str | None = Field(
        default=None,
        description="What the data are about (e-commerce, social-media, online-education): its words, "
        "weights of kinds of events, split and checks.",
    )

    @field_validator("domain")
    @classmethod
    def _known_domain(cls, name: str | None) -> str | None:
        find_domain(name)
        return name

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns in use."""
        named = (self.user, self.item, self.time, self.weight, self.event)
        return tuple(name for name in named if name is not None and name.lower() not in NOTHING)

    def resolve(self, columns: Sequence[str], guess: Guess) -> Mapping:
        """The mapping with the file's own column names, and the guess where nothing was said.

        Names match without regard to case and type suffixes. In a file without header, "2" is
        the second column.

        Raises:
            DataError: there is no such column, or no person or item column at all.
        """
        said: dict[str, str | None] = {}
        for role in ROLES:
            if role in self.model_fields_set:
                said[role] = _column(getattr(self, role), columns, role)
        for role in ROLES:
            found = getattr(guess.mapping, role)
            said.setdefault(role, None if found in said.values() else found)
        for role, what in (("user", "person"), ("item", "item")):
            if said[role] is None:
                raise DataError(
                    f"no column looks like the {what}'s id among {', '.join(columns)}. "
                    f"Say which it is: --{role} COLUMN, or pick it on the Data page."
                )
        if said["user"] == said["item"]:
            raise DataError(
                f"column '{said['user']}' cannot be both the person and the item; pick two columns."
            )
        return self.model_copy(update=said)

    def weight_of(self, kind: str) -> float:
        """How much this kind of event counts: as said, else by the first word known in its name."""
        if kind in self.event_weights:
            return self.event_weights[kind]
        domain = find_domain(self.domain)
        usual = domain.weight_of(kind) if domain else None
        words = (weight for word, weight in EVENT_WEIGHTS.items() if word in kind.lower())
        return next(words, 1.0) if usual is None else usual


ROLES = ("user", "item", "time", "weight", "event")
Confidence = Literal["sure", "likely", "unsure"]


@dataclass(frozen=True)
class Guess:
    """A mapping found by looking, and why each column was chosen.

    Attributes:
        reasons: one sentence per field that was found.
        confidence: of each column: name and values speak for it, one of them does, or it is what was left.
    """

    mapping: Mapping
    reasons: dict[str, str]
    confidence: dict[str, Confidence] = field(default_factory=dict)


def _column(name: str | None, columns: Sequence[str], role: str) -> str | None:
    """The column meant by a name somebody typed."""
    if name is None or (name.lower() in NOTHING and name not in columns):
        return None
    near = {clean_name(column).lower(): column for column in reversed(columns)}
    if name in columns:
        return name
    if (found := near.get(clean_name(name).lower())) is not None:
        return found
    if name.isdigit() and columns[0] == "column_1" and 1 <= int(name) <= len(columns):
        return columns[int(name) - 1]
    raise DataError(f"there is no column '{name}' to be the {role}. {did_you_mean(name, columns)}")


# How strongly a word in a column's name speaks for a role.
_WORDS = {
    "user": {
        5: "user uid customer visitor household student reviewer",
        4: "client member person people buyer shopper learner listener viewer reader subscriber patient",
        3: "account profile cookie",
        2: "device author",
        1: "session u",
    },
    "item": {
        5: "item iid product movie film book isbn asin article track song sku video game anime venue poi",
        4: "artist stock course material content business restaurant recipe news listing beer podcast hotel",
        3: "album site app resource offer place show job",
        2: "ad page url location",
        1: "i",
    },
    "time": {
        6: "timestamp datetime unixreviewtime",
        5: "time date ts",
        4: "dat created when moment",
        3: "day",
        2: "at",
        1: "position step order sequence week",
    },
    "weight": {
        6: "rating",
        5: "stars score weight quantity qty plays playcount",
        4: "overall count clicks click listens",
        3: "views hours freq frequency grade units strength",
    },
    "event": {
        5: "event action behavior behaviour",
        4: "interaction",
        1: "type kind",
    },
}
WORDS: dict[str, dict[str, int]] = {
    role: {word: strength for strength, words in strengths.items() for word in words.split()}
    for role, strengths in _WORDS.items()
}
NAMING = {"id", "ids", "code", "key", "mbid", "no", "number", "num", "remap"}
FEATURES = {
    "name", "title", "category", "brand", "price", "group", "class", "description", "genre", "genres", "type",
    "age", "gender", "country", "city", "zip", "url", "author", "mode", "channel", "status", "start", "end",
}  # fmt: skip
UNSPOKEN = {
    "user", "uid", "iid", "isbn", "asin", "sku", "stock", "poi", "people", "news", "site",
}  # fmt: skip
LENGTHS = {"spent", "watch", "play", "listen", "duration", "zone", "minutes", "hours", "of"}  # no moments


def guess_mapping(frame: pd.DataFrame, domain: str | None = None) -> Guess:
    """Which column is what, by names and by values; fields not found are None.

    Args:
        frame: the first rows of the events, as read.
        domain: the preset that weighs the kinds of events.
    """
    columns = {name: pa.array(frame[name], from_pandas=True) for name in frame.columns}
    values = {name: column for name, column in columns.items() if not pa.types.is_nested(column.type)}
    named = not all(re.fullmatch(r"column_\d+", name) for name in values)
    chosen: dict[str, str] = {}
    reasons: dict[str, str] = {}
    confidence: dict[str, Confidence] = {}
    for role in ("time", "event", "weight", "user", "item"):
        free = [name for name in values if name not in chosen.values()]
        if found := (_by_name(role, free, values) if named else _by_values(role, free, values)):
            chosen[role], reasons[role] = found
            confidence[role] = _confidence(role, found[0], named)
    for role in ("user", "item"):
        if role not in chosen and (left := [name for name in values if _is_id(name, values, chosen)]):
            chosen[role] = left[0]
            reasons[role] = f"column '{left[0]}' is the first one left that could hold ids"
            confidence[role] = "unsure"
    weights = {}
    if "event" in chosen:
        kinds = sorted(frame[chosen["event"]].dropna().astype(str).unique())
        weights = {kind: Mapping(domain=domain).weight_of(kind) for kind in kinds}
        reasons["event_weights"] = ", ".join(f"{kind} counts {weight:g}" for kind, weight in weights.items())
    # All fields are set, so a guess can be shown, corrected and handed back as it is.
    roles = {role: chosen.get(role) for role in ROLES}
    guessed = Mapping.of({**roles, "event_weights": weights, "domain": domain})
    return Guess(guessed, reasons, confidence)


def spoken(role: str, column: str) -> str:
    """What to call a person or an item in a sentence, by the column's name: "customer", "movie"."""
    words = [word.lower() for word in re.findall(r"[A-Z]?[a-z]+", column)]
    words += [re.sub(r"ids?$", "", word) for word in words]
    known = [word for word in words if WORDS[role].get(word, 0) >= 3 and word not in UNSPOKEN]
    return known[0] if known else {"user": "person", "item": "item"}[role]


def _confidence(role: str, name: str, named: bool) -> Confidence:
    if not named and role in ("user", "item"):
        return "unsure"
    return "sure" if _name_score(role, name) >= 3 else "likely"


def _by_name(role: str, names: list[str], values: dict[str, pa.Array]) -> tuple[str, str] | None:
    """The column whose name speaks best for the role and whose values allow it."""
    scored = sorted(names, key=lambda name: -_name_score(role, name))
    for name in scored:
        if _name_score(role, name) > 0 and (fits := _fits(role, name, values[name])):
            return name, f"column '{name}' has a fitting name and {fits}"
    if role == "time":
        return _by_values(role, names, values)
    return None


def _name_score(role: str, name: str) -> float:
    path, _, last = name.rpartition(".")
    if path and role == "event" and any(_name_score(other, last) > 1 for other in ROLES if other != role):
        return 0.0  # events.item is the item of an event, not its kind
    words = [word.lower() for word in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", name)]
    words += [re.sub(r"(id|ids|code|s)$", "", word) for word in words] + ["".join(words)]
    score = max((WORDS[role].get(word, 0) for word in words), default=0)
    is_key = any(word in NAMING or word.endswith("id") for word in words)
    if role in ("user", "item"):
        return score + 0.5 * is_key - 3 * bool(FEATURES & set(words)) if score else 0.0
    if role == "time":
        return score - 5 * bool(LENGTHS & set(words))
    if role == "event" and score == 1 and len(words) > 3:
        return 0.0  # "type" alone may be the kind of event, "product_type" is not
    return score - 5 * is_key


def _by_values(role: str, names: list[str], values: dict[str, pa.Array]) -> tuple[str, str] | None:
    """For columns without names: dates look like dates, grades like grades; ids come first."""
    if role in ("user", "item"):
        return (names[0], f"column '{names[0]}' is the first one left") if names else None
    others = {"time": names[1:], "event": names[1:] if len(names) > 2 else [], "weight": names[2:]}[role]
    for name in reversed(others):
        if role == "time":
            found = guess_time(values[name], name)
            if found and found.kind == "date" and _is_recent(found, values[name]):
                return name, f"column '{name}' holds {found.words}"
        elif _looks_like(role, values[name]):
            return name, f"column '{name}' {_fits(role, name, values[name])}"
    return None


def _is_recent(written: TimeFormat, values: pa.Array) -> bool:
    """Between 1995 and 2100: large ids are not taken for seconds."""
    return bool(788_918_400 <= np.nanmedian(written.read(values)) <= 4_102_444_800)


def _looks_like(role: str, values: pa.Array) -> bool:
    number, distinct = numbers(values), len(values.unique())
    if role == "event":
        return bool(np.isnan(number).all()) and 2 <= distinct <= min(20, len(values) / 2)
    return (
        bool(np.isfinite(number).mean() > 0.8 and np.nanmax(number) <= 100 and (number * 2 % 1 == 0).any())
        and 2 <= distinct <= MOST_GRADES
    )


def _fits(role: str, name: str, values: pa.Array) -> str:
    """Why these values can play the role; "" if they cannot."""
    distinct = len(values.unique())
    if role == "time":
        found = guess_time(values, name)
        return f"holds {found.words}" if found else ""
    number = amounts(values) if role == "weight" else numbers(values)
    known = number[np.isfinite(number)]
    if role == "event":
        kinds = values.drop_null().unique()
        few = 2 if len(known) else 1  # a log sorted by kind shows a single word at its start
        return f"holds kinds of events, {kinds[0]} for one" if few <= len(kinds) <= MOST_KINDS else ""
    if role == "weight":
        return (
            f"holds numbers from {known.min():g} to {known.max():g}" if len(known) > 0.5 * len(values) else ""
        )
    fractions = len(known) and (known % 1 != 0).mean() > 0.1
    return "" if fractions else f"has {distinct:,} different values at the start of the file"


def _is_id(name: str, values: dict[str, pa.Array], chosen: dict[str, str]) -> bool:
    return name not in chosen.values() and bool(_fits("item", name, values[name]))
