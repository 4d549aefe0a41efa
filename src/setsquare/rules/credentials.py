"""Tells whether a text looks like a literal credential, without ever showing it."""

from __future__ import annotations

import math
import re
from collections import Counter

from setsquare.text.lazy_pattern import LazyPattern

_PREFIXED = LazyPattern(
    r"(?<![A-Za-z0-9])(?:gh[pousr]_[A-Za-z0-9]{16,}|github_pat_\w{20,}|gl(?:pat|ptt|dt|rt|cbt|ft|soat|imt|agent)-[\w-]{16,}|sk-(?:ant-|proj-|or-)?[\w-]{16,}|[sr]k_(?:live|test)_\w{12,}|"
    r"xox[abeoprs]-[\w-]{10,}|xapp-[\w-]{10,}|A(?:KIA|SIA)[0-9A-Z]{16}|AIza[\w-]{30,}|ya29\.[\w-]{20,}|npm_\w{30,}|pypi-[\w-]{30,}|hf_[A-Za-z0-9]{20,}|"
    r"figd_[\w-]{20,}|lin_api_\w{20,}|ntn_\w{20,}|secret_\w{30,}|SG\.[\w-]{16,}|dop_v1_\w{20,}|shp(?:at|ss|ca)_\w{20,}|tvly-[\w-]{16,}|ctx7sk-[\w-]{16,}|"
    r"pplx-\w{20,}|gsk_\w{20,}|fc-[0-9a-f]{20,}|sbp_\w{20,}|xai-\w{20,}|nvapi-[\w-]{20,}|r8_\w{20,}|ATATT[\w=-]{20,}|dapi[0-9a-f]{30,}|BSA[\w-]{20,}|"
    r"eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.?[\w-]*|AGE-SECRET-KEY-\w+|whsec_[\w+/]{20,}|GOCSPX-[\w-]{16,}|sntry[su]_[\w+/=-]{20,}|"
    r"dckr_(?:pat|oat)_[\w-]{16,}|lsv2_(?:pt|sk)_\w{20,}|hv[sb]\.[\w-]{20,}|key-[0-9a-f]{32}|\d{8,10}:AA[\w-]{30,}|"
    r"(?<=hooks\.slack\.com/services/)T\w+/B\w+/\w{10,}|(?<=/api/webhooks/)\d{10,}/[\w-]{20,})|-----BEGIN [A-Z ]*PRIVATE KEY"
)
_URL_PASSWORD = LazyPattern(r"://[^/\s:@]{0,200}:(?P<value>[^/\s@]{1,500})@")
_QUERY = LazyPattern(r"[?&;](?P<key>[\w.-]+)=(?P<value>[^&#\s;]+)")
_SCHEME = LazyPattern(r"(?:(?<![\w-])\w[\w-]{0,60}\s*:\s*)?(?:Bearer|Basic|Token|ApiKey)\s+(?P<value>\S+)", re.IGNORECASE)
_HEADER = LazyPattern(r"(?P<key>[A-Za-z][\w-]{1,60})\s*[:=]\s*(?P<value>\S.*)", re.DOTALL)
_BEARER = LazyPattern(r"\bBearer\s+(?P<value>[^\s\"']*\d[^\s\"']*)", re.IGNORECASE)
_PAIR = LazyPattern(r"""["']?(?P<key>[A-Za-z][\w.-]{1,60})["']?\s*[:=]\s*["']?(?P<value>[^"',}\s]+)""")
_INNER = LazyPattern(
    r"""(?<![\w.-])["'\\]{0,2}-{0,2}(?P<key>[A-Za-z][\w.-]{1,60})\\?["']?(?:=|\s?:\s?)["'\\]{0,2}(?P<value>[^"',}\s;\\]+)"""
)
_NAMES_SECRET = LazyPattern(
    r"(?:^|[_.\- ])(?:api_?key|apikey|key|token|secret|passw(?:or)?d|passwd|pwd|pass|passphrase|credentials?|private_?key|access_?key|auth|authorization|"
    r"bearer|cookie|connection_?string|conn_?str|dsn|pat|jwt|sas)$|(?:token|secret|passw(?:or)?d|api_?key|apikey|accesskey|privatekey|passphrase|connectionstring|(?:pg|db|sql|user|smtp|admin|redis|mail)pass)$",
    re.IGNORECASE,
)
_OTHER_KEY = LazyPattern(
    r"(?:primary|partition|sort|foreign|cache|public|publishable|anon|hash|range|index|object|host|row|group|lookup|hot|shortcut|translation|unique|"
    r"registry|config|feature|routing|idempotency)[_.\- ]?key$",
    re.IGNORECASE,
)
_VAGUE = LazyPattern(r"(?:^|[_.\- ])auth$|^(?:key|pass|credentials?|cookie)$", re.IGNORECASE)
_IS_PASSWORD = LazyPattern(r"(?:pass|passw(?:or)?d|passwd|pwd|passphrase|secret)$", re.IGNORECASE)
_IS_HASH = LazyPattern(r"(?:sha\d{0,3}|commit|checksum|digest|hash|rev|revision|etag|version|fingerprint|uuid|guid|id)$", re.IGNORECASE)
_OPTION = LazyPattern(r"^-{0,2}(?:e|env|h|header|set|config|define)=", re.IGNORECASE)
_CAMEL = LazyPattern(r"(?<=[a-z0-9])(?=[A-Z])")
_REFERENCE = LazyPattern(
    r"\$\{[^}]{0,200}\}|\$\([^)]{0,200}\)|\$[A-Za-z_]\w*|%[A-Za-z_]\w{0,200}%|\{\{[^}]{0,200}\}\}|\{env:[^}]{0,200}\}|<[^<>]{0,200}>|#\{[^}]{0,200}\}#?|^\([^()]{0,200}\)$|(?:process\.|import\.meta\.)?\benv\.[A-Za-z_]\w*|\bos\.environ\S*|^@\w+:\S*$|\[[^\[\]]{0,200}\]|^(?:op|vault|keyring|keychain|file|env|aws-sm|ssm|secretsmanager|gcp-sm|doppler|infisical):\S*$",
    re.IGNORECASE,
)
_PLACEHOLDER = LazyPattern(
    r"your|xxx|example|placeholder|change[-_ ]?me|change[-_ ]?this|replace|insert|todo|dummy|sample|fake|redacted|masked|hidden|goes[-_ ]?here|fill[-_ ]?in|put[-_ ]|\*\*\*|\.\.\.|…|"
    r"^(?:enter|paste|provide|get|set|use|see|add|create|generate)[-_ ]\w|not[-_ ]?(?:needed|used|required|set|applicable|real)|^(?:unused|optional|required|enabled|disabled|"
    r"browser|prompt|interactive|device|oauth2?|oidc|saml|sigv4|iam|basic|bearer|jwt|apikey|digest|anonymous|public)$|"
    r"^(?:dein|ihr|mein|tu|su|mi|votre|mon|seu|sua|il|la|mia|tua)[-_ ]\w|[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\u0400-\u04ff]|"
    r"^(?-i:[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*_(?:KEY|TOKEN|SECRET|PASSWORD|PAT|VALUE|HERE))$|"
    r"^(?:none|null|nil|n/?a|empty|true|false|yes|no|on|off|test|demo|local|default|token|secret|password|key|api[-_]?key|api[-_]?token|my[-_].*)$",
    re.IGNORECASE,
)
_PLAIN = LazyPattern(
    r"^(?:\d{1,10}(?:\.\d+)?|(?:trace|debug|info|warn|warning|error|critical|fatal|silent)|[./~][\w./~-]*|[A-Za-z]:\\.*|https?://[^\s@]*|arn:[\w-]+:\S*|[\w.-]+\.(?:json|pem|key|txt|ya?ml|crt|cer|env|p12|pfx|jks|toml)|-----BEGIN (?:[A-Z ]*PUBLIC KEY|CERTIFICATE)[\s\S]*)$",
    re.IGNORECASE,
)
_WORDY = LazyPattern(r"[a-z]{8,}|[A-Z]{12,}")
_DENSE = LazyPattern(r"[A-Za-z0-9+/_=-]{24,}$")
_HEX = LazyPattern(r"[0-9a-f]{32,}$|[0-9A-F]{32,}$")
_LEAST_SECRET = 6
_LEAST_ENTROPY = 3.6


