"""The routes of each page, and of the parts of it that refresh by themselves."""

from app.pages import (
    comparing,
    datasets,
    explaining,
    launching,
    learning,
    listing,
    predicting,
    recording,
    running,
    signing,
    working,
)

PAGES = (
    listing,
    launching,
    running,
    predicting,
    recording,
    learning,
    working,
    comparing,
    signing,
    explaining,
    datasets,
)
ROUTES = [route for page in PAGES for route in page.router.routes]
