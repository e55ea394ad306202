"""The addresses that the console and its API serve for reading, found from their routes, so that a test forgets none.

Each is asked for as somebody who may see it, about one engagement, its council or one person. A route with a parameter that
nothing here fills in is an error: whoever adds one says what stands there, or why it is left out.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, fields

from fastapi import FastAPI

from console.access import endpoints, reach
from console.api.app import PATH as API
from console.pages.reports import REPORTS
from domain.actors import OFFICE_ROLE
from faces.dossier import PARTS

READERS = (OFFICE_ROLE, "auditor.head")
"""As whom an address is asked for: the first of them who may see it."""

LEFT_OUT = {
    "/health": "it reads nothing",
    "/ready": "it reads nothing that grows",
    "/accessibility": "it reads nothing",
    "/sign-in": "nobody is signed in there",
    "/sign-in/{token}": "nobody is signed in there",
    "/calendars/{token}.ics": "it is asked for with a secret of a person's, and by programs",
    "/outcomes/{command}": "one's own command must be under way",
    "/second-person/{id}": "a command must wait for its second person",
    "/rounds/check/{id}": "a round must have been uploaded",
    "/rounds/{round}": "a round must have been published",
    "/rounds/{round}/withdraw": "a round must have been published",
    f"{API}/rating-rounds/{{id}}": "a round must have been published",
    f"{API}/rating-rounds/{{id}}/results": "a round must have been published",
    f"{API}/people/{{id}}/webhook": "somebody must be told by webhook",
    "/audit/verifications/{id}": "a verification must have been asked for",
    "/audit/checkpoint": "the checkpoint itself, to be downloaded",
}
"""Routes that are left out, and why."""

FILLED: Mapping[str, Sequence[str]] = {
    "/engagements/{id}/record/{part}": tuple(PARTS),
    "/engagements/{id}/do/{command}": ("add-note", "record-days"),
    "/councils/{gss}/do/{command}": ("publish-rating",),
    "/people/do/{command}": ("register-person",),
    "/engagements/{id}/figures/{name}.svg": ("stages",),
    "/councils/{gss}/figures/{name}.svg": ("stars",),
    "/reports/figures/{name}.svg": ("performance-action-team",),
    "/reports/{name}": tuple(report.name for report in REPORTS),
    f"{API}/reports/{{report}}": tuple(report.name for report in REPORTS),
    f"{API}/engagements/{{id}}/dossier/{{part}}": ("board",),
    "/lifecycles/{ref}": ("performance-action-team@1",),
    f"{API}/roles/{{id}}/holders": ("council.director",),
    f"{API}/lifecycles/{{id}}": ("performance-action-team@1",),
    f"{API}/lifecycles/{{id}}/differences": ("performance-action-team@1",),
    f"{API}/command-types/{{id}}": ("judge-pip",),
}
"""What stands for the last parameter of a route where that is neither an engagement, a council nor a person."""

QUERIES = {
    f"{API}/lifecycles/{{id}}/differences": "?to=performance-action-team@2",
    f"{API}/engagements/{{id}}/what-if": "?lifecycle=performance-action-team@1",
    f"{API}/engagements/{{id}}/replay": "?true_on=2003-10-01",
    f"{API}/councils/{{id}}/replay": "?known_on=2003-10-01",
    f"{API}/programme": "?true_on=2003-10-01",
}
"""What must be asked along."""


@dataclass(frozen=True)
class Place:
    """What a page is about: an engagement, its council, somebody, an event of the engagement by version and position, one of
    the council by position, and a command.
    """

    engagement: str
    council: str
    person: str
    version: int
    position: int
    of_council: int
    command: str


@dataclass(frozen=True)
class Address:
    """An address, with names for what it is about, and the role in which it is asked for."""

    name: str
    pattern: str
    role: str

    def at(self, place: Place) -> str:
        """It, about something."""
        return self.pattern.format(**asdict(place))


def addresses(app: FastAPI) -> Iterator[Address]:
    """Every address for reading that an application serves, its API's included, but for those that are left out."""
    for endpoint in endpoints(app):
        if "GET" not in endpoint.methods or endpoint.path in LEFT_OUT:
            continue
        (group,) = endpoint.groups
        role = next((role for role in READERS if group is None or reach(group, role) != "none"), None)
        assert role is not None, f"{endpoint.path}: none of {', '.join(READERS)} may see it"
        for name in FILLED.get(endpoint.path, ("",)):
            found = pattern(endpoint.path, name)
            unknown = set(re.findall(r"{([^}]*)}", found)) - {field.name for field in fields(Place)}
            assert not unknown, f"{endpoint.path}: nothing says what stands for {', '.join(unknown)}"
            yield Address(found, found + QUERIES.get(endpoint.path, ""), role)


_ABOUT = (
    (r"(/engagements|/reports/indicators|/names)/{\w+}", r"\1/{engagement}"),
    (r"/councils/{\w+}", "/councils/{council}"),
    (r"(/councils/{council}/steps)/{position}", r"\1/{of_council}"),
    (r"/people/{\w+}", "/people/{person}"),
    (r"/(receipts|commands)/{(command:path|\w+)}", r"/\1/{command}"),
)


def pattern(template: str, name: str = "") -> str:
    """A route's path with names for what it is about, as `Place` has them, and its last parameter filled in where that is
    something else.
    """
    found = template
    if name:
        before, _, after = template.rpartition("{")
        found = f"{before}{name}{after.partition('}')[2]}"
    for old, new in _ABOUT:
        found = re.sub(old, new, found)
    return found
