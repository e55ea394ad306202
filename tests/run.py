"""All checks of the project, in order, stopping at the first that fails.

`python -m tests.run [PYTEST ARGUMENT...]` hands its arguments to pytest, whose closing line is the last thing printed.
`python -m tests.run --lint` leaves out what runs the code.
"""

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

LINT = (
    [sys.executable, "-m", "ruff", "check", "."],
    [sys.executable, "-m", "ruff", "format", "--check", "."],
    [sys.executable, "-m", "mypy"],
    [str(Path(sys.executable).with_name("lint-imports"))],
)
# Before pytest, whose workers are silent: the first time the dev server may take minutes to come.
FIND_SERVER = [
    sys.executable,
    "-c",
    "from workers.dev_server import find_server; print(find_server(lambda line: print(line, flush=True)))",
]

BROWSERS = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
"""Commands that start a Chromium, the first that is there being taken."""

INSTALL_BROWSER = (
    ["apt-get", "update"],
    ["apt-get", "install", "-y", "--no-install-recommends", "chromium", "fonts-liberation"],
)
"""How Debian's comes onto a machine, with letters of Arial's measure."""

NO_BROWSER = (
    "no browser: the tests in one need Chromium (apt-get install --no-install-recommends chromium fonts-liberation)"
)


def main(arguments: list[str]) -> int:
    """Runs the checks. Returns the exit status of the first that failed, or 0."""
    if arguments[:1] == ["--lint"]:
        return _all(*LINT)
    # Each takes a stretch of the tests, so that what a file's tests share is mostly made once.
    pytest = [sys.executable, "-m", "pytest", "-n", str(os.cpu_count() or 1), "--dist", "worksteal", *arguments]
    return _all(*LINT, FIND_SERVER) or _browser() or _all(pytest)


def find_browser() -> Path | None:
    """The browser that tests drive; None where there is none."""
    return next((Path(found) for name in BROWSERS if (found := shutil.which(name))), None)


def in_ci() -> bool:
    """Whether this is a machine of continuous integration, where nothing is left out and tools are ours to install."""
    return os.environ.get("CI", "").lower() not in ("", "0", "false")


def _browser() -> int:
    """Install the browser on a fresh machine of CI; elsewhere say how. Whether it worked the tests say, each by its name."""
    if find_browser() is None:
        if in_ci() and os.geteuid() == 0 and shutil.which("apt-get"):
            return _all(*INSTALL_BROWSER)
        print(NO_BROWSER, flush=True)
    return 0


def _all(*commands: list[str]) -> int:
    for command in commands:
        print("$", shlex.join([Path(command[0]).name, *command[1:]]), flush=True)
        status = subprocess.run(command, cwd=ROOT).returncode
        if status:
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
