"""Commands given on another machine: what was typed is read here, and decided there."""

from collections.abc import Mapping

from cli import clock, moving, receipt
from cli.output import put_out
from cli.remote import Given, Server, path
from cli.remote_sending import send
from domain import council, engagement
from domain.documents import Document
from domain.lifecycle import read_lifecycle
from domain.moving import MoveEngagement
from domain.part import Command
from faces.command_types import every_command, fields_of_command
from faces.desk import close
from faces.fields import read_body
from faces.giving import command_id
from faces.problems import usage


def do(server: Server, given: Given) -> None:
    """`turnaround do`. Raises Problem."""
    if given["show_commands"] or given["show_fields"]:
        named = given["command"] or given["target"]
        put_out(every_command() if given["show_commands"] else fields_of_command(named), as_json=given["as_json"])
        return
    if given["target"] is None or given["command"] is None:
        raise usage("an ID and a COMMAND are wanted.", "`turnaround do --commands` lists the commands")
    if given["receipt"] is not None:
        receipt.writable(given["receipt"])
    about, family = server.meant(given["target"])
    kind = _kind(server, about, family, given["command"])
    options = {"on": "on", "as": "role", "by": "person", "recorded_by": "recorder", "dry_run": "dry_run"}
    body = {name: given[option] for name, option in options.items() if given[option]}
    body["fields"] = read_body(kind, given["values"] or [], given["file"])
    id, as_json = command_id(given["id"]), given["as_json"]
    send(server, about, given["command"], body, id, given["expect"], given["receipt"], as_json=as_json)


def move(server: Server, given: Given) -> None:
    """`turnaround move`. Raises Problem."""
    fields = moving.body_of(given["to"], given["stage"], given["reason"], given["mapping"], given["assume"])
    body = {"fields": fields} | {name: given[name] for name in ("on", "dry_run") if given[name]}
    about, id = path("engagements", given["id"]), command_id(given["command"])
    send(server, about, MoveEngagement.type, body, id, given["expect"], as_json=given["as_json"])


def pause(server: Server, given: Given) -> None:
    """`turnaround clock pause`. Raises Problem."""
    do(server, {**_DO, **clock.pausing(**given)})


def resume(server: Server, given: Given) -> None:
    """`turnaround clock resume`. Raises Problem."""
    do(server, {**_DO, **clock.resuming(**given)})


_DO: Given = {
    name: None for name in ("person", "recorder", "expect", "file", "receipt", "show_fields", "show_commands")
}
"""What `turnaround do` takes besides, and its fronts do not."""


def _kind(server: Server, about: str, family: str, command: str) -> type[Command]:
    """A command by its name; a record that a lifecycle declares, as the server's lifecycle has it. Raises Problem."""
    known: Mapping[str, type[Command]] = engagement.COMMANDS if family == "engagement" else council.COMMANDS
    if command not in known and family == "engagement":
        model = server.data(about)["model"]
        document = Document(model, server.data(path("lifecycles", model)), {})
        known = engagement.commands_of(read_lifecycle(document, engagement.COMMANDS, engagement.EVENTS))
    if command not in known:
        raise usage(
            f"there is no command '{command}' for the {family}.",
            close(command, known) or "`turnaround do --commands` lists them",
        )
    return known[command]
