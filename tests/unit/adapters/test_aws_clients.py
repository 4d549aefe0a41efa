"""Clients of AWS that can only read."""

import ast
import socket
import subprocess
import sys
from pathlib import Path

import pytest

import setsquare
from setsquare.adapters import aws_clients
from setsquare.adapters.aws_access import AwsAccess
from setsquare.adapters.aws_clients import READING, ReadingClients, called, pages, reading_client
from setsquare.adapters.clock import SystemClock
from setsquare.errors import CloudAuth, CloudBusy, CloudFailed, Refused

botocore = pytest.importorskip("botocore.session", reason="the extra aws is not installed")

SERVICES = ("iam", "sts", "organizations", "sso-admin", "s3", "logs", "cloudtrail", "ecs", "identitystore", "lambda")


@pytest.fixture(autouse=True)
def credentials(monkeypatch, tmp_path):
    for name, value in {
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "AWS_CONFIG_FILE": str(tmp_path / "none"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
        "AWS_EC2_METADATA_DISABLED": "true",
    }.items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def no_sockets(monkeypatch):
    opened = []

    def refused(*arguments, **_):
        opened.append(arguments)
        raise OSError("no socket in this test")

    monkeypatch.setattr(socket.socket, "connect", refused)
    monkeypatch.setattr(socket, "getaddrinfo", refused)
    return opened


def sample(shape, depth=0):
    """A value that fits a shape of botocore's model."""
    match shape.type_name:
        case "structure":
            wanted = shape.required_members or (list(shape.members)[:1] if shape.is_tagged_union else [])
            return {name: sample(shape.members[name], depth + 1) for name in wanted} if depth < 8 else {}
        case "list":
            return [sample(shape.member, depth + 1)] * max(1, shape.metadata.get("min", 0))
        case "map":
            return {sample(shape.key, depth + 1): sample(shape.value, depth + 1)}
        case "string":
            return shape.enum[0] if shape.enum else "a" * max(1, shape.metadata.get("min", 0))
        case "integer" | "long" | "float" | "double":
            return shape.metadata.get("min", 1)
        case "boolean":
            return True
        case "blob":
            return b"x"
        case "timestamp":
            return 0
        case other:
            raise AssertionError(other)


# req: iam-autopilot/6.6
@pytest.mark.parametrize("moments", [aws_clients._MOMENTS, ("before-call",)], ids=["all", "before-call"])
@pytest.mark.parametrize("service", SERVICES)
def test_every_operation_outside_of_the_list_is_refused_before_a_socket(service, moments, no_sockets, monkeypatch):
    monkeypatch.setattr(aws_clients, "_MOMENTS", moments)
    client = reading_client(service, "us-east-1")
    refused = 0
    for method, operation in client.meta.method_to_api_mapping.items():
        if operation in READING.get(service, ()):
            continue
        shape = client.meta.service_model.operation_model(operation).input_shape
        with pytest.raises(Refused, match=f"{service}:{operation} was refused"):
            getattr(client, method)(**(sample(shape) if shape else {}))
        refused += 1
    assert refused + len(READING.get(service, ())) == len(client.meta.method_to_api_mapping)
    assert no_sockets == []


def test_the_test_sees_a_socket_that_is_opened(no_sockets):
    with pytest.raises(CloudBusy):
        called(reading_client("sts", "us-east-1").get_caller_identity)
    assert no_sockets


def test_every_operation_of_the_list_exists_and_is_named_like_a_reading_one():
    session = botocore.get_session()
    for service, operations in READING.items():
        model = session.get_service_model(service)
        assert operations <= set(model.operation_names), service
        assert all(name.startswith(("Get", "List", "Describe", "Lookup", "Filter", "StartQuery")) for name in operations)


def test_no_other_module_imports_the_library():
    root = Path(setsquare.__file__).parent
    importing = set()
    for path in root.rglob("*.py"):
        for node in ast.walk(ast.parse(source)) if b"boto" in (source := path.read_bytes()) else ():
            names = (
                [alias.name for alias in node.names]
                if isinstance(node, ast.Import)
                else [node.module or ""]
                if isinstance(node, ast.ImportFrom)
                else []
            )
            if any(name.split(".")[0] in {"boto3", "botocore"} for name in names):
                importing.add(path)
    assert importing == {Path(aws_clients.__file__)}


@pytest.mark.parametrize(
    ("code", "status", "kind", "hint"),
    [
        ("ExpiredToken", 400, CloudAuth, "Sign in again"),
        ("AccessDenied", 403, CloudAuth, "iam permissions"),
        ("RequestTimeTooSkewed", 403, CloudAuth, "clock"),
        ("ThrottlingException", 400, CloudBusy, "later"),
        ("Whatever", 503, CloudBusy, "later"),
        ("NoSuchBucket", 404, CloudFailed, "names"),
    ],
)
def test_what_aws_refuses_is_one_of_three_kinds(code, status, kind, hint):
    from botocore.exceptions import ClientError

    def call():
        raise ClientError({"Error": {"Code": code, "Message": "m"}, "ResponseMetadata": {"HTTPStatusCode": status}}, "GetRole")

    with pytest.raises(CloudFailed) as raised:
        called(call)
    assert type(raised.value) is kind
    assert hint in raised.value.hint


def test_missing_credentials_say_what_to_do(monkeypatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    with pytest.raises(CloudAuth) as raised:
        called(reading_client("sts", "us-east-1").get_caller_identity)
    assert "Sign in" in raised.value.hint


def test_pages_end_when_the_token_stands_still():
    answers = [{"a": [1], "Marker": "x"}, {"a": [2], "Marker": "x"}, {"a": [3]}]

    def call(**_):
        return answers.pop(0)

    assert [page["a"] for page in pages(call, token=("Marker", "Marker"))] == [[1], [2]]


def test_an_unknown_service_is_named():
    with pytest.raises(CloudFailed, match="nonesuch"):
        reading_client("nonesuch", "us-east-1")


def process_credentials(folder, monkeypatch):
    """Let a program give the credentials; it notes in the file that is given each time when it was asked."""
    noted = folder / "asked"
    program = folder / "give"
    program.write_text(f"#!/bin/sh\necho x >> {noted}\necho '" + '{"Version": 1, "AccessKeyId": "a", "SecretAccessKey": "b"}' + "'\n")
    program.chmod(0o755)
    (folder / "config").write_text(f"[default]\ncredential_process = {program}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(folder / "config"))
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    return noted


def test_the_credentials_of_the_machine_are_asked_for_once(tmp_path, monkeypatch):
    noted = process_credentials(tmp_path, monkeypatch)
    access = AwsAccess(region="us-east-1", clock=SystemClock())
    made = [access.client("iam"), access.client("sts"), access.client("s3", "eu-west-1")]
    assert [client.meta.region_name for client in made] == ["aws-global", "us-east-1", "eu-west-1"]
    assert noted.read_text() == "x\n"
    AwsAccess(region="us-east-1", clock=SystemClock()).client("iam")
    assert noted.read_text() == "x\nx\n"


# req: iam-autopilot/6.6
def test_each_client_of_a_session_refuses_and_tells_for_itself(no_sockets):
    clients, told = ReadingClients(), []
    one = clients.client("iam", "us-east-1", noted=lambda service, name: told.append(("one", service, name)))
    other = clients.client("iam", "us-east-1", noted=lambda service, name: told.append(("other", service, name)))
    quiet = clients.client("sts", "us-east-1")
    for client in (one, other):
        with pytest.raises(Refused, match="iam:DeleteRole was refused"):
            client.delete_role(RoleName="r")
    with pytest.raises(Refused, match="sts:AssumeRole was refused"):
        quiet.assume_role(RoleArn="arn:aws:iam::123456789012:role/r", RoleSessionName="s1")
    assert (told, no_sockets) == ([], [])
    for call in (one.list_roles, quiet.get_caller_identity, other.list_roles):
        with pytest.raises(CloudBusy):
            called(call)
    assert told == [("one", "iam", "ListRoles"), ("other", "iam", "ListRoles")]


FORKING = """
import os
from setsquare.adapters.aws_clients import ReadingClients
from setsquare.errors import Refused

clients = ReadingClients()
clients.client("sts", "us-east-1")
number = os.fork()
client = clients.client("iam", "us-east-1")
try:
    client.delete_role(RoleName="r")
except Refused:
    os._exit(os.waitstatus_to_exitcode(os.waitpid(number, 0)[1]) if number else 0)
os._exit(1)
"""


def test_a_forked_process_asks_for_credentials_of_its_own(tmp_path, monkeypatch):
    noted = process_credentials(tmp_path, monkeypatch)
    done = subprocess.run([sys.executable, "-c", FORKING], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert noted.read_text() == "x\nx\n"
