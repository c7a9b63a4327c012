"""The routes of the API, and the few that belong to no page."""

from app.routes import (
    actions,
    catalog,
    comparing,
    datasets,
    events,
    files,
    grids,
    groups,
    health,
    language,
    learning,
    login,
    predictions,
    results,
    runs,
    workers,
)

PARTS = (
    actions,
    runs,
    results,
    predictions,
    workers,
    catalog,
    comparing,
    datasets,
    events,
    files,
    grids,
    groups,
    health,
    language,
    learning,
    login,
)
ROUTES = [route for part in PARTS for route in part.router.routes]
