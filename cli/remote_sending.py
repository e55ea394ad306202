"""A command sent to another machine, and what came of it put out."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cli.output import emit_json
from cli.remote import Refused, Server, path, refused_as_json, told
from faces.giving import OutcomeUnknown
from faces.problems import Exit

if TYPE_CHECKING:
    import httpx

AWAITING, RETURNED = "awaiting-second-person", "sent-back"


def send(
    server: Server,
    about: str,
    command: str,
    body: Mapping[str, Any],
    id: str,
    expect: int | None = None,
    file: Path | None = None,
    *,
    as_json: bool,
) -> None:
    """Send a command and put out what came of it; its receipt goes into a file where one is named. Raises Problem."""
    response = sent(server, about, command, body, id, expect, as_json=as_json)
    if file is not None:
        file.write_bytes(server.data(path("commands", id) + "/receipt")["receipt"].encode())
    emit_json(response.json()) if as_json else server.tell(response)


def sent(
    server: Server,
    about: str,
    command: str,
    body: Mapping[str, Any],
    id: str,
    expect: int | None = None,
    *,
    as_json: bool,
) -> "httpx.Response":
    """What a server answers to a command, where it was done. Raises Problem, or typer.Exit where it was refused."""
    headers = {"Idempotency-Key": id} | ({} if as_json else told())
    headers |= {"If-Match": f'"{expect}"'} if expect is not None else {}
    given = {name: value for name, value in body.items() if value is not None}
    try:
        response = server.send("POST", f"{about}/commands{path(command)}", json=given, headers=headers)
    except Refused as refused:
        if not as_json:
            raise
        raise refused_as_json(refused) from None
    if response.status_code == 202:
        raise _not_done(server, command, id, response.json())
    return response


def _not_done(server: Server, command: str, id: str, said: Mapping[str, Any]) -> OutcomeUnknown:
    again = f"ask again with the same id: --id {id}"
    if said.get("state") not in (AWAITING, RETURNED):
        return OutcomeUnknown(
            Exit.UNREACHABLE, f"whether {command} was carried out is not known yet: no worker has answered.", again
        )
    return OutcomeUnknown(Exit.UNREACHABLE, waits(server, command, said), again)


def waits(server: Server, what: str, said: Mapping[str, Any]) -> str:
    """That something waits for a second person, and where, or that it was sent back."""
    place = str(server.http.base_url).rstrip("/") + said["page"]
    if said["state"] == RETURNED:
        return f"{what} was sent back by {said['returned_by']}: {said['reason']}. It waits at {place}."
    return f"{what} has legal force: nothing is done until a second person confirms it at {place}."
