r"""Finds secrets in text that is about to leave: by their shape, and by their value as it is known from the workspace or the environment.

Every search is bounded and linear in the text. A secret that is spelled out letter by letter or encrypted is not found; what keeps that from
happening is that the model never sees the secret.

Source: safety.md AT34, AT35.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from urllib.parse import quote

from setsquare.guard.protected import is_secret

REDACTED = "[redacted]"

SECRET_NAME = re.compile(r"KEY|TOKEN|SECRET|PASS|PWD|CRED|AUTH|PRIVATE|DSN|SALT|SIGN|WEBHOOK|COOKIE|SESSION", re.IGNORECASE)
"""What the name of a variable holds whose value is a secret."""

_LEAST = 6
_LEAST_STRONG = 12
_LEAST_LINE = 16
MOST_VALUES = 2_000
_SHAPES = re.compile(
    r"(?<![A-Za-z0-9])(?:"
    r"gh[pousr]_[A-Za-z0-9]{16,255}|github_pat_\w{20,255}|gl(?:pat|ptt|dt|rt|cbt|ft|soat|imt|agent)-[\w.-]{16,255}|"
    r"sk-(?:ant-|proj-|or-|svcacct-)?[A-Za-z0-9_-]{16,255}|[srp]k_(?:live|test)_\w{12,255}|xox[abeoprs]-[\w-]{10,255}|xapp-[\w-]{10,255}|"
    r"A(?:KIA|SIA|GPA|IDA|ROA)[0-9A-Z]{16}|AIza[\w-]{30,60}|ya29\.[\w-]{20,400}|GOCSPX-[\w-]{16,80}|npm_\w{30,80}|pypi-[\w-]{30,255}|"
    r"hf_[A-Za-z0-9]{20,80}|SG\.[\w-]{16,80}\.[\w-]{16,80}|dop_v1_\w{20,80}|shp(?:at|ss|ca)_\w{20,80}|whsec_[\w+/]{20,80}|"
    r"dckr_(?:pat|oat)_[\w-]{16,80}|hv[sb]\.[\w-]{20,255}|xai-\w{20,120}|gsk_\w{20,120}|nvapi-[\w-]{20,120}|"
    r"eyJ[\w-]{10,2000}\.eyJ[\w-]{10,4000}(?:\.[\w-]{0,2000})?|AGE-SECRET-KEY-1\w{20,80}|\d{8,10}:AA[\w-]{30,60}"
    r")"
)
_CONTEXT = re.compile(
    r"(?P<before>://[^/\s:@\"']{0,100}:)(?P<password>[^/\s@\"']{3,300})(?=@)"
    r"|(?P<scheme>\b(?:Bearer|Basic|token)\s{1,4})(?P<bearer>[A-Za-z0-9._~+/=-]{16,4000})"
    r"|(?P<aws>aws_?secret_?access_?key\W{1,6})(?P<awsvalue>[A-Za-z0-9/+]{40})"
    r"|(?P<slack>hooks\.slack\.com/services/)(?P<slackvalue>T\w{6,20}/B\w{6,20}/\w{10,40})",
    re.IGNORECASE,
)
_PEM_BEGIN = "-----BEGIN "
_PEM_HEAD = re.compile(r"-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_PEM_END = re.compile(r"-----END [A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----")
_BOT = ":AA"
_BEGINNINGS = (
    *("ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "glpat-", "glptt-", "gldt-", "glrt-", "glcbt-", "glft-", "glsoat-", "glimt-"),
    *("glagent-", "sk-", "k_live_", "k_test_", "xox", "xapp-", "AKIA", "ASIA", "AGPA", "AIDA", "AROA", "AIza", "ya29.", "GOCSPX-", "npm_"),
    *("pypi-", "hf_", "SG.", "dop_v1_", "shpat_", "shpss_", "shpca_", "whsec_", "dckr_", "hvs.", "hvb.", "xai-", "gsk_", "nvapi-", "eyJ"),
    *("AGE-SECRET-KEY-1", _BOT),
)
"""One of these stands in every text that `_SHAPES` finds something in; looking for them is much cheaper."""
_MOST_BOT_DIGITS = 10
_LEAST_SHAPE = 15
"""Nothing that `_SHAPES` finds is shorter, and none of it holds a blank."""
_PATCH = "diff --git "
_COLOURS = re.compile(r"\x1b\[[0-9;]*[mK]")
_IN_PATCH = re.compile(
    r"\[redacted\]|[-+ @\\]|index |(?:new|deleted) file|(?:old|new) mode|similarity |dissimilarity |rename |copy |Binary |GIT binary|$"
)
"""How the lines of a patch begin, below its first."""
_CLOUD_KEY = re.compile("aws_?secret_?access_?key")
_SCHEMES = ("bearer", "basic", "token")
_WEBHOOK = "hooks.slack.com/services/"


def redacted(text: str, values: Iterable[str] = ()) -> str:
    r"""Replace secrets: known values first, the longest first, then whatever has the shape of one.

    >>> redacted("key is s3cr3t-value", ["s3cr3t-value"]), redacted("see ghp_" + "a1" * 18 + " there")
    ('key is [redacted]', 'see [redacted] there')
    >>> redacted("postgres://app:hunter22@db/x"), redacted("Authorization: Bearer abcdef0123456789abcd")
    ('postgres://app:[redacted]@db/x', 'Authorization: Bearer [redacted]')
    >>> redacted("s3cr3t-\nvalue-7 is it", ["s3cr3t-value-7"])
    '[redacted]\n is it'
    """
    text = _without_patches(text)
    words = text.split()
    dense = "".join(words)
    near = _near(_most(values), text, dense)
    if near:
        near.sort(key=len, reverse=True)
        for value in near:
            if value in text:
                text = text.replace(value, REDACTED)
        text = _without_split(text, near)
        words = text.split()
    return _without_shapes(text, words)


def _without_patches(text: str) -> str:
    r"""Leave out what a patch says of files that hold secrets: git's history has them long after they are gone.

    >>> _without_patches("diff --git a/.env b/.env\n@@ -1 +0,0 @@\n-PIN=four words\ndiff --git a/b b/b\n-x\n")
    'diff --git a/.env b/.env\n[redacted]\ndiff --git a/b b/b\n-x\n'
    """
    if _PATCH not in text:
        return text
    kept: list[str] = []
    is_hidden = False
    for line in text.splitlines(keepends=True):
        bare = _COLOURS.sub("", line)
        if bare.startswith(_PATCH):
            is_hidden = any(is_secret(name.strip().strip('"').partition("/")[2]) for name in bare[len(_PATCH) :].rsplit(" ", 1))
            kept.append(line if not is_hidden else f"{line}{REDACTED}\n")
        elif not (is_hidden and _IN_PATCH.match(bare)):
            is_hidden = False
            kept.append(line)
    return "".join(kept)


def without_known(text: str, values: Iterable[str]) -> str:
    """Replace known values alone, and of them only those that no other word equals by chance (at least 12 characters).

    >>> without_known("postgres s3cr3t-value-7", ("postgres", "s3cr3t-value-7"))
    'postgres [redacted]'
    """
    near = [value for value in _most(values) if len(value) >= _LEAST_STRONG and value in text]
    for value in sorted(near, key=len, reverse=True):
        text = text.replace(value, REDACTED)
    return text


def _most(values: Iterable[str]) -> Iterable[str]:
    """Take the longest of too many values."""
    listed = values if isinstance(values, tuple) else tuple(values)
    return listed if len(listed) <= MOST_VALUES else sorted(set(listed), key=len, reverse=True)[:MOST_VALUES]


def _near(values: Iterable[str], text: str, dense: str) -> list[str]:
    """List the values that a text holds, or holds without its blanks; most are told absent by a few of their letters.

    A value of twelve letters covers eight that begin at a multiple of five, wherever it stands.
    """
    grams = {dense[at : at + 8] for at in range(0, len(dense) - 7, 5)}
    near: list[str] = []
    for value in values:
        letters = _dense(value)
        if len(letters) < _LEAST_STRONG:
            is_near = letters in dense if len(value) >= _LEAST_STRONG else value in text
        else:
            is_near = (
                letters[:8] in grams or letters[1:9] in grams or letters[2:10] in grams or letters[3:11] in grams or letters[4:12] in grams
            ) and letters in dense
        if is_near:
            near.append(value)
    return near


def _without_split(text: str, known: list[str]) -> str:
    """Replace known values that blanks or line ends were put into, as by a line wrap."""
    strong = [value for value in known if len(value) >= _LEAST_STRONG]
    if not strong:
        return text
    dense = _dense(text)
    found = [value for value in map(_dense, strong) if len(value) >= _LEAST_STRONG and value in dense]
    if not found:
        return text
    places = [index for index, char in enumerate(text) if not char.isspace()]
    spans: list[tuple[int, int]] = []
    for value in found:
        start = dense.find(value)
        while start >= 0:
            spans.append((places[start], places[start + len(value) - 1] + 1))
            start = dense.find(value, start + len(value))
    return _cut(text, spans)


def _dense(text: str) -> str:
    """Take all blanks out of a text."""
    return "".join(text.split())


def _cut(text: str, spans: list[tuple[int, int]]) -> str:
    """Replace stretches of a text, which may overlap."""
    parts: list[str] = []
    done = 0
    for start, end in sorted(spans):
        if start >= done:
            parts += (text[done:start], _in_place_of(text[start:end]))
        done = max(done, end)
    return "".join((*parts, text[done:]))


def _in_place_of(secret: str) -> str:
    """Give what stands for a secret, with its line ends, so that lines keep their numbers."""
    return REDACTED + "\n" * secret.count("\n")


def _without_shapes(text: str, words: list[str]) -> str:
    """Replace what looks like a token, a private key, a password in an address or a bearer's token; `words` are what stands between blanks."""
    if _PEM_BEGIN in text:
        text = _without_keys(text)
        words = text.split()
    long = "\n".join([word for word in words if len(word) >= _LEAST_SHAPE])
    if long and (there := [beginning for beginning in _BEGINNINGS if beginning in long]):
        text, is_changed = _without_tokens(text, there)
        words = text.split() if is_changed else words
    return _CONTEXT.sub(_keeping_context, text) if _may_have_context(text, words) else text


