"""Lineage: where a dataset came from, when, with which rules, and how new it was."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True)
class Lineage:
    """The story of one import. It holds neither user names nor passwords.

    Attributes:
        source: a store's address without secrets, or what a file or a made-up dataset is called.
        place, query: what was asked for, of a store: a table, view, collection or folder, or a query.
        users, items: tables of people and of items that came along.
        options: of the address, those that are known to hold no secret, as sslmode=require.
        is_whole: whether source and options are all there was to the address: no login, no other options.
        connection: the name under which the store's address is known; "" where it was written out.
        imported_at: seconds since 1970.
        rows_read: rows of the source before cleaning.
        rows_new: of these, what this import brought; None of data that came whole.
        rules: rows each cleaning rule set aside or put right.
        cleaning: the settings of cleaning that are not as usual.
        mapping: which columns were used, and how they were read.
        newest: the latest time of the events, for a reader.
        previous: fingerprint of the data that the name meant before; "" where there were none.
        kept: the folder of the rows as they were read; "" where they were not kept.
    """

    source: str
    place: str = ""
    query: str = ""
    users: str = ""
    items: str = ""
    options: str = ""
    is_whole: bool = True
    connection: str = ""
    imported_at: float = 0.0
    rows_read: int = 0
    rows_new: int | None = None
    rules: Mapping[str, int] = field(default_factory=dict)
    cleaning: Mapping[str, Any] = field(default_factory=dict)
    mapping: Mapping[str, Any] = field(default_factory=dict)
    newest: str = ""
    previous: str = ""
    kept: str = ""

    @property
    def can_go_on(self) -> bool:
        """Whether only what is new can be brought in."""
        return bool(self.kept)

    @property
    def plain_address(self) -> str:
        """The address without what was not kept of it: a login, options that may be secret."""
        return f"{self.source}?{self.options}" if self.options else self.source

    @property
    def address(self) -> str:
        """Where to ask again; "" where that would lack something."""
        return self.connection or (self.plain_address if self.is_whole else "")

    @property
    def asked(self) -> str:
        """What was asked for; "" of a file."""
        return f"query {self.query}" if self.query else self.place

    @property
    def sentence(self) -> str:
        """The whole in one line."""
        what = f"{self.asked}, " if self.asked else ""
        new = "" if self.rows_new is None else f" ({self.rows_new:,} of them new)"
        newest = f", newest {self.newest}" if self.newest else ""
        return f"{self.source}, {what}{self.rows_read:,} rows{new}, imported {self._moment}{newest}"

    def rows(self) -> list[tuple[str, str]]:
        """What there is to tell, a label and a text each; nothing empty."""
        roles = ("user", "item", "time", "weight", "event")
        told = {
            "Source": self.source,
            "Asked for": self.asked,
            "People from": self.users,
            "Items from": self.items,
            "Imported": self._moment,
            "Rows read": f"{self.rows_read:,}",
            "New rows": "" if self.rows_new is None else f"{self.rows_new:,}",
            "Newest event": self.newest,
            "Columns": ", ".join(f"{role}: {self.mapping[role]}" for role in roles if self.mapping.get(role)),
            "Rules that acted": ", ".join(f"{code}: {count:,} rows" for code, count in self.rules.items()),
            "Rules set": ", ".join(f"{name}: {value}" for name, value in self.cleaning.items()),
            "Data before": self.previous,
        }
        return [(label, text) for label, text in told.items() if text]

    @property
    def _moment(self) -> str:
        return f"{datetime.fromtimestamp(self.imported_at, UTC):%Y-%m-%d %H:%M} UTC"
