"""A case file taken over as history, all of it or nothing: what it holds, what is given to the engine, what came of it."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection

from domain.actors import Actor
from domain.case import Case, Step, model_named, read_case
from domain.council import CouncilFacts
from domain.dates import When
from domain.documents import parse
from domain.imports import MAY, ImportCase
from domain.lifecycle import Lifecycle
from faces import dates, giving
from faces.desk import Desk, close
from faces.listing import row_data
from faces.page import Answer, note, say
from faces.problems import Exit, Problem
from faces.prose import Said, refused
from faces.words import Words
from ledger import commands, read_models
from ledger.commands import StoredOutcome

if TYPE_CHECKING:
    from workers.face import Face, Unsealed

LARGEST = 2 * 1024 * 1024
"""Bytes of a case file."""

IMPORTS = Actor.parse(MAY[0])


@dataclass(frozen=True)
class Takeover:
    """A case file ready to be taken over: its ids, its council, the engagements that it will open, and what became of it
    where it was taken over before.
    """

    case: Case
    facts: CouncilFacts
    prefix: str
    live: bool
    opened_before: int
    words: Words = field(default_factory=Words)
    before: StoredOutcome | None = None

    @property
    def id(self) -> str:
        """The id of the import itself."""
        return f"{self.prefix}/import"

    @property
    def engagements(self) -> list[str]:
        """The engagements that the steps are for, as they will be called."""
        numbers = sorted({step.engagement for step in self.case.steps if step.target == "engagement"})
        return [self.engagement(number) for number in numbers]

    def engagement(self, number: int) -> str:
        """The `number`-th engagement that the file opens."""
        return f"{self.facts.slug}-{self.opened_before + number}"

    def target(self, step: Step) -> str:
        """The stream that a step is for."""
        if step.target == "council":
            return f"council/{self.case.council}"
        return f"engagement/{self.engagement(step.engagement)}"

    def step_id(self, step: Step) -> str:
        """The id of a step's command."""
        return f"{self.prefix}/{step.number:04}"


def plan(desk: Desk, conn: Connection, name: str, text: str, *, live: bool) -> Takeover:
    """A case file's take-over, under the next free id: after one that was refused it is tried again, after one that was done
    never. Raises DocumentError, Problem.
    """
    words = desk.words(conn)
    lifecycle, case = _read(name, text, words)
    words = Words((lifecycle, *words.lifecycles))
    facts, opened = desk.facts(case.council), desk.council(conn, case.council).opened
    prefix = f"case/{sha256(text.encode()).hexdigest()[:16]}{'-live' if live else ''}"
    for attempt in range(1, 1000):
        takeover = Takeover(case, facts, prefix if attempt == 1 else f"{prefix}.{attempt}", live, opened, words)
        outcome = commands.outcome_of(conn, takeover.id)
        if outcome is None and not _stored_otherwise(conn, takeover):
            return takeover
        if outcome is not None and outcome.accepted:
            return replace(takeover, before=outcome)
    raise Problem(Exit.REFUSED, "this file was refused a thousand times.", "mend it")


def _read(name: str, text: str, words: Words) -> tuple[Lifecycle, Case]:
    """A case file, held to the newest published version of the model it names. Raises DocumentError."""
    document = parse(name, text)
    model = model_named(document)
    lifecycle = next((life for life in words.lifecycles if model in (life.id, life.ref)), None)
    if lifecycle is None:
        known = [life.id for life in words.lifecycles]
        near = close(model, known) or f"known are {', '.join(known)}"
        raise document.error(("model",), f"there is no model '{model}'; {near}")
    return lifecycle, read_case(document, lifecycle)


def _stored_otherwise(conn: Connection, takeover: Takeover) -> bool:
    """Whether these ids were stored when fewer engagements were there, and never decided."""
    for step in takeover.case.steps:
        stored = commands.stored_command(conn, takeover.step_id(step))
        if stored is not None and stored.record.target != takeover.target(step):
            return True
    return False


def announced(takeover: Takeover) -> Answer:
    """What a file holds and what would be taken over, before it is."""
    case = takeover.case
    first, last = case.steps[0], case.steps[-1]
    data = _about(takeover) | {
        "title": case.title,
        "source": case.source,
        "engagements": takeover.engagements,
        "taken_over_before": takeover.before is not None,
        "dry_run": True,
    }

    def tell() -> None:
        goes_on = "then goes on" if takeover.live else "stays history: nothing falls due"
        note(f"{case.title}: {takeover.facts.name}, source {case.source}.")
        note(
            f"{dates.plural(len(case.steps), 'step')} of {(first.occurred.earliest or first.occurred.latest).year} "
            f"to {last.occurred.latest.year}, "
            f"as {', '.join(takeover.engagements) or 'ratings only'}; it {goes_on}. Nobody is told."
        )

    return Answer(data, tell)


def question(announcement: Mapping[str, Any]) -> str:
    """What is asked before it is taken over."""
    return f"Take over {dates.plural(announcement['steps'], 'step')} of {announcement['title']}?"


# Taking it over


