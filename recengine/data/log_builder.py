"""Raw columns become a log: ids as codes, times as seconds, what spreadsheets did to them undone."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from recengine.core.errors import DataError
from recengine.data.amounts import AmountColumn
from recengine.data.growing import Growing, IdColumn
from recengine.data.ids import mend_ids
from recengine.data.log import ROW_ORDER, Log
from recengine.data.mapping import RATING, Mapping
from recengine.data.repaired import EXAMPLES, Repaired
from recengine.data.rules import CleaningConfig
from recengine.data.summaries import repeated_headers, totals
from recengine.data.texts import code_ids, id_codes, is_no_text, raw_codes, texts
from recengine.data.time_column import TimeColumn


class LogBuilder:
    """Takes tables of raw columns one after the other and keeps codes only.

    Args:
        cleaning: which repairs are made; what is not made is found all the same.
    """

    def __init__(self, mapping: Mapping, cleaning: CleaningConfig | None = None) -> None:
        self.mapping, self._cleaning = mapping, cleaning or CleaningConfig()
        self.num_rows = [0, 0]  # events, test events
        self._user, self._item, self._event = IdColumn(), IdColumn(), IdColumn()
        self._time = TimeColumn(mapping.time, mapping.dates) if mapping.time else None
        self._weight = AmountColumn(mapping.weight, mapping.decimals) if mapping.weight else None
        self._rest = Growing(np.uint64)
        self._no_events: dict[str, list[NDArray[np.bool_]]] = {"repeated_headers": [], "totals": []}
        self._examples: dict[str, list[str]] = {"repeated_headers": [], "totals": []}

    def add(self, table: pa.Table, *, test: bool = False) -> None:
        """The next rows; columns are found by the mapping's names. Test rows come last.

        Raises:
            DataError: a column cannot be what the mapping says.
        """
        names = self.mapping
        if len(table) == 0:
            return
        user, item = (_encoded(table.column(name), name) for name in (names.user, names.item))
        self._user.add(user)
        self._item.add(item)
        if names.event:
            self._event.add(_encoded(table.column(names.event), names.event))
        if self._time:
            self._time.add(table.column(names.time), test=test)
        if self._weight:
            self._weight.add(table.column(names.weight))
        others = [name for name in table.column_names if name not in names.columns]
        if others and names.time and not test:
            self._rest.add(_row_hash(table.select(others)))
        self._find(
            table,
            repeated_headers=repeated_headers(user, item, (str(names.user), str(names.item))),
            totals=totals(table, user, item, names.time),
        )
        self.num_rows[test] += len(table)

    def finish(self) -> tuple[Log, Log | None]:
        """All rows added so far: the events, and the test events if there are any; codes are shared.

        Raises:
            Question: times or numbers can be read in two ways.
        """
        names, total = self.mapping, sum(self.num_rows)
        repaired = self._no_event_rows()
        came = [raw_codes(column.pieces()) for column in (self._user, self._item)]
        no_event = self._no_event(came[0][0], came[1][0], repaired)
        (user, users), (item, items) = (self._ids(*ids, no_event, repaired) for ids in came)
        del came  # the texts of twenty million ids
        event, events = id_codes(self._event.pieces()) if names.event else (None, pd.Index([]))
        time = self._values(self._time, repaired) if self._time else np.arange(1.0, total + 1)
        weight = self._values(self._weight, repaired) if self._weight else np.ones(total)
        log = Log(
            users=users,
            items=items,
            user=user,
            item=item,
            time=time,
            weight=weight.astype(np.float32),
            row=np.concatenate([np.arange(1, count + 1) for count in self.num_rows]),
            event=None if event is None else event.astype(np.int16),
            events=list(events),
            rest=self._all_rest(),
            rating=bool(names.weight and RATING.search(names.weight)),
            event_weight_of=np.array([names.weight_of(kind) for kind in events], np.float32),
            time_format=self._time.format if self._time and self._time.format else ROW_ORDER,
            repaired=repaired,
            unread=self._time.unread() if self._time else {},
        )
        if not self.num_rows[1]:
            return log, None
        is_test = np.arange(total) >= self.num_rows[0]
        return log.where(~is_test), log.where(is_test)

    def _is_on(self, code: str) -> bool:
        return bool(getattr(self._cleaning, code))

    def _find(self, table: pa.Table, **found: NDArray[np.bool_]) -> None:
        """Keep which rows are no events, with the first few in words."""
        for code, rows in found.items():
            self._no_events[code].append(rows)
            examples = self._examples[code]
            for place in np.flatnonzero(rows)[: EXAMPLES - len(examples)].tolist():
                cells = [
                    str(cell) for cell in table.slice(place, 1).to_pylist()[0].values() if cell is not None
                ]
                examples.append(f"row {sum(self.num_rows) + place + 1:,}: {', '.join(cells)[:200]}")

    def _no_event_rows(self) -> dict[str, Repaired]:
        found = {code: np.concatenate([np.zeros(0, bool), *rows]) for code, rows in self._no_events.items()}
        return {
            code: Repaired(rows, tuple(self._examples[code])) for code, rows in found.items() if rows.any()
        }

    def _no_event(
        self, user: NDArray[np.int32], item: NDArray[np.int32], repaired: dict[str, Repaired]
    ) -> NDArray[np.bool_]:
        """Rows whose ids say nothing about how ids are written: without one of them, totals, headers."""
        found = (user < 0) | (item < 0)
        for code in self._no_events:
            if code in repaired and self._is_on(code):
                found |= repaired[code].rows
        return found

    def _ids(
        self,
        raw: NDArray[np.int32],
        names: pd.Series[str],
        no_event: NDArray[np.bool_],
        repaired: dict[str, Repaired],
    ) -> tuple[NDArray[np.int32], pd.Index]:
        """Codes of mended ids; what was mended is added to `repaired`."""
        used = np.zeros(len(names) + 1, bool)
        used[raw[~no_event] if no_event.any() else raw] = True
        used = used[:-1]
        switches = {code: self._is_on(code) for code in ("spreadsheet_ids", "lost_zeros")}
        mended = mend_ids(names.where(used), **switches)
        for code, concerned in mended.concerned.items():
            rows = np.append(concerned, False)[raw]
            pairs = zip(names[concerned][:EXAMPLES], mended.ids[concerned][:EXAMPLES], strict=True)
            shown = tuple(old if old == new else f"{old} is {new}" for old, new in pairs)
            before = repaired.get(code)
            repaired[code] = (
                Repaired(rows, shown)
                if before is None
                else Repaired(before.rows | rows, (*before.examples, *shown)[:EXAMPLES])
            )
        return code_ids(raw, mended.ids.where(used, names))

    def _values(
        self, column: TimeColumn | AmountColumn, repaired: dict[str, Repaired]
    ) -> NDArray[np.float64]:
        """The column's values; where a repair is switched off, they stay unread."""
        values, found = column.finish()
        repaired |= found
        for code, one in found.items():
            if not self._is_on(code):
                values[one.rows] = np.nan
        return values

    def _all_rest(self) -> NDArray[np.uint64] | None:
        """Of a given test only the mapped columns are read: nothing looks for copies in it."""
        if not len(self._rest.array()):
            return None
        self._rest.add(np.zeros(self.num_rows[1], np.uint64))
        return self._rest.array()


