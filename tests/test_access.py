"""Access is role and membership: every role on every endpoint in every stage, own and other council's, by the matrix."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from activities.library import read_register
from console.access import Denied, Endpoint, endpoints, given_by, matrix, reach, scope_of
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


@dataclass(frozen=True)
class Everywhere:
    """The console over a ledger with an engagement in every stage, and a confidential one."""

    web: Web
    staged: tuple[Staged, ...]
    confidential: Staged


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
        found.append(Staged(stage, id, facts.gss))
    apart = councils[len(STAGES)]
    confidential = {"service": "education", "model": "sector-led-help", "trigger": "talk", "reason": "A talk."}
    accept(filled, f"council/{apart.gss}", "open-engagement", OFFICE, **confidential)
    filled.ledger.close()
    with console_over(folder) as web:
        yield Everywhere(web, tuple(found), Staged("confidential", f"{apart.slug}-1", apart.gss))


def who(role: str, *, council: str | None = None, engagement: str | None = None, person: str = "jo-b") -> Who:
    """Somebody who holds a role somewhere and acts in it."""
    return Who(person, person, role, (Holding(role, council, engagement),), "oidc:https://sign-in.example")


# The matrix


def test_every_route_has_a_group_of_the_matrix_or_is_for_everybody(everywhere: Everywhere) -> None:
    groups = {None, *matrix().groups}
    found = list(endpoints(everywhere.web.app))
    assert [one for one in found if not one.groups or not one.groups <= groups] == []
    assert len(found) > 20
    assert {one.path for one in found if one.groups == {None}} == {
        "/accessibility",
        "/calendars/{token}.ics",
        "/health",
        "/ready",
        "/sign-in",
        "/sign-in/{token}",
        "/sign-out",
    }


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
            held = {"council": mine.gss} if number % 2 or role.startswith("council.") else {"engagement": mine.id}
            person = who(role, **held)
            sees_all = reach("engagement", role) == "all"
            with site.desk(person) as (desk, conn):
                desk.engagement(conn, mine.id)
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
        with everywhere.web.site.desk(who(role, council=hidden.gss, person="con-f")) as (desk, conn):
            there = hidden.id in {row.id for row in desk.portfolio(conn)}
            assert there == (role in inside), role
            if not there:
                with pytest.raises(Problem, match="there is no engagement and no council") as refused:
                    desk.engagement(conn, hidden.id)
                assert hidden.id not in (refused.value.hint or "")


# Every endpoint


def address(one: Endpoint, about: Staged) -> str:
    """The address of an endpoint, about an engagement or its council."""
    values = {
        "id": about.id,
        "gss": about.gss,
        "name": about.gss if "/councils/" in one.path else about.id if "/engagements/" in one.path else "1",
        "command": "add-note" if "/engagements/" in one.path else "record-assessment",
        "version": "1",
        "part": "board",
    }
    return re.sub(r"{(\w+)(?::\w+)?}", lambda found: values.get(found[1], "1"), one.path)


def is_about_one(one: Endpoint) -> bool:
    """Whether an endpoint is about one engagement or one council."""
    return bool(re.search(r"/(engagements|councils)/{", one.path))


@pytest.mark.parametrize("kind", ROLES)
async def test_every_endpoint_answers_a_role_as_the_matrix_says(everywhere: Everywhere, kind: str) -> None:
    role, web, tried = ROLES[kind], everywhere.web, 0
    hidden = everywhere.confidential
    for number, one in enumerate(sorted(endpoints(web.app), key=lambda one: one.path)):
        (group,) = one.groups or {None}
        if group is None:
            continue
        mine = everywhere.staged[number % len(STAGES)]
        other = everywhere.staged[(number + 3) % len(STAGES)]
        held = Holding(role, mine.gss) if kind == "council" else Holding(role, None, mine.id)
        async with web.person(f"somebody-{kind}", held) as browser:
            for method in one.methods - {"HEAD"}:
                sent: dict[str, Any] = {}
                if method not in SAFE:
                    headers = {"X-CSRF-Token": browser.csrf, "Idempotency-Key": f"{kind}-{number}"}
                    sent = {"json": {}} if one.path.startswith("/api/") else {"data": {}}
                    sent["headers"] = headers
                for about in (mine, other) if is_about_one(one) else (mine,):
                    answer = await browser.request(method, address(one, about), **sent)
                    if answer.headers.get("location", "").startswith("/engagements/"):
                        answer = await browser.get(answer.headers["location"])
                    case = (method, one.path, group, role, about.stage, answer.status_code, answer.text[:300])
                    reaches = reach(group, role)
                    tried += 1
                    assert answer.status_code < 500 or answer.status_code == 503, case
                    if reaches == "none":
                        assert answer.status_code == 403, case
                    elif reaches == "own" and about is other:
                        assert answer.status_code == 404, case
                    else:
                        assert answer.status_code != 403, case
                    if answer.status_code == 200 and group != "account":
                        assert hidden.id not in answer.text or role == OFFICE, case
                    if answer.status_code == 200 and reach("engagement", role) == "own" and about is mine:
                        assert not [x.id for x in everywhere.staged if x is not mine and x.id in answer.text], case
    assert tried > 20


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
