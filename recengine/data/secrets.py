"""Connections: where data live and who asks for them, with a secret that is never written down."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode

from recengine.core.errors import DataError, did_you_mean

PASSWORD, URL = "RECENGINE_PASSWORD", "RECENGINE_URL_"  # environment variables; a name follows the second
HIDDEN = "***"  # stands where a secret stood
SHORT = 6  # a secret of fewer characters is only hidden where it stands by itself
# How to talk to a server: never a login, a token, a key, a path or another address.
PLAIN_OPTIONS = {"charset", "sslmode", "ssl", "tls", "authsource", "authmechanism", "replicaset", "region"}
PLAIN_OPTIONS |= {"directconnection", "readpreference", "retrywrites", "retryreads", "compressors", "anon"}
PLAIN_OPTIONS |= {"connect_timeout", "connecttimeoutms", "sockettimeoutms", "serverselectiontimeoutms"}
_ADDRESS = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://"
    r"(?:(?P<user>[^:/@?]*)(?::(?P<password>[^?]*))?@)?"
    r"(?P<host>\[[^\]]*\]|[^:/?]*(?::\d+,[^:/?]*)*)(?::(?P<port>\d+))?"
    r"(?:/(?P<database>[^?]*))?(?:\?(?P<options>.*))?",
    re.IGNORECASE | re.DOTALL,
)
_NAME = re.compile(r"[A-Za-z_][\w-]*")
_LOCAL = ("", "sqlite", "duckdb", "folder", "file")  # what is reached by path; nobody logs in


@dataclass(frozen=True)
class Connection:
    """An address taken apart. Shown or printed, it has neither user nor password nor options.

    Attributes:
        scheme: in small letters: mysql, postgresql, sqlite...
        host: several with their ports for a replica set; "" for what is reached by path.
        database: the part after the host: a database, a bucket's folder, a file's path.
        options: what follows the question mark; it may hold secrets (tokens, keys).
        name: what it is called in the environment or the secrets file; "" where written out.
    """

    scheme: str
    host: str = ""
    port: int | None = None
    database: str = ""
    user: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    options: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    name: str = ""

    @classmethod
    def of(
        cls, text: str, *, password: str | None = None, ask: Callable[[str], str] | None = None
    ) -> Connection:
        """The connection meant by an address or by a name.

        A name alone stands for RECENGINE_URL_NAME in the environment, else for `[connections.NAME]`
        in Streamlit's secrets. A password that is not in it comes from `password`, else from
        RECENGINE_PASSWORD, else from `ask`, where there is a user to ask for.

        Args:
            ask: called with the label; gives the password (a prompt).

        Raises:
            DataError: there is no such name, or the text is no address.
        """
        text = text.strip()
        found = _named(text) if _NAME.fullmatch(text) else _taken_apart(text)
        if password is None and found.user and not found.password:
            password = os.environ.get(PASSWORD) or (ask(found.label) if ask else "")
        return replace(found, password=password) if password else found

    @property
    def label(self) -> str:
        """The address without user, password and options; this is what is kept of it."""
        port = "" if self.port is None else f":{self.port}"
        path = f"/{self.database}" if self.database else ""
        return f"{self.scheme}://{self.host}{port}{path}"

    @property
    def plain_options(self) -> str:
        """Options that are known to hold no secret, as an address has them; "" where there are none."""
        kept = [(key, value) for key, value in self.options if key.lower() in PLAIN_OPTIONS]
        return urlencode(kept)

    @property
    def is_told_whole(self) -> bool:
        """Whether label and plain options are all there is: no user, no password, no other options."""
        others = [key for key, _ in self.options if key.lower() not in PLAIN_OPTIONS]
        return not (self.user or self.password or others)

    @property
    def needs_password(self) -> bool:
        """Whether somebody has to log in and no password is known."""
        return bool(self.user) and not self.password and self.scheme not in _LOCAL

    def url(self, scheme: str = "") -> str:
        """The whole address with its secrets, for a driver's eyes only."""
        login = quote(self.user, safe="") + (f":{quote(self.password, safe='')}" if self.password else "")
        port = "" if self.port is None else f":{self.port}"
        more = "&".join(f"{key}={quote(value, safe='')}" for key, value in self.options)
        start = f"{scheme or self.scheme}://{f'{login}@' if login else ''}{self.host}{port}"
        return f"{start}/{self.database}{f'?{more}' if more else ''}"

    def __str__(self) -> str:
        return self.label


