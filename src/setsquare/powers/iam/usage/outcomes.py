"""What an error code says about permission.

Source: AWS, the services' API references, "Common errors"; EC2 API, "Error codes".
"""

from __future__ import annotations

import functools

from setsquare.powers.iam.usage.model import Outcome

# Without the prefix `Client.` and the suffixes `Exception` and `Error`, lower case. Everything else happened after the permission was checked, or may have.
_DENIED = frozenset(
    {
        "accessdenied",
        "accessdeniedforimage",
        "allaccessdisabled",
        "authfailure",
        "authorization",
        "authorizationerror",
        "expiredtoken",
        "expiredtokenid",
        "forbidden",
        "incompletesignature",
        "invalidaccesskeyid",
        "invalidclienttokenid",
        "invalidsignature",
        "invalidtoken",
        "missingauthenticationtoken",
        "notauthorized",
        "operationnotpermitted.unauthorized",
        "requestexpired",
        "signaturedoesnotmatch",
        "tokenrefreshrequired",
        "unauthorized",
        "unauthorizedaccess",
        "unauthorizedoperation",
        "unrecognizedclient",
        "userunauthorized",
        "vpceaccessdenied",
    }
)
_PREFIXES = ("client.", "server.")
_SUFFIXES = ("exception", "error", "fault")


@functools.lru_cache(maxsize=4096)
def outcome_of(error: str) -> Outcome:
    """Tell whether a call with this error code, empty for none, was permitted.

    Throttled, invalid and not-found calls count as used: that keeps a permission which may have been needed. A dry run that would have worked was permitted.

    >>> outcome_of("Client.UnauthorizedOperation"), outcome_of("AccessDeniedException")
    (<Outcome.DENIED: 'denied'>, <Outcome.DENIED: 'denied'>)
    >>> outcome_of("Client.DryRunOperation"), outcome_of("ThrottlingException"), outcome_of("")
    (<Outcome.USED: 'used'>, <Outcome.USED: 'used'>, <Outcome.USED: 'used'>)
    """
    code = error.lower()
    for prefix in _PREFIXES:
        code = code.removeprefix(prefix)
    for suffix in _SUFFIXES:
        code = code.removesuffix(suffix)
    return Outcome.DENIED if code in _DENIED else Outcome.USED
