"""`turnaround import`: a case file taken over as history, all of it or nothing; with --live it then goes on."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Any

import typer
from sqlalchemy import Connection

from cli.output import confirm, emit_json
from domain.actors import Actor
from domain.case import Case, Step, model_named, read_case
from domain.council import CouncilFacts
from domain.dates import When
from domain.documents import parse
from domain.imports import MAY, ImportCase
from domain.lifecycle import Lifecycle
from faces import dates, giving
from faces.desk import Desk, close, open_desk
from faces.fields import read_text
from faces.listing import row_data
from faces.page import note, say
from faces.problems import Exit, Problem
from faces.prose import Said, refused
from faces.words import Words
from ledger import commands, read_models
from ledger.commands import StoredOutcome

LARGEST = 2 * 1024 * 1024

IMPORTS = Actor.parse(MAY[0])


@dataclass(frozen=True)
class Takeover:
    """A case file ready to be taken over: its ids, its council, and the engagements that it will open."""

    case: Case
    facts: CouncilFacts
    prefix: str
    live: bool
    opened_before: int

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


def import_case(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A case file.")],
    live: Annotated[bool, typer.Option("--live", help="Let the engagement go on from where it stands.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Take a case over as history: all of it or nothing, and nobody is told. Asks first.

    Run twice, nothing doubles.

    Example: turnaround import haringey.yaml --live --yes
    """
    text = read_text(file, LARGEST)
    with open_desk() as desk:
        with desk.ledger.reading() as conn:
            words = desk.words(conn)
            lifecycle, case = read(file.name, text, words)
            words = Words((lifecycle, *words.lifecycles))
            takeover, before = _plan(desk, conn, case, text, live=live)
        if before is not None and before.accepted:
            with desk.ledger.reading() as conn:
                _report(conn, takeover, before, words, repeated=True, as_json=as_json)
            return
        if not as_json:
            _announce(takeover)
        steps = dates.plural(len(case.steps), "step")
        confirm(f"Take over {steps} of {case.title}?", yes=yes, as_json=as_json)
        outcome = asyncio.run(_carry_out(desk, takeover))
        with desk.ledger.reading() as conn:
            _report(conn, takeover, outcome, words, repeated=False, as_json=as_json)


def read(name: str, text: str, words: Words) -> tuple[Lifecycle, Case]:
    """A case file, held to the newest published version of the model it names. Raises DocumentError."""
    document = parse(name, text)
    model = model_named(document)
    lifecycle = next((life for life in words.lifecycles if model in (life.id, life.ref)), None)
    if lifecycle is None:
        known = [life.id for life in words.lifecycles]
        near = close(model, known) or f"known are {', '.join(known)}"
        raise document.error(("model",), f"there is no model '{model}'; {near}")
    return lifecycle, read_case(document, lifecycle)


def _plan(desk: Desk, conn: Connection, case: Case, text: str, *, live: bool) -> tuple[Takeover, StoredOutcome | None]:
    """The import under the next free id: after one that was refused it is tried again, after one that was done never."""
    facts, opened = desk.facts(case.council), desk.council(conn, case.council).opened
    name = f"case/{sha256(text.encode()).hexdigest()[:16]}{'-live' if live else ''}"
    for attempt in range(1, 1000):
        takeover = Takeover(case, facts, name if attempt == 1 else f"{name}.{attempt}", live, opened)
        outcome = commands.outcome_of(conn, takeover.id)
        if outcome is None or outcome.accepted:
            if outcome is None and _stored_otherwise(conn, takeover):
                continue
            return takeover, outcome
    raise Problem(Exit.REFUSED, "this file was refused a thousand times.", "mend it")


def _stored_otherwise(conn: Connection, takeover: Takeover) -> bool:
    """Whether these ids were stored when fewer engagements were there, and never decided."""
    for step in takeover.case.steps:
        stored = commands.stored_command(conn, _step_id(takeover, step))
        if stored is not None and stored.record.target != takeover.target(step):
            return True
    return False


def _announce(takeover: Takeover) -> None:
    case = takeover.case
    first, last = case.steps[0], case.steps[-1]
    goes_on = "then goes on" if takeover.live else "stays history: nothing falls due"
    note(f"{case.title}: {takeover.facts.name}, source {case.source}.")
    note(
        f"{dates.plural(len(case.steps), 'step')} of {(first.occurred.earliest or first.occurred.latest).year} "
        f"to {last.occurred.latest.year}, "
        f"as {', '.join(takeover.engagements) or 'ratings only'}; it {goes_on}. Nobody is told."
    )


def _step_id(takeover: Takeover, step: Step) -> str:
    return f"{takeover.prefix}/{step.number:04}"


