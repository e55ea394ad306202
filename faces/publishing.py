"""A round of ratings on its way: its rows stored in one transaction, the workflow started, what came of each row."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from activities.messages import Round, RoundProgress
from domain.actors import Actor
from domain.council import COMMANDS
from domain.dates import LONDON, When, london_day
from domain.part import Command
from domain.ratings import RatingPublished, RatingWithdrawn, WithdrawRating
from faces import dates, telling
from faces.desk import Desk, Target
from faces.outcome import events_of
from faces.outlook import DECIDES, RECORDS
from faces.problems import Exit, Problem, usage
from faces.prose import refused
from faces.rounds import Row, Sheet, Wrong
from faces.words import Words
from ledger import commands
from ledger.commands import SignedCommand
from ledger.errors import CommandIdReused
from ledger.store import Ledger

if TYPE_CHECKING:
    from temporalio.client import WorkflowHandle

    from workers.face import Face, Unsealed


@dataclass(frozen=True)
class Given:
    """One row's command."""

    row: Row
    id: str
    kind: type[Command]
    body: Any
    occurred: When
    decided_by: Actor = DECIDES
    recorded_by: Actor = RECORDS
    signed_in: str = "local"
    proposed_by: Actor | None = None
    confirmed_by: Actor | None = None

    def unsealed(self) -> "Unsealed":
        """This as it is handed to the engine, which seals and signs it."""
        from workers.face import Unsealed

        return Unsealed(
            id=self.id,
            target=f"council/{self.row.council.gss}",
            type=self.kind.type,
            decided_by=self.decided_by,
            recorded_by=self.recorded_by,
            occurred=self.occurred,
            body=self.body,
            via="rating-round",
            signed_in=self.signed_in,
            proposed_by=self.proposed_by,
            confirmed_by=self.confirmed_by,
        )


def was_published(conn: Connection, command_id: str) -> bool:
    """Whether a rating was published by a command."""
    outcome = commands.outcome_of(conn, command_id)
    return outcome is not None and outcome.accepted


def as_before(conn: Connection, given: Given) -> Given:
    """A command as it was given before, if it was: by somebody else, or on another day, it would be another command."""
    stored = commands.stored_command(conn, given.id)
    if stored is None:
        return given
    record = stored.record
    return replace(
        given,
        occurred=record.occurred,
        decided_by=record.decided_by,
        recorded_by=record.recorded_by,
        signed_in=record.signed_in,
        proposed_by=record.proposed_by,
        confirmed_by=record.confirmed_by,
    )


def store(face: "Face", given: list[Given], sheet: Sheet) -> tuple[list[SignedCommand], list[Given]]:
    """Store all rows in one transaction. A row given before with other content is put among the wrong ones."""
    while given:
        try:
            return face.store([one.unsealed() for one in given]), given
        except CommandIdReused as error:
            (other,) = (one for one in given if one.id == error.command_id)
            right = "this round had another rating of it before; withdraw that one and publish it under another day"
            if other.kind is WithdrawRating:
                right = "it was withdrawn before, for another reason"
            sheet.wrong.append(Wrong(other.row.line, "row", other.row.council.short, right))
            given = [one for one in given if one is not other]
    return [], []


def hour_of(at: str | None) -> datetime | None:
    """The hour at which a round is to be published, London's where no zone is said. Raises Problem."""
    if at is None:
        return None
    try:
        hour = datetime.fromisoformat(at)
    except ValueError:
        raise usage(f"--at: '{at[:40]}' is not a time.", "write it as 2002-05-29T09:30") from None
    return (hour if hour.tzinfo else hour.replace(tzinfo=LONDON)).astimezone(UTC)


def not_too_early(sheet: Sheet, hour: datetime | None, desk: Desk) -> None:
    """Refuse an hour that has passed or comes before the day of publication, and a day to come without one. Raises Problem."""
    if hour is not None and hour <= desk.now:
        raise usage(f"--at: {dates.moment(hour)} has passed.", "leave it out to publish now")
    if hour is not None and london_day(hour) < sheet.day:
        raise usage(
            f"--at: {dates.moment(hour)} comes before the day of publication, {dates.day(sheet.day)}.",
            "mend one of them",
        )
    if hour is None and sheet.day > desk.today:
        raise usage(
            f"--on: {dates.day(sheet.day)} is in the future.",
            f"to publish it then, add --at {sheet.day.isoformat()}T09:30",
        )


