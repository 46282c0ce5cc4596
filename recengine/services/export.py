"""Tables as files that are safe to open."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from recengine.core.errors import SettingsError
from recengine.services.files import replacing

# What a spreadsheet takes for the start of a formula; a full-width form counts as well.
FORMULA = r"^\s*[=+\-@\t\r\uFF1D\uFF0B\uFF0D\uFF20]"


def safe(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame with a leading ' in every text cell and heading that a spreadsheet would calculate."""
    checked = frame.copy()
    for name in checked.columns:
        if not pd.api.types.is_numeric_dtype(checked[name]) and not pd.api.types.is_datetime64_any_dtype(
            checked[name]
        ):
            checked[name] = _safe_texts(checked[name])
    checked.columns = pd.Index(_safe_texts(pd.Series(list(map(str, checked.columns)), dtype="str")))
    return checked


def _safe_texts(values: pd.Series) -> pd.Series:
    texts = values.astype("str")
    risky = texts.str.match(FORMULA).fillna(False) & values.notna()
    # A number written as text (-3.5) is no formula.
    risky &= pd.to_numeric(texts, errors="coerce").isna()
    return texts.where(~risky, "'" + texts).where(values.notna())


def safe_csv(frame: pd.DataFrame, *, header: bool = True) -> str:
    """CSV text in which no cell can act as a spreadsheet formula (such cells get a leading ')."""
    # The standard's line ends; with them a lone \r inside a cell is quoted, or it would start a new row.
    return safe(frame).to_csv(index=False, header=header, lineterminator="\r\n")


def write_table(frame: pd.DataFrame, path: Path) -> None:
    """Write a .csv (safe, see above), .parquet or .json file, replacing it atomically.

    Raises:
        SettingsError: the file's ending says no format we know.
    """
    check_ending(path, (".csv", ".parquet", ".json"))
    with replacing(path) as draft:
        if path.suffix == ".csv":
            draft.write_text(safe_csv(frame), encoding="utf-8", newline="")
        elif path.suffix == ".parquet":
            frame.to_parquet(draft, index=False)
        else:
            frame.to_json(draft, orient="records", date_format="iso")


@contextmanager
def appending(path: Path) -> Iterator[Callable[[pd.DataFrame], None]]:
    """Write frames under each other into one .csv or .parquet file without ever holding them all."""
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            yield lambda frame: _write(file.write, safe_csv(frame, header=file.tell() == 0))
        return
    import pyarrow as pa
    import pyarrow.parquet as pq

    writer: list[pq.ParquetWriter] = []

    def append(frame: pd.DataFrame) -> None:
        table = pa.Table.from_pandas(frame, preserve_index=False)
        if not writer:
            writer.append(pq.ParquetWriter(path, table.schema))
        writer[0].write_table(table)

    try:
        yield append
    finally:
        for open_writer in writer:
            open_writer.close()


def _write(write: Callable[[str], int], text: str) -> None:
    write(text)


def check_ending(path: Path, endings: tuple[str, ...]) -> None:
    """Raise SettingsError unless the file's name ends in one of these."""
    if path.suffix not in endings:
        raise SettingsError(
            f"'{path.name}' ends in no format that can be written. Use {' or '.join(endings)}."
        )
    if not path.absolute().parent.is_dir():
        raise SettingsError(f"there is no folder {path.absolute().parent} to write '{path.name}' into.")
