"""A real browser, for the pages that people look at."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Page, sync_playwright

needs_browser = pytest.mark.skipif(not shutil.which("chromium"), reason="needs chromium, which is not on this machine")


@contextmanager
def browsing(**options: Any) -> Iterator[Page]:  # noqa: ANN401
    """Give an empty page of a browser."""
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        yield browser.new_page(**options)
        browser.close()


@contextmanager
def opened(url: str, **options: Any) -> Iterator[Page]:  # noqa: ANN401
    """Open a page, and fail at the end if it said an error or asked for anything from elsewhere."""
    complaints: list[str] = []
    here = url.split("#", maxsplit=1)[0].rsplit("/", 1)[0]
    with browsing(**options) as page:
        page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "request", lambda asked: None if asked.url.startswith((here, "data:")) else complaints.append(asked.url)
        )
        page.goto(url)
        yield page
    assert complaints == []
