"""`turnaround people webhook` and `rotate-secret`: where a system is told, and the secrets that what it gets is signed with."""

from typing import Any

import typer

from activities.webhook_secrets import Secrets
from cli.output import emit_json
from cli.people import AsJson, By, Id, On, PersonId, at_the_office, give
from domain.directory import Endpoint, RotateWebhookSecret
from faces import dates, telling
from faces.page import Cell, note, pairs
from faces.people import Office
from faces.problems import not_found
from ledger import sealing


def add_to(app: typer.Typer) -> typer.Typer:
    """The commands about webhooks, beside the others of the directory."""
    app.command("webhook")(webhook)
    app.command("rotate-secret")(rotate_secret)
    return app


def webhook(person: PersonId, as_json: AsJson = False) -> None:
    """Show a webhook: its address, whether it is on, and the secret to give to whoever runs the receiver.

    Whoever has the secret can sign as this ledger does: give it on a way that nobody else reads.

    Example: turnaround people webhook haringey-cases
    """
    with at_the_office() as office:
        found = office.directory.people[office.person(person)].webhook
        if found is None:
            raise not_found(f"{person} has no webhook.", "give its address with `turnaround people contact --webhook`")
        shown = _data(office, person, found)
        if as_json:
            emit_json(shown)
            return
        pairs((name, value) for name, value in _lines(shown) if value is not None)
        if office.desk.about.kind == "rehearsal":
            note("This is a rehearsal: nothing is sent there.")


def _data(office: Office, person: str, found: Endpoint) -> dict[str, Any]:
    secrets = Secrets.kept_in(office.desk.settings.keys)
    signing = found.secrets(office.desk.now)
    values = sealing.unseal(office.conn, [found.address])
    return {
        "person": person,
        "address": values.get(found.address, telling.ERASED),
        "state": "gone" if found.gone else "erased" if found.address not in values else "on",
        "secret": secrets.of(person, found.secret),
        "secret_number": found.secret,
        "old_secret": secrets.of(person, signing[1]) if len(signing) > 1 else None,
        "old_until": found.old_until if len(signing) > 1 else None,
    }


_STATES = {
    "on": "on",
    "gone": "off: it answered that it is gone",
    "erased": "off: its address was erased",
}


def _lines(shown: dict[str, Any]) -> list[tuple[str, Cell | str | None]]:
    until = shown["old_until"]
    return [
        ("Address", shown["address"]),
        ("State", Cell(_STATES[shown["state"]], shown["state"])),
        ("Secret", shown["secret"]),
        ("Old secret", shown["old_secret"]),
        ("Signs as well until", Cell(dates.moment(until), f"{until:%Y-%m-%dT%H:%M:%SZ}") if until else None),
    ]


def rotate_secret(person: PersonId, by: By = None, on: On = None, id: Id = None, as_json: AsJson = False) -> None:
    """Give a webhook a new secret. For a day what is sent is signed with the old one as well; one before that ends at once.

    Example: turnaround people rotate-secret haringey-cases
    """
    with at_the_office() as office:
        give(office, RotateWebhookSecret, {"person": office.person(person)}, by, on, id, as_json)
        if not as_json:
            note(f"`turnaround people webhook {person}` shows the new secret, for whoever runs the receiver.")
