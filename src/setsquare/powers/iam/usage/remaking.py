"""Whether a role is still the one that is meant: others that had its name, and the calls that made or deleted a role of that name.

Source: AWS, IAM User Guide, "IAM identifiers": a role that is made anew under a name that was used before has another unique id.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from setsquare.powers.iam.usage.detail import read
from setsquare.powers.iam.usage.model import Namesake, Principal, RoleChange, Usage
from setsquare.powers.iam.usage.packing import Calls
from setsquare.powers.iam.usage.requests import CHANGING

MOST_CHANGES = 2_000
"""So many calls that make or delete roles are held of one file: the newest of them."""

LONG_ENOUGH_DAYS = 90
"""A shorter window misses what is done once a quarter: it is not named as a way out."""

_MOST_NAMED = 3


def changes_in(calls: Mapping[Principal, Calls]) -> tuple[RoleChange, ...]:
    """List the calls that succeeded in making or deleting roles; of several on one day by one caller the first and the last."""
    found: set[RoleChange] = set()
    for principal, each in calls.items():
        account = account_of(principal.arn)
        for (source, event, _day, _region, error, _via, _kind, detail), row in each.items():
            if event in CHANGING and not error and source.startswith("iam.") and (name := read(detail).name):
                found |= {RoleChange(name, account, at, event == "CreateRole") for _count, *times in row.values() for at in times if at}
    return tuple(sorted(sorted(found, key=_time)[-MOST_CHANGES:]))


def changes_of(changes: Iterable[RoleChange], name: str, account: str) -> tuple[RoleChange, ...]:
    """Choose the changes of a role by name and account, oldest first; an account that is not known may be any.

    >>> changes = [
    ...     RoleChange("app", "1", "2026-02-01", True),
    ...     RoleChange("app", "2", "2026-01-01", True),
    ...     RoleChange("b", "1", "2026-01-01", True),
    ... ]
    >>> [change.at for change in changes_of(changes, "app", "1")], [change.at for change in changes_of(changes, "app", "")]
    (['2026-02-01'], ['2026-01-01', '2026-02-01'])
    """
    mine = {each for each in changes if each.name == name and (not account or each.account in ("", account))}
    return tuple(sorted(mine, key=_time))


def namesakes_of(usages: Iterable[Usage]) -> tuple[Namesake, ...]:
    """Give each other role of the name by its unique id with the days of its calls."""
    days: dict[str, list[str]] = {}
    for usage in usages:
        days.setdefault(usage.principal.unique_id, []).extend(day for use in usage.uses for day in (use.first[:10], use.last[:10]))
    return tuple(sorted(Namesake(unique_id, min(held), max(held)) for unique_id, held in days.items() if held))


def account_of(arn: str) -> str:
    """Give the account of an ARN; empty where it names none.

    >>> account_of("arn:aws:iam::123456789012:role/app"), account_of("ecs.amazonaws.com")
    ('123456789012', '')
    """
    return arn.split(":", 5)[4] if arn.count(":") >= 5 else ""


def remade(usage: Usage, unique_id: str, created: str) -> Iterator[str]:
    """Say why the role of a usage may not be the one whose grants are known; `unique_id` and `created`, a day, are what is known of that one, or empty.

    >>> from setsquare.powers.iam.usage.model import Coverage, Window
    >>> usage = Usage(
    ...     principal=Principal("role", "app", "AROA2"),
    ...     window=Window("2026-08-01", "2026-10-29"),
    ...     uses=(),
    ...     coverage=Coverage(),
    ...     changes=(RoleChange("app", "", "2026-09-01T08:00:00Z", True),),
    ... )
    >>> list(remade(usage, "AROA2", "2024-01-01"))
    ['the trail holds the call that made the role anew on 2026-09-01, and the policies are those of one made on 2024-01-01']
    """
    yield from _of_ids(usage, unique_id)
    yield from _of_changes(usage, created)


def _of_ids(usage: Usage, unique_id: str) -> Iterator[str]:
    used = {use.principal.unique_id for use in usage.uses}
    known = unique_id or usage.principal.unique_id
    others = sorted((used | {usage.principal.unique_id} | {each.unique_id for each in usage.namesakes}) - {known, ""})
    anew = "the role was made anew under the same name: the trail"
    if known and others:
        if usage.uses or not usage.namesakes:
            yield f"{anew} also knows it as {_named(others)}, not only as {known}{_way_out(usage)}"
        else:
            yield f"{anew} knows it as {_named(others)}, and never as {known}: its policies may be those of an earlier role"
    elif len(others) > 1:
        yield f"{anew} knows it as {_named(others)}"


def _way_out(usage: Usage) -> str:
    """Name the shorter window in which the name was that of one role alone, where it is long enough."""
    last = max((each.last for each in usage.namesakes), default="")
    if not last or not usage.uses or min(use.first[:10] for use in usage.uses) <= last:
        return ""
    days = _days_after(last, usage.window.end)
    return f"; --days {days} looks at the time after that alone" if days >= LONG_ENOUGH_DAYS else ""


def _of_changes(usage: Usage, created: str) -> Iterator[str]:
    changes = [each for each in usage.changes if each.at[:10] > created]
    if not changes:
        return
    last, day = changes[-1], changes[-1].at[:10]
    if not last.is_made:
        yield f"the trail holds the call that deleted the role on {day}, and none that made it again"
    elif created:
        yield f"the trail holds the call that made the role anew on {day}, and the policies are those of one made on {created}"
    elif day > usage.window.begin:
        told = f"after the window began on {usage.window.begin}{since(day, usage.window.end)}"
        yield f"the trail holds the call that made the role on {day}, {told}"


def made_on(usage: Usage) -> str:
    """Give the day on which the trail shows the role to have been made; empty where it does not."""
    return usage.changes[-1].at[:10] if usage.changes and usage.changes[-1].is_made else ""


def since(day: str, end: str) -> str:
    """Name the window since a day as the way out, where it is long enough; empty where it is not.

    >>> since("2026-05-01", "2026-10-29"), since("2026-09-01", "2026-10-29")
    ('; --days 182 looks at the time since then alone', '')
    """
    days = _days_after(day, end) + 1
    return f"; --days {days} looks at the time since then alone" if days >= LONG_ENOUGH_DAYS else ""


def _days_after(day: str, end: str) -> int:
    """Count the days after one, up to another one; 0 for what is no day."""
    try:
        return max(0, (date.fromisoformat(end) - date.fromisoformat(day)).days)
    except ValueError:
        return 0


def _named(ids: list[str]) -> str:
    more = f" and {len(ids) - _MOST_NAMED} more" if len(ids) > _MOST_NAMED else ""
    return ", ".join(ids[:_MOST_NAMED]) + more


def _time(change: RoleChange) -> tuple[str, bool]:
    # A role can only be made after the one of its name was deleted: of one second the call that made it is the later one.
    return change.at, change.is_made
