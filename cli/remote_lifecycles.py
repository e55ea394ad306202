"""Lifecycle documents on another machine: shown, drawn, compared and published."""

import typer

from cli.lifecycle import as_written, asked_to_publish, put_out_drawn
from cli.remote import Given, Server, path
from cli.remote_sending import send
from domain import engagement
from domain.actors import OFFICE_ROLE
from domain.documents import Document
from domain.lifecycle import Lifecycle, read_lifecycle
from domain.publishing import PublishLifecycle
from faces.giving import command_id
from faces.lifecycles import from_file
from faces.problems import usage


def show(server: Server, given: Given) -> None:
    """`turnaround lifecycle show`. Raises Problem."""
    as_yaml, as_json, graph = given["as_yaml"], given["as_json"], given["graph"]
    if as_yaml and as_json:
        raise usage("--yaml and --json do not go together.", "give one of them")
    where = path("lifecycles", given["which"])
    if graph is not None:
        put_out_drawn(_read(server, given["which"]), graph)
        if str(graph) == "-" or not (as_yaml or as_json):
            return
    if as_yaml:
        typer.echo(as_written(_read(server, given["which"])), nl=False)
    else:
        server.show(where, as_json=as_json)


def publish(server: Server, given: Given) -> None:
    """`turnaround lifecycle publish`: a document in which something is wrong is refused there. Raises Problem."""
    source, as_json = from_file(given["which"]), given["as_json"]
    life = source.read()
    rows = server.data("/lifecycles")
    published = [row["lifecycle"] for row in rows if row["state"] == "published"]
    of_it = [ref for ref in published if ref.partition("@")[0] == life.id]
    before = _read(server, max(of_it, key=lambda ref: int(ref.partition("@")[2]))) if of_it else None
    same = life.ref in published and _read(server, life.ref) == life
    asked_to_publish(life, before, same=same, yes=given["yes"], as_json=as_json)
    body = {"fields": {"document": source.document.value, "reason": given["reason"]}, "as": OFFICE_ROLE}
    send(
        server,
        path("office", "documents"),
        PublishLifecycle.type,
        {**body, "by": given["by"], "on": given["on"]},
        command_id(given["id"]),
        as_json=as_json,
    )


def _read(server: Server, ref: str) -> Lifecycle:
    document = Document(ref, server.data(path("lifecycles", ref)), {})
    return read_lifecycle(document, engagement.COMMANDS, engagement.EVENTS)
