"""Says what is wrong with a value of the Power's settings; one with `${VAR}` is judged when it is expanded.

Source: settings.md § 2.6, § 2.7.
"""

from __future__ import annotations

from setsquare.text.lazy_pattern import LazyPattern

_VARIABLE = LazyPattern(r"(?<!\$)\$\{")
_REGION = LazyPattern(r"[a-z]{2,4}(?:-[a-z]+)+-\d\Z")
_ACCOUNT = LazyPattern(r"[0-9]{12}\Z")
_LOG_GROUP = LazyPattern(r"[A-Za-z0-9_\-/.#]{1,512}\Z")
_REPOSITORY = LazyPattern(r"[\w.-]+(?:/[\w.-]+)+\Z")


def is_open(value: str) -> bool:
    """Tell whether a value holds a variable that is still to be expanded.

    >>> is_open("${AWS_REGION}"), is_open("$${AWS_REGION}")
    (True, False)
    """
    return _VARIABLE.search(value) is not None


def region_problem(value: str) -> str:
    """Say what is wrong with a region.

    >>> region_problem("us-east-1"), region_problem("Virginia")
    ('', 'it is no name of an AWS region')
    """
    return "" if _REGION.match(value) else "it is no name of an AWS region"


def account_problem(value: str) -> str:
    """Say what is wrong with an account's number.

    >>> account_problem("123456789012"), account_problem("1234")
    ('', 'an account is named by 12 digits')
    """
    return "" if _ACCOUNT.match(value) else "an account is named by 12 digits"


def log_group_problem(value: str) -> str:
    """Say what is wrong with the name of a log group.

    >>> log_group_problem("/aws/cloudtrail"), log_group_problem("")
    ('', 'it is no name of a log group')
    """
    return "" if _LOG_GROUP.match(value) else "it is no name of a log group"


def repository_problem(value: str) -> str:
    """Say what is wrong with the name of a repository.

    >>> repository_problem("org/infrastructure"), repository_problem("https://github.com/org/x")
    ('', 'a repository is named as owner/name')
    """
    return "" if _REPOSITORY.match(value) else "a repository is named as owner/name"


def channel_problem(value: str) -> str:
    """Say what is wrong with a channel.

    >>> channel_problem("#security-alerts"), channel_problem(" ")
    ('', 'it is empty')
    """
    return "" if value.strip() else "it is empty"
