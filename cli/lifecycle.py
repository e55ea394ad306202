"""`turnaround lifecycle`: lifecycle documents written, checked, compared, drawn and published."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import Annotated, Any

import typer
import yaml
from sqlalchemy import Connection

from activities.library import DOCUMENTS, submitted
from cli.doing import carry_out
from cli.output import AsJson, confirm, emit_json, put_out
from domain import engagement
from domain.documents import DocumentError
from domain.lifecycle import Lifecycle
from domain.lifecycle_diff import differences
from domain.lifecycle_schema import schema as schema_of
from domain.publishing import MAY, PublishLifecycle, Submitted
from domain.soundness import Finding
from faces import dates
from faces.desk import Desk, Target, open_desk
from faces.fields import check_body
from faces.giving import actor, command_id, occurred
from faces.lifecycle_list import between, in_full, lifecycles
from faces.lifecycles import Source, calendars, from_file, source_of
from faces.outcome import Given
from faces.page import note, say
from faces.problems import Exit, Problem, not_found, usage
from faces.words import all_of, thing
from ledger.errors import NeedsMigration
from workers.lifecycle_graph import draw

SCHEMA = "lifecycle.schema.json"

Which = Annotated[
    str, typer.Argument(metavar="WHICH", help="A file, or ID@VERSION as published or shipped; ID is the newest.")
]
Output = Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help="Where to write it.")]


def make(app: typer.Typer) -> typer.Typer:
    """The commands of lifecycle documents, as an app of their own."""
    app.callback()(_about)
    app.command("list")(list_)
    app.command("show")(show)
    app.command("new")(new)
    app.command("check")(check)
    app.command("diff")(diff)
    app.command("publish")(publish)
    app.command("schema")(schema)
    return app


def _about() -> None:
    """Write, check, compare, draw and publish lifecycle documents: what an engagement passes through.

    Example: turnaround lifecycle new peer-support -o peer-support-1.yaml
    """


# What there is


@contextmanager
def _at_hand() -> Iterator[tuple[Desk | None, Connection | None]]:
    """The ledger where there is one: a document can be written before there is."""
    try:
        with open_desk() as desk, desk.ledger.reading() as conn:
            desk.refresh(conn)
            yield desk, conn
            return
    except NeedsMigration as error:
        if error.current is not None:
            raise
    yield None, None


def list_(as_json: AsJson = False) -> None:
    """List the lifecycles that are published, and those of this release that are not yet.

    Example: turnaround lifecycle list
    """
    with _at_hand() as (desk, conn):
        put_out(lifecycles(desk, conn), as_json=as_json)


def show(
    which: Which,
    graph: Annotated[
        Path | None, typer.Option("--graph", metavar="FILE.svg", help="Draw it as SVG; - is standard output.")
    ] = None,
    as_yaml: Annotated[bool, typer.Option("--yaml", help="The document itself.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The document as JSON.")] = False,
) -> None:
    """Show a lifecycle: its stages with their gates, what is owed in them, its roles and records.

    \b
    Examples:
      turnaround lifecycle show performance-action-team@2
      turnaround lifecycle show peer-support-1.yaml --graph peer-support.svg
    """
    if as_yaml and as_json:
        raise usage("--yaml and --json do not go together.", "give one of them")
    with _at_hand() as (_, conn):
        source = source_of(which, conn)
    life = source.read()
    if graph is not None:
        put_out_drawn(life, graph)
        if str(graph) == "-" or not (as_yaml or as_json):
            return
    if as_yaml:
        typer.echo(source.text or as_written(life), nl=False)
    else:
        put_out(in_full(source), as_json=as_json)


def put_out_drawn(life: Lifecycle, file: Path) -> None:
    """Draw a lifecycle into a file. Raises Problem."""
    _write(file, draw(life, lambda event: thing(event, life)))


def as_written(life: Lifecycle) -> str:
    """A document as it is written: the ledger keeps the keys of a mapping in no order of their own."""
    value = life.model_dump(mode="json", exclude_unset=True)
    dumped: str = yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=120)
    return dumped


def _write(file: Path, text: str) -> None:
    if str(file) == "-":
        typer.echo(text, nl=False)
        return
    try:
        file.write_text(text, encoding="utf-8")
    except FileNotFoundError:
        raise not_found(f"there is no folder {file.parent}.", "make it first") from None
    except (PermissionError, IsADirectoryError) as error:
        raise usage(f"{file} can't be written: {error.strerror}.", "give another file") from None
    note(f"Written: {file}.")


# Writing one


def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Small letters and hyphens, such as peer-support.")],
    output: Output = None,
) -> None:
    """Write a commented document to begin with. It passes the check.

    Example: turnaround lifecycle new peer-support -o peer-support-1.yaml
    """
    if not name.replace("-", "").isalpha() or name != name.lower() or not name.isascii() or "--" in f"-{name}-":
        raise usage(
            f"'{name[:80]}' can't be a lifecycle's name.", "write small letters and hyphens, such as peer-support"
        )
    skeleton = Template((files("cli") / "skeleton.yaml").read_text(encoding="utf-8"))
    text = skeleton.substitute(id=name, title=name.replace("-", " ").capitalize(), schema=SCHEMA)
    if output is None:
        typer.echo(text, nl=False)
        return
    if output.exists():
        raise Problem(Exit.REFUSED, f"{output} is there already.", "give another name, or take it away first")
    _write(output, text)
    if not (output.parent / SCHEMA).exists():
        note(f"For editors: turnaround lifecycle schema -o {output.parent / SCHEMA}")


def schema(output: Output = None) -> None:
    """The JSON Schema of lifecycle documents, with which editors complete and check one.

    Example: turnaround lifecycle schema -o lifecycle.schema.json
    """
    text = json.dumps(schema_of(engagement.COMMANDS, engagement.EVENTS), indent=2, ensure_ascii=False) + "\n"
    _write(output or Path("-"), text)


def check(
    which: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Lifecycle documents.")],
    as_json: AsJson = False,
) -> None:
    """Say everything that is wrong with a document, each with its line, and what would be right.

    Warnings alone do not fail it.

    Example: turnaround lifecycle check peer-support-1.yaml
    """
    with _at_hand() as (desk, _):
        known = calendars(desk)
    found: list[Finding] = []
    for path in which:
        found += _checked(path, known)
    if as_json:
        emit_json([_finding_data(each) for each in found])
    else:
        for each in found:
            say(str(each))
    errors = sum(each.error for each in found)
    if errors:
        raise typer.Exit(Exit.REFUSED)
    if not as_json:
        warnings = f", with {dates.plural(len(found), 'warning')}" if found else ""
        note(f"{all_of(path.name for path in which)} {'is' if len(which) == 1 else 'are'} in order{warnings}.")


def _checked(path: Path, calendars: set[str]) -> tuple[Finding, ...]:
    try:
        return tuple(submitted(from_file(path).document, calendars).found)
    except DocumentError as error:
        return (Finding(error.name, error.line, error.place, error.problem),)


def _finding_data(found: Finding) -> dict[str, Any]:
    return {
        "file": found.name,
        "line": found.line,
        "place": found.place,
        "severity": "error" if found.error else "warning",
        "problem": found.problem,
        "hint": found.hint,
    }


def diff(
    a: Annotated[str, typer.Argument(metavar="A", help="A file, or ID@VERSION.")],
    b: Annotated[str, typer.Argument(metavar="B", help="A file, or ID@VERSION.")],
    as_json: AsJson = False,
) -> None:
    """Say what the second of two lifecycles has that the first has not, no longer has, or says otherwise.

    Example: turnaround lifecycle diff performance-action-team@1 performance-action-team@2
    """
    with _at_hand() as (desk, conn):
        put_out(between(desk, conn, source_of(a, conn), source_of(b, conn)), as_json=as_json)


# Publishing one


def publish(
    which: Annotated[Path, typer.Argument(metavar="FILE", help="A lifecycle document.")],
    reason: Annotated[str, typer.Option(help="Why; kept sealed.")],
    by: Annotated[str | None, typer.Option("--by", metavar="PERSON-ID", help="Who decided it.")] = None,
    on: Annotated[str | None, typer.Option("--on", metavar="DATE", help="When; today if left out.")] = None,
    id: Annotated[str | None, typer.Option("--id", metavar="COMMAND-ID", help="An id, to ask again safely.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Publish a lifecycle, whole and for good, as the programme office. Asks first.

    Engagements under way stay on the version that they are on; new ones get the newest.

    Example: turnaround lifecycle publish peer-support-1.yaml --reason "Agreed with the councils." --yes
    """
    source = from_file(which)
    with open_desk() as desk:
        with desk.ledger.reading() as conn:
            words = desk.words(conn)
            held = submitted(source.document, calendars(desk))
            life = _sound(source, held, as_json=as_json)
            before = max(
                (each for each in words.lifecycles if each.id == life.id), key=lambda e: e.version, default=None
            )
            same = desk.library.shelved().hashes.get(life.ref) == held.sha256
        asked_to_publish(life, before, same=same, yes=yes, as_json=as_json)
        (role,) = MAY[PublishLifecycle.type]
        body = {"document": source.document.value, "reason": reason}
        check_body(PublishLifecycle, body)
        target, who = Target("office", DOCUMENTS.partition("/")[2]), actor(role, by)
        given = Given(command_id(id), target, PublishLifecycle, who, who, occurred(on, desk), body, None)
        carry_out(desk, given, words, again=id is not None, as_json=as_json)


