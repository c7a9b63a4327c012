"""Runs and groups of runs beside each other."""
