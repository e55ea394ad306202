"""Who a notice goes to: the people who hold its role on a day, as the directory has them."""

from collections.abc import Sequence
from datetime import date

from activities import folding
from activities.delivery import THE_ROLE, Recipient, Recipients, Webhook
from activities.invitations import leaving
from activities.library import PEOPLE
from domain.actors import OFFICE_ROLE
from domain.directory import Directory, Person, holders
from domain.notices import NoticeAsked
from ledger import events, sealing
from ledger.store import Ledger


def of_directory(ledger: Ledger) -> Recipients:
    """The recipients that the directory of people gives.

    While nobody is registered everything goes to the role itself, and what is for the programme office always goes at least
    there. Any other role that nobody holds has no recipient: the office is told of it.
    """

    def found(asked: NoticeAsked, day: date) -> Sequence[Recipient]:
        with ledger.reading() as conn:
            directory = folding.fold_directory(Directory(), events.read_stream(conn, PEOPLE))
            told = _told(directory, asked, day)
            left = [directory.people[id] for id in leaving(conn, directory, asked, day)] if asked.meeting else []
            # What was erased is no longer there: mail to that person bounces, and the office is told.
            sealed = [value for person in (*(person for person, _ in told), *left) for value in person.sealed]
            values = sealing.unseal(conn, sealed)
        if not told and not left and (not directory.people or asked.to == OFFICE_ROLE):
            return THE_ROLE
        return [
            Recipient(
                person=person.id,
                name=values.get(person.name),
                address=values.get(person.email) if person.email else None,
                channel=person.channel,
                in_place_of=in_place_of,
                webhook=Webhook(person.webhook, values.get(person.webhook.address)) if person.webhook else None,
                pace=person.pace,
                left=person in left,
            )
            for person, in_place_of in (*told, *((person, None) for person in left))
        ]

    return found


def _told(directory: Directory, asked: NoticeAsked, day: date) -> Sequence[tuple[Person, str | None]]:
    """Those who hold the role on a day, each with whom they stand in for. A digest is for one person, found before."""
    if asked.person is not None:
        return [(directory.people[asked.person], None)]
    engagement = asked.about.removeprefix("engagement/")
    held = holders(directory, asked.to, asked.council, engagement, day)
    return [(directory.people[holder.person], holder.in_place_of) for holder in held]
