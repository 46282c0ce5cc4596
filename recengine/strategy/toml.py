"""Strategies as TOML: read by the standard library, written here."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from recengine.core.errors import SettingsError

if TYPE_CHECKING:
    from recengine.strategy.strategy import Strategy

PLAIN_KEY = re.compile(r"[A-Za-z0-9_-]+")


def read(text: str) -> dict[str, Any]:
    """The values of a document.

    Raises:
        SettingsError: it is no TOML; says where.
    """
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f'this is no TOML: {error}. A strategy begins with name = "...".') from None


def to_toml(strategy: Strategy) -> str:
    """A document that says all that differs from a plain strategy, weights always."""
    always = {"name": strategy.name, "weights": strategy.weights}
    rules = [{"kind": rule.kind} | rule.model_dump(exclude_defaults=True) for rule in strategy.rules]
    values = always | strategy.model_dump(exclude_defaults=True) | {"rules": rules}
    return "\n".join(_document(values)) + "\n"


def _document(values: dict[str, Any]) -> Iterator[str]:
    """Plain values first, then tables, then lists of tables, as TOML wants them."""
    yield from _lines(
        {key: value for key, value in values.items() if not isinstance(value, dict | list | tuple)}
    )
    for key, value in values.items():
        if isinstance(value, dict):
            yield from ("", f"[{key}]", *_lines(value))
    for key, value in values.items():
        for table in value if isinstance(value, list | tuple) else ():
            yield from ("", f"[[{key}]]", *_lines(table))


def _lines(values: dict[str, Any]) -> Iterator[str]:
    for key, value in values.items():
        yield f"{key if PLAIN_KEY.fullmatch(key) else _text(key)} = {_value(value)}"


def _value(value: object) -> str:
    return _text(value) if isinstance(value, str) else repr(value)


def _text(text: str) -> str:
    """A JSON string is a TOML string, but for one control character that JSON lets through."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