def refuse_no_ids(kind: pa.DataType, name: str | None) -> None:
    """Stop where values of this type name nobody.

    Raises:
        DataError: they are lists, bytes, truth values or spans of time.
    """
    if is_no_text(kind) or pa.types.is_boolean(kind) or pa.types.is_duration(kind):
        raise DataError(
            f"column '{name}' holds values of type {kind}, and those can be no ids. "
            "Choose a column of text or numbers."
        )


def _encoded(values: pa.ChunkedArray, name: str | None) -> pa.DictionaryArray:
    """One column of ids as dictionary of text; numbers are written out once per distinct value."""
    column = pa.concat_arrays(values.chunks)
    encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    refuse_no_ids(encoded.dictionary.type, name)
    return pa.DictionaryArray.from_arrays(encoded.indices.cast(pa.int32()), texts(encoded.dictionary))


def _row_hash(table: pa.Table) -> NDArray[np.uint64]:
    """One number per row that differs (but for one case in 10^19) where any column differs."""
    import duckdb

    with duckdb.connect() as connection:
        connection.register("rows", table)
        columns = ", ".join('"' + name.replace('"', '""') + '"' for name in table.column_names)
        found = connection.execute(f"SELECT hash({columns}) AS h FROM rows").fetchnumpy()
    return np.asarray(found["h"], np.uint64)