def names_secret(name: str) -> bool:
    """Tell whether a key's name says that its value is a credential.

    >>> names_secret("GITHUB_TOKEN"), names_secret("clientSecret"), names_secret("MAX_TOKENS"), names_secret("KEY_PATH")
    (True, True, False, False)
    """
    plain = _CAMEL.sub("_", name).lstrip("-")
    return _NAMES_SECRET.search(plain) is not None and _OTHER_KEY.search(plain) is None


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
    if any(_is_random(match[0]) and not _PLACEHOLDER.search(match[0]) for match in _PREFIXED.finditer(value)):
        return True
    if any(is_literal(match["value"]) for match in _URL_PASSWORD.finditer(value)):
        return True
    if any(names_secret(match["key"]) and is_literal(match["value"]) for match in _QUERY.finditer(value)):
        return True
    scheme = _SCHEME.match(value)
    if scheme:
        return is_literal(scheme["value"])
    if names_secret(name):
        return _is_given(name, value)
    pair = _HEADER.match(value.lstrip("-"))
    if pair is not None and names_secret(pair["key"]):
        return _is_given(pair["key"], pair["value"])
    return _is_inside(value)


def _is_inside(value: str) -> bool:
    """Tell whether a command line, a connection string or JSON text within a value holds a credential."""
    rest = _REFERENCE.sub("", _OPTION.sub("", value))
    if any(is_literal(match["value"]) for match in _BEARER.finditer(rest)):
        return True
    return any(names_secret(match["key"]) and _is_given(match["key"], match["value"].rstrip(";")) for match in _INNER.finditer(rest))


