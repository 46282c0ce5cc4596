"""What `--all` makes for everyone: into a file, or into the user's own database."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recengine.core.errors import SettingsError
from recengine.printing import Progress, print_json, say

if TYPE_CHECKING:
    from recengine.data.remote import Remote
    from recengine.services.workspace import Workspace
    from recengine.services.write_back import Written


def add_outputs(parser: argparse.ArgumentParser) -> None:
    """The options --out, --to and --table."""
    parser.add_argument("--out", type=Path, metavar="FILE", help="for --all: a .parquet or .csv file")
    parser.add_argument(
        "--to", metavar="ADDRESS", help="for --all: a database instead, by its address or a connection's name"
    )
    parser.add_argument(
        "--table", "--collection", dest="table", metavar="NAME", help="for --to: where; made if there is none"
    )


def people_done() -> Progress:
    """A line that counts."""
    return Progress(lambda done, of: f"{done:,} of {of:,} people")


def store_asked(options: argparse.Namespace, what: str) -> tuple[Remote, str] | None:
    """The store and table that --to and --table name; None where a file is to be written.

    Raises:
        SettingsError: neither a file nor a table of a store is named, or both are.
    """
    if bool(options.out) == bool(options.to):
        raise SettingsError(
            f"--all needs --out FILE.parquet (or .csv) to write the {what} into, or --to ADDRESS "
            "and --table NAME."
        )
    if options.out:
        return None
    if not options.table:
        raise SettingsError("--to needs --table NAME as well: where the rows are to be written.")
    from recengine.data.remote import open_remote
    from recengine.importing import ask_password

    return open_remote(options.to, ask=ask_password), options.table


def print_written(written: Written, *, as_json: bool) -> None:
    """What was put where."""
    say(written.sentence)
    if as_json:
        print_json(asdict(written))


def recommend_everyone(options: argparse.Namespace, ws: Workspace) -> None:
    """Everyone's list."""
    from recengine.services.recommend import recommend_all
    from recengine.services.write_back import write_recommendations

    store = store_asked(options, "lists")
    asked: dict[str, Any] = {
        "repeats": options.repeats,
        "strategy": options.strategy,
        "seed": options.seed,
        "progress": people_done(),
    }
    if store is None:
        count = recommend_all(ws, options.run, options.out, options.k, **asked)
        say(f"lists for {count:,} people written to {options.out}")
        if options.json:
            print_json({"run": options.run, "people": count, "k": options.k, "file": str(options.out)})
        return
    written = write_recommendations(ws, options.run, *store, options.k, **asked)
    print_written(written, as_json=options.json)
