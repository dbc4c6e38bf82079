"""The built book, and a browser that reads it."""

import os

import pytest

from tests.page import built, visits


def _ready(browser: bool) -> None:
    if why := built.missing(browser=browser):
        (pytest.fail if os.environ.get(built.REQUIRED) else pytest.skip)(why)


@pytest.fixture(scope="module")
def book():
    """The folder of the built book; skips where there is none."""
    _ready(browser=False)
    return built.HTML


@pytest.fixture(scope="module")
def server():
    """The built book under an address, in a folder of its host; skips without it."""
    _ready(browser=True)
    with visits.serving() as running:
        yield running


# Not for the session: while Playwright runs, no other test can start an event loop.
@pytest.fixture(scope="module")
def browser(server):
    """A browser that no page was read in yet."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        running = visits.launch(playwright)
        yield running
        running.close()
