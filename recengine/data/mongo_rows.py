"""Documents of a collection: whole batches, one question to the server for the first look and for all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, date
from itertools import chain, islice
from typing import Any, TypeAlias

import pandas as pd

from recengine.core.errors import DataError, did_you_mean
from recengine.data.documents import Document, Unwound
from recengine.data.layout import clean_name
from recengine.data.remote import Since

Row: TypeAlias = tuple[Document, Any]  # a document, and its element of the list that holds the events
Begun: TypeAlias = tuple[Sequence[str], list[Row], Iterator[Row]]  # the columns, rows read, rows to come


def documents(collection: Any, asked: Document, projection: dict[str, int]) -> Iterator[Document]:
    """Documents as a cursor gives them, decoded a batch at a time, which is quicker."""
    from bson import decode_all

    for batch in collection.find_raw_batches(asked, projection):
        yield from decode_all(batch, collection.codec_options)


class OneCursor:
    """Rows that are read twice from the start, the first time not to the end.

    Args:
        ask: the rows with these columns, from the server.
    """

    def __init__(self, ask: Callable[[Sequence[str]], Iterator[Row]]) -> None:
        self._ask = ask
        self._begun: Begun | None = None

    def rows(self, columns: Sequence[str], limit: int | None) -> Iterator[Row]:
        """The first rows, or all: where the same columns were looked at before, the cursor goes on."""
        begun, self._begun = self._begun, None
        if limit is not None:
            coming = self._ask(columns)
            head = list(islice(coming, limit))
            self._begun = (columns, head, coming)
            return iter(head)
        if begun is not None and begun[0] == columns:
            return chain(*begun[1:])
        return self._ask(columns)


class After:
    """Rows at or after a value: asked of the server by document, looked at again by element."""

    def __init__(self, path: str, value: Any, unwound: Unwound) -> None:
        self.path, self.value = path, value
        self.filter = {path: {"$gte": value}}
        self._cells, self._inside = unwound, unwound.inside(path)

    @classmethod
    def of(cls, since: Since, unwound: Unwound) -> After:
        """A column by its cleaned name; the value as the documents write it.

        Raises:
            DataError: no such column, or values of several types, which a server does not compare.
        """
        names = {clean_name(path): path for path in unwound.columns}
        column, value = since
        if (path := names.get(clean_name(column))) is None:
            raise DataError(f"there is no column '{column}' to go on from. {did_you_mean(column, names)}")
        kinds = unwound.shape.type_of(path)
        if " or " in kinds.replace("whole number or number", "").replace("number or whole number", ""):
            raise DataError(
                f"column '{column}' holds {kinds}; nothing can be brought in since a value of it."
            )
        return cls(path, _as_written(value, kinds), unwound)

    def keeps(self, row: tuple[Document, Any]) -> bool:
        """Whether this element is recent, too."""
        if not self._inside:
            return True
        cell = self._cells.table([row], [self.path]).column(0)[0].as_py()
        return cell is None or bool(cell >= self.value)


def _as_written(value: Any, kind: str) -> Any:
    """The value in the type of the column's values; moments are UTC."""
    if kind == "ObjectId":
        from bson import ObjectId

        return ObjectId(value)
    if kind == "date":
        moment = pd.Timestamp(value).to_pydatetime()
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    return str(value) if isinstance(value, date) else value
