"""What every page has from the reader's cookies."""

import httpx
import pytest


@pytest.mark.parametrize(
    ("cookie", "root"),
    [
        ("theme=dark", '<html lang="en" data-theme="dark">'),
        ("theme=light", '<html lang="en" data-theme="light">'),
        ('theme="><script>', '<html lang="en">'),
        ("", '<html lang="en">'),
    ],
)
def test_the_page_comes_in_the_theme_that_was_chosen(api: httpx.Client, cookie: str, root: str) -> None:
    assert root in api.get("/", headers={"Cookie": cookie}).text
