r"""Knows which words in a file that holds secrets are the secrets: the file's name says how it is written.

What stands in such a file is looked for later in everything that is about to leave, so a word that is no secret, such as `development`, must
not be among them. A secret that is shorter than six characters is not found.

Source: safety.md AT34; netrc(5), npmrc(5), git-credential-store(1), PostgreSQL's manual on `.pgpass`, htpasswd(1).
"""

from __future__ import annotations

import re

from setsquare.guard.paths import folded
from setsquare.guard.secrets import SECRET_NAME, values_in_key_file

_KEY_ENDINGS = (".pem", ".key", ".ppk")
_READ_BYTES = 200_000
_LEAST = 6
_LEAST_RANDOM = 16
_ASSIGNMENT = re.compile(r"""^\s*(?:export\s+|-\s+|//\S{0,200}:)?["']?([A-Za-z_][\w.-]{0,120})["']?\s*[=:](?!//)(.*)$""")
_PAIR = re.compile(r"""["']([A-Za-z_][\w.-]{0,120})["']\s*:\s*"((?:[^"\\]|\\.){6,})\"""")
"""A name and its text in JSON, as often as it stands in a line."""
_NETRC = re.compile(r"\bpassword\s+(\S+)")
_IN_ADDRESS = re.compile(r"://[^/\s:@]*:([^@/\s]{6,})@")
_HAS_PASSWORD = re.compile(r"://[^/\s:]+:[^@\s]+@")
_BREAKS = re.compile(r"\\[rn]")


def values_in(path: str, raw: bytes) -> tuple[str, ...]:
    r"""List the secrets of a secret file; of a long file, those in its first 200,000 bytes.

    >>> values_in(".env", b"API_KEY='s3cr3t-value'\nNODE_ENV=development\nPORT=8080\n# TOKEN=not-this-one")
    ('s3cr3t-value',)
    >>> values_in("secrets.yml", b"db:\n  password: hunter2222\n"), values_in("credentials.json", b'{"client_secret": "GOC-1234-x"}')
    (('hunter2222',), ('GOC-1234-x',))
    >>> values_in(".netrc", b"machine a.example login ada password t0ken-of-ada"), values_in(".pgpass", b"db:5432:app:ada:hunter2222\n")
    (('t0ken-of-ada',), ('hunter2222',))
    """
    name = folded(path).rpartition("/")[2]
    if name.endswith(_KEY_ENDINGS) or name.startswith("id_"):
        return values_in_key_file(raw)
    text = raw[:_READ_BYTES].decode("utf-8", "replace")
    found: list[str] = []
    for line in text.splitlines():
        if not line.lstrip().startswith(("#", ";")):
            found += _in_line(name, line)
    return tuple(dict.fromkeys(value for value in found if len(value) >= _LEAST))


def _in_line(name: str, line: str) -> list[str]:
    """List the secrets of one line."""
    if name in {".netrc", "_netrc"}:
        return list(_NETRC.findall(line))
    if name == ".pgpass":
        return [part.strip() for part in line.split(":", 4)[4:]]
    if name == ".htpasswd":
        return [line.partition(":")[2].strip()]
    found: list[str] = _IN_ADDRESS.findall(line)
    pairs = _PAIR.findall(line)
    if not pairs and (single := _ASSIGNMENT.match(line)):
        pairs = [(single[1], single[2].strip().rstrip(",;").strip("'\""))]
    for key, value in pairs:
        if is_secret_value(key, value):
            found += _pieces(value)
    return found


def _pieces(value: str) -> list[str]:
    r"""Give a value, and of one that holds a whole key its lines.

    >>> _pieces("-----BEGIN PRIVATE KEY-----\\nMIIEvQIBADANBgkqhkiG9w0B\\n-----END PRIVATE KEY-----")
    ['MIIEvQIBADANBgkqhkiG9w0B']
    """
    if "-----BEGIN " not in value:
        return [value]
    return list(values_in_key_file("\n".join(_BREAKS.split(value)).encode("utf-8", "replace")))


def is_secret_value(name: str, value: str) -> bool:
    """Tell a secret from a setting such as `development`, which must stay readable in source files, by its name or by its look.

    >>> is_secret_value("API_KEY", "s3cr3t-value"), is_secret_value("NODE_ENV", "development")
    (True, False)
    """
    if len(value) < _LEAST or value in {"{", "["}:
        return False
    has_password = bool(_HAS_PASSWORD.search(value))
    if value.startswith(("https://", "http://")) and not has_password:
        return False
    is_random = len(value) >= _LEAST_RANDOM and " " not in value and bool(re.search(r"\d", value)) and "localhost" not in value
    return bool(SECRET_NAME.search(name)) or is_random or has_password
