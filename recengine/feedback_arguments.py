"""What can be typed after `recengine feedback`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from recengine.argument_parts import Commands, add_json

EXAMPLES = """recengine feedback show lstm-4 --person 17850
         recengine feedback add --list 3f9c... --item 1082185 --kind like
         recengine feedback import events.parquet --column kind=action
         recengine feedback import --source postgresql://reader@host/shop --table feedback --since-last
         recengine feedback serve --port 8600"""
FIRST_PORT = 8600


def add_feedback(commands: Commands) -> None:
    """The command and its verbs."""
    parser = commands.add(
        "feedback", "Keep what people did with lists they were shown, and look at it.", EXAMPLES
    )
    verbs = parser.add_subparsers(title="verbs", metavar="VERB", required=True)
    for name, text, add in (
        ("show", "Keep that a person is shown a list now; events name its list_id.", _add_show),
        ("add", "Keep one event on an item of a list that was shown.", _add_add),
        ("import", "Read events out of a file, or a table of a database.", _add_import),
        ("list", "The events, the last ones first.", _add_list),
        ("export", "Write events into a file, or a table of a database.", _add_export),
        ("serve", "Let other programs on this machine post events, until Ctrl-C.", _add_serve),
    ):
        verb = verbs.add_parser(name, help=text, description=text)
        verb.set_defaults(act=name)
        add(verb)


def _add_show(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help="the run that makes the list")
    parser.add_argument("--person", required=True, metavar="ID", help="somebody in the data")
    parser.add_argument("--strategy", metavar="NAME", help="a saved strategy (NAME@2: that version)")
    parser.add_argument("--seed", type=int, default=0, help="of the chance in the strategy (default 0)")
    parser.add_argument("-k", type=int, default=10, help="length of the list (default 10)")
    add_json(parser)


def _add_add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--list", dest="list_id", required=True, metavar="ID", help="the list's id")
    parser.add_argument("--item", required=True, metavar="ID", help="an item of that list")
    parser.add_argument("--kind", required=True, help="like, dislike, hide, click, purchase or rating")
    parser.add_argument("--value", type=float, help="a rating from 1 to 5, or what a purchase brought")
    parser.add_argument("--at", metavar="TIME", help="such as 2026-03-01T09:30:00Z (default: now)")
    parser.add_argument("--position", type=int, help="the item's place, to be checked")
    parser.add_argument("--event-id", metavar="ID", help="an id of yours, to send it twice safely")
    add_json(parser)


def _add_import(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, nargs="?", metavar="FILE", help="CSV, Parquet or JSON lines")
    parser.add_argument(
        "--source", metavar="ADDRESS", help="a database instead: its address or a connection's name"
    )
    asked = parser.add_mutually_exclusive_group()
    asked.add_argument("--table", "--collection", dest="table", metavar="NAME", help="its table of events")
    asked.add_argument("--query", metavar="SELECT", help="one SELECT that gives the events")
    parser.add_argument(
        "--since-last", action="store_true", help="only what came since it was read last; all the first time"
    )
    parser.add_argument(
        "--column",
        action="append",
        nargs="+",
        metavar="FIELD=COLUMN",
        help="a column that is not called like its field: event_id, list_id, item, kind, value, at, position "
        "or person",
    )
    add_json(parser)


def add_filters(parser: Any) -> None:
    """The options that choose events."""
    parser.add_argument("--dataset", metavar="NAME", help="only on lists from this dataset")
    parser.add_argument("--run", metavar="RUN", help="only on lists of this run")
    parser.add_argument("--strategy", metavar="NAME", help="only on lists of this strategy ('': of none)")
    parser.add_argument("--person", metavar="ID", help="only this person's")
    parser.add_argument("--kind", help="only of this kind")


def _add_list(parser: argparse.ArgumentParser) -> None:
    add_filters(parser)
    parser.add_argument("--last", type=int, default=20, metavar="N", help="how many (default 20)")
    add_json(parser)


def _add_export(parser: argparse.ArgumentParser) -> None:
    add_filters(parser)
    parser.add_argument("--out", type=Path, metavar="FILE", help="a .csv, .parquet or .json file")
    parser.add_argument("--to", metavar="ADDRESS", help="a database instead")
    parser.add_argument("--table", "--collection", dest="table", metavar="NAME", help="for --to: where")
    add_json(parser)


def _add_serve(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--port", type=int, default=FIRST_PORT, help=f"where it listens (default {FIRST_PORT}; 0: a free one)"
    )
