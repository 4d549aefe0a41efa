"""Chooses the channel that the settings name: a Slack channel by `#name`, or an address."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address
from urllib.parse import urlsplit

from setsquare.adapters.notifier_http import Channel
from setsquare.adapters.notifier_slack import POST_MESSAGE, SlackBot, SlackWebhook
from setsquare.adapters.notifier_teams import TeamsWebhook
from setsquare.adapters.notifier_webhook import JsonWebhook
from setsquare.errors import NotifyFailed
from setsquare.ports.notifier import Notifier

BOT_TOKEN = "SLACK_BOT_TOKEN"  # noqa: S105  (the name of a variable)
WEBHOOK = "SLACK_WEBHOOK_URL"
SIGNING = "SETSQUARE_WEBHOOK_SECRET"
_TEAMS = (".webhook.office.com", ".logic.azure.com", ".powerplatform.com", "outlook.office.com")
_SLACK = ("hooks.slack.com", "hooks.slack-gov.com")


def notifier_for(channel: str, variable: Callable[[str], str]) -> Notifier:
    """Give the notifier of a channel; `variable` gives one of the environment, empty where it is unset.

    Raises:
        NotifyFailed: the channel is none that is known, or its credential is missing.
    """
    if channel.startswith("#"):
        return _slack(channel, variable)
    name, host = _host_of(channel)
    where = Channel(name=name, url=channel)
    if host in _SLACK:
        return SlackWebhook(where)
    if host.endswith(_TEAMS):
        return TeamsWebhook(where)
    return JsonWebhook(where, variable(SIGNING))


def _slack(channel: str, variable: Callable[[str], str]) -> Notifier:
    if token := variable(BOT_TOKEN).strip():
        return SlackBot(Channel(name=channel, url=POST_MESSAGE, headers={"authorization": f"Bearer {token}"}), channel)
    if address := variable(WEBHOOK).strip():
        name, _ = _host_of(address)
        return SlackWebhook(Channel(name=f"{channel} ({name})", url=address))
    raise NotifyFailed(
        f"No alert can reach {channel}: neither {BOT_TOKEN} nor {WEBHOOK} is set.",
        "Set one of them in the environment; neither belongs into a file of the repository.",
    )


def _host_of(address: str) -> tuple[str, str]:
    """Give what people may see of an address, its scheme and host, and the host alone.

    Raises:
        NotifyFailed: it is no address, or one without encryption to another machine.
    """
    try:
        parts = urlsplit(address)
        host = (parts.hostname or "").lower()
        port = f":{parts.port}" if parts.port else ""
    except ValueError:
        host, port, parts = "", "", urlsplit("")
    if not host or parts.scheme not in {"http", "https"}:
        raise NotifyFailed(
            "The channel of alerts is neither `#name` nor an address.", "Mend escalationAlertChannel in .kiro/settings.json."
        )
    if parts.scheme == "http" and not _is_own(host):
        raise NotifyFailed(f"Alerts are not sent to {host} without encryption.", "Write https:// in escalationAlertChannel.")
    return f"{parts.scheme}://{host}{port}", host


def _is_own(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