def _drafts(takeover: Takeover) -> Iterator[Any]:
    from workers.face import Unsealed

    for step in takeover.case.steps:
        claim = {"source": step.source, "disputed": step.disputed}
        if step.reported_on is not None:
            claim["reported_on"] = str(step.reported_on)
        yield Unsealed(
            id=_step_id(takeover, step),
            target=takeover.target(step),
            type=step.command_type,
            decided_by=step.decided_by,
            recorded_by=step.recorded_by,
            occurred=step.occurred,
            body=step.body,
            via="import",
            claim={name: value for name, value in claim.items() if value is not None} or None,
        )


async def _carry_out(desk: Desk, takeover: Takeover) -> StoredOutcome:
    from workers.composition import make_face
    from workers.face import NotKnownYet, Unsealed
    from workers.reach import reach

    client = await reach(desk.settings)
    face = make_face(desk.settings, desk.ledger, client)
    steps = takeover.case.steps

    def whole(refs: Sequence[Any]) -> Unsealed:
        return Unsealed(
            id=takeover.id,
            target=f"council/{takeover.case.council}",
            type=ImportCase.type,
            decided_by=IMPORTS,
            recorded_by=IMPORTS,
            occurred=When.day(desk.today) if before is None else before,
            body={
                "live": takeover.live,
                "source": takeover.case.source,
                "steps": [
                    {"command": ref.model_dump(mode="json"), "line": step.line}
                    for ref, step in zip(refs, steps, strict=True)
                ],
            },
            via="import",
        )

    with desk.ledger.reading() as conn:
        stored = commands.stored_command(conn, takeover.id)
        before = stored.record.occurred if stored else None
    signed = await asyncio.to_thread(face.store_batch, _drafts(takeover), whole)
    try:
        async with asyncio.timeout(giving.PATIENCE + 0.02 * len(steps)):
            return await face.submit(signed)
    except (TimeoutError, NotKnownYet):
        found = await asyncio.to_thread(face.outcome_of, takeover.id)
        if found is not None:
            return found
        raise Problem(
            Exit.UNREACHABLE,
            "whether the case was taken over is not known yet: no worker has answered.",
            "see `turnaround doctor`, then give the same command again: nothing is done twice",
        ) from None


def _report(
    conn: Connection, takeover: Takeover, outcome: StoredOutcome, words: Words, *, repeated: bool, as_json: bool
) -> None:
    data: dict[str, Any] = {
        "command": takeover.id,
        "council": takeover.case.council,
        "steps": len(takeover.case.steps),
        "live": takeover.live,
        "accepted": outcome.accepted,
        "repeated": repeated,
    }
    if not outcome.accepted:
        rule, details = outcome.outcome["rule"], outcome.outcome["details"]
        said = _said(takeover, rule, details, words)
        data |= {"rule": rule, "details": details, "reason": said.sentence, "hint": said.hint}
        if as_json:
            emit_json(data)
            raise typer.Exit(Exit.REFUSED)
        hint = f"{said.hint}; " if said.hint else ""
        raise Problem(
            Exit.REFUSED, f"nothing was taken over. {said.sentence}", f"{hint}mend the file and import it again"
        )
    ids = _engagements_of(conn, takeover, repeated=repeated)
    rows = [row for id in ids if (row := read_models.engagement(conn, id)) is not None]
    if as_json:
        emit_json(data | {"engagements": [row_data(row) for row in rows]})
        return
    done = "Taken over before, and not again" if repeated else "Taken over"
    say(f"{done}: {dates.plural(len(takeover.case.steps), 'step')} of {takeover.case.title}.")
    for row in rows:
        where = f"over: {words.stage(row.closed)}" if row.closed else f"in {words.stage(row.stage)}"
        say(f"{row.id}: {where}, since {dates.printed(row.stage_since)}. See `turnaround timeline {row.id}`.")


def _said(takeover: Takeover, rule: str, details: dict[str, Any], words: Words) -> Said:
    inner = details.get("details", {})
    if details.get("rule") == "no-such-engagement" and inner.get("engagement") in takeover.engagements:
        return Said(
            f"Line {details['line']} (step {details['step']}) is for an engagement, and the file has opened none there.",
            f"is one open already? see `turnaround show {takeover.case.council}`; "
            "else a rating that starts the model comes first",
        )
    return refused(rule, details, words)


def _engagements_of(conn: Connection, takeover: Takeover, *, repeated: bool) -> list[str]:
    if not repeated:
        return takeover.engagements
    found = [commands.stored_command(conn, _step_id(takeover, step)) for step in takeover.case.steps]
    targets = dict.fromkeys(stored.record.target for stored in found if stored is not None)
    return [target.partition("/")[2] for target in targets if target.startswith("engagement/")]