def _without_tokens(text: str, beginnings: list[str]) -> tuple[str, bool]:
    """Replace what `_SHAPES` finds, looking only where one of the beginnings stands; tell whether anything was."""
    spans: list[tuple[int, int]] = []
    done = 0
    for start in sorted(start for beginning in beginnings for start in _starts(text, beginning)):
        if start >= done and (found := _SHAPES.match(text, start)):
            done = found.end()
            spans.append((start, done))
    return _cut(text, spans) if spans else text, bool(spans)


def _starts(text: str, beginning: str) -> Iterator[int]:
    """Give where a token may start of which `beginning` is the first part that is always the same."""
    place = text.find(beginning)
    while place >= 0:
        if beginning == _BOT:
            yield from range(max(place - _MOST_BOT_DIGITS, 0), place)
        else:
            yield place - 1 if place and beginning.startswith("k_") else place
        place = text.find(beginning, place + 1)


def _may_have_context(text: str, words: list[str]) -> bool:
    """Tell whether `_CONTEXT` may find something: an address with a password, a long word after `Bearer` and the like, a cloud's key, a webhook."""
    if "://" in text and "@" in text and any("://" in word and "@" in word for word in words):
        return True
    folded = text.casefold()
    if _WEBHOOK in folded or ("aws" in folded and _CLOUD_KEY.search(folded)):
        return True
    if not any(scheme in folded for scheme in _SCHEMES):
        return False
    return any(len(word) >= _LEAST_LINE and before.casefold().endswith(_SCHEMES) for before, word in pairwise(words))


