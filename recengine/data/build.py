"""Importing: files, frames or the sample into a Dataset, with the story of what was done."""

from __future__ import annotations

from recengine.data.assemble import Imported
from recengine.data.sample import import_sample

__all__ = ["Imported", "import_sample"]
