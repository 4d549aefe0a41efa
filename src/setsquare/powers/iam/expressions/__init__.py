"""What expressions of infrastructure code come to, as far as that is written: each value that one may have, and what only the language's engine knows."""
