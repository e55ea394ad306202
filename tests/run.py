"""All checks of the project, in order, stopping at the first that fails.

`python -m tests.run [PYTEST ARGUMENT...]` hands its arguments to pytest, whose closing line is the last thing printed.
`python -m tests.run --lint` leaves out what runs the code.
"""

import os
import shlex
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


def main(arguments: list[str]) -> int:
    """Runs the checks. Returns the exit status of the first that failed, or 0."""
    if arguments[:1] == ["--lint"]:
        return _all(*LINT)
    pytest = [sys.executable, "-m", "pytest", "-n", str(os.cpu_count() or 1), *arguments]
    return _all(*LINT, FIND_SERVER, pytest)


def _all(*commands: list[str]) -> int:
    for command in commands:
        print("$", shlex.join([Path(command[0]).name, *command[1:]]), flush=True)
        status = subprocess.run(command, cwd=ROOT).returncode
        if status:
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
