"""AT44: a call that changes an account is made although only pull requests may propose changes.

Defence: adapters/aws_clients.py: a client refuses every operation that is not in the list of reading ones, before a socket is opened
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from typing import Any

import pytest

from setsquare.adapters.aws_clients import reading_client
from setsquare.errors import Refused

session = pytest.importorskip("botocore.session", reason="the extra aws is not installed")

CALLS: dict[str, dict[str, str]] = {
    "put_role_policy": {"RoleName": "ci", "PolicyName": "p", "PolicyDocument": "{}"},
    "attach_role_policy": {"RoleName": "ci", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"},
    "set_default_policy_version": {"PolicyArn": "arn:aws:iam::123456789012:policy/team", "VersionId": "v1"},
    "delete_role_permissions_boundary": {"RoleName": "ci"},
    "update_assume_role_policy": {"RoleName": "ci", "PolicyDocument": "{}"},
    "create_access_key": {"UserName": "ada"},
}


@pytest.fixture
def account() -> Iterator[tuple[str, list[bytes]]]:
    """A server that takes every call and remembers it."""
    seen: list[bytes] = []

    class Handler(BaseHTTPRequestHandler):
        disable_nagle_algorithm = True

        def do_POST(self) -> None:
            seen.append(self.rfile.read(int(self.headers.get("content-length", 0))))
            self.send_response(200)
            self.send_header("content-type", "text/xml")
            self.end_headers()
            self.wfile.write(b"<Response><CreateAccessKeyResult/></Response>")

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", seen
    server.shutdown()
    server.server_close()


@pytest.mark.network
@pytest.mark.attack("AT44")
@pytest.mark.parametrize("is_permissive", [False, True], ids=["real", "permissive"])
@pytest.mark.parametrize("call", CALLS)
def test_at44_a_call_that_changes_the_account_is_never_sent(
    account: tuple[str, list[bytes]], monkeypatch: pytest.MonkeyPatch, call: str, is_permissive: bool
) -> None:
    address, seen = account
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    client = (
        session.get_session().create_client("iam", region_name="us-east-1", endpoint_url=address)
        if is_permissive
        else reading_client("iam", "us-east-1", endpoint=address)
    )
    with contextlib.suppress(Refused):
        getattr(client, call)(**CALLS[call])
    assert bool(seen) is is_permissive
