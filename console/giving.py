"""Giving commands over HTTP: by the face of this process, as whoever is signed in."""

import asyncio
from typing import Literal

from console.access import given_by
from console.site import Site
from console.who import Who
from faces.giving import OutcomeUnknown, give
from faces.outcome import Given
from faces.problems import Exit
from ledger.commands import StoredOutcome


async def give_as(
    site: Site, who: Who, given: Given, via: Literal["http", "page"], first: Who | None = None
) -> StoredOutcome:
    """Give a command, and its outcome: only what somebody may give, to what is there for them. `first` is who checked it
    before them, where they are its second person.

    Raises Denied, Problem, OutcomeUnknown, and NotRunning where the engine can't be reached.
    """
    given = given_by(given, who, first)
    await asyncio.to_thread(_there, site, who, given)
    outcome = await give(await site.face(), given, via, who.signed_in)
    if outcome is None:
        raise OutcomeUnknown(
            Exit.UNREACHABLE,
            f"whether {given.kind.type} was carried out is not known yet: no worker has answered.",
            "ask again: the same command is never carried out twice",
        )
    return outcome


def _there(site: Site, who: Who, given: Given) -> None:
    """That the target is there for whoever gives the command. Raises Problem."""
    with site.desk(who) as (desk, conn):
        desk.opened = frozenset()  # an emergency lets somebody see, and do nothing
        if given.target.family == "engagement":
            desk.engagement(conn, given.target.name)
        elif given.target.family == "council":
            desk.council(conn, given.target.name)
