"""Rules on OpenSpec folders."""
