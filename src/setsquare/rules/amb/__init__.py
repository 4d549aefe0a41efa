"""Rules about ambiguous wording."""
