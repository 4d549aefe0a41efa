"""Rules of who decides: owners of schemas, rules and workflow policy."""
