"""The routes of each page."""
