"""Rules of Spec Kit's features."""
