"""Answers requests: a pure function from a request to a response, so that tests need no socket."""

from __future__ import annotations

from accounts.messages import Request, Response
from accounts.store import NameTaken, User, UserStore


class Service:
    """Routes requests to what answers them."""

    def __init__(self, users: UserStore | None = None) -> None:
        self.users = users or UserStore()

    def handle(self, request: Request) -> Response:
        """Answer one request."""
        if (request.method, request.path) == ("GET", "/health"):
            return Response(200, {"status": "ok"})
        if (request.method, request.path) == ("POST", "/users"):
            return self.create_user(request)
        if request.method == "GET" and request.path.startswith("/users/"):
            return self.show_user(request.path.removeprefix("/users/"))
        return Response(404, {"error": "not found"})

    def create_user(self, request: Request) -> Response:
        """Register a user."""
        name, email = request.body.get("name"), request.body.get("email")
        if not isinstance(name, str) or not name or not isinstance(email, str) or "@" not in email:
            return Response(400, {"error": "name and email are required"})
        try:
            self.users.add(User(name, email))
        except NameTaken:
            return Response(409, {"error": "the name is taken"})
        return Response(201, {"name": name})

    def show_user(self, name: str) -> Response:
        """Look a user up."""
        user = self.users.find(name)
        if user is None:
            return Response(404, {"error": "no such user"})
        return Response(200, {"name": user.name, "email": user.email})
