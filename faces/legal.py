"""Steps with legal force: one person proposes them and another confirms, wherever people sign in."""

from sqlalchemy import Connection

from domain.checkpoints import STATUTORY
from domain.moving import MoveEngagement
from domain.part import Command
from faces.desk import Desk
from faces.moving import foretell_move
from faces.outcome import Given, foretell
from faces.page import Answer
from faces.problems import Exit, Problem
from faces.words import Words


def of_legal_force(kind: type[Command], foretold: Answer | None) -> bool:
    """Whether a step has legal force, by what it gives or by what would follow from it."""
    follows = [event["type"] for event in foretold.data.get("events", ())] if foretold is not None else []
    return bool(STATUTORY & {*(event.type for event in kind.gives), *follows})


def tried(desk: Desk, conn: Connection, given: Given, words: Words) -> Answer:
    """What would follow from a command to an engagement or a council."""
    return (foretell_move if given.kind is MoveEngagement else foretell)(desk, conn, given, words)


def not_alone(desk: Desk, conn: Connection, given: Given, words: Words) -> None:
    """Refuse a step with legal force to one who is not signed in, where others are: nobody could tell the two people apart.

    Where nobody signs in, as under `turnaround up`, whoever uses the machine acts in any role, and the ledger says so.
    Raises Problem.
    """
    if desk.settings.oidc_issuer is None or given.target.family == "office":
        return
    foretold = tried(desk, conn, given, words)
    if foretold.data["accepted"] and of_legal_force(given.kind, foretold):
        raise second_person_wanted(desk, given.kind.type)


def second_person_wanted(desk: Desk, what: str) -> Problem:
    """That a step waits for a second person where people sign in."""
    return Problem(
        Exit.REFUSED,
        f"{what} has legal force, so a second person confirms it, and on this command line nobody is signed in.",
        f"give it in the console{f' at {desk.settings.console_origin}' if desk.settings.console_origin else ''}, "
        "or over TURNAROUND_SERVER: there it waits for them",
    )
