"""Clients of AWS that can only read."""

import ast
import socket
from pathlib import Path

import pytest

import setsquare
from setsquare.adapters import aws_clients
from setsquare.adapters.aws_clients import READING, called, pages, reading_client
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
