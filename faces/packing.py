"""`turnaround pack`: the evidence of one engagement or council in a file that needs no engine to read."""

import io
from collections.abc import Iterable, Iterator
from importlib.resources import files
from typing import Any

from jinja2 import DictLoader, Environment, StrictUndefined
from sqlalchemy import Connection

from domain.moving import EngagementMoved
from domain.office import CalendarPublished, LifecyclePublished
from domain.records import Recorded
from faces import dates
from faces.desk import Desk, Target
from faces.page import Answer, note, say
from faces.problems import Exit, Problem, usage
from faces.readers import note_read
from faces.timeline import Told, history, who
from faces.words import Words
from ledger import checkpoints, events
from ledger.canonical import canonical
from ledger.checkpoints import SignedCheckpoint
from ledger.events import reader
from ledger.notes import NoteWrong
from ledger.pack import Contents, NoCheckpoint, NotRetained, write_pack
from ledger.signers import origins
from workers.composition import RELEASE

PUBLIC_LEAVES_OUT = frozenset({"bid", "contact", "cv", "free-text", "name"})
"""Which classes of sealed values a pack for the public does not hold: what is left are the sources of facts."""


def packed(
    desk: Desk,
    conn: Connection,
    id: str,
    name: str,
    *,
    public: bool = False,
    since: Iterable[tuple[str, bytes]] = (),
    auditor: str | None = None,
) -> tuple[bytes, Answer]:
    """The pack of an engagement or a council, called `name`, and what is in it. `since` are checkpoints that somebody holds,
    with what each is called, to prove that the ledger extends them. Raises Problem.
    """
    left_out = PUBLIC_LEAVES_OUT if public else frozenset()
    target = desk.resolve(conn, id)
    origin = _origin(conn)
    held = checkpoints.last(conn, origin)
    if held is None:
        raise _no_checkpoint()
    sizes = frozenset(_size(called, data, origin) for called, data in since)
    contents = _contents(desk, conn, target, held, left_out, sizes, name)
    file = io.BytesIO()
    try:
        written = write_pack(conn, origin, contents, RELEASE, desk.checked.heads, file)
    except NotRetained as error:
        raise Problem(
            Exit.NOT_VERIFIED,
            f"this ledger keeps no checkpoint of {error.size} events.",
            "the checkpoint given is of another ledger, or the ledger is not the one it was signed for",
        ) from None
    except NoCheckpoint:
        raise _no_checkpoint() from None
    note_read(desk, target.name, "pack", auditor)
    size = written.checkpoint.checkpoint.size
    data: dict[str, Any] = {
        "file": name,
        "stream": target.stream,
        "origin": origin,
        "size": size,
        "events": written.events,
        "commands": written.commands,
        "sealed": written.sealed,
        "left_out": sorted(left_out),
    }

    def tell() -> None:
        say(
            f"Wrote {data['file']}: {dates.plural(written.events, 'event')} and {dates.plural(written.commands, 'command')}."
        )
        say(f"It leads to the checkpoint of {size:,} events of {origin}.")
        note("Verify it with auditor/verify.py, and with a key that you did not get with the pack.")

    return file.getvalue(), Answer(data, tell)


def _origin(conn: Connection) -> str:
    named = origins(conn)
    if not named:
        raise _no_checkpoint()
    return named[-1].name


def _no_checkpoint() -> Problem:
    return Problem(
        Exit.REFUSED,
        "no checkpoint has been signed yet, and a pack proves nothing without one.",
        "turnaround checkpoint signs one",
    )


def _size(name: str, data: bytes, origin: str) -> int:
    try:
        held = SignedCheckpoint.parse(data).checkpoint
    except NoteWrong as error:
        raise usage(
            f"{name} is not a checkpoint: {error.why}.", "give a file as turnaround checkpoint publishes it"
        ) from None
    if held.origin != origin:
        raise usage(f"{name} is a checkpoint of {held.origin}.", f"this ledger's origin is {origin}")
    return held.size


def _contents(
    desk: Desk,
    conn: Connection,
    target: Target,
    held: SignedCheckpoint,
    left_out: frozenset[str],
    since: frozenset[int],
    name: str,
) -> Contents:
    rules = desk.engagement(conn, target.name)[1] if target.family == "engagement" else None
    streams = [target.stream, f"refusal/{target.stream}", "signer"]
    if rules is not None:
        council = f"council/{next(events.read_stream(conn, target.stream)).body['council']}"
        streams += [council, *events.streams(conn, f"notice/{target.name}.")]
    wanted = set(_held_to(desk, conn, target)) if rules is not None else set()
    published = [e for e in events.read_stream(conn, "office") if (e.type, e.body.get("id")) in wanted]
    size = held.checkpoint.size
    told = history(desk, conn, target, desk.words(conn, rules), refusals=True, bids=True, without=left_out)
    page = {
        "title": target.name if rules else desk.facts(target.name).name,
        "origin": held.checkpoint.origin,
        "size": size,
        "left_out": sorted(left_out),
        "told": list(_told((one for one in told if one.event.position <= size), desk.words(conn, rules))),
    }
    readme = {"stream": target.stream, "name": name, "left_out": sorted(left_out)}
    return Contents(
        streams=streams,
        positions=[event.position for event in published if event.position <= size],
        leave_out=left_out,
        since=since,
        files={
            "README.txt": _render("pack-readme.txt.j2", readme, escape=False),
            "timeline.html": _render("timeline.html.j2", page, escape=True),
            **{_document(event): canonical(event.body["document"]) for event in published if event.position <= size},
        },
    )


def _held_to(desk: Desk, conn: Connection, target: Target) -> Iterator[tuple[str, str]]:
    """The documents that an engagement was held to, all that it was moved from and to, by the event that published them."""
    state = desk.engagement(conn, target.name)[0]
    moves = [entry.event for entry in state.history.all(EngagementMoved)]
    for ref in {state.model, *(move.from_model for move in moves)}:
        rules = desk.library.rules(ref, reader(conn))
        yield LifecyclePublished.type, rules.lifecycle.id
        yield CalendarPublished.type, rules.calendar.id


def _document(event: Recorded) -> str:
    kind = event.type.removesuffix("-published")
    return f"documents/{kind}-{event.body['id']}-{event.body['version']}-{event.body['sha256']}.json"


def _told(told: Iterator[Told], words: Words) -> Iterator[dict[str, Any]]:
    for one in told:
        event = one.event
        refused = event.stream.startswith("refusal/")
        yield {
            "number": "Refused:" if refused else f"{event.version}.",
            "refused": refused,
            "title": one.title,
            "occurred": dates.when(event.occurred),
            "recorded": dates.moment(event.recorded_at),
            "who": who(event, words).shown,
            "remarks": list(one.remarks()),
            "position": event.position,
            "command": event.command.id if event.command.digest else None,
        }


def _render(name: str, fields: dict[str, Any], *, escape: bool) -> bytes:
    source = (files("faces") / "templates" / name).read_text(encoding="utf-8")
    environment = Environment(
        loader=DictLoader({name: source}),
        autoescape=escape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name).render(fields).encode()
