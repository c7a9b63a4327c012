"""Words for people: translated, formatted, explained."""
