"""Builds clients of AWS, here and nowhere else, that can only read.

Each client refuses every operation that is not in `READING` at botocore's `before-call` (and before): after the request is made up and
before a socket is opened. So a mistake anywhere else in the program cannot become a change of an account.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, NoReturn

from setsquare.errors import CloudAuth, CloudBusy, CloudFailed, Refused

if TYPE_CHECKING:
    from collections.abc import Callable

READING: dict[str, frozenset[str]] = {
    "iam": frozenset(
        {
            *("GetAccountAuthorizationDetails", "GetPolicy", "GetPolicyVersion", "GetRole", "GetRolePolicy"),
            *("ListAttachedRolePolicies", "ListPolicyVersions", "ListRolePolicies", "ListRoles"),
        }
    ),
    "sts": frozenset({"GetCallerIdentity"}),
    "s3": frozenset({"GetBucketLocation", "GetObject", "ListObjectsV2"}),
    "logs": frozenset({"DescribeLogGroups", "FilterLogEvents", "GetQueryResults", "StartQuery"}),
    "cloudtrail": frozenset(
        {
            "DescribeQuery",
            "DescribeTrails",
            "GetEventDataStore",
            "GetEventSelectors",
            "GetQueryResults",
            "GetTrailStatus",
            "ListEventDataStores",
            "LookupEvents",
            "StartQuery",
        }
    ),
    "organizations": frozenset({"DescribeOrganization", "DescribePolicy", "ListParents", "ListPoliciesForTarget"}),
    "ecs": frozenset({"DescribeServices", "DescribeTaskDefinition", "ListClusters", "ListServices", "ListTaskDefinitions"}),
}
"""The operations that may be called, by service. None of them changes anything; the two `StartQuery` begin a search."""

_INSTALL = "Install it: `pip install 'setsquare[aws]'`. Local trail files need no extra: `--trail PATH --policies FILE`."
_LOGIN = "Sign in again (such as `aws sso login`), or set `AWS_PROFILE`; `setsquare doctor` shows the state of the connection."
_AUTH = frozenset(
    {
        *("AccessDenied", "AccessDeniedException", "AuthFailure", "ExpiredToken", "ExpiredTokenException", "IncompleteSignature"),
        *(
            "AuthorizationError",
            "InvalidAccessKeyId",
            "InvalidClientTokenId",
            "MissingAuthenticationToken",
            "OptInRequired",
            "RequestExpired",
        ),
        *("SignatureDoesNotMatch", "UnauthorizedOperation", "UnrecognizedClientException", "InvalidSignatureException"),
    }
)
_DENIED = frozenset({"AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation", "403"})
_BUSY = frozenset(
    {
        *("InternalError", "InternalFailure", "LimitExceededException", "RequestLimitExceeded", "RequestTimeout", "ServiceUnavailable"),
        *("SlowDown", "Throttling", "ThrottlingException", "TooManyRequestsException"),
    }
)
_SKEW = frozenset({"RequestTimeTooSkewed", "SignatureNotYetCurrent"})
_SHOWN_CHARACTERS = 300
_DELIVERING = "DeliveryS3Uri"
"""A parameter of CloudTrail's `StartQuery` that has the answer written into a bucket: the one way in which a listed operation could write."""
_MOMENTS = ("provide-client-params", "before-call")
"""When a call is looked at: before its parameters are judged, and again when all that is left to do is to send it."""


class ReadingClients:
    """Makes clients from one session of the library: what it knows of AWS, and the credentials of the machine, are read once for all of them.

    A process that was forked off gets a session of its own, whose sockets nobody shares, with what is known of AWS.
    """

    __slots__ = ("_descriptions", "_process", "_session")

    def __init__(self) -> None:
        """Begin without a session."""
        self._session: Any = None
        self._descriptions: Any = None
        self._process = 0

    def client(
        self,
        service: str,
        region: str,
        *,
        endpoint: str | None = None,
        noted: Callable[[str, str], None] | None = None,
        is_quick: bool = False,
    ) -> Any:
        """Build a client of one service with the credentials that the machine is set up with.

        `endpoint` is for tests and private networks; it goes through the same refusal. `noted` is told service and operation of each call that is
        sent; a quick client waits few seconds and asks once, for a look at the connection.

        Raises:
            CloudFailed: botocore is not installed, or knows no such service or region.
        """
        try:
            from botocore.config import Config  # noqa: PLC0415  (an extra)
            from botocore.exceptions import BotoCoreError  # noqa: PLC0415
        except ImportError as error:
            raise CloudFailed("AWS is read through botocore, which is not installed.", _INSTALL) from error
        config = Config(
            connect_timeout=3 if is_quick else 5,
            read_timeout=5 if is_quick else 60,
            retries={"mode": "standard", "total_max_attempts": 1 if is_quick else 4},
        )
        try:
            client = self._opened().create_client(service, region_name=region, endpoint_url=endpoint, config=config)
        except (BotoCoreError, ValueError) as error:
            raise CloudFailed(
                f"No client of AWS {service} can be made for {region}: {error}"[:_SHOWN_CHARACTERS], "Look at `awsRegion`."
            ) from error
        # The hooks of a client are a copy of the session's: each client gets its own.
        for moment in _MOMENTS:
            client.meta.events.register_first(moment, _refuse_what_is_not_reading)
        if noted is not None:
            tell = noted
            client.meta.events.register_last("before-call", lambda model, **_: tell(str(model.service_model.service_name), str(model.name)))
        return client

    def _opened(self) -> Any:
        """Give the session of this process."""
        import botocore.session  # noqa: PLC0415  (an extra)

        if self._session is None or self._process != os.getpid():
            self._session, self._process = botocore.session.get_session(), os.getpid()
            if self._descriptions is not None:
                self._session.register_component("data_loader", self._descriptions)
            self._descriptions = self._session.get_component("data_loader")
        return self._session