def without_secret(text: str, connection: Connection) -> str:
    """A driver's message without what must not be shown: password, user, options' values."""
    secrets = {connection.password, connection.user, *(value for _, value in connection.options)}
    written = {form for secret in secrets if secret for form in (secret, quote(secret, safe=""))}
    for secret in sorted(written, key=len, reverse=True):
        alone = rf"(?<!\w){re.escape(secret)}(?!\w)" if len(secret) < SHORT else re.escape(secret)
        text = re.sub(alone, HIDDEN, text)
    return text


def _taken_apart(text: str) -> Connection:
    found = _ADDRESS.fullmatch(text)
    if found is None:
        raise DataError(
            "this is no address of data. Wanted: mysql://user@host/database, postgresql://..., "
            "sqlite:///file.db, or the name of a connection."
        )
    part = {key: value or "" for key, value in found.groupdict().items()}
    return Connection(
        scheme=_scheme(part["scheme"]),
        host=part["host"],
        port=int(part["port"]) if part["port"] else None,
        database=unquote(part["database"]),
        user=unquote(part["user"]),
        password=unquote(part["password"]),
        options=tuple(parse_qsl(part["options"], keep_blank_values=True)),
    )


def _scheme(said: str) -> str:
    """In small letters; a driver's name behind it (mysql+pymysql) is ours to choose."""
    kind, _, driver = said.lower().partition("+")
    return said.lower() if driver == "srv" else kind


def _named(name: str) -> Connection:
    variable = URL + name.upper().replace("-", "_")
    if url := os.environ.get(variable):
        return replace(_taken_apart(url.strip()), name=name)
    known = saved_connections()
    if name in known:
        return replace(_of_table(known[name]), name=name)
    raise DataError(
        f"there is no connection '{name}'. {did_you_mean(name, known)} Set {variable} to its address, or "
        f"write [connections.{name}] with url = ... into .streamlit/secrets.toml."
    )


def _of_table(said: Mapping[str, Any]) -> Connection:
    """Streamlit's two ways: one url, or the parts by their names."""
    if "url" in said:
        return _taken_apart(str(said["url"]))
    part = {key: str(value) for key, value in said.items() if not isinstance(value, dict)}
    return Connection(
        scheme=_scheme(part.get("dialect", part.get("scheme", ""))),
        host=part.get("host", ""),
        port=int(part["port"]) if part.get("port", "").isdigit() else None,
        database=part.get("database", ""),
        user=part.get("username", part.get("user", "")),
        password=part.get("password", ""),
        options=tuple((key, str(value)) for key, value in said.get("query", {}).items()),
    )


def saved_connections() -> dict[str, Mapping[str, Any]]:
    """What Streamlit's secrets files say of connections, by name; the working folder's count first.

    Raises:
        DataError: a secrets file is no TOML.
    """
    known: dict[str, Mapping[str, Any]] = {}
    for folder in (Path.home(), Path.cwd()):
        path = folder / ".streamlit" / "secrets.toml"
        if not path.is_file():
            continue
        try:
            known |= tomllib.loads(path.read_text(encoding="utf-8")).get("connections", {})
        except (OSError, ValueError) as error:  # the message must not quote the file
            raise DataError(f"{path} cannot be read ({type(error).__name__}); mend the file.") from None
    return known


def known_connections() -> list[str]:
    """Names that stand for a connection here, from the environment and the secrets files."""
    named = [key.removeprefix(URL).lower() for key in os.environ if key.startswith(URL)]
    return sorted({*named, *saved_connections()})
