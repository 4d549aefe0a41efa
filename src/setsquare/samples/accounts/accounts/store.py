"""Keeps users in memory."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class User:
    """A registered user."""

    name: str
    email: str


class NameTaken(Exception):
    """A user of that name exists already."""


class UserStore:
    """All users by name."""

    def __init__(self) -> None:
        self._users: dict[str, User] = {}

    def add(self, user: User) -> None:
        """Keep a new user."""
        if user.name in self._users:
            raise NameTaken(user.name)
        self._users[user.name] = user

    def find(self, name: str) -> User | None:
        """Look a user up by name."""
        return self._users.get(name)
