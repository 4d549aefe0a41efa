"""Tells whether a text looks like a literal credential, without ever showing it."""

from __future__ import annotations

import math
import re
from collections import Counter

_PREFIXED = re.compile(
    r"(?<![A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{16,}|github_pat_\w{20,}|glpat-[\w-]{16,}|sk-(?:ant-|proj-|or-)?[\w-]{16,}|[sr]k_(?:live|test)_\w{12,}|"
    r"xox[abeoprs]-[\w-]{10,}|xapp-[\w-]{10,}|A(?:KIA|SIA)[0-9A-Z]{16}|AIza[\w-]{30,}|ya29\.[\w-]{20,}|npm_\w{30,}|pypi-[\w-]{30,}|hf_[A-Za-z0-9]{20,}|"
    r"figd_[\w-]{20,}|lin_api_\w{20,}|ntn_\w{20,}|secret_\w{30,}|SG\.[\w-]{16,}|dop_v1_\w{20,}|shp(?:at|ss|ca)_\w{20,}|tvly-[\w-]{16,}|ctx7sk-[\w-]{16,}|"
    r"pplx-\w{20,}|gsk_\w{20,}|fc-[0-9a-f]{20,}|sbp_\w{20,}|xai-\w{20,}|nvapi-[\w-]{20,}|r8_\w{20,}|ATATT[\w=-]{20,}|dapi[0-9a-f]{30,}|BSA[\w-]{20,}|"
    r"eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.?[\w-]*|AGE-SECRET-KEY-\w+)|-----BEGIN [A-Z ]*PRIVATE KEY"
)
_URL_PASSWORD = re.compile(r"://[^/\s:@]{0,200}:(?P<value>[^/\s@]{1,500})@")
_QUERY = re.compile(r"[?&;](?P<key>[\w.-]+)=(?P<value>[^&#\s;]+)")
_SCHEME = re.compile(r"(?:\w[\w-]*\s*:\s*)?(?:Bearer|Basic|Token|ApiKey)\s+(?P<value>\S+)", re.IGNORECASE)
_HEADER = re.compile(r"(?P<key>[A-Za-z][\w-]{1,60})\s*[:=]\s*(?P<value>\S.*)", re.DOTALL)
_PAIR = re.compile(r"""["']?(?P<key>[A-Za-z][\w.-]{1,60})["']?\s*[:=]\s*["']?(?P<value>[^"',}\s]+)""")
_NAMES_SECRET = re.compile(
    r"(?:^|[_.\- ])(?:api_?key|apikey|key|token|secret|passw(?:or)?d|passwd|pwd|pass|passphrase|credentials?|private_?key|access_?key|auth|authorization|"
    r"bearer|cookie|connection_?string|conn_?str|dsn|pat|jwt|sas)$|(?:token|secret|passw(?:or)?d|api_?key|apikey|accesskey|privatekey|passphrase|connectionstring|(?:pg|db|sql|user|smtp|admin|redis|mail)pass)$",
    re.IGNORECASE,
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_REFERENCE = re.compile(
    r"\$\{[^}]{0,200}\}|\$\([^)]{0,200}\)|\$[A-Za-z_]\w*|%[A-Za-z_]\w{0,200}%|\{\{[^}]{0,200}\}\}|\{env:[^}]{0,200}\}|<[^<>]{0,200}>|\[[^\[\]]{0,200}\]|^(?:op|vault|keyring|keychain|file|env|aws-sm|ssm|secretsmanager|gcp-sm|doppler|infisical):\S*$",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(
    r"your|xxx|example|placeholder|change[-_ ]?me|change[-_ ]?this|replace|insert|todo|dummy|sample|fake|redacted|masked|hidden|goes[-_ ]?here|fill[-_ ]?in|put[-_ ]|\*\*\*|\.\.\.|…|"
    r"^(?:none|null|nil|n/?a|empty|true|false|yes|no|on|off|test|demo|local|default|token|secret|password|key|api[-_]?key|api[-_]?token|my[-_].*)$",
    re.IGNORECASE,
)
_PLAIN = re.compile(
    r"^(?:\d{1,10}(?:\.\d+)?|(?:trace|debug|info|warn|warning|error|critical|fatal|silent)|[./~][\w./~-]*|[A-Za-z]:\\.*|https?://[^\s@]*)$",
    re.IGNORECASE,
)
_WORDY = re.compile(r"[a-z]{8,}|[A-Z]{12,}")
_DENSE = re.compile(r"[A-Za-z0-9+/_=-]{24,}$")
_HEX = re.compile(r"[0-9a-f]{32,}$|[0-9A-F]{32,}$")
_LEAST_SECRET = 6
_LEAST_ENTROPY = 3.6


def names_secret(name: str) -> bool:
    """Tell whether a key's name says that its value is a credential.

    >>> names_secret("GITHUB_TOKEN"), names_secret("clientSecret"), names_secret("MAX_TOKENS"), names_secret("KEY_PATH")
    (True, True, False, False)
    """
    return _NAMES_SECRET.search(_CAMEL.sub("_", name).lstrip("-")) is not None


def is_literal(value: str) -> bool:
    """Tell whether a value is neither a reference to a variable nor a placeholder nor a plain setting.

    >>> is_literal("hunter22"), is_literal("${TOKEN}"), is_literal("your-token-here"), is_literal("ERROR")
    (True, False, False, False)
    """
    rest = _REFERENCE.sub("", value).strip(" \t'\"")
    return len(rest) >= _LEAST_SECRET and not _PLACEHOLDER.search(rest) and not _PLAIN.match(rest)


def holds_credential(value: str, name: str = "") -> bool:
    """Tell whether a value, which stands under a key of this name, holds a literal credential.

    >>> (
    ...     holds_credential("Bearer 0a9b8c7d6e5f", "Authorization"),
    ...     holds_credential("https://h/?api_key=0a9b8c7d"),
    ...     holds_credential("us-east-1", "REGION"),
    ... )
    (True, True, False)
    """
    prefixed = _PREFIXED.search(value)
    if prefixed and not _PLACEHOLDER.search(prefixed[0]):
        return True
    if any(is_literal(match["value"]) for match in _URL_PASSWORD.finditer(value)):
        return True
    if any(names_secret(match["key"]) and is_literal(match["value"]) for match in _QUERY.finditer(value)):
        return True
    scheme = _SCHEME.match(value)
    if scheme:
        return is_literal(scheme["value"])
    if names_secret(name):
        return is_literal(value)
    pair = _HEADER.match(value.lstrip("-"))
    return pair is not None and names_secret(pair["key"]) and is_literal(pair["value"])


def mentions_credential(line: str) -> bool:
    """Tell whether a line of a configuration file may hold a credential, even where the file is broken.

    >>> mentions_credential('"API_KEY": "q7Rt-55zz'), mentions_credential('"autonomyLevel": "full"')
    (True, False)
    """
    if _PREFIXED.search(line) or _URL_PASSWORD.search(line) or _SCHEME.search(line):
        return True
    return any(names_secret(match["key"]) and is_literal(match["value"]) for match in _PAIR.finditer(line))


def is_dense(value: str) -> bool:
    """Tell whether a value is random enough to be a key although nothing says so.

    >>> is_dense("9f86d081884c7d659a2feaa0c55ad015"), is_dense("aws-documentation-server-latest")
    (True, False)
    """
    if not is_literal(value) or _WORDY.search(value):
        return False
    if _HEX.match(value):
        return True
    has_all = any(char.isdigit() for char in value) and any(char.islower() for char in value) and any(char.isupper() for char in value)
    return bool(_DENSE.match(value)) and has_all and _entropy(value) >= _LEAST_ENTROPY


def _entropy(value: str) -> float:
    """Measure Shannon entropy in bits per character."""
    counts = Counter(value)
    return -sum(count / len(value) * math.log2(count / len(value)) for count in counts.values())
