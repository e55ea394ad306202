"""Giving commands over HTTP: by the face of this process, as whoever is signed in."""

from typing import Literal

from console.site import Site
from console.who import Who
from faces.giving import OutcomeUnknown, give
from faces.outcome import Given
from faces.problems import Exit
from ledger.commands import StoredOutcome


async def give_as(site: Site, who: Who, given: Given, via: Literal["http", "page"]) -> StoredOutcome:
    """Give a command, and its outcome. Raises Problem, OutcomeUnknown, and NotRunning where the engine can't be reached."""
    outcome = await give(await site.face(), given, via, who.signed_in)
    if outcome is None:
        raise OutcomeUnknown(
            Exit.UNREACHABLE,
            f"whether {given.kind.type} was carried out is not known yet: no worker has answered.",
            "ask again: the same command is never carried out twice",
        )
    return outcome