def _is_given(name: str, value: str) -> bool:
    """Tell whether a value under a telling name is literal; under a vague one (`key`, `auth`) only what has a digit is."""
    if _IS_PASSWORD.search(name) and value.isdigit():
        return len(value) >= _LEAST_SECRET
    return is_literal(value) and (not _VAGUE.search(name.lstrip("-")) or any(char.isdigit() for char in value))


def _is_random(token: str) -> bool:
    """Tell whether a token with a known prefix looks generated: words such as `sk-learn-tool-server` do not."""
    return any(char.isdigit() for char in token) or (token.lower() != token and token.upper() != token) or token.startswith("-----")


def mentions_credential(line: str) -> bool:
    """Tell whether a line of a configuration file may hold a credential, even where the file is broken.

    >>> mentions_credential('"API_KEY": "q7Rt-55zz'), mentions_credential('"autonomyLevel": "full"')
    (True, False)
    """
    if _PREFIXED.search(line) or _URL_PASSWORD.search(line) or _SCHEME.search(line):
        return True
    return any(names_secret(match["key"]) and is_literal(match["value"]) for match in _PAIR.finditer(line))


def names_hash(name: str) -> bool:
    """Tell whether a key's name says that its value is an identifier, a checksum or a public key, which look random and are no secret.

    >>> names_hash("GIT_SHA"), names_hash("tenantId"), names_hash("SESSION")
    (True, True, False)
    """
    plain = _CAMEL.sub("_", name)
    return _IS_HASH.search(plain) is not None or _OTHER_KEY.search(plain) is not None


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
