"""Whether policies allow a request: allow, deny, or unknown where the context is not known."""
