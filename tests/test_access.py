"""Access is role and membership: every role on every endpoint in every stage, own and other council's, by the matrix.

What a request is answered depends on the guard of its endpoint, which knows the role alone, and on whether the desk finds there
for somebody what it is about, which knows no endpoint. So both are tested whole, and then together on every endpoint.
"""

import random
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Connection

from activities.library import read_register
from console.access import Denied, endpoints, given_by, matrix, scope_of
from console.csrf import SAFE
from console.who import Holding, Who
from domain import engagement as an_engagement
from domain.actors import Actor
from domain.dates import When
from domain.permissions import Scope
from faces.desk import Target
from faces.outcome import Given
from faces.problems import Problem
from faces.readers import every_role
from tests.addresses import FILLED, QUERIES, Place, pattern
from tests.doors import ABOUT_ONE, ALTOGETHER, knock, only_doors
from tests.dossiers import accept
from tests.given import STAGES, way_to
from tests.ledgers import Filled
from tests.web import Web, console_over

OFFICE, CHIEF = "department.programme-office", "inspectorate.chief-inspector"
HARINGEY, SWINDON = "E09000014", "E06000030"
ROLES = {
    "office": OFFICE,
    "department": "department.official",
    "inspectorate": "inspectorate.lead-inspector",
    "council": "council.director",
    "contractor": "team.lead-consultant",
    "named": "commissioners.commissioner",
    "auditor": "auditor.auditor",
    "auditor-head": "auditor.head",
}
"""A role of each kind."""

ROOT = Path(__file__).parent.parent

RATED: dict[str, Any] = {"service": "social-services", "stars": 0}
AT = datetime(2004, 6, 1, 11, tzinfo=UTC)


def open_two(home: Path) -> None:
    """haringey-1 and swindon-1, and the confidential haringey-2."""
    filled = Filled.make(home, datetime(2009, 3, 2, 11, tzinfo=UTC))
    for council in (HARINGEY, SWINDON):
        accept(filled, f"council/{council}", "publish-rating", CHIEF, **RATED)
    confidential = {"service": "education", "model": "sector-led-help", "trigger": "talk", "reason": "A talk."}
    accept(filled, f"council/{HARINGEY}", "open-engagement", OFFICE, **confidential)
    filled.ledger.close()


@dataclass(frozen=True)
class Staged:
    """An engagement in a stage, in a council of its own."""

    stage: str
    id: str
    gss: str
    command: str
    """One that was given to it."""


@dataclass(frozen=True)
class Everywhere:
    """The console over a ledger with an engagement in every stage, and a confidential one."""

    web: Web
    staged: tuple[Staged, ...]
    confidential: Staged
    opened: str
    """The command that opened the confidential one."""


@pytest.fixture(scope="module")
def everywhere(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Everywhere]:
    """One council for each stage."""
    folder = tmp_path_factory.mktemp("access")
    filled = Filled.make(folder, AT)
    councils = [facts for facts in read_register().values() if facts.gss.startswith("E09") and facts.end is None]
    found = []
    for stage, facts in zip(STAGES, councils, strict=False):
        accept(filled, f"council/{facts.gss}", "publish-rating", CHIEF, on="2002-05-29", **RATED)
        id = f"{facts.slug}-1"
        for do in way_to(stage):
            recorder = "inspectorate.lead-inspector" if do.as_ == "board.board" else None
            recorder = "department.official" if do.as_ == "department.minister" else recorder
            accept(filled, f"engagement/{id}", do.type, do.as_, recorder, on=do.on, fields=do.body)
        accept(filled, f"engagement/{id}", "add-note", OFFICE, text="Seen.", on="2002-05-29")
        found.append(Staged(stage, id, facts.gss, f"given-{filled.number}"))
    apart = councils[len(STAGES)]
    confidential = {"service": "education", "model": "sector-led-help", "trigger": "talk", "reason": "A talk."}
    accept(filled, f"council/{apart.gss}", "open-engagement", OFFICE, **confidential)
    id, opened = f"{apart.slug}-1", f"given-{filled.number}"
    accept(filled, f"engagement/{id}", "add-note", OFFICE, text="Seen.")
    hidden = Staged("confidential", id, apart.gss, f"given-{filled.number}")
    filled.ledger.close()
    with console_over(folder) as web:
        yield Everywhere(web, tuple(found), hidden, opened)


