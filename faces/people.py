"""`turnaround people`: who holds which role and where, who is away, how each wants to be told; and who is told for a role."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Self

from sqlalchemy import Connection

from domain.directory import Absence, Directory, Holder, Holding, Person, Span, holders
from faces import dates, telling
from faces.desk import Desk, close
from faces.giving import date_given
from faces.listing import tell_kind
from faces.page import Answer, Cell, note, table
from faces.problems import not_found, usage
from faces.readers import known_role
from faces.telling.directory import CHANNELS, PACES, scope
from faces.words import Words
from ledger import read_models, sealing


@dataclass(frozen=True)
class Office:
    """The directory with what is needed to read it, or to change it."""

    desk: Desk
    conn: Connection
    words: Words
    directory: Directory

    def person(self, id: str) -> str:
        """The id of somebody in the directory. Raises Problem."""
        if id not in self.directory.people:
            raise not_found(
                f"there is nobody '{id[:60]}' in the directory.",
                close(id, self.directory.people) or "`turnaround people` lists them; `turnaround people add` adds one",
            )
        return id

    def role(self, name: str) -> str:
        """A role of a published lifecycle. Raises Problem."""
        known_role(name, self.desk.library.roles())
        return name

    def council(self, name: str | None) -> str | None:
        """The code of a council. Raises Problem."""
        return self.desk.resolve(self.conn, f"council/{name}").name if name is not None else None

    def engagement(self, id: str | None) -> str | None:
        """The id of an engagement. Raises Problem."""
        return self.desk.resolve(self.conn, f"engagement/{id}").name if id is not None else None

    @classmethod
    def at(cls, desk: Desk, conn: Connection) -> Self:
        """The directory as it stands."""
        return cls(desk, conn, desk.words(conn), desk.directory(conn))


def chosen(
    office: Office, role: str | None = None, council: str | None = None, *, everything: bool = False
) -> list[Person]:
    """The people in the order of their ids: all, or who holds a role, or any in a council; nothing is unsealed of them.

    `everything` with roles that are over. Raises Problem.
    """
    wanted_role = office.role(role) if role is not None else None
    code = office.council(council)
    everybody = sorted(office.directory.people.values(), key=lambda person: person.id)
    if wanted_role is None and code is None:
        return everybody
    inside = read_models.engagement_ids(office.conn, code) if code is not None else []
    holding = {
        each.person
        for each in office.directory.holdings
        if wanted_role in (None, each.role)
        and (code is None or each.council == code or each.engagement in inside)
        and (everything or not each.span.done_by(office.desk.today))
    }
    return [person for person in everybody if person.id in holding]


def rows_of(office: Office, people: Sequence[Person], *, everything: bool = False) -> list[dict[str, Any]]:
    """People with their names, roles, absences and how each is told; `everything` with roles and absences that are over."""
    values, wanted = _values(office, people), {person.id for person in people}
    holdings = _by_person(office, office.directory.holdings, wanted, everything)
    absences = _by_person(office, office.directory.absences, wanted, everything)
    return [_row(office, person, holdings[person.id], absences[person.id], values) for person in people]


def listed(
    office: Office,
    role: str | None = None,
    council: str | None = None,
    *,
    everything: bool = False,
    after: str = "",
    most: int | None = None,
) -> Answer:
    """The people that are `chosen`, those after an id, and no more than so many. Raises Problem."""
    found = [person for person in chosen(office, role, council, everything=everything) if person.id > after]
    rows = rows_of(office, found[:most], everything=everything)

    def tell() -> None:
        _print(office, rows)
        tell_kind(office.desk)

    return Answer(rows, tell)


def in_full(office: Office, person: Person) -> dict[str, Any]:
    """Somebody, with every role and absence they have or had, as in the list."""
    return rows_of(office, [person], everything=True)[0]


def who_holds(
    office: Office, role: str, council: str | None = None, engagement: str | None = None, on: str | None = None
) -> Answer:
    """Who holds a role on a day, so who is told, and why. Raises Problem."""
    if council is not None and engagement is not None:
        raise usage("--council and --engagement ask for different scopes.", "give one of them")
    day = _day(office, on)
    found_in = office.engagement(engagement)
    code = office.council(council)
    if found_in is not None:
        row = read_models.engagement(office.conn, found_in)
        code = row.council if row is not None else None
    found = holders(office.directory, office.role(role), code, found_in, day)
    values = _values(office, (office.directory.people[holder.person] for holder in found))
    rows = [_holder_row(office, holder, values, day) for holder in found]

    def tell() -> None:
        if rows:
            table(
                ("Person", "Name", "Why", "Told"),
                ((Cell(row["person"], style="bold"), row["name"], row["why"], _told(row)) for row in rows),
            )
        where = _where(office, code if found_in is None else None, found_in)
        note(_counted(len(rows)) if rows else f"Nobody holds {office.words.role(role)} {where} on {dates.day(day)}.")
        tell_kind(office.desk)

    return Answer({"role": role, "council": code, "engagement": found_in, "on": day, "holders": rows}, tell)


def _by_person(
    office: Office, found: Iterable[Any], people: Collection[str], everything: bool
) -> Mapping[str, list[Any]]:
    """The holdings or absences of some people, each person's, that are not over."""
    today, by_person = office.desk.today, defaultdict[str, list[Any]](list)
    for each in found:
        if each.person in people and (everything or not each.span.done_by(today)):
            by_person[each.person].append(each)
    return by_person