def reading_client(
    service: str, region: str, *, endpoint: str | None = None, noted: Callable[[str, str], None] | None = None, is_quick: bool = False
) -> Any:
    """Build the one client that is needed, as `ReadingClients` does.

    Raises:
        CloudFailed: botocore is not installed, or knows no such service or region.
    """
    return ReadingClients().client(service, region, endpoint=endpoint, noted=noted, is_quick=is_quick)


def _refuse_what_is_not_reading(model: Any, params: Any = None, **_: object) -> None:
    """Stop a call that is not in the reading list, or that would have its answer written somewhere.

    Raises:
        Refused: the operation is not in the list, or delivers into a bucket.
    """
    service = str(model.service_model.service_name)
    if model.name not in READING.get(service, frozenset()):
        _refuse(service, str(model.name))
    if params is not None and _DELIVERING in params:
        _refuse(service, f"{model.name} with {_DELIVERING}")


def was_denied(error: CloudFailed) -> bool:
    """Tell whether AWS knows who asks and does not permit the call; false for credentials that are missing, wrong or expired."""
    return failure_code(error) in _DENIED


def failure_code(error: CloudFailed) -> str:
    """Give the code with which AWS refused a call; empty where it did not answer."""
    told = getattr(error.__cause__, "response", None) or {}
    return str(told.get("Error", {}).get("Code", ""))


def _refuse(service: str, operation: str) -> NoReturn:
    raise Refused(
        f"The call {service}:{operation} was refused before it was sent: Setsquare only reads AWS accounts.",
        "Changes of policies go through a pull request: `setsquare iam pr ROLE`.",
    )


def called(call: Callable[..., Any], **parameters: Any) -> Any:
    """Make one call and give its answer; what can go wrong is one of three kinds of error.

    Raises:
        CloudAuth: no credentials, expired ones, a wrong clock, or a missing permission.
        CloudBusy: throttled, timed out, or failed inside; the same call may work later.
        CloudFailed: anything else that AWS refuses.
    """
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415  (an extra)

    try:
        return call(**parameters)
    except ClientError as error:
        raise _failure(getattr(error, "operation_name", ""), error.response.get("Error", {}), error) from error
    except BotoCoreError as error:
        raise _transport_failure(error) from error


def pages(call: Callable[..., Any], *, token: tuple[str, str], **parameters: Any) -> Iterable[Any]:
    """Give every page of a list; `token` names the key of the answer and the parameter that asks for the next page.

    Raises:
        CloudFailed: as `called`.
    """
    answer_key, parameter = token
    more: dict[str, Any] = {}
    while True:
        page = called(call, **parameters, **more)
        yield page
        following = page.get(answer_key)
        if not following or more.get(parameter) == following:
            return
        more = {parameter: following}


def _failure(operation: str, told: Any, error: Exception) -> CloudFailed:
    """Say what AWS refused."""
    code, message = str(told.get("Code", "")), str(told.get("Message", ""))[:_SHOWN_CHARACTERS]
    text = f"AWS refused {operation} ({code}): {message}"
    if code in _SKEW:
        return CloudAuth(text, "The clock of this machine is wrong; set it, then try again.")
    if code in _AUTH:
        return CloudAuth(
            text,
            _LOGIN
            if "xpired" in code or "oken" in code
            else "Give the credentials the permissions that `setsquare iam permissions` lists.",
        )
    status = getattr(error, "response", {}).get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if code in _BUSY or status >= 500:
        return CloudBusy(text, "Nothing was changed; try again later.")
    return CloudFailed(text, "Nothing was changed; look at the names in the message.")


def _transport_failure(error: Exception) -> CloudFailed:
    """Say what stood between here and AWS."""
    from botocore import exceptions as known  # noqa: PLC0415  (an extra)

    text = f"AWS could not be asked: {error}"[:_SHOWN_CHARACTERS]
    lacking = (
        known.NoCredentialsError,
        known.PartialCredentialsError,
        known.ProfileNotFound,
        known.TokenRetrievalError,
        known.UnauthorizedSSOTokenError,
    )
    if isinstance(error, (*lacking, known.CredentialRetrievalError, known.SSOTokenLoadError)):
        return CloudAuth(text, _LOGIN)
    if isinstance(error, (known.HTTPClientError, known.ConnectionError)):
        return CloudBusy(text, "Look at the network, then try again; nothing was changed.")
    return CloudFailed(text, "Nothing was changed.")