def who(role: str, held: Holding | None = None, person: str = "jo-b") -> Who:
    """Somebody who acts in a role that they hold, everywhere or somewhere."""
    return Who(person, person, role, (held or Holding(role),), "oidc:https://sign-in.example")


# The matrix


class Oracle:
    """What the written matrix says, read without any of the code that holds the console to it."""

    def __init__(self) -> None:
        written = yaml.safe_load((ROOT / "domain" / "permissions.yaml").read_text(encoding="utf-8"))
        self.kinds = {name: kind for kind, names in written["kinds"].items() for name in names}
        self.otherwise, self.matrix = written["otherwise"], written["matrix"]
        groups = yaml.safe_load((ROOT / "tests" / "endpoints.yaml").read_text(encoding="utf-8"))
        self.group = {tuple(line.split(" ")): group for group, lines in groups.items() for line in lines}

    def kind(self, role: str) -> str:
        """The kind of a role."""
        return str(self.kinds.get(role) or self.kinds.get(role.split(".")[0]) or self.otherwise)

    def reach(self, method: str, path: str, role: str) -> str:
        """`none`, `own` or `all`."""
        return str(self.matrix[self.group[method, path]][self.kind(role)])


ORACLE = Oracle()
GUARDED = sorted((path, method) for (method, path), group in ORACLE.group.items() if group != "everybody")
"""Every endpoint that is not for everybody."""


def address(path: str, about: Staged) -> str:
    """The address of an endpoint, about an engagement, its council or a command to it."""
    place = Place(about.id, about.gss, "somebody", 1, 1, 1, about.command)
    filled = pattern(path, FILLED.get(path, ("",))[0])
    if path.endswith("/commands/{command}"):
        filled = filled.replace("{command}", "add-note" if "/engagements/" in path else "record-assessment")
    for name, value in asdict(place).items():
        filled = filled.replace(f"{{{name}}}", str(value))
    return re.sub(r"{[^}]*}", "1", filled) + QUERIES.get(path, "")


def is_about_one(path: str) -> bool:
    """Whether an endpoint is about one engagement, one council, or a command to one."""
    return "/people/" not in path and bool(
        re.search(r"/(engagements|councils|names|indicators)/{|/commands/{command:path}|/receipts/{", path)
    )


OUTCOME = re.compile("^/api/v1/commands/")
"""What became of a command, which none but the office has given here."""

ALONE = [(path, method) for path, method in GUARDED if not is_about_one(path)]
ABOUT = [(path, method) for path, method in GUARDED if is_about_one(path)]


def holding(role: str, about: Staged, number: int) -> Holding:
    """A role held in an engagement, or in its council."""
    return Holding(role, about.gss) if number % 2 or role.startswith("council.") else Holding(role, None, about.id)


def test_every_endpoint_stands_in_its_group(everywhere: Everywhere) -> None:
    found = {
        (method, one.path): group or "everybody"
        for one in endpoints(everywhere.web.app)
        for method in one.methods - {"HEAD"}
        for group in one.groups
    }
    assert found == ORACLE.group, "a new route is written into tests/endpoints.yaml, below the group that it is for"


def test_every_route_has_a_group_of_the_matrix_or_is_for_everybody(everywhere: Everywhere) -> None:
    groups = {None, *matrix().groups}
    found = list(endpoints(everywhere.web.app))
    assert [one for one in found if not one.groups or not one.groups <= groups] == []
    assert len(found) > 20


def test_the_matrix_names_every_role_that_there_is_once(everywhere: Everywhere) -> None:
    for kind, role in ROLES.items():
        assert matrix().kind(role) == kind
    assert {*ROLES} == {*matrix().kinds, matrix().otherwise}
    parties = [name for names in matrix().kinds.values() for name in names]
    assert len(parties) == len(set(parties))


@pytest.mark.parametrize(
    ("reaches", "held", "expected"),
    [
        ("all", [Holding("council.director", "A")], Scope()),
        ("none", [Holding("council.director")], Scope(everywhere=False)),
        ("own", [Holding("council.director")], Scope()),
        ("own", [Holding("council.leader")], Scope(everywhere=False)),
        ("own", [Holding("council.director", "A")], Scope(False, frozenset("A"))),
        (
            "own",
            [
                Holding("council.director", "A"),
                Holding("council.director", None, "b-1"),
                Holding("council.leader", "C"),
            ],
            Scope(False, frozenset("A"), frozenset(["b-1"])),
        ),
    ],
)
def test_own_is_what_the_holdings_of_the_role_reach(reaches: Any, held: list[Holding], expected: Scope) -> None:
    assert Scope.of(reaches, "council.director", held) == expected


