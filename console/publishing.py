"""Rounds on their way from the browser: who decides and who records them, their rows stored, what was published before."""

import asyncio
import re

from console.site import Site
from console.who import Who
from domain.actors import Actor
from faces.outlook import DECIDES, RECORDS
from faces.problems import Exit, explain, not_found
from faces.publishing import Given, not_waiting, start, store
from faces.rounds import Sheet
from ledger import commands

WITHDRAWN = "-withdrawn"
ROUND = re.compile(r"[a-z-]+-\d{4}-\d{2}-\d{2}(?:-withdrawn)?\Z", re.ASCII)


def actors(first: Who, second: Who) -> tuple[Actor, Actor]:
    """Who decides and who records: the Chief Inspector decides, by name where one of the two acts as that."""
    decides = next((who.actor for who in (first, second) if who.role == str(DECIDES)), DECIDES)
    records = next((who.actor for who in (second, first) if who.role == str(RECORDS)), second.actor)
    return decides, records


async def carry_out(site: Site, round_id: str, given: list[Given], sheet: Sheet) -> str | None:
    """Store a round and start its workflow; why it can't be done now, or None."""
    try:
        face = await site.face()
        await not_waiting(face.starter.client, round_id)
        stored, _ = await asyncio.to_thread(store, face, given, sheet)
        if not stored:
            return sheet.wrong[-1].sentence
        await start(face, site.ledger, round_id, None)
    except Exception as error:
        problem = explain(error)
        if problem is None:
            raise
        unreachable = "The engine can't be reached now. The file is kept here: try again in a moment"
        return unreachable if problem.code == Exit.UNREACHABLE else problem.message
    return None


def published(site: Site, by: Who, round: str) -> list[str]:
    """The councils whose rating was published in a round."""
    if not ROUND.match(round) or round.endswith(WITHDRAWN):
        raise not_found("there is no such round.")
    with site.desk(by) as (_, conn):
        outcomes = commands.outcomes_under(conn, round)
    found = [id.partition("/")[2] for id, one in sorted(outcomes.items()) if one.accepted and id.count("/") == 1]
    if not found:
        raise not_found("no rating was published in such a round.")
    return found