def _keeping_context(found: re.Match[str]) -> str:
    """Replace the secret and keep what stands before it."""
    bearer = found["bearer"]
    if bearer is not None and not any(char.isdigit() for char in bearer):
        return found[0]
    return f"{found['before'] or found['scheme'] or found['aws'] or found['slack'] or ''}{REDACTED}"


def _without_keys(text: str) -> str:
    """Replace private keys from their first line to their last, or to the end of the text where that is missing."""
    parts: list[str] = []
    position = 0
    while head := _PEM_HEAD.search(text, position):
        end = _PEM_END.search(text, head.end())
        stop = end.end() if end else len(text)
        parts += (text[position : head.start()], _in_place_of(text[head.start() : stop]))
        position = stop
    return "".join((*parts, text[position:]))


def variants(values: Iterable[str]) -> tuple[str, ...]:
    """List values with the spellings in which programs print them: base64 (alone or within a longer text), hexadecimal, URL, JSON, reversed.

    >>> import base64
    >>> any(each in base64.b64encode(b"user:s3cr3t-value-77").decode() for each in variants(["s3cr3t-value-77"]))
    True
    >>> variants(["short1"])
    ('short1',)
    """
    found: dict[str, None] = {}
    for value in values:
        if len(value) < _LEAST:
            continue
        found[value] = None
        if len(value) < _LEAST_STRONG:
            continue
        raw = value.encode("utf-8", "surrogateescape")
        found.update(dict.fromkeys(_in_base64(raw)))
        found.update(dict.fromkeys((raw.hex(), raw.hex().upper(), quote(raw, safe=""), value[::-1])))
        found[value.replace("\\", "\\\\").replace('"', '\\"')] = None
    return tuple(found)


