"""Rules about a set of requirements."""
