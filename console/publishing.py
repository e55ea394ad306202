"""Rounds on their way from the browser: who decides and who records them, their rows stored, what was published before."""

import asyncio
import re
from collections.abc import Sequence
from datetime import date, datetime

from console.site import Site
from console.who import Who
from domain.actors import Actor
from domain.council import PublishRating
from domain.dates import When
from domain.ratings import WithdrawRating
from faces.outlook import DECIDES, RECORDS, Line
from faces.problems import Exit, Problem, explain, not_found
from faces.publishing import Given, as_before, not_waiting, start, store
from faces.rounds import Row, Sheet
from ledger import commands

WITHDRAWN = "-withdrawn"
ROUND = re.compile(r"[a-z-]+-\d{4}-\d{2}-\d{2}(?:-withdrawn)?\Z", re.ASCII)


def actors(first: Who, second: Who) -> tuple[Actor, Actor]:
    """Who decides and who records: the Chief Inspector decides, by name where one of the two acts as that."""
    decides = next((who.actor for who in (first, second) if who.role == str(DECIDES)), DECIDES)
    records = next((who.actor for who in (second, first) if who.role == str(RECORDS)), second.actor)
    return decides, records


async def hand_in(site: Site, round_id: str, given: list[Given], sheet: Sheet, hour: datetime | None = None) -> None:
    """Store a round and start its workflow, which waits for the hour where there is one.

    Raises Problem, and NotRunning where the engine can't be reached.
    """
    face = await site.face()
    await not_waiting(face.starter.client, round_id)
    stored, _ = await asyncio.to_thread(store, face, given, sheet)
    if not stored:
        raise Problem(Exit.REFUSED, sheet.wrong[-1].sentence, "mend the rows and send it again")
    await start(face, site.ledger, round_id, hour)


async def carry_out(
    site: Site, round_id: str, given: list[Given], sheet: Sheet, hour: datetime | None = None
) -> str | None:
    """Hand a round in; why it can't be done now, or None."""
    try:
        await hand_in(site, round_id, given, sheet, hour)
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


def putting_out(sheet: Sheet, lines: Sequence[Line], first: Who, second: Who) -> list[Given]:
    """The commands that publish a round's rows, but for what was published before. Where two people did it, each names both."""
    decided, recorded = actors(first, second)
    both = (first.actor, second.actor) if second is not first else (None, None)
    return [
        Given(
            line.row,
            f"{sheet.round_id}/{line.row.council.gss}",
            PublishRating,
            line.row.body,
            When.day(sheet.day),
            decided,
            recorded,
            second.signed_in,
            *both,
        )
        for line in lines
        if line.before is None
    ]


def taking_back(site: Site, by: Who, round: str, reason: str) -> tuple[list[Given], Sheet]:
    """The commands that take a round's ratings back, and the round as they make one of their own. Raises Problem."""
    councils = published(site, by, round)
    with site.desk(by) as (desk, conn):
        today, (decided, recorded) = When.day(desk.today), actors(by, by)
        body = {"round": round, "reason": reason}
        given = [
            Given(
                Row(0, desk.facts(gss), body),
                f"{round}{WITHDRAWN}/{gss}",
                WithdrawRating,
                body,
                today,
                decided,
                recorded,
                by.signed_in,
            )
            for gss in councils
        ]
        given = [as_before(conn, one) for one in given]
    return given, Sheet(round[:-11], date.fromisoformat(round[-10:]))
