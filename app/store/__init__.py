"""The database: its tables, how it is opened and migrated, and where files are kept."""