# Membership, in every stage


def roles_of(everywhere: Everywhere) -> list[str]:
    """Every role of every published model, and the auditors'."""
    with everywhere.web.site.desk(who(OFFICE)) as (desk, _):
        return every_role(desk)


def test_every_role_sees_its_own_and_what_the_matrix_gives_it_in_every_stage(everywhere: Everywhere) -> None:
    roles, site = roles_of(everywhere), everywhere.web.site
    for number, role in enumerate(roles):
        for mine, other in zip(everywhere.staged, everywhere.staged[1:] + everywhere.staged[:1], strict=True):
            person = who(role, holding(role, mine, number))
            sees_all = ORACLE.reach("GET", "/engagements/{id}", role) == "all"
            with site.desk(person) as (desk, conn):
                desk.engagement(conn, mine.id)
                desk.resolve(conn, f"engagement/{mine.id}")
                desk.council(conn, mine.gss)
                ids = {row.id for row in desk.portfolio(conn)}
                assert (mine.id in ids, other.id in ids) == (True, sees_all), (role, mine.stage)
                if sees_all:
                    desk.engagement(conn, other.id)
                else:
                    assert ids == {mine.id}
                    looks: list[tuple[Callable[[Connection, str], Any], str]] = [
                        (desk.engagement, other.id),
                        (desk.resolve, f"engagement/{other.id}"),
                        (desk.council, other.gss),
                    ]
                    for look, what in looks:
                        with pytest.raises(Problem, match="there is no engagement and no council"):
                            look(conn, what)


def test_a_confidential_engagement_is_absent_for_whoever_is_not_in_it_and_in_no_count(everywhere: Everywhere) -> None:
    hidden = everywhere.confidential
    inside = {OFFICE, "council.leader", "council.chief-executive", "sector.clearing-house", "sector.associate"}
    for role in roles_of(everywhere):
        with everywhere.web.site.desk(who(role, Holding(role, hidden.gss), "con-f")) as (desk, conn):
            there = hidden.id in {row.id for row in desk.portfolio(conn)}
            assert there == (role in inside), role
            if not there:
                with pytest.raises(Problem, match="there is no engagement and no council") as refused:
                    desk.engagement(conn, hidden.id)
                assert hidden.id not in (refused.value.hint or "")


async def test_what_opened_a_confidential_engagement_is_told_to_whoever_is_in_it(everywhere: Everywhere) -> None:
    hidden = everywhere.confidential
    for role, status in ((OFFICE, 200), ("department.official", 404), ("auditor.head", 404)):
        async with everywhere.web.person("con-f", Holding(role)) as browser:
            answer = await browser.get(f"/api/v1/commands/{everywhere.opened}")
            assert (answer.status_code, hidden.id in answer.text) == (status, status == 200), role


# Every endpoint


@pytest.mark.parametrize("kind", ROLES)
async def test_every_role_on_every_endpoint_own_and_another_councils(everywhere: Everywhere, kind: str) -> None:
    """In each run the stages are dealt out anew over roles and endpoints. That the stage makes no difference to what is there
    for somebody, for any role, is the test above.
    """
    offset, app, staged = random.randrange(len(STAGES)), everywhere.web.app, everywhere.staged
    print(f"stages dealt out from {offset}")
    roles = [role for role in roles_of(everywhere) if ORACLE.kind(role) == kind]
    assert roles
    wrong = []
    for ends, some in ((ALTOGETHER, ALONE), (ABOUT_ONE, ABOUT)):
        with only_doors(app, ends):
            for (place, role), (number, (path, method)) in product(enumerate(roles), enumerate(some)):
                mine = staged[(offset + place + number) % len(staged)]
                other = staged[(offset + place + number + 3) % len(staged)]
                person = who(role, holding(role, mine, number), person=f"some-{kind}")
                reaches = ORACLE.reach(method, path, role)
                for about in (mine, other, everywhere.confidential) if some is ABOUT else (mine,):
                    status, to = await knock(app, person, method, address(path, about))
                    if to.startswith("/engagements/"):
                        status, _ = await knock(app, person, "GET", to)
                    secret = about is everywhere.confidential and "/councils/" not in path and role != OFFICE
                    there = about is mine or (reaches == "all" and not secret)
                    if OUTCOME.search(path):  # it is there for whoever may see refusals, and for those who gave it
                        there = there and ORACLE.matrix["refusals"][kind] != "none"
                    expected = {403} if reaches == "none" else {204} if there else {404}
                    if some is ALONE and reaches != "none":
                        expected = {status} - {401, 403, *range(500, 600)}
                    if status not in expected:
                        wrong.append((method, path, role, about.stage, reaches, status))
    assert wrong == [], "\n".join(map(str, wrong))