def _values(office: Office, found: Iterable[Person]) -> Mapping[str, Any]:
    return sealing.unseal(office.conn, [value for person in found for value in person.sealed])


def _open(values: Mapping[str, Any], commitment: str | None) -> str | None:
    """A sealed value, or that it was erased; None where there never was one."""
    return None if commitment is None else values.get(commitment, telling.ERASED)


def _row(
    office: Office, person: Person, held: list[Holding], absences: list[Absence], values: Mapping[str, Any]
) -> dict[str, Any]:
    today = office.desk.today
    return {
        "person": person.id,
        "name": _open(values, person.name),
        "email": _open(values, person.email),
        "webhook": _open(values, person.webhook.address if person.webhook else None),
        "organisation": person.organisation,
        "roles": [
            {
                "holding": each.number,
                "role": each.role,
                "council": each.council,
                "engagement": each.engagement,
                **_span_data(each.span, today),
            }
            for each in held
        ],
        "absences": [
            {"absence": each.number, "cover": each.cover, **_span_data(each.span, today)} for each in absences
        ],
        "channel": person.channel,
        "pace": person.pace,
    }


def _span_data(span: Span, today: date) -> dict[str, Any]:
    """A span as plain data: `ends` is its last day, `ended` the day from which it is over, `now` whether today is in it."""
    return {
        "starts": str(span.starts),
        "ends": str(span.ends) if span.ends else None,
        "ended": str(span.over) if span.over else None,
        "now": span.can_hold(today),
    }


def spoken(office: Office, row: Mapping[str, Any]) -> dict[str, Any]:
    """Somebody as listed, with what people read of it beside: `told`, and of each role its title, where it is and when."""
    roles = [
        {
            **each,
            "title": office.words.title_of_role(each["role"]),
            "where": _where(office, each["council"], each["engagement"]),
            "when": _when(each),
        }
        for each in row["roles"]
    ]
    absences = [{**each, "when": _when(each)} for each in row["absences"]]
    return {**row, "roles": roles, "absences": absences, "told": _told(row)}


def _print(office: Office, rows: list[dict[str, Any]]) -> None:
    def lines(found: list[str]) -> Cell:
        return Cell("\n".join(found), "; ".join(found))

    shown = []
    for row in (spoken(office, row) for row in rows):
        roles = [f"{each['holding']}: {each['title']} {each['where']}, {each['when']}" for each in row["roles"]]
        absences = [
            f"{each['when']}, {each['cover'] + ' stands in' if each['cover'] else 'nobody stands in'}"
            for each in row["absences"]
        ]
        name = row["name"] + (f" ({row['organisation']})" if row["organisation"] else "")
        shown.append((Cell(row["person"], style="bold"), name, lines(roles), lines(absences), row["told"]))
    if shown:
        table(("Person", "Name", "Roles", "Away", "Told"), shown)
    note(_counted(len(rows)) if rows else "There is nobody; `turnaround people add` adds somebody.")


def _counted(count: int) -> str:
    return "1 person." if count == 1 else f"{count} people."


def _where(office: Office, council: str | None, engagement: str | None) -> str:
    return scope(office.desk.facts(council).short if council else None, engagement)


def _when(span: Mapping[str, Any]) -> str:
    said = f"from {dates.printed(span['starts'])}"
    if span["ends"]:
        said += f" to {dates.printed(span['ends'])}"
    return said + (f", over from {dates.printed(span['ended'])}" if span["ended"] else "")


def _told(row: Mapping[str, Any]) -> str:
    told = CHANNELS[row["channel"]]
    return told if row.get("pace", "at-once") == "at-once" else f"{told}, {PACES[row['pace']]}"


def _day(office: Office, on: str | None) -> date:
    if on is None:
        return office.desk.today
    day = date_given("--on", on)
    if day.earliest != day.latest:
        raise usage(f"--on: '{on[:40]}' is not one day.", "write a day, such as 2026-12-01")
    return day.latest


def _holder_row(office: Office, holder: Holder, values: Mapping[str, Any], day: date) -> dict[str, Any]:
    person, held = office.directory.people[holder.person], office.directory.holding(holder.holding)
    assert held is not None, "whoever is told holds a role, or stands in for somebody who does"
    holds = f"the role {_where(office, held.council, held.engagement)} (holding {held.number})"
    why = f"holds {holds}"
    if holder.in_place_of is not None:
        why = f"stands in for {holder.in_place_of}, who holds {holds} and is away"
    elif holder.absent:
        why += " and is away; nobody stands in"
    return {
        "person": person.id,
        "name": _open(values, person.name),
        "holding": held.number,
        "council": held.council,
        "engagement": held.engagement,
        "in_place_of": holder.in_place_of,
        "absent": holder.absent,
        "channel": holder.channel,
        "why": why,
    }
