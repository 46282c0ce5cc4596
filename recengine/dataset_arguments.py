"""What can be typed after `recengine datasets`."""

from __future__ import annotations

from pathlib import Path

from recengine.argument_parts import Commands, add_json

EXAMPLES = """recengine datasets shop
         recengine datasets list-known
         recengine datasets get ml-1m
         recengine datasets get oulad --from ~/Downloads/oulad --name courses
         recengine datasets example social-media"""


def add_datasets(commands: Commands) -> None:
    """The command's parser."""
    parser = commands.add(
        "datasets",
        "List the imported datasets, show one with its lineage, or get a well-known public one.",
        EXAMPLES,
    )
    parser.add_argument(
        "words",
        nargs="*",
        metavar="NAME | list-known [SET] | get SET | example DOMAIN",
        help="a dataset; or the public sets there are; or one of them, fetched, verified and imported; or "
        "the ready example of e-commerce, social-media or online-education",
    )
    parser.add_argument(
        "--from",
        dest="folder",
        type=Path,
        metavar="FOLDER",
        help="with get: take the files (or the publisher's archive) from here and fetch nothing",
    )
    parser.add_argument("--url", metavar="ADDRESS", help="with get: fetch the publisher's file from here")
    parser.add_argument("--name", metavar="NAME", help="with get: what to call the dataset")
    parser.add_argument("--delete", metavar="NAME", help="forget this dataset and remove its files first")
    add_json(parser)