@pytest.mark.parametrize("kinds", [("council",), ("contractor",), ("named",), ("auditor-head", "department")], ids=str)
async def test_no_page_names_what_is_not_there(everywhere: Everywhere, kinds: tuple[str, ...]) -> None:
    """Every page and answer in full, as a role of each kind that reaches its own, and as one that reaches everything."""
    web, read = everywhere.web, 0
    for number, (path, method) in enumerate(GUARDED):
        mine = everywhere.staged[number % len(STAGES)]
        may = [kind for kind in kinds if ORACLE.reach(method, path, ROLES[kind]) != "none"]
        if not may:
            continue
        kind, role = may[0], ROLES[may[0]]
        reaches = ORACLE.reach(method, path, role)
        async with web.person(f"somebody-{kind}", holding(role, mine, number)) as browser:
            sent: dict[str, Any] = {}
            if method not in SAFE:
                headers = {"X-CSRF-Token": browser.csrf, "Idempotency-Key": f"{kind}-{number}"}
                sent = {"json" if path.startswith("/api/") else "data": {}, "headers": headers}
            answer = await browser.request(method, address(path, mine), **sent)
            if answer.headers.get("location", "").startswith("/engagements/"):
                answer = await browser.get(answer.headers["location"])
        case = (method, path, role, mine.stage, answer.status_code, answer.text[:300])
        assert answer.status_code < 500 or answer.status_code == 503, case
        if answer.status_code == 200 and ORACLE.group[method, path] != "account":
            read += 1
            assert everywhere.confidential.id not in answer.text, case
            if reaches == "own":
                assert not [one.id for one in everywhere.staged if one is not mine and one.id in answer.text], case
    assert read > 30


# Commands


def command(by: str, recorded: str | None = None, person: str | None = None, family: Any = "engagement") -> Given:
    """A command as somebody asks for it."""
    decided = Actor.parse(by).model_copy(update={"person": person})
    kind = an_engagement.COMMANDS["add-note"]
    return Given(
        "one",
        Target(family, "x-1"),
        kind,
        decided,
        Actor.parse(recorded) if recorded else decided,
        When.parse("2004-01-01"),
        {},
        None,
    )


def test_whoever_is_signed_in_is_the_one_who_records_and_decides() -> None:
    official = who("department.official")
    mine = given_by(command("department.official"), official)
    assert (mine.decided_by, mine.recorded_by) == (official.actor, official.actor)
    theirs = given_by(command("department.minister", "department.official", person="min-i"), official)
    assert (str(theirs.decided_by), theirs.decided_by.person) == ("department.minister", "min-i")
    assert theirs.recorded_by == official.actor


@pytest.mark.parametrize(
    ("by", "given", "rule"),
    [
        ("department.official", command("council.director"), "another-recorder"),
        ("department.official", command("department.official", "council.director"), "another-recorder"),
        ("department.official", command("department.official", person="sam-k"), "another-role"),
        ("auditor.auditor", command("auditor.auditor"), "role"),
        ("auditor.head", command("auditor.head", family="office"), "role"),
        ("team.lead-consultant", command("team.lead-consultant", family="council"), "role"),
        ("council.director", command("council.director", family="office"), "role"),
    ],
)
def test_nobody_gives_commands_in_the_name_of_somebody_else_or_beyond_the_matrix(
    by: str, given: Given, rule: str
) -> None:
    with pytest.raises(Denied) as denied:
        given_by(given, who(by))
    assert denied.value.rule == rule


def test_reach_is_the_same_whatever_somebody_holds_besides() -> None:
    both = Who("jo-b", "Jo", "council.director", (Holding("council.director", HARINGEY), Holding(OFFICE)), "oidc:x")
    assert scope_of(both) == Scope(False, frozenset([HARINGEY]))
