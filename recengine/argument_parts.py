"""What the parsers of all commands share: the classes they are made of, and how values are read."""

from __future__ import annotations

import argparse
import json
import re
from dataclasses import dataclass
from typing import Any, NoReturn

from recengine.core.errors import SettingsError


class Parser(argparse.ArgumentParser):
    """argparse's parser, but a mistake is answered with one line, as all others are."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong and exit with 2."""
        self.exit(2, f"{self.prog}: {message} (`{self.prog} --help` tells more)\n")


@dataclass(frozen=True)
class Commands:
    """argparse's collection of commands."""

    collection: Any  # argparse keeps its type private

    def add(self, name: str, text: str, example: str = "") -> argparse.ArgumentParser:
        """A new command's parser, with its help."""
        parser: argparse.ArgumentParser = self.collection.add_parser(
            name,
            help=text,
            description=text,
            epilog=f"example: {example}" if example else None,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        parser.set_defaults(verb=name)
        return parser


def add_json(parser: argparse.ArgumentParser) -> None:
    """The option --json."""
    parser.add_argument("--json", action="store_true", help="print the result as JSON on stdout")


def add_repeats(parser: argparse.ArgumentParser) -> None:
    """The option --repeats."""
    parser.add_argument(
        "--repeats",
        choices=["both", "new", "again"],
        help="what may be listed: everything, only what the person never had, only what they had "
        "(default: what suits the data, or what the run was trained for)",
    )


def words_of(text: str) -> tuple[str, ...]:
    """The names in `--only gowalla,ml-100k`."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def numbers_of(text: str) -> list[int]:
    """The list lengths of `-k 5,10,20`."""
    try:
        return [int(part) for part in text.split(",")]
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is no list of whole numbers such as 5,10,20") from None


def span_of(text: str) -> float:
    """The seconds of `--budget 10m`: hours, minutes and seconds, such as 1h30m or 90s."""
    found = re.fullmatch(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", text.strip().lower())
    if not text.strip() or found is None:
        raise argparse.ArgumentTypeError(f"'{text}' is no span of time such as 90s, 10m or 1h30m")
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return float(3600 * hours + 60 * minutes + seconds)


def settings_of(pairs: list[list[str]] | None) -> dict[str, Any]:
    """`--set a=1 b=x --set c=[1,2]` as plain values; none and JSON lists are understood."""
    found = {}
    for pair in (pair for group in pairs or [] for pair in group):
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise SettingsError(f"'{pair}' is not of the form NAME=VALUE.")
        found[name.strip()] = _value(value.strip())
    return found


def _value(text: str) -> Any:
    if text.lower() in ("none", "null"):
        return None
    if text.startswith(("[", "{")):
        try:
            return json.loads(text)
        except ValueError:
            return text
    return text