async def take_over(
    face: "Face", takeover: Takeover, today: date, by: Actor = IMPORTS, signed_in: str = "local"
) -> StoredOutcome:
    """Hand a case to the engine, and its outcome. One that is stored already and was never decided is handed in as it is.

    Raises Problem where the outcome is not known yet, and what `Face.submit` raises.
    """
    from workers.face import NotKnownYet

    steps = takeover.case.steps

    def signed() -> Any:
        with face.ledger.reading() as conn:
            stored = commands.stored_command(conn, takeover.id)
        return stored or face.store_batch(drafts(takeover, signed_in), _whole(takeover, today, by, signed_in))

    try:
        whole = await asyncio.to_thread(signed)
        async with asyncio.timeout(giving.PATIENCE + 0.02 * len(steps)):
            return await face.submit(whole)
    except (TimeoutError, NotKnownYet):
        found = await asyncio.to_thread(face.outcome_of, takeover.id)
        if found is not None:
            return found
        raise giving.OutcomeUnknown(
            Exit.UNREACHABLE,
            "whether the case was taken over is not known yet: no worker has answered.",
            "see `turnaround doctor`, then give the same command again: nothing is done twice",
        ) from None


def drafts(takeover: Takeover, signed_in: str = "local") -> Iterator["Unsealed"]:
    """The commands of the steps, as they are handed to the engine."""
    from workers.face import Unsealed

    for step in takeover.case.steps:
        claim = {"source": step.source, "disputed": step.disputed}
        if step.reported_on is not None:
            claim["reported_on"] = str(step.reported_on)
        yield Unsealed(
            id=takeover.step_id(step),
            target=takeover.target(step),
            type=step.command_type,
            decided_by=step.decided_by,
            recorded_by=step.recorded_by,
            occurred=step.occurred,
            body=step.body,
            via="import",
            signed_in=signed_in,
            claim={name: value for name, value in claim.items() if value is not None} or None,
        )


def _whole(takeover: Takeover, today: date, by: Actor, signed_in: str) -> Callable[[Sequence[Any]], "Unsealed"]:
    from workers.face import Unsealed

    def whole(refs: Sequence[Any]) -> Unsealed:
        return Unsealed(
            id=takeover.id,
            target=f"council/{takeover.case.council}",
            type=ImportCase.type,
            decided_by=by,
            recorded_by=by,
            occurred=When.day(today),
            body={
                "live": takeover.live,
                "source": takeover.case.source,
                "steps": [
                    {"command": ref.model_dump(mode="json"), "line": step.line}
                    for ref, step in zip(refs, takeover.case.steps, strict=True)
                ],
            },
            via="import",
            signed_in=signed_in,
        )

    return whole


# What came of it


def _about(takeover: Takeover) -> dict[str, Any]:
    return {
        "command": takeover.id,
        "council": takeover.case.council,
        "steps": len(takeover.case.steps),
        "live": takeover.live,
    }


def report(conn: Connection, takeover: Takeover, outcome: StoredOutcome) -> Answer:
    """What came of a take-over. Of one that was refused, `tell` raises Problem."""
    repeated = takeover.before is not None
    data = _about(takeover) | {"accepted": outcome.accepted, "repeated": repeated}
    if not outcome.accepted:
        rule, details = outcome.outcome["rule"], outcome.outcome["details"]
        said = _said(takeover, rule, details)
        hint = f"{said.hint}; " if said.hint else ""
        problem = Problem(
            Exit.REFUSED, f"nothing was taken over. {said.sentence}", f"{hint}mend the file and import it again"
        )

        def refuse() -> None:
            raise problem

        return Answer(
            data | {"rule": rule, "details": details, "reason": said.sentence, "hint": said.hint},
            refuse,
        )
    ids = _engagements_of(conn, takeover) if repeated else takeover.engagements
    rows = [row for id in ids if (row := read_models.engagement(conn, id)) is not None]
    words = takeover.words

    def tell() -> None:
        done = "Taken over before, and not again" if repeated else "Taken over"
        say(f"{done}: {dates.plural(len(takeover.case.steps), 'step')} of {takeover.case.title}.")
        for row in rows:
            where = f"over: {words.stage(row.closed)}" if row.closed else f"in {words.stage(row.stage)}"
            say(f"{row.id}: {where}, since {dates.printed(row.stage_since)}. See `turnaround timeline {row.id}`.")

    return Answer(data | {"engagements": [row_data(row) for row in rows]}, tell)


def _said(takeover: Takeover, rule: str, details: dict[str, Any]) -> Said:
    inner = details.get("details", {})
    if details.get("rule") == "no-such-engagement" and inner.get("engagement") in takeover.engagements:
        return Said(
            f"Line {details['line']} (step {details['step']}) is for an engagement, and the file has opened none there.",
            f"is one open already? see `turnaround show {takeover.case.council}`; "
            "else a rating that starts the model comes first",
        )
    return refused(rule, details, takeover.words)


def _engagements_of(conn: Connection, takeover: Takeover) -> list[str]:
    found = [commands.stored_command(conn, takeover.step_id(step)) for step in takeover.case.steps]
    targets = dict.fromkeys(stored.record.target for stored in found if stored is not None)
    return [target.partition("/")[2] for target in targets if target.startswith("engagement/")]
