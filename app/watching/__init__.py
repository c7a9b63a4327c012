"""One run's page: its charts, its evidence, its files."""
