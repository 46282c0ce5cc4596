"""A connection on its way into a task's process: through its standard input, never through a file."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from recengine.core.errors import DataError, RecengineError
from recengine.data.secrets import Connection, without_secret
from recengine.services.tasks_worker import Stopped


@dataclass(frozen=True)
class Handed:
    """What a task has to know and nobody may read.

    Attributes:
        query: in the store's language; it may name what is secret.
    """

    connection: Connection
    query: str = ""

    def text(self) -> str:
        """For the task's standard input; paths mean from there what they mean from here."""
        return json.dumps(
            {"connection": asdict(self.connection), "query": self.query, "folder": str(Path.cwd())}
        )

    @classmethod
    def taken(cls, text: str) -> Handed:
        """The same in the task's process, which goes to the folder that paths are written from.

        Raises:
            DataError: the one that began the task was ended before it could say it.
        """
        if not text:
            raise DataError("this was begun without its connection, which is kept nowhere. Start it again.")
        said = json.loads(text)
        os.chdir(Path(said["folder"]))
        options = tuple((key, value) for key, value in said["connection"].pop("options"))
        return cls(Connection(**said["connection"], options=options), said["query"])

    @contextmanager
    def unspoken(self) -> Iterator[None]:
        """Inside, an error of a driver's that nobody has put into words is told without any secret."""
        try:
            yield
        except (RecengineError, Stopped, OSError, MemoryError):
            raise
        except Exception as error:
            told = without_secret(f"{type(error).__name__}: {error}", self.connection)
            raise DataError(f"{self.connection.label} cannot be used: {told}.") from None
