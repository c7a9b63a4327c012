"""Pieces of charts and drawings, as plain data."""
