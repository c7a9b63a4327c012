"""How sure numbers are. Pure arithmetic on rows."""
