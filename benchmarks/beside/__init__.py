"""Epochyard beside the tools that people know, on the same history."""
