"""The application on a port of this machine, beside whatever else runs in the process."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from starlette.types import ASGIApp
from uvicorn import Config, Server

HOST = "127.0.0.1"

PATIENCE = 5
"""Seconds that requests under way have to end when it stops."""


class PortTaken(OSError):
    """Somebody else listens on the port."""

    def __init__(self, port: int) -> None:
        super().__init__(f"port {port} is taken")
        self.port = port


class _Quiet(Server):
    """A server that leaves signals to the process it runs in."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Captures none."""
        yield


@asynccontextmanager
async def serving(app: ASGIApp, port: int, host: str = HOST, *, at_once: int | None = None) -> AsyncIterator[str]:
    """Serve on a port, or on a free one where it is 0, while the context lasts; its address. Raises PortTaken.

    More connections than `at_once` are told to come back later.

    It logs as the process does, and no access, as paths may hold tokens.
    """
    with _bound(host, port) as listening:
        config = Config(
            app,
            access_log=False,
            date_header=True,
            lifespan="off",
            limit_concurrency=at_once,
            log_config=None,
            server_header=False,
            timeout_graceful_shutdown=PATIENCE,
            ws="none",
        )
        logging.getLogger("uvicorn.access").disabled = True  # the setting alone leaves it to who listens to all loggers
        server = _Quiet(config)
        task = asyncio.create_task(server.serve(sockets=[listening]))
        try:
            while not server.started:
                await asyncio.wait([task], timeout=0.01)
                if task.done():
                    await task
            yield f"http://{host}:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task


@contextmanager
def _bound(host: str, port: int) -> Iterator[socket.socket]:
    with socket.socket() as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((host, port))
        except OSError:
            raise PortTaken(port) from None
        yield listening