def _in_base64(raw: bytes) -> tuple[str, ...]:
    """Give what stands in the base64 of any text that holds the bytes, at each of the three places that they can have in it."""
    found: list[str] = []
    for shift in range(3):
        coded = base64.b64encode(b"\0" * shift + raw).decode().rstrip("=")
        first = (0, 2, 3)[shift]
        # The last character depends on what follows unless the bytes end on a boundary.
        inner = coded[first : len(coded) if (shift + len(raw)) % 3 == 0 else -1]
        found += (inner, inner.replace("+", "-").replace("/", "_"))
    return tuple(each for each in dict.fromkeys(found) if len(each) >= _LEAST_STRONG)


def values_in_key_file(raw: bytes) -> tuple[str, ...]:
    r"""List the lines of a key file that are secrets: long ones without blanks, but no markers.

    >>> values_in_key_file(b"-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0B\n-----END PRIVATE KEY-----\n")
    ('MIIEvQIBADANBgkqhkiG9w0B',)
    """
    lines = (line.strip() for line in raw[:200_000].decode("utf-8", "replace").splitlines())
    return tuple(dict.fromkeys(line for line in lines if len(line) >= _LEAST_LINE and " " not in line and not line.startswith("-----")))


def values_of_environment(environment: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """List the values of variables that are secrets by their name.

    >>> values_of_environment(
    ...     [("HOME", "/home/ada"), ("GITHUB_TOKEN", "t0ken-of-ada"), ("SSH_AUTH_SOCK", "/run/x"), ("SESSION_TYPE", "wayland")]
    ... )
    ('t0ken-of-ada',)
    """
    return tuple(
        dict.fromkeys(
            value
            for name, value in environment
            if SECRET_NAME.search(name) and len(value) >= _LEAST + 2 and "/" not in value[:1] and _is_random(value)
        )
    )


def _is_random(value: str) -> bool:
    """Tell a secret from a plain word or a number."""
    return any(char.isdigit() for char in value) and not value.isdigit()
