"""What the service does today; it must keep doing it."""

import unittest

from accounts.messages import Request
from accounts.service import Service


class Users(unittest.TestCase):
    def setUp(self) -> None:
        self.service = Service()

    def create(self, name: str = "ada", email: str = "ada@example.org"):
        return self.service.handle(Request("POST", "/users", {"name": name, "email": email}))

    def test_health(self) -> None:
        self.assertEqual(self.service.handle(Request("GET", "/health")).status, 200)

    def test_a_user_is_created_and_found(self) -> None:
        self.assertEqual(self.create().status, 201)
        found = self.service.handle(Request("GET", "/users/ada"))
        self.assertEqual((found.status, found.body), (200, {"name": "ada", "email": "ada@example.org"}))

    def test_a_name_is_taken_once(self) -> None:
        self.create()
        self.assertEqual(self.create().status, 409)

    def test_an_email_needs_an_at_sign(self) -> None:
        self.assertEqual(self.create(email="nowhere").status, 400)

    def test_an_unknown_user_is_not_found(self) -> None:
        self.assertEqual(self.service.handle(Request("GET", "/users/nobody")).status, 404)


if __name__ == "__main__":
    unittest.main()
