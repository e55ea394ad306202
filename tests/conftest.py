"""What tests of more than one file share."""

from pathlib import Path

import pytest

from workers.dev_server import find_server

pytest_plugins = ("tests.databases", "tests.command_line", "tests.dossiers", "tests.web", "tests.browser")


@pytest.fixture(scope="session")
def dev_server_binary() -> Path:
    """The pinned dev server; found by `tests.run` before, so it is in the cache."""
    return find_server(print)
