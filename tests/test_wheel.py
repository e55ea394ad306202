"""The wheel: built from the checkout, put elsewhere, it carries everything that `turnaround demo` needs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds what the wheel installs, and nothing of the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    built = subprocess.run(build, cwd=ROOT, capture_output=True, text=True)
    assert built.returncode == 0, built.stderr
    (wheel,) = folder.glob("*.whl")
    target = folder / "site"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--target", str(target)]
    put = subprocess.run([*install, str(wheel)], capture_output=True, text=True)
    assert put.returncode == 0, put.stderr
    return target


def run(installed: Path, home: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(installed), "TURNAROUND_HOME": str(home)}
    command = [sys.executable, "-P", *arguments]
    return subprocess.run(command, cwd=home, env=environment, capture_output=True, text=True, timeout=180)


def test_it_runs_the_demo_elsewhere(installed: Path, tmp_path: Path, dev_server_binary: Path) -> None:
    where = run(installed, tmp_path, "-c", "import cli.main, domain; print(cli.main.__file__, domain.__file__)")
    assert where.stdout.count(str(installed)) == 2, where
    demo = run(installed, tmp_path, "-m", "cli.main", "demo")
    assert demo.returncode == 0, demo.stderr
    assert "haringey-1" in demo.stdout
    assert "follow-up" in demo.stdout.lower()
    assert "Traceback" not in demo.stderr
