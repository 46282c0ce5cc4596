"""Where datasets come from: each source is a settings object that knows how to load itself."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from pydantic import Field

from recengine.core.config import Config
from recengine.data.cleaning import CleaningConfig
from recengine.data.mapping import Mapping

if TYPE_CHECKING:
    from recengine.data.assemble import Imported


class Source(Config):
    """Base of every source. To write one: fields for what it needs, and `load`."""

    title: ClassVar[str]  # how a page calls it
    summary: ClassVar[str]  # one sentence for someone who has never heard of it

    def load(self, name: str, progress: Callable[[int], None] | None = None) -> Imported:
        """The dataset under this name, with the story of its import.

        Args:
            progress: called with the number of rows read so far.

        Raises:
            DataError: the source cannot be read, or nothing is left after cleaning.
        """
        raise NotImplementedError


class SampleSource(Source):
    """The sample that comes with the program; there is nothing to set."""

    title = "Built-in sample"
    summary = "A year of real grocery purchases of 2,441 households."

    def load(self, name: str, progress: Callable[[int], None] | None = None) -> Imported:
        """The sample; its products are those that at least 50 households bought."""
        from recengine.data.assemble import renamed
        from recengine.data.sample import import_sample

        return renamed(import_sample(progress), name)


class FileSource(Source):
    """Files on this computer: events, and optionally people, items and a given test."""

    title = "File"
    summary = "CSV or any other delimiter, Parquet or JSON lines; plain, gzip or zip."

    events: Path = Field(default=..., description="The file with one event per row.")
    users: Path | None = Field(default=None, description="A table of people, one row each.")
    items: Path | None = Field(default=None, description="A table of items, one row each.")
    test: Path | None = Field(default=None, description="Held-out events, if the data come with a split.")
    header: bool | None = Field(
        default=None, description="Whether the first line holds names; empty: find out."
    )
    mapping: Mapping = Field(
        default_factory=Mapping, description="Which columns hold what; the rest is guessed."
    )
    cleaning: CleaningConfig = Field(default_factory=CleaningConfig, description="Which rules apply.")

    def load(self, name: str, progress: Callable[[int], None] | None = None) -> Imported:
        """The files, mapped, cleaned and checked."""
        from recengine.data.build import import_files

        return import_files(
            self.events,
            name=name,
            mapping=self.mapping,
            users=self.users,
            items=self.items,
            test=self.test,
            cleaning=self.cleaning,
            header=self.header,
            progress=progress,
        )


class RemoteSource(Source):
    """Tables of a database, collections of a document store, folders of Parquet: data where they live."""

    title = "Database or document store"
    summary = "A table, view, query or collection of a server, or of a file that holds a database."

    address: str = Field(
        default=...,
        description="Where it is, without a password, or the name of a connection: mysql://user@host/shop.",
    )
    table: str | None = Field(
        default=None, description="The table, view or collection with one event per row."
    )
    query: str | None = Field(default=None, description="Or one SELECT that gives the events.")
    users: str | None = Field(default=None, description="A table of people, one row each.")
    items: str | None = Field(default=None, description="A table of items, one row each.")
    mapping: Mapping = Field(
        default_factory=Mapping, description="Which columns hold what; the rest is guessed."
    )
    cleaning: CleaningConfig = Field(default_factory=CleaningConfig, description="Which rules apply.")

    def load(self, name: str, progress: Callable[[int], None] | None = None) -> Imported:
        """The rows, mapped, cleaned and checked."""
        from recengine.data.build import import_remote
        from recengine.data.remote import open_remote, wanted

        return import_remote(
            open_remote(self.address),
            wanted(self.table, self.query),
            name=name,
            mapping=self.mapping,
            users=self.users,
            items=self.items,
            cleaning=self.cleaning,
            progress=progress,
        )


class SyntheticSource(Source):
    """Made-up people with two tastes, where the right answer is known."""

    title = "Made-up data"
    summary = "Two groups of people who like two groups of items; for trying things out."

    num_users: int = Field(default=200, ge=4, le=100_000, description="People, half of them in each group.")
    num_items: int = Field(default=60, ge=4, le=10_000, description="Items, half of them in each group.")
    events_per_user: int = Field(default=20, ge=2, le=1_000, description="Events of each person.")
    loyalty: float = Field(
        default=0.95, ge=0.5, le=1, description="Share of events that go to the items of the own group."
    )
    num_days: int = Field(default=100, ge=1, le=3_650, description="Over how many days events are spread.")
    seed: int = Field(default=0, ge=0, description="Which draw.")

    def load(self, name: str, progress: Callable[[int], None] | None = None) -> Imported:
        """Nothing to clean here; equal settings give equal data."""
        from recengine.data.assemble import Imported, renamed
        from recengine.data.checks import check
        from recengine.data.cleaning import CleaningReport
        from recengine.data.synthetic import two_tastes

        dataset = two_tastes(**self.model_dump())
        rows = len(dataset.interactions)
        return renamed(Imported(dataset, CleaningReport(rows, rows, ()), check(dataset)), name)
