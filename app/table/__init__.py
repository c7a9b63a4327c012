"""The table of runs: filters, columns, groups, thousands of rows."""
