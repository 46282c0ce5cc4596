"""MongoDB, and servers that speak its protocol."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any

import pandas as pd
import pyarrow as pa

from recengine.core.errors import DataError, did_you_mean
from recengine.data.data_file import DataFile
from recengine.data.documents import Document, Shape, Unwound, where_events_lie
from recengine.data.mongo_rows import After, OneCursor, Row, documents
from recengine.data.remote import Place, Query, Remote, RemoteFile, Since, Wanted, clean_errors, driver
from recengine.data.secrets import without_secret
from recengine.data.upsert import checked, records

LOOK_DOCUMENTS = 500  # from either end of a collection, to find out what its documents hold
LIST_DOCUMENTS = 20  # and of every collection, for its lists
ROWS = 50_000  # of one piece
REACH_S, READ_S = 5, 60  # to find the server; without a word from it
MOST_AT_ONCE = 100_000  # rows in one transaction; servers end long ones
WRITE = "write"  # the field that says which call wrote a document
KEYS_AT_ONCE = 1_000
EACH = "[]"  # after a list's path: one row per element
REFUSED, FORBIDDEN = (18, 8000), 13  # the server's codes


class MongoRemote(Remote):
    """Collections of documents.

    A place is a collection, or `COLLECTION.LIST[]` for one row per element of a list in its
    documents. By its name alone, a collection whose events lie in a list is read so too.
    """

    title = "MongoDB"
    example = "mongodb://user@host/database"
    extra = "mongo"

    def probe(self) -> None:
        """The server answers and lets this user in; a database that is not there is made by writing to it."""
        with self._database() as database:
            database.list_collection_names()

    def places(self) -> list[Place]:
        """Collections, views, and the lists that are in their documents."""
        with self._database() as database:
            found = []
            for one in database.list_collections():
                if not one["name"].startswith("system."):
                    found += self._places_of(database[one["name"]], one.get("type", "collection"))
            if not found:
                raise DataError(self._no_database(database.client))
        return sorted(found, key=lambda place: place.name)

    def columns(self, place: str) -> list[tuple[str, str]]:
        """Dotted paths, and the types that were seen there."""
        with self._database() as database:
            unwound = self._found(database, place)[1]
        return [(path, unwound.shape.type_of(path)) for path in unwound.columns]

    def file(self, wanted: Wanted, since: Since | None = None) -> DataFile:
        """One row per document, or per element of the list that holds the events."""
        return self._file(wanted, since, whole=False)

    def entities(self, place: Wanted) -> DataFile:
        """One row per document, whatever lists it holds."""
        return self._file(place, None, whole=True)

    def _file(self, wanted: Wanted, since: Since | None, whole: bool) -> DataFile:
        if isinstance(wanted, Query):
            raise DataError(f"{self.title} takes no query here. Name a collection.")
        with self._database() as database:
            collection, unwound = self._found(database, wanted, whole)
        name, shown = collection.name, unwound.at and f".{unwound.at}{EACH}"
        after = None if since is None else After.of(since, unwound)

        def ask(columns: Sequence[str]) -> Iterator[Row]:
            with self._database() as database:
                fetched = columns if after is None else [*columns, after.path]
                found = documents(database[name], after.filter if after else {}, unwound.needed(fetched))
                rows = unwound.rows(found)
                yield from rows if after is None else filter(after.keeps, rows)

        cursor = OneCursor(ask)

        def read(columns: list[str], limit: int | None) -> Iterator[pa.Table]:
            rows = cursor.rows(columns, limit)
            while piece := list(islice(rows, ROWS)):
                yield unwound.table(piece, columns)

        return RemoteFile(f"collection {name}{shown}", unwound.columns, read, self.connection)

    def write(
        self,
        place: str,
        frame: pd.DataFrame,
        keys: Sequence[str],
        batch: str,
        whole: dict[str, str] | None = None,
    ) -> int:
        """New documents are put beside the old, which are removed last.

        In one transaction where the server has them and there are no more than MOST_AT_ONCE
        rows; else a reader may see both for a moment, and a write that fails takes its own away.
        """
        from bson import ObjectId

        mark = str(ObjectId())
        framed = checked(frame, keys, batch, whole).assign(**{WRITE: mark})
        documents = [dict(zip(framed.columns, row, strict=True)) for row in records(framed)]
        with self._database() as database:
            collection = database[place]
            collection.create_index([(key, 1) for key in keys])
            with _all_or_nothing(collection, mark, len(framed)) as session:
                if documents:
                    collection.insert_many(documents, session=session)
                for old in [whole] if whole else _of_keys(frame, keys):
                    collection.delete_many({**old, WRITE: {"$ne": mark}}, session=session)
        return len(frame)

    def _found(self, database: Any, place: str, whole: bool = False) -> tuple[Any, Unwound]:
        """The collection meant by a place, and how its documents become rows."""
        collection, at = self._named(database, place)
        documents = _sample(collection, LOOK_DOCUMENTS)
        if not documents:
            raise DataError(f"collection '{collection.name}' holds no documents.")
        shape = Shape.of(documents)
        if at and at not in shape.lists:
            raise DataError(
                f"there is no list '{at}' in '{collection.name}'. {did_you_mean(at, shape.lists)}"
            )
        at = at or ("" if whole else where_events_lie(shape, documents))
        if not at and not whole and shape.kinds.get("_id") == ["ObjectId"] and len(shape.kinds) > 2:
            del shape.kinds["_id"]  # it tells documents apart and says nothing else
        return collection, Unwound(shape, at)

    def _named(self, database: Any, place: str) -> tuple[Any, str]:
        names = database.list_collection_names()
        if not names:
            raise DataError(self._no_database(database.client))
        if place in names:
            return database[place], ""
        for name in sorted(names, key=len, reverse=True):
            if place.startswith(f"{name}.") and place.endswith(EACH):
                return database[name], place[len(name) + 1 : -len(EACH)]
        raise DataError(f"{self.label} has no collection '{place}'. {did_you_mean(place, names)}")

    def _places_of(self, collection: Any, kind: str) -> list[Place]:
        if kind == "view":
            return [Place(collection.name, "view")]
        lists = Shape.of(collection.find().limit(LIST_DOCUMENTS)).lists
        count = collection.estimated_document_count()
        inside = [Place(f"{collection.name}.{path}{EACH}", "collection") for path in lists]
        return [Place(collection.name, "collection", count), *inside]

    @contextmanager
    def _database(self) -> Iterator[Any]:
        """The database, as long as needed; what the driver says becomes words."""
        errors = driver("pymongo.errors", self.extra)
        if not self.connection.database:
            raise DataError(f"{self.label} names no database. Add it to the address: {self.example}.")
        with clean_errors(self.connection):
            try:
                with self._client() as client:
                    yield client[self.connection.database]
            except errors.ServerSelectionTimeoutError as error:
                why = without_secret(_before_timeouts(error), self.connection)
                raise DataError(
                    f"nobody answers at {self.label} ({why}). Is the server running, and can this machine "
                    "reach it?"
                ) from None
            except errors.AutoReconnect as error:
                raise OSError(_before_timeouts(error)) from None
            except (errors.ConfigurationError, errors.InvalidName) as error:
                said = without_secret(str(error), self.connection)
                raise DataError(f"{self.label} cannot be used: {said}.") from None
            except errors.OperationFailure as error:
                raise self._refusal(error) from None

    def _client(self) -> Any:
        from bson.codec_options import DatetimeConversion

        limits = {"serverSelectionTimeoutMS": REACH_S, "connectTimeoutMS": REACH_S, "socketTimeoutMS": READ_S}
        said = {key.lower() for key, _ in self.connection.options}
        own = {key: 1000 * seconds for key, seconds in limits.items() if key.lower() not in said}
        return driver("pymongo", self.extra).MongoClient(
            self.connection.url(),
            **own,
            datetime_conversion=DatetimeConversion.DATETIME_AUTO,  # years beyond 9999 are no error
            uuidRepresentation="standard",
            unicode_decode_error_handler="replace",
        )

    def _refusal(self, error: Any) -> Exception:
        """An error of the server in words, where there are any."""
        if error.code in REFUSED:
            return DataError(
                f"{self.label} refuses this user and password. Check both; a user kept in another database "
                "needs ?authSource=admin in the address."
            )
        if error.code == FORBIDDEN:
            return DataError(
                f"{self.label}: this user may not do that. Check the database's name, or log in as "
                "somebody who may."
            )
        return error if isinstance(error, Exception) else DataError(str(error))

    def _no_database(self, client: Any) -> str:
        names = [name for name in client.list_database_names() if name not in ("admin", "local", "config")]
        hint = did_you_mean(self.connection.database, names)
        return f"there is no database '{self.connection.database}' at {self.label}, or it is empty. {hint}"


def _sample(collection: Any, most: int) -> list[Document]:
    """Documents from both ends, as fields come and go over the years."""
    from pymongo.errors import OperationFailure

    first = list(collection.find().limit(most))
    if len(first) < most:
        return first
    try:
        return [*first, *collection.find().hint([("$natural", -1)]).limit(most)]
    except OperationFailure:  # a view has no order of its own
        return [*first, *collection.find().sort("_id", -1).limit(most)]


def _before_timeouts(error: Exception) -> str:
    """What the driver says, without its settings and its view of the servers."""
    return str(error).partition(" (configured")[0][:200]


@contextmanager
def _all_or_nothing(collection: Any, mark: str, rows: int) -> Iterator[Any]:
    """A session in a transaction; None where there can be none, and what was written goes on failure."""
    client = collection.database.client
    hello = client.admin.command("hello")
    if rows <= MOST_AT_ONCE and ("setName" in hello or hello.get("msg") == "isdbgrid"):
        with client.start_session() as session, session.start_transaction():
            yield session
        return
    try:
        yield None
    except BaseException:
        collection.delete_many({WRITE: mark})
        raise


def _of_keys(frame: pd.DataFrame, keys: Sequence[str]) -> Iterator[Document]:
    """Filters that find the rows with these keys, so many at a time."""
    rows = frame[list(keys)].astype(object)
    for start in range(0, len(rows), KEYS_AT_ONCE):
        yield {"$or": rows.iloc[start : start + KEYS_AT_ONCE].to_dict("records")}
