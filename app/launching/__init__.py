"""The form of a new run and what it foresees: values, grids, recipes, sizes, pictures of the data."""
