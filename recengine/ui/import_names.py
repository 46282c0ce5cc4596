"""What a dataset is called unless the reader says otherwise."""

import re
from pathlib import Path


def name_of(source: str) -> str:
    """A dataset's name out of a file's or a table's: "my sales.2024.csv.gz" -> "my-sales"."""
    stem = Path(source).name.split(".")[0]
    return re.sub(r"[^\w]+", "-", stem).strip("-")[:60] or "data"
