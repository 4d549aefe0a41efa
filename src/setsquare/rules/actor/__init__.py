"""Rules about who is obliged."""
