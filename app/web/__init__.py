"""What every route stands on: sessions, problems, security, templates, events."""