async def not_waiting(client: Any, round_id: str) -> None:
    """Refuse to start a round again that waits for its hour: it would go on waiting, and nobody would know. Raises Problem."""
    from temporalio.client import WorkflowExecutionStatus
    from temporalio.service import RPCError, RPCStatusCode

    try:
        found = await client.get_workflow_handle(f"round/{round_id}").describe()
    except RPCError as error:
        if error.status == RPCStatusCode.NOT_FOUND:
            return
        raise
    waiting = await found.static_summary()
    if found.status == WorkflowExecutionStatus.RUNNING and waiting:
        raise Problem(
            Exit.REFUSED,
            f"the round {round_id} waits already: {waiting}.",
            "end it in Temporal's Web UI to give another",
        )


async def start(
    face: "Face", ledger: Ledger, round_id: str, hour: datetime | None
) -> "WorkflowHandle[Any, RoundProgress]":
    """Start the workflow of a round that is stored, at once or to be carried out at an hour."""
    from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy

    from workers.face import Clock

    about = ledger.about
    round = Round(id=round_id, epoch=about.epoch, at=hour, clock_offset=Clock(ledger).offset())
    return await face.starter.client.start_workflow(
        "RatingRoundWorkflow",
        round,
        id=f"round/{round_id}",
        task_queue=face.starter.task_queue,
        result_type=RoundProgress,
        id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
        id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
        static_summary=f"to be published at {dates.moment(hour)}" if hour else None,
    )


# What came of it


def councils_in(conn: Connection, round_id: str) -> dict[str, str]:
    """The ids of the rows' commands of a round that was handed in, each with its council's GSS code.

    What follows from them in engagements has ids under those, and is not among them.
    """
    found = ((id, target.partition("/")) for id, target, _ in commands.commands_under(conn, round_id))
    return {id: code for id, (family, _, code) in found if family == "council"}


def given_in(desk: Desk, conn: Connection, round_id: str) -> list[Given]:
    """The rows' commands of a round that was handed in, as they were stored. In which line each stood is not kept."""
    ids = list(councils_in(conn, round_id))
    records = {stored.record.id: stored.record for stored in commands.stored_commands(conn, ids)}
    return [
        Given(
            Row(0, desk.facts(records[id].target.partition("/")[2]), records[id].body),
            id,
            COMMANDS[records[id].type],
            records[id].body,
            records[id].occurred,
        )
        for id in ids
    ]


def stood_before(result: dict[str, Any]) -> bool:
    """Whether a row was refused only because it had been done before."""
    return bool(result["done_before"]) and result.get("rule") in ("rated-already", "no-such-rating")


def result_of(conn: Connection, desk: Desk, given: Given, words: Words, *, done_before: bool) -> dict[str, Any]:
    """What came of a row, as plain data."""
    council, outcome = given.row.council, commands.outcome_of(conn, given.id)
    result: dict[str, Any] = {
        "line": given.row.line,
        "council": council.gss,
        "name": council.name,
        "command": given.id,
        "done_before": done_before,
        "accepted": outcome.accepted if outcome else None,
        "what": "not known yet",
    }
    if outcome is None:
        return result
    if not outcome.accepted:
        rule, details = outcome.outcome["rule"], outcome.outcome["details"]
        said = refused(rule, details, words)
        return result | {"rule": rule, "what": f"refused: {said.sentence}"}
    found = events_of(conn, Target("council", council.gss), given.id)
    opened = [event.body["engagement"] for event in found if event.type == "intervention-opened"]
    state = desk.council(conn, council.gss)
    informed = [wake["target"].partition("/")[2] for wake in outcome.outcome.get("wakes", ()) if wake["submission"]]
    result |= {"opened": opened[0] if opened else None, "informed": informed, "withdrawn": False}
    if given.kind is WithdrawRating:
        return result | {"what": f"withdrawn; {_over(state, informed)}" if informed else "withdrawn"}
    gone = {entry.event.rating for entry in state.history.all(RatingWithdrawn)}
    own = [event.version for event in found if event.type == RatingPublished.type]
    result["withdrawn"] = bool(own and own[0] in gone)
    stars = telling.stars(given.row.body["stars"])
    what = (
        f"{stars}, opened {opened[0]}" if opened else f"{stars}, told to {', '.join(informed)}" if informed else stars
    )
    if result["withdrawn"]:
        what += "; withdrawn since: to publish it anew give another day with --on"
    return result | {"what": what}


def _over(state: Any, informed: Sequence[str]) -> str:
    said = [f"{id} {'goes on' if id in state.open else 'closed'}" for id in informed]
    return ", ".join(said)
