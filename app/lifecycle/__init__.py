"""A run's life: its changes of status, whose turn it is, and what happens to runs that everybody forgot."""
