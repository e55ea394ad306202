"""What tests of more than one file share."""

from pathlib import Path

import pytest

from workers.dev_server import find_server

pytest_plugins = (
    "tests.databases",
    "tests.engine",
    "tests.command_line",
    "tests.dossiers",
    "tests.web",
    "tests.browser",
)

LONGEST = {
    f"test_{name}.py"
    for name in (
        "accessibility",
        "browser_exit",
        "properties",
        "rehearsal",
        "tampering",
        "team_model",
        "two_years",
        "up",
        "wheel",
        "workflows",
    )
}
"""The files with tests of many seconds: one that began last would leave the other processes without work."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest tests come first."""
    items.sort(key=lambda item: item.path.name not in LONGEST)


@pytest.fixture(scope="session")
def dev_server_binary() -> Path:
    """The pinned dev server; found by `tests.run` before, so it is in the cache."""
    return find_server(print)
