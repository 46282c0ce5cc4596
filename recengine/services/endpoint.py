"""The local endpoint: other programs on this machine post feedback, and hear what became of each event.

    POST /feedback      Authorization: Bearer TOKEN
    {"events": [{"event_id": "e1", "list_id": "...", "item": "i7", "kind": "like"}]}

    200 {"accepted": 1, "duplicates": 0, "refused": 0,
         "events": [{"event_id": "e1", "outcome": "accepted", "why": ""}]}

What was answered with 200 is on the disk. Whoever got no answer sends the same again: an event is kept
once however often it comes. It listens to this machine only, and to nobody without the token.
"""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Callable
from hmac import compare_digest
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from recengine.core.errors import DataError, RecengineError, SettingsError
from recengine.services.feedback import Answer, Event, accept, event_of
from recengine.services.store import Store
from recengine.services.workspace import Workspace

LOOPBACK = "127.0.0.1"
PATH = "/feedback"
MOST_BYTES = 1024 * 1024  # of a batch
MOST_EVENTS = 1_000
MOST_AT_ONCE = 64  # connections; more wait
SILENT_S = 30.0  # a sender that says nothing for so long is hung up on
LEAST_TOKEN = 16  # characters


class Endpoint(ThreadingHTTPServer):
    """Listens from its birth on; `serve_forever` answers until `shutdown`."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(
        self, ws: Workspace, token: str, port: int = 0, *, on_batch: Callable[[int], None] | None = None
    ) -> None:
        """Bind to a port of this machine; 0 takes a free one.

        Args:
            on_batch: called with how many events were new, after each batch.

        Raises:
            SettingsError: the token is too short, or somebody else listens at that port.
        """
        if len(token) < LEAST_TOKEN or not token.isascii():
            raise SettingsError(f"a token has at least {LEAST_TOKEN} plain characters; found {len(token)}.")
        self.ws, self.token, self.on_batch = ws, token, on_batch or (lambda _: None)
        self._free = threading.BoundedSemaphore(MOST_AT_ONCE)
        # When a database's last connection is closed its journal is written back, which takes longer than
        # a batch; while this one is open, no other is the last.
        self._open = Store(ws).connect()
        try:
            super().__init__((LOOPBACK, port), Handler)
        except OSError as error:
            raise SettingsError(
                f"port {port} cannot be listened at ({error.strerror}). Choose another."
            ) from None

    def server_close(self) -> None:
        """Free the port."""
        super().server_close()
        self._open.close()

    @property
    def address(self) -> str:
        """Where to post."""
        return f"http://{LOOPBACK}:{self.server_port}{PATH}"

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        """One connection, when its turn has come."""
        with self._free:
            super().process_request_thread(request, client_address)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A sender that hung up in the middle is no trouble of ours."""


class Refused(Exception):  # noqa: N818 - an answer, not a fault of the program
    """A request that cannot be dealt with: its status and why, in words."""

    def __init__(self, status: HTTPStatus, why: str) -> None:
        self.status = status
        super().__init__(why)


class Handler(BaseHTTPRequestHandler):
    """One connection; it may carry many batches, one after the other."""

    protocol_version = "HTTP/1.1"
    server_version, sys_version = "recengine", ""
    timeout = SILENT_S
    server: Endpoint

    def do_POST(self) -> None:
        """A batch of events."""
        try:
            self._let_in()
            events, unread = _events(self._body())
            answers = self._kept(events)
        except Refused as refused:
            self._say(refused.status, {"error": str(refused)})
            return
        self._say(HTTPStatus.OK, _told(merged(answers, unread)))
        self.server.on_batch(sum(one.outcome == "accepted" for one in answers))

    def do_GET(self) -> None:
        """Whether the endpoint is there."""
        try:
            self._let_in()
        except Refused as refused:
            self._say(refused.status, {"error": str(refused)})
            return
        self._say(HTTPStatus.OK, {"listening": True, "most_events": MOST_EVENTS, "most_bytes": MOST_BYTES})

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: what was sent is nobody's business."""

    def _let_in(self) -> None:
        given = self.headers.get("Authorization", "")
        if not compare_digest(given.encode(), f"Bearer {self.server.token}".encode()):
            raise self._hang_up(
                HTTPStatus.UNAUTHORIZED, "send the header 'Authorization: Bearer TOKEN' with the right token."
            )
        if self.path != PATH:
            raise self._hang_up(HTTPStatus.NOT_FOUND, f"there is nothing at this path. Events go to {PATH}.")

    def _body(self) -> bytes:
        """What was sent, which has to say how long it is."""
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()):
            raise self._hang_up(HTTPStatus.LENGTH_REQUIRED, "say how long the batch is (Content-Length).")
        if int(length) > MOST_BYTES:
            raise self._hang_up(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
                f"a batch has at most {MOST_BYTES:,} bytes; this one {int(length):,}. Send several.",
            )
        body = self.rfile.read(int(length))
        if len(body) < int(length):
            raise self._hang_up(HTTPStatus.BAD_REQUEST, "the batch broke off. Send it again.")
        return body

    def _hang_up(self, status: HTTPStatus, why: str) -> Refused:
        """A refusal after which the connection ends, for what follows was not read."""
        self.close_connection = True
        return Refused(status, why)

    def _kept(self, events: list[Event]) -> list[Answer]:
        try:
            return accept(self.server.ws, events, "endpoint")
        except (RecengineError, sqlite3.Error, OSError) as error:
            raise Refused(
                HTTPStatus.SERVICE_UNAVAILABLE, f"nothing was kept ({error}). Send the same again later."
            ) from None

    def _say(self, status: HTTPStatus, value: dict[str, Any]) -> None:
        body = json.dumps(value, ensure_ascii=True).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)


def merged(answers: list[Answer], unread: dict[int, Answer]) -> list[Answer]:
    """Answers in the order of the batch: those to what could be read, and, by place, to what could not."""
    rest = iter(answers)
    return [unread.get(place) or next(rest) for place in range(len(answers) + len(unread))]


def _events(body: bytes) -> tuple[list[Event], dict[int, Answer]]:
    """The events of a batch, and by its place what was no event."""
    found: list[Event] = []
    unread: dict[int, Answer] = {}
    for place, values in enumerate(_batch(body)):
        try:
            found.append(event_of(values) if isinstance(values, dict) else _no_event(values))
        except DataError as error:
            named = values.get("event_id") if isinstance(values, dict) else None
            unread[place] = Answer(named if isinstance(named, str) else "", "refused", str(error))
    return found, unread


def _no_event(value: object) -> Event:
    raise DataError(f"an event is an object with fields; found {str(value)[:50]}.")


def _batch(body: bytes) -> list[Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise Refused(HTTPStatus.BAD_REQUEST, "the batch is no JSON in UTF-8.") from None
    events = value.get("events") if isinstance(value, dict) else None
    if not isinstance(events, list):
        raise Refused(HTTPStatus.BAD_REQUEST, 'a batch is {"events": [...]}.')
    if len(events) > MOST_EVENTS:
        raise Refused(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            f"a batch has at most {MOST_EVENTS:,} events; this one {len(events):,}. Send several.",
        )
    return events


def _told(answers: list[Answer]) -> dict[str, Any]:
    counted = {
        name: sum(one.outcome == name for one in answers) for name in ("accepted", "duplicate", "refused")
    }
    told = [{"event_id": one.event_id, "outcome": one.outcome, "why": one.why} for one in answers]
    return {
        "accepted": counted["accepted"],
        "duplicates": counted["duplicate"],
        "refused": counted["refused"],
        "events": told,
    }
