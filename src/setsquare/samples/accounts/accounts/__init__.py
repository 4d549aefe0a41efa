"""A small HTTP service that keeps users."""
