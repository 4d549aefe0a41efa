"""A server that speaks AWS's JSON protocol, for what moto lacks. What it is sent and what it answers is held against botocore's own models."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

Answer = Callable[[dict[str, Any]], dict[str, Any]]
SERVICES = {"Logs_20140328": "logs", "com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101": "cloudtrail"}


class Refuse(Exception):
    """An error that AWS answers."""

    def __init__(self, code: str, message: str = "no", status: int = 400) -> None:
        super().__init__(code)
        self.code, self.message, self.status = code, message, status


class AwsStub:
    """Answers operations by name, `logs:StartQuery`; others are refused as AWS refuses what it does not permit."""

    def __init__(self, answers: dict[str, Answer]) -> None:
        import botocore.session

        self.answers = answers
        self.calls: list[tuple[str, dict[str, Any]]] = []
        self.wrong: list[str] = []
        self._session = botocore.session.get_session()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        assert self.wrong == []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def made(self, operation: str) -> list[dict[str, Any]]:
        return [parameters for name, parameters in self.calls if name == operation]

    def answer(self, target: str, headers: Any, body: bytes) -> tuple[int, dict[str, Any]]:
        prefix, _, name = target.rpartition(".")
        service = SERVICES[prefix]
        parameters = json.loads(body)
        if not str(headers.get("Authorization", "")).startswith("AWS4-HMAC-SHA256 "):
            self.wrong.append(f"{name} is not signed")
        model = self._session.get_service_model(service).operation_model(name)
        self._hold(parameters, model.input_shape, f"the request of {name}")
        self.calls.append((f"{service}:{name}", parameters))
        found = self.answers.get(f"{service}:{name}")
        try:
            answer = _unpermitted(service, name) if found is None else found(parameters)
        except Refuse as error:
            return error.status, {"__type": error.code, "message": error.message}
        self._hold(answer, model.output_shape, f"the answer of {name}")
        return 200, answer

    def _hold(self, value: dict[str, Any], shape: Any, what: str) -> None:
        from botocore.validate import ParamValidator

        report = ParamValidator().validate(value, shape)
        if report.has_errors():
            self.wrong.append(f"{what}: {report.generate_report()}")


def _unpermitted(service: str, name: str) -> dict[str, Any]:
    raise Refuse("AccessDeniedException", f"not authorized to perform: {service}:{name}")


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.timestamp()
    raise TypeError(type(value))


def _handler(stub: AwsStub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        disable_nagle_algorithm = True
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            status, answer = stub.answer(self.headers["X-Amz-Target"], self.headers, body)
            raw = json.dumps(answer, default=_plain).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/x-amz-json-1.1")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: object) -> None:
            return None

    return Handler
