"""Serves HTTP on the loopback address."""

from __future__ import annotations

import json
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from accounts.messages import Request
from accounts.service import Service

SERVICE = Service()


class Handler(BaseHTTPRequestHandler):
    """Hands requests to the service."""

    def answer(self) -> None:
        """Read a request, answer it."""
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            body = json.loads(raw) if raw else {}
        except ValueError:
            body = {}
        response = SERVICE.handle(Request(self.command, self.path, body if isinstance(body, dict) else {}, dict(self.headers)))
        payload = response.encoded()
        self.send_response(response.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    do_GET = do_POST = do_DELETE = answer


if __name__ == "__main__":
    ThreadingHTTPServer(("127.0.0.1", 8080), Handler).serve_forever()
