"""Writes the parts that the tables of a role's page are made of; everything that was read somewhere is escaped here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from setsquare.surfaces.cli.iam_results import PermissionResult
from setsquare.surfaces.cli.iam_words import plain


def grid(head: str, names: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Make a table; the cells are HTML already.

    >>> grid("", ("A",), [("<b>1</b>",)]).partition("<tbody>")[2]
    '<tr><td data-name="A"><b>1</b></td></tr></tbody></table></div>'
    """
    top = "".join(f"<th>{name}</th>" for name in names)
    body = "".join(
        "<tr>" + "".join(f'<td data-name="{name}">{cell}</td>' for name, cell in zip(names, row, strict=True)) + "</tr>" for row in rows
    )
    title = f"<h2>{escaped(head)}</h2>" if head else ""
    return f"{title}<div class='scroll'><table class='iam'><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>"


def grants(each: PermissionResult) -> str:
    """Name the first policies that grant it."""
    return ", ".join(code(grant) for grant in each.grants[:4])


def access(each: PermissionResult) -> str:
    """Show the access level, by its weight."""
    kind = {"Permissions management": "bad", "Write": "warn"}.get(each.level, "soft")
    return f"<span class='{kind}'>{escaped(each.level or 'not documented')}</span>"


def code(text: str) -> str:
    """Show a name as code.

    >>> code("s3:<b>")
    '<code>s3:&lt;b&gt;</code>'
    """
    return f"<code>{escaped(text)}</code>"


def escaped(text: str) -> str:
    """Escape for HTML, controls and direction marks made visible first."""
    return escape(plain(text))
