"""`turnaround people webhook` and `rotate-secret`: where a system is told, and the secrets that what it gets is signed with."""

import typer

from cli.office import at_the_office, give, reading_the_office
from cli.output import AsJson, put_out
from cli.people import By, Id, On, PersonId
from domain.directory import RotateWebhookSecret
from faces.page import note
from faces.webhooks import webhook_of


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
    with reading_the_office() as here:
        put_out(webhook_of(here.office, person), as_json=as_json)


def rotate_secret(person: PersonId, by: By = None, on: On = None, id: Id = None, as_json: AsJson = False) -> None:
    """Give a webhook a new secret. For a day what is sent is signed with the old one as well; one before that ends at once.

    Example: turnaround people rotate-secret haringey-cases
    """
    with at_the_office() as office:
        give(office, RotateWebhookSecret, {"person": office.person(person)}, by, on, id, as_json)
        if not as_json:
            note(f"`turnaround people webhook {person}` shows the new secret, for whoever runs the receiver.")
