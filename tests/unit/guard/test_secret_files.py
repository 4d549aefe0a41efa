"""Which words of a secret file are the secrets."""

from __future__ import annotations

import time

import pytest

from setsquare.guard.secret_files import values_in


@pytest.mark.parametrize(
    ("path", "line", "found"),
    [
        (".env", "export DB_PASSWORD=hunter2hunter2", ("hunter2hunter2",)),
        (".env", 'STRIPE="sk_live_abcdefgh12345678"', ("sk_live_abcdefgh12345678",)),
        (".env", "DATABASE_URL=postgres://u:pw@h/db", ("postgres://u:pw@h/db",)),
        (".env", "DATABASE_URL=postgres://u:pw1234@h/db", ("pw1234", "postgres://u:pw1234@h/db")),
        (".env", "NODE_ENV=development", ()),
        (".env", "URL=http://localhost:3000/a1", ()),
        (".env", "TOKEN=", ()),
        (".env", "#SECRET=abcdefgh", ()),
        (".env", "nonsense", ()),
        ("a/secrets.yaml", "  api_key: 'k-1234567'", ("k-1234567",)),
        ("secrets.toml", 'password = "hunter2222"', ("hunter2222",)),
        ("credentials.json", '{"client_secret":"GOCS-1","token_uri":"https://x.example/token","type":"service_account"}', ("GOCS-1",)),
        (".npmrc", "//registry.npmjs.org/:_authToken=abcdef123", ("abcdef123",)),
        (".netrc", "machine h login ada password s3cr3t-of-ada", ("s3cr3t-of-ada",)),
        (".pgpass", "db:5432:*:ada:s3cr3t:of:ada", ("s3cr3t:of:ada",)),
        (".git-credentials", "https://ada:s3cr3tada@h.example", ("s3cr3tada",)),
        (".htpasswd", "ada:$apr1$abcdefgh", ("$apr1$abcdefgh",)),
        ("prod.tfvars", 'db_password = "hunter2222",', ("hunter2222",)),
        ("home/.aws/credentials", "aws_secret_access_key = abcd/efgh+ijkl", ("abcd/efgh+ijkl",)),
        ("x.pem", "MIIEvQIBADANBgkqhkiG9w0B", ("MIIEvQIBADANBgkqhkiG9w0B",)),
    ],
)
# req: agent-runtime/5.8
def test_values(path, line, found):
    assert values_in(path, line.encode()) == found


@pytest.mark.parametrize("line", ["a=" + " " * 200_000 + "x", '"a":"' * 40_000, "://:" * 50_000, "export " * 28_000, '{"a":"\\' * 30_000])
def test_time_grows_with_the_length_alone(line):
    began = time.process_time()
    values_in(".env", line.encode())
    assert time.process_time() - began < 1
