"""Who a notice goes to: the people who hold its role on a day, as the directory has them."""

from collections.abc import Sequence
from datetime import date

from activities import folding
from activities.delivery import THE_ROLE, Recipient, Recipients
from activities.library import PEOPLE
from domain.directory import Directory, holders
from domain.notices import OFFICE_ROLE, NoticeAsked
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
            told = holders(directory, asked.to, asked.council, asked.about.removeprefix("engagement/"), day)
            people = {holder.person: directory.people[holder.person] for holder in told}
            # What was erased is no longer there: mail to that person bounces, and the office is told.
            sealed = [value for person in people.values() for value in (person.name, person.email) if value is not None]
            values = sealing.unseal(conn, sealed)
        if not told and (not directory.people or asked.to == OFFICE_ROLE):
            return THE_ROLE
        return [
            Recipient(
                person=holder.person,
                name=values.get(people[holder.person].name),
                address=values.get(email) if (email := people[holder.person].email) else None,
                channel=holder.channel,
                in_place_of=holder.in_place_of,
            )
            for holder in told
        ]

    return found
