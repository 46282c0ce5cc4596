"""What can be typed after `recengine import`."""

from __future__ import annotations

import argparse
from pathlib import Path

from recengine.argument_parts import Commands, add_json

EXAMPLES = """recengine import orders.csv --name shop --user customer --item sku --time ordered_at
         recengine import --source mysql://reader@host/shop --table orders --name shop
         recengine import --name shop --since-last"""


def add_import(commands: Commands) -> None:
    """The command's parser."""
    parser = commands.add(
        "import",
        "Import events: a file (CSV with any delimiter, Parquet, JSON lines, also gz or zip), or a table, "
        "query or collection of a database.",
        EXAMPLES,
    )
    parser.add_argument("file", type=Path, nargs="?", metavar="FILE", help="the file of events")
    parser.add_argument("--name", required=True, help="what to call the dataset")
    _add_source(parser)
    _add_columns(parser)
    parser.add_argument("--users", metavar="FILE|TABLE", help="a table of what is known of people")
    parser.add_argument("--items", metavar="FILE|TABLE", help="a table of what is known of items")
    parser.add_argument("--test", type=Path, metavar="FILE", help="held-out events: a split of your own")
    parser.add_argument(
        "--clean",
        action="append",
        nargs="+",
        metavar="RULE=VALUE",
        help="switch a cleaning rule or set its threshold, such as duplicates=false",
    )
    header = parser.add_mutually_exclusive_group()
    header.add_argument(
        "--header", action="store_true", default=None, help="the first line names the columns"
    )
    header.add_argument("--no-header", dest="header", action="store_false", help="the first line is data")
    add_json(parser)


def _add_source(parser: argparse.ArgumentParser) -> None:
    """Where the events are, if they are in no file."""
    parser.add_argument(
        "--source",
        metavar="ADDRESS",
        help="a database instead of a file: its address, best without a password "
        "(mysql://user@host/database, postgresql://..., sqlite:///file.db, mongodb://...), or the name of a "
        "connection. The password is taken from RECENGINE_PASSWORD or asked for",
    )
    asked = parser.add_mutually_exclusive_group()
    asked.add_argument("--table", metavar="NAME", help="its table, view or folder of events")
    asked.add_argument("--collection", metavar="NAME", help="its collection of events")
    asked.add_argument("--query", metavar="SELECT", help="one SELECT that gives the events")
    parser.add_argument(
        "--since-last",
        action="store_true",
        help="bring in what came to the database since the last import of this name; needs --source only "
        "where a password is",
    )


def _add_columns(parser: argparse.ArgumentParser) -> None:
    for field, text in (
        ("user", "column with the person's id"),
        ("item", "column with the item's id"),
        ("time", "column with the time: ISO text, unix seconds or milliseconds, or day numbers"),
        ("weight", "column with a quantity or rating"),
        ("event", "column with the kind of event"),
    ):
        parser.add_argument(f"--{field}", metavar="COLUMN", help=f"{text} (default: guessed; '' for none)")
    parser.add_argument(
        "--dates", choices=["dmy", "mdy", "ymd"], help="how to read dates such as 03/04/2024 where it matters"
    )
    parser.add_argument(
        "--decimals", choices=["comma", "point"], help="what the decimals of numbers such as 1,234 begin with"
    )
    parser.add_argument(
        "--sheet", metavar="NAME", help="the sheet of a workbook; all: one after the other (all alike)"
    )
    for what in ("users", "items", "test"):
        parser.add_argument(f"--{what}-sheet", metavar="NAME", help=f"the same for the workbook of --{what}")
    parser.add_argument(
        "--domain",
        metavar="DOMAIN",
        help="what the data are about: e-commerce, social-media or online-education; sets words, weights of "
        "kinds of events, how the test is held out, and checks",
    )
    parser.add_argument(
        "--event-weight",
        action="append",
        nargs="+",
        metavar="KIND=WEIGHT",
        help="how much a kind of event counts, such as view=0.2 purchase=1; 0 leaves it out",
    )
