"""Where the Temporal server is: as the settings say, as Temporal's own profile says, or as `turnaround up` wrote down."""

import json
import os

from temporalio.client import Client
from temporalio.envconfig import ClientConfig, ClientConfigProfile

from workers.composition import connect
from workers.settings import Settings


class NotRunning(Exception):
    """There is no server to be reached. The text says which one was looked for."""


def address_of(settings: Settings) -> str:
    """HOST:PORT of the server. Raises NotRunning when nothing says where one is."""
    if settings.temporal_address:
        return settings.temporal_address
    if settings.temporal_profile:
        return _address_in(settings.temporal_profile)
    try:
        told = json.loads(settings.run_file.read_text(encoding="utf-8"))
        address, pid = str(told["address"]), int(told["pid"])
    except (OSError, ValueError, KeyError, TypeError):
        raise NotRunning("nothing is running here: no Temporal server is known") from None
    if not _alive(pid):
        raise NotRunning("nothing is running here: the last `turnaround up` has ended")
    return address


def http_of(settings: Settings) -> str | None:
    """`http://127.0.0.1:8234`: where what is up on this machine serves HTTP; None when nothing is."""
    try:
        told = json.loads(settings.run_file.read_text(encoding="utf-8"))
        return str(told["http"]) if told.get("http") and _alive(int(told["pid"])) else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _address_in(name: str) -> str:
    try:
        profile: ClientConfigProfile | None = ClientConfig.load().profiles.get(name)
    except RuntimeError as error:
        raise NotRunning(f"Temporal's configuration file can't be read: {error}") from None
    if profile is None or not profile.address:
        raise NotRunning(f"Temporal's configuration has no profile '{name}' with an address")
    return profile.address


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


async def reach(settings: Settings) -> Client:
    """A client of the server. Raises NotRunning when there is none or it does not answer."""
    address = address_of(settings)
    try:
        return await connect(settings, address)
    except RuntimeError:
        raise NotRunning(f"the Temporal server at {address} does not answer") from None