def asked_to_publish(life: Lifecycle, before: Lifecycle | None, *, same: bool, yes: bool, as_json: bool) -> None:
    """Say what is about to be published, and ask, where it is not published already. Raises Problem, or typer.Exit."""
    if same and not as_json:
        note(f"{life.ref} is published already, as it stands in the file.")
    elif not as_json:
        changes = len(differences(before, life)) if before else 0
        said = f"; {dates.plural(changes, 'change')} from {before.ref}" if before else ""
        note(f"{life.ref}: {life.title}, {dates.plural(len(life.stages), 'stage')}{said}.")
    if not same:
        confirm(f"Publish {life.ref} for good?", yes=yes, as_json=as_json)


def _sound(source: Source, held: Submitted, *, as_json: bool) -> Lifecycle:
    """The lifecycle of a document in which nothing is wrong. Raises Problem, and says everything that is."""
    errors = [each for each in held.found if each.error]
    if held.lifecycle is not None and not errors:
        return held.lifecycle
    if as_json:
        emit_json({"accepted": False, "rule": "lifecycle-does-not-check", "found": [_finding_data(f) for f in errors]})
        raise typer.Exit(Exit.REFUSED)
    for each in errors:
        say(str(each))
    raise Problem(
        Exit.REFUSED,
        f"{source.document.name} can't be published: {dates.plural(len(errors), 'mistake')}.",
        "`turnaround lifecycle check` says the same, and warnings",
    )
