"""The web process and the database; never imports torch."""
