"""Measurements of what people wait for; each prints what it measured and how, and asserts nothing."""
