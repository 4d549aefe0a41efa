"""Meters tokens and money and spaces out retries.

Main types: `Meter`, `RetryPolicy`.
Not here: calling a model (adapters).
"""
