"""`turnaround people webhook`: where a system is told, and the secrets that what it gets is signed with."""

from collections.abc import Mapping
from typing import Any

from activities import endpoints
from activities.webhook_secrets import Secrets
from domain.directory import Endpoint
from faces import dates, telling
from faces.page import Answer, Cell, note, pairs
from faces.people import Office
from faces.problems import not_found, usage
from ledger import sealing

_ALLOW = "TURNAROUND_WEBHOOK_ALLOW names the hosts for which that is right"
_WEBHOOKS_REFUSED: Mapping[endpoints.Why, tuple[str, str]] = {
    "not-an-address": ("this is not a web address", "write it like https://cases.example.org/turnaround"),
    "not-https": ("only addresses that begin with https:// are taken", _ALLOW),
    "user-info": ("a user and a password can't stand in the address", "what is sent is signed: leave them out"),
    "fragment": ("there is a '#' in the address, and nothing after it would be sent", "leave it out"),
    "host": ("its host can't be one", "write it like https://cases.example.org/turnaround"),
    "private": ("it leads into a private network, where nothing is sent", _ALLOW),
}


def address_taken(text: str | None, allow: Any) -> None:
    """Refuse an address of a webhook that can't be one, or that leads to where nothing is sent. Raises Problem."""
    if text is None:
        return
    try:
        endpoints.read(text, allow)
    except endpoints.AddressRefused as error:
        said, hint = _WEBHOOKS_REFUSED[error.why]
        raise usage(f"--webhook: {said}.", hint) from None


_STATES = {
    "on": "on",
    "gone": "off: it answered that it is gone",
    "erased": "off: its address was erased",
}


def webhook_of(office: Office, person: str) -> Answer:
    """Somebody's webhook, with the secret to give to whoever runs the receiver. Raises Problem where there is none."""
    found = office.directory.people[office.person(person)].webhook
    if found is None:
        raise not_found(f"{person} has no webhook.", "give its address with `turnaround people contact --webhook`")
    shown = _data(office, person, found)

    def tell() -> None:
        pairs((name, value) for name, value in _lines(shown) if value is not None)
        if office.desk.about.kind == "rehearsal":
            note("This is a rehearsal: nothing is sent there.")

    return Answer(shown, tell)


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


def _lines(shown: Mapping[str, Any]) -> list[tuple[str, Cell | str | None]]:
    until = shown["old_until"]
    return [
        ("Address", shown["address"]),
        ("State", Cell(_STATES[shown["state"]], shown["state"])),
        ("Secret", shown["secret"]),
        ("Old secret", shown["old_secret"]),
        ("Signs as well until", Cell(dates.moment(until), f"{until:%Y-%m-%dT%H:%M:%SZ}") if until else None),
    ]
