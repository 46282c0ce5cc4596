"""Datasets on the command line: what is imported, what is well known, and how to get it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from recengine.core.errors import SettingsError
from recengine.importing import print_dataset
from recengine.printing import Progress, card_line, print_json, print_rows, say
from recengine.services.workspace import Workspace

if TYPE_CHECKING:
    from recengine.data.catalogue import KnownSet

MEGABYTE = 1_000_000
NOTHING_YET = (
    "nothing is imported yet; `recengine import FILE --name NAME`, `recengine datasets list-known` for "
    "public data, or `recengine demo` for the sample"
)


def datasets(options: argparse.Namespace, ws: Workspace) -> None:
    """What is imported, one of it, what is well known, or one of that."""
    from recengine.services.datasets import delete_dataset

    if options.delete:
        delete_dataset(ws, options.delete)
    first, *rest = options.words or [""]
    if first != "get" and (options.folder or options.url or options.name):
        raise SettingsError("--from, --url and --name go with `recengine datasets get SET`.")
    if first in DEEDS:
        DEEDS[first](options, ws, rest)
    elif rest:
        raise SettingsError(f"'{first}' takes no {rest[0]!r}; one NAME shows a dataset.")
    elif first:
        print_dataset(ws, first, as_json=options.json)
    else:
        _list(options, ws)


def _list(options: argparse.Namespace, ws: Workspace) -> None:
    from recengine.services.datasets import list_datasets

    cards = [card.as_dict() for card in list_datasets(ws)]
    if options.json:
        print_json(cards)
        return
    for card in cards:
        print(card_line(card))
    if not cards:
        say(NOTHING_YET)


def _list_known(options: argparse.Namespace, ws: Workspace, words: list[str]) -> None:
    """All public sets in a line each, or one in full."""
    from recengine.data.catalogue import KNOWN, find_known

    shown = [find_known(word) for word in words] or list(KNOWN.values())
    if options.json:
        print_json([_described(one) for one in shown])
    elif words:
        for one in shown:
            print_rows([[key, _text(value)] for key, value in _described(one).items() if value])
    else:
        print_rows([[one.name, _size(one), one.licence, one.summary] for one in shown])
        say("`recengine datasets list-known SET` tells more; `recengine datasets get SET` gets it.")


def _described(one: KnownSet) -> dict[str, Any]:
    return {
        "name": one.name,
        "title": one.title,
        "summary": one.summary,
        "page": one.page,
        "licence": one.licence,
        "terms": one.terms,
        "cite": one.cite,
        "columns": dict(one.columns),
        "how": one.how,
        "domain": one.domain,
        "by_hand": one.by_hand,
        "download": asdict(one.download) if one.download else None,
    }


def _text(value: Any) -> str:
    if isinstance(value, dict):
        known = {key: part for key, part in value.items() if part is not None}
        return ", ".join(f"{key} ({part})" if part else str(key) for key, part in known.items())
    return str(value)


def _size(one: KnownSet) -> str:
    if one.download is None:
        return "by hand"
    return f"{one.download.size / MEGABYTE:,.1f} MB" if one.download.size else "size unknown"


def _get(options: argparse.Namespace, ws: Workspace, words: list[str]) -> None:
    """Say on what terms, fetch, verify, import, say what came of it."""
    from recengine.data.catalogue import find_known
    from recengine.services.catalogue import get_known

    one = find_known(_only(words, "SET", "ml-1m"))
    say(f"{one.title}: {one.licence}. {one.terms} ({one.page})")
    get_known(
        ws,
        one.name,
        name=options.name,
        folder=options.folder,
        url=options.url,
        progress=Progress(lambda stage: stage.sentence),
    )
    print_dataset(ws, options.name or one.name, as_json=options.json)


def _example(options: argparse.Namespace, ws: Workspace, words: list[str]) -> None:
    """The ready example of a domain's preset."""
    from recengine.services.catalogue import add_example

    domain = _only(words, "DOMAIN", "social-media")
    card = add_example(ws, domain, Progress(lambda stage: stage.sentence))
    print_dataset(ws, card.name, as_json=options.json)


def _only(words: list[str], what: str, such_as: str) -> str:
    if len(words) != 1:
        raise SettingsError(f"say one {what}, such as {such_as}.")
    return words[0]


DEEDS: dict[str, Callable[[argparse.Namespace, Workspace, list[str]], None]] = {
    "list-known": _list_known,
    "get": _get,
    "example": _example,
}
