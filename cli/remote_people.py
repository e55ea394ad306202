"""Private calendars on another machine: what is secret is made here, and its hash sent."""

from cli.feeds import hashed, new_token, put_out_opened
from cli.remote import Given, Server, path
from cli.remote_sending import sent
from domain.actors import OFFICE_ROLE
from domain.feeds import OpenFeed
from faces.giving import command_id


def open_feed(server: Server, given: Given) -> None:
    """`turnaround people feed open`. Raises Problem."""
    token, id, person, as_json = new_token(), command_id(None), given["person"], given["as_json"]
    body = {"fields": {"person": person, "token_sha256": hashed(token)}, "as": OFFICE_ROLE, "by": given["by"]}
    answer = sent(server, path("office", "people"), OpenFeed.type, {**body, "on": given["on"]}, id, as_json=as_json)
    if not as_json:
        server.tell(answer)
    number = max(row["feed"] for row in server.data("/feeds") if row["person"] == person)
    url = f"{str(server.http.base_url).rstrip('/')}/calendars/{token}.ics"
    put_out_opened(id, person, number, url, as_json=as_json)
