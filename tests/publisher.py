"""A publisher of one file on a loopback port: a real HTTP server that can be slow, cut off, or say no."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

DATA = bytes(range(256)) * 400  # 102,400 bytes


def md5(data: bytes) -> str:
    """As publishers give it."""
    return f"md5:{hashlib.md5(data, usedforsecurity=False).hexdigest()}"


@dataclass
class Publisher:
    """A server of one file, and how it behaves.

    Attributes:
        cuts: after so many bytes of an answer the connection is closed, one number for each answer.
        status: answered instead of the file, one for each answer, before all else.
        version: its ETag; "" for none, and then no part of it is ever sent.
        block, pause_s: how slowly it sends.
        asked: the Range of each request.
    """

    data: bytes = DATA
    cuts: list[int] = field(default_factory=list)
    status: list[int] = field(default_factory=list)
    version: str = '"1"'
    block: int = 2**16
    pause_s: float = 0.0
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def handler(self) -> type[BaseHTTPRequestHandler]:
        """What answers a request."""
        publisher = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                publisher.asked.append(self.headers.get("Range", ""))
                if publisher.status:
                    self.send_error(publisher.status.pop(0))
                    return
                self._send(self._from())

            def _from(self) -> int:
                same = publisher.version and self.headers.get("If-Range") == publisher.version
                start = self.headers.get("Range", "bytes=0-")[len("bytes=") : -1]
                return int(start) if same else 0

            def _send(self, start: int) -> None:
                total = len(publisher.data)
                self.send_response(206 if start else 200)
                if start:
                    self.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
                if publisher.version:
                    self.send_header("ETag", publisher.version)
                self.send_header("Content-Length", str(total - start))
                self.end_headers()
                end = start + publisher.cuts.pop(0) if publisher.cuts else total
                with suppress(ConnectionError):  # whoever asked has given up
                    for at in range(start, min(end, total), publisher.block):
                        self.wfile.write(publisher.data[at : min(at + publisher.block, end)])
                        time.sleep(publisher.pause_s)

            def log_message(self, format: str, *args: object) -> None:
                """Nothing on stderr."""

        return Handler


@contextmanager
def publishing(data: bytes = DATA) -> Iterator[Publisher]:
    """The server, on a loopback port of its own."""
    publisher = Publisher(data)
    server = ThreadingHTTPServer(("127.0.0.1", 0), publisher.handler())
    publisher.url = f"http://127.0.0.1:{server.server_port}/sets/data.bin"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield publisher
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
