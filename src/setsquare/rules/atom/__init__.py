"""Rules about one sentence holding one obligation."""
