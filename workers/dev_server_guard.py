"""The guard between turnaround and its dev server: the server never outlives whoever started it.

Run as `python -m workers.dev_server_guard LOCK WAIT LOG BINARY ARGUMENT...` with pipes as stdin and stdout; LOCK may be
empty. It says one word a line: `in-use` (somebody else held LOCK for WAIT seconds), `started PID`, `ended STATUS`. The
end of its stdin is the order to stop: the kernel closes that pipe however the parent ends, SIGKILL included. Standard
library only, so that it starts at once.
"""

import contextlib
import ctypes
import fcntl
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

STOP_WAIT = 5.0  # seconds from SIGTERM to SIGKILL

_PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> int:
    """Runs the server until stdin ends or the server does. Returns 0, or 3 when the lock is held elsewhere."""
    lock_path, lock_wait, log, *command = arguments
    # Handlers, not SIG_IGN: what is ignored stays ignored in the server too. The pipe alone says when to stop, for
    # a signal to everybody at once would stop the server under a parent that is still winding up its work.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: None)

    with open(log, "ab") as file:
        os.dup2(file.fileno(), 2)  # for the server, and for what goes wrong in here

    lock = None
    if lock_path:
        lock = _lock(Path(lock_path), float(lock_wait))
        if lock is None:
            _say("in-use")
            return 3

    # Temporal's own settings are for other servers than this one.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("TEMPORAL_")}
    server = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=2,
        env=environment,
        # The server holds the lock as well: if only the guard is killed, the database stays taken until the server
        # is gone.
        pass_fds=() if lock is None else (lock,),
        preexec_fn=_die_with_parent(),
    )
    _say(f"started {server.pid}")
    status = _watch(server, keeps=lock is not None)
    _say(f"ended {status}")
    return 0


def _watch(server: subprocess.Popen[bytes], *, keeps: bool) -> int:
    """Waits for the end of stdin or of the server, stops the server if it runs, and returns its status.

    A server that keeps nothing is killed at once: its orderly end takes more than a second.
    """
    ended, ending = os.pipe()

    def wait_for_server() -> None:
        server.wait()
        os.write(ending, b".")

    threading.Thread(target=wait_for_server, daemon=True).start()
    while True:
        ready, _, _ = select.select([0, ended], [], [])
        if ended in ready:
            break
        if not os.read(0, 4096):
            if keeps:
                server.terminate()
            if not keeps or not select.select([ended], [], [], STOP_WAIT)[0]:
                server.kill()
            break
    return server.wait()


def _lock(path: Path, wait: float) -> int | None:
    """The descriptor of an exclusive lock on a file, or None when another process keeps it or stdin has ended."""
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    give_up = time.monotonic() + wait
    while True:
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return lock
        if time.monotonic() > give_up or select.select([0], [], [], 0.1)[0]:
            return None


def _die_with_parent() -> Callable[[], None] | None:
    """On Linux, what the child calls before it becomes the server, so that the kernel kills it with the guard."""
    if not sys.platform.startswith("linux"):
        return None
    prctl = ctypes.CDLL(None, use_errno=True).prctl  # looked up before the fork: only the call is left for after it
    guard = os.getpid()

    def before_exec() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != guard:  # the guard died before the call above
            os._exit(1)

    return before_exec


def _say(line: str) -> None:
    with contextlib.suppress(BrokenPipeError):  # nobody is left to hear it
        os.write(1, f"{line}\n".encode())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
