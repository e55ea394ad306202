"""The directory of people: what its commands lead to, what is refused, and who holds a role on a day."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, Self

import pytest

from domain import feeds
from domain.actors import ENGINE, Actor
from domain.actors import OFFICE_ROLE as OFFICE
from domain.dates import When
from domain.directory import (
    COMMANDS,
    EVENTS,
    MAY,
    AbsenceEnded,
    AbsenceRecorded,
    ContactChanged,
    Directory,
    Holder,
    Known,
    PersonRegistered,
    PreferenceSet,
    RoleEnded,
    RoleGiven,
    WebhookDisabled,
    WebhookSecretRotated,
    decide,
    disabled,
    evolve,
    holders,
)
from domain.part import Asked, Entry, Event, Refusal
from ledger import commands, events, sealing
from ledger.store import Ledger
from ledger.verify import verify
from tests.transactions import HARINGEY, Office
from workers.rebuild import rebuild_read_models

AT = datetime(2002, 6, 3, 9, tzinfo=UTC)
TODAY = "2002-06-03"
LEAD, DIRECTOR = "inspectorate.lead-inspector", "council.director"
ROLES = [DIRECTOR, OFFICE, LEAD]
GSS, OTHER = "E09000014", "E06000030"
NAME, EMAIL, WHY, URL = (f"sealed:{n * 64}" for n in "1234")

Body = dict[str, Any]


@dataclass
class Given:
    """A directory, and what its last command came to."""

    state: Directory = field(default_factory=Directory)
    came: Any = ()

    def do(
        self,
        command: str,
        *,
        on: str = TODAY,
        by: str = OFFICE,
        recorder: str | None = None,
        **body: Any,
    ) -> Self:
        """Give a command; what comes of it is folded in."""
        kind = COMMANDS[command].model_validate(body)
        who = Actor.parse(by)
        known = Known(ROLES, [GSS, OTHER], ["haringey-1", "swindon-1"])
        asked = Asked(kind, When.parse(on), who, Actor.parse(recorder or by), AT, "command-line")
        self.came = decide(self.state, known, asked)
        if not isinstance(self.came, Refusal):
            for event in self.came:
                stored = type(event).read(event.model_dump(mode="json"))
                entry = Entry(self.state.version + 1, asked.occurred, AT, who, stored)
                self.state = evolve(self.state, entry)
        return self

    def happens(self, event: Event) -> Self:
        """Fold an event that the engine gave."""
        stored = type(event).read(event.model_dump(mode="json"))
        self.state = evolve(self.state, Entry(self.state.version + 1, When.parse(TODAY), AT, ENGINE, stored))
        return self

    def then(self, event: Event) -> Self:
        """The command led to this event alone."""
        assert list(self.came) == [event]
        return self

    def refused(self, rule: str, **details: Any) -> None:
        """The command was refused."""
        assert self.came == Refusal(rule, details)

    def told(
        self, role: str = LEAD, day: str = TODAY, council: str | None = None, engagement: str | None = None
    ) -> list[str]:
        """Who is told: `sam for jo` where one stands in, `jo (absent)` where nobody does."""
        found = holders(self.state, role, council, engagement, date.fromisoformat(day))
        return [
            h.person + (f" for {h.in_place_of}" if h.in_place_of else "") + (" (absent)" if h.absent else "")
            for h in found
        ]


def people(*ids: str) -> Given:
    """A directory with these people."""
    given = Given()
    for id in ids or ("jo", "sam", "kim"):
        given.do("register-person", person=id, name=NAME)
    return given


def role_given(**body: Any) -> Given:
    """A directory in which Jo holds the lead inspector's role."""
    return people().do("give-role", **({"person": "jo", "role": LEAD} | body))


def on(text: str) -> When:
    return When.parse(text)


# What is accepted

WEBHOOK: tuple[str, Body] = ("change-contact", {"person": "sam", "webhook": URL})

ACCEPTED: list[tuple[str, list[tuple[str, Body]], tuple[str, Body], Event]] = [
    (
        "somebody is registered",
        [],
        ("register-person", {"person": "jo", "name": NAME, "email": EMAIL, "organisation": "KPMG"}),
        PersonRegistered(person="jo", name=NAME, email=EMAIL, organisation="KPMG"),
    ),
    (
        "an address is given later",
        [],
        ("change-contact", {"person": "sam", "email": EMAIL}),
        ContactChanged(person="sam", email=EMAIL),
    ),
    (
        "an address is taken away",
        [("change-contact", {"person": "sam", "email": EMAIL})],
        ("change-contact", {"person": "sam", "removed": ["email"]}),
        ContactChanged(person="sam", removed=("email",)),
    ),
    (
        "a role is given from the day of the command, for good and everywhere",
        [],
        ("give-role", {"person": "sam", "role": LEAD}),
        RoleGiven(holding=1, person="sam", role=LEAD, starts=on(TODAY)),
    ),
    (
        "a role is given in one council, for a time yet to come",
        [],
        ("give-role", {"person": "sam", "role": LEAD, "council": GSS, "starts": "2002-07", "ends": "2002-12-31"}),
        RoleGiven(holding=1, person="sam", role=LEAD, council=GSS, starts=on("2002-07"), ends=on("2002-12-31")),
    ),
    (
        "the same role is given again after it ended",
        [
            ("give-role", {"person": "sam", "role": LEAD, "starts": "2002-01-01"}),
            ("end-role", {"holding": 1, "on": "2002-05-01"}),
        ],
        ("give-role", {"person": "sam", "role": LEAD, "starts": "2002-05-01"}),
        RoleGiven(holding=2, person="sam", role=LEAD, starts=on("2002-05-01")),
    ),
    (
        "the same role is given in another scope",
        [("give-role", {"person": "sam", "role": LEAD, "council": GSS})],
        ("give-role", {"person": "sam", "role": LEAD, "engagement": "haringey-1"}),
        RoleGiven(holding=2, person="sam", role=LEAD, engagement="haringey-1", starts=on(TODAY)),
    ),
    (
        "two times that need not overlap as their dates may be read",
        [("give-role", {"person": "sam", "role": LEAD, "starts": "2002-01-01", "ends": "2002-05"})],
        ("give-role", {"person": "sam", "role": LEAD, "starts": "2002-05"}),
        RoleGiven(holding=2, person="sam", role=LEAD, starts=on("2002-05")),
    ),
    (
        "a role ends at once",
        [("give-role", {"person": "sam", "role": LEAD})],
        ("end-role", {"holding": 1, "reason": WHY}),
        RoleEnded(holding=1, person="sam", role=LEAD, reason=WHY),
    ),
    (
        "a role ends after a last day, and that is brought forward",
        [
            ("give-role", {"person": "sam", "role": LEAD}),
            ("end-role", {"holding": 1, "last_day": "2002-12-31"}),
        ],
        ("end-role", {"holding": 1, "last_day": "2002-09-30"}),
        RoleEnded(holding=1, person="sam", role=LEAD, last_day=on("2002-09-30")),
    ),
    (
        "somebody is away with nobody to stand in",
        [],
        ("record-absence", {"person": "sam"}),
        AbsenceRecorded(absence=1, person="sam", starts=on(TODAY)),
    ),
    (
        "somebody is away for a second time with a cover",
        [("record-absence", {"person": "sam", "starts": "2002-07-01", "ends": "2002-07-05"})],
        ("record-absence", {"person": "sam", "starts": "2002-07-06", "ends": "2002-07-09", "cover": "jo"}),
        AbsenceRecorded(absence=2, person="sam", starts=on("2002-07-06"), ends=on("2002-07-09"), cover="jo"),
    ),
    (
        "somebody is back",
        [("record-absence", {"person": "sam", "starts": "2002-06-01"})],
        ("end-absence", {"absence": 1}),
        AbsenceEnded(absence=1, person="sam"),
    ),
    (
        "a preference is set",
        [("change-contact", {"person": "sam", "email": EMAIL})],
        ("set-preference", {"person": "sam", "channel": "email"}),
        PreferenceSet(person="sam", channel="email"),
    ),
    (
        "a file is wanted, which needs no address",
        [],
        ("set-preference", {"person": "sam", "channel": "file"}),
        PreferenceSet(person="sam", channel="file"),
    ),
    (
        "a pace is wanted, whatever the channel",
        [],
        ("set-preference", {"person": "sam", "pace": "digest"}),
        PreferenceSet(person="sam", pace="digest"),
    ),
    (
        "a system is registered with the address it is told at",
        [],
        ("register-person", {"person": "jo", "name": NAME, "webhook": URL}),
        PersonRegistered(person="jo", name=NAME, webhook=URL, secret=1),
    ),
    (
        "a webhook is given later",
        [],
        ("change-contact", {"person": "sam", "webhook": URL}),
        ContactChanged(person="sam", webhook=URL, secret=1),
    ),
    (
        "another webhook has another secret, though the first was taken away",
        [WEBHOOK, ("change-contact", {"person": "sam", "removed": ["webhook"]})],
        ("change-contact", {"person": "sam", "webhook": WHY}),
        ContactChanged(person="sam", webhook=WHY, secret=2),
    ),
    (
        "a secret is rotated",
        [WEBHOOK],
        ("rotate-webhook-secret", {"person": "sam"}),
        WebhookSecretRotated(person="sam", secret=2, old_until=datetime(2002, 6, 4, 9, tzinfo=UTC)),
    ),
    (
        "a channel and a pace are wanted",
        [],
        ("set-preference", {"person": "sam", "channel": "file", "pace": "at-once"}),
        PreferenceSet(person="sam", channel="file", pace="at-once"),
    ),
]


@pytest.mark.parametrize(
    ("before", "command", "event"), [row[1:] for row in ACCEPTED], ids=[row[0] for row in ACCEPTED]
)
def test_it_is_accepted(before: list[tuple[str, Body]], command: tuple[str, Body], event: Event) -> None:
    given = people("sam", "kim") if command[0] == "register-person" else people()
    for name, body in before:
        given.do(name, **body)
        assert not isinstance(given.came, Refusal), given.came
    given.do(command[0], **command[1]).then(event)


# What is refused

JO_LEADS = ("give-role", {"person": "jo", "role": LEAD, "starts": "2002-05-01", "ends": "2002-12-31"})
NO_WEBHOOK: Body = {"person": "jo", "channel": "webhook"}
JO_AWAY = ("record-absence", {"person": "jo", "starts": "2002-07-01", "ends": "2002-07-14"})

REFUSED: list[tuple[str, list[tuple[str, Body]], tuple[str, Body], str, Body]] = [
    (
        "an id is never given twice",
        [],
        ("register-person", {"person": "jo", "name": NAME}),
        "registered-already",
        {"person": "jo"},
    ),
    (
        "contact of nobody",
        [],
        ("change-contact", {"person": "joe", "email": EMAIL}),
        "not-registered",
        {"person": "joe"},
    ),
    ("a change of nothing", [], ("change-contact", {"person": "jo"}), "contact-unchanged", {"person": "jo"}),
    (
        "an address that is not there is taken away",
        [],
        ("change-contact", {"person": "jo", "removed": ["email"]}),
        "nothing-to-remove",
        {"person": "jo", "address": "email"},
    ),
    (
        "an address is given and taken away",
        [("change-contact", {"person": "jo", "email": EMAIL})],
        ("change-contact", {"person": "jo", "email": EMAIL, "removed": ["email"]}),
        "nothing-to-remove",
        {"person": "jo", "address": "email"},
    ),
    ("a role to nobody", [], ("give-role", {"person": "joe", "role": LEAD}), "not-registered", {"person": "joe"}),
    (
        "a role that no lifecycle has",
        [],
        ("give-role", {"person": "jo", "role": "council.directr"}),
        "role-not-published",
        {"role": "council.directr", "roles": ROLES},
    ),
    (
        "a role in a council that is not there",
        [],
        ("give-role", {"person": "jo", "role": LEAD, "council": "E99999999"}),
        "unknown-council",
        {"council": "E99999999"},
    ),
    (
        "a role in an engagement that is not there",
        [],
        ("give-role", {"person": "jo", "role": LEAD, "engagement": "leeds-1"}),
        "no-such-engagement",
        {"engagement": "leeds-1"},
    ),
    (
        "a role in two scopes",
        [],
        ("give-role", {"person": "jo", "role": LEAD, "council": GSS, "engagement": "haringey-1"}),
        "two-scopes",
        {"council": GSS, "engagement": "haringey-1"},
    ),
    (
        "a role that ends before it starts",
        [],
        ("give-role", {"person": "jo", "role": LEAD, "starts": "2002-07", "ends": "2002-06"}),
        "ends-before-it-starts",
        {"starts": "2002-07", "ends": "2002-06"},
    ),
    (
        "the same role from the last day of the holding before",
        [JO_LEADS],
        ("give-role", {"person": "jo", "role": LEAD, "starts": "2002-12-31"}),
        "role-held-already",
        {"person": "jo", "role": LEAD, "holding": 1},
    ),
    (
        "the same role around the time of the holding before",
        [JO_LEADS],
        ("give-role", {"person": "jo", "role": LEAD, "starts": "2002-01", "ends": "2003-12"}),
        "role-held-already",
        {"person": "jo", "role": LEAD, "holding": 1},
    ),
    ("a holding that never was", [JO_LEADS], ("end-role", {"holding": 2}), "no-such-holding", {"holding": 2}),
    (
        "an end after the end",
        [JO_LEADS],
        ("end-role", {"holding": 1, "last_day": "2003-01-01"}),
        "role-ended-already",
        {"holding": 1, "person": "jo", "role": LEAD},
    ),
    (
        "a second end on the same day",
        [JO_LEADS, ("end-role", {"holding": 1})],
        ("end-role", {"holding": 1}),
        "role-ended-already",
        {"holding": 1, "person": "jo", "role": LEAD},
    ),
    (
        "a last day before the first",
        [JO_LEADS],
        ("end-role", {"holding": 1, "last_day": "2002-04-30"}),
        "ends-before-it-starts",
        {"starts": "2002-05-01", "ends": "2002-04-30"},
    ),
    (
        "an absence that ends before it starts",
        [],
        ("record-absence", {"person": "jo", "ends": "2002-06-02"}),
        "ends-before-it-starts",
        {"starts": TODAY, "ends": "2002-06-02"},
    ),
    (
        "somebody stands in for themselves",
        [],
        ("record-absence", {"person": "jo", "cover": "jo"}),
        "own-cover",
        {"person": "jo"},
    ),
    (
        "nobody known stands in",
        [],
        ("record-absence", {"person": "jo", "cover": "joe"}),
        "not-registered",
        {"person": "joe"},
    ),
    (
        "away twice at a time",
        [JO_AWAY],
        ("record-absence", {"person": "jo", "starts": "2002-07-14", "cover": "sam"}),
        "away-already",
        {"person": "jo", "absence": 1},
    ),
    ("back from nowhere", [], ("end-absence", {"absence": 1}), "no-such-absence", {"absence": 1}),
    (
        "back twice",
        [JO_AWAY, ("end-absence", {"absence": 1})],
        ("end-absence", {"absence": 1}),
        "back-already",
        {"person": "jo", "absence": 1},
    ),
    (
        "a channel without its address",
        [],
        ("set-preference", {"person": "jo", "channel": "email"}),
        "no-address",
        {"person": "jo", "channel": "email"},
    ),
    ("a secret of no webhook", [], ("rotate-webhook-secret", {"person": "jo"}), "no-address", NO_WEBHOOK),
    (
        "a webhook that is not there is wanted",
        [],
        ("set-preference", {"person": "jo", "channel": "webhook"}),
        "no-address",
        NO_WEBHOOK,
    ),
    (
        "a webhook that is not there is taken away",
        [],
        ("change-contact", {"person": "jo", "removed": ["webhook"]}),
        "nothing-to-remove",
        {"person": "jo", "address": "webhook"},
    ),
    (
        "a preference of nothing",
        [],
        ("set-preference", {"person": "jo"}),
        "nothing-preferred",
        {"person": "jo"},
    ),
    (
        "what has not happened yet",
        [],
        ("register-person", {"person": "al", "name": NAME, "on": "2002-06-04"}),
        "in-the-future",
        {"occurred": "2002-06-04", "today": TODAY},
    ),
    (
        "a council's director gives a role",
        [],
        ("give-role", {"person": "jo", "role": DIRECTOR, "by": DIRECTOR}),
        "role",
        {"command": "give-role", "role": DIRECTOR, "may": [OFFICE]},
    ),
    (
        "an inspector records what the office decides",
        [],
        ("record-absence", {"person": "jo", "recorder": LEAD}),
        "recorder",
        {"role": OFFICE, "recorder": LEAD, "may": [OFFICE]},
    ),
    (
        "a preference of somebody else",
        [],
        ("set-preference", {"person": "jo", "channel": "file", "by": DIRECTOR}),
        "preference-of-another",
        {"person": "jo"},
    ),
    (
        "a preference in a role that there is not",
        [],
        ("set-preference", {"person": "jo", "channel": "file", "by": "council.directr"}),
        "role-not-published",
        {"role": "council.directr", "roles": ROLES},
    ),
]


@pytest.mark.parametrize(
    ("before", "command", "rule", "details"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_it_is_refused(before: list[tuple[str, Body]], command: tuple[str, Body], rule: str, details: Body) -> None:
    given = people()
    for name, body in before:
        given.do(name, **body)
        assert not isinstance(given.came, Refusal), given.came
    given.do(command[0], **command[1]).refused(rule, **details)


def test_every_command_and_event_is_in_the_tables() -> None:
    own = set(COMMANDS) - {command.type for command in feeds.COMMANDS}
    assert {row[2][0] for row in ACCEPTED} == {row[2][0] for row in REFUSED} == own and set(COMMANDS) == set(MAY)
    by_the_engine = {"webhook-disabled"}
    assert {row[3].type for row in ACCEPTED} == set(EVENTS) - {event.type for event in feeds.EVENTS} - by_the_engine


def own_preference(by: str, person: str | None) -> Given:
    given = people()
    who = Actor.parse(by).model_copy(update={"person": person})
    command = COMMANDS["set-preference"].model_validate({"person": "jo", "channel": "file"})
    asked = Asked(command, When.parse(TODAY), who, who, AT, "command-line")
    given.came = decide(given.state, Known(ROLES), asked)
    return given


def test_people_set_their_own_preference_in_any_role_and_no_other() -> None:
    own_preference(DIRECTOR, "jo").then(PreferenceSet(person="jo", channel="file"))
    own_preference(DIRECTOR, "sam").refused("preference-of-another", person="jo")
    own_preference(OFFICE, "sam").then(PreferenceSet(person="jo", channel="file"))


# What the directory says of people


def test_an_organisation_and_a_name_change_and_the_rest_stays() -> None:
    given = people("jo").do("change-contact", person="jo", email=EMAIL, organisation="KPMG")
    given.do("change-contact", person="jo", name=WHY, removed=["email"])
    jo = given.state.people["jo"]
    assert (jo.name, jo.email, jo.organisation) == (WHY, None, "KPMG")


HAS_EMAIL: tuple[str, Body] = ("change-contact", {"email": EMAIL})
NO_EMAIL: tuple[str, Body] = ("change-contact", {"removed": ["email"]})


@pytest.mark.parametrize(
    ("commands", "expected"),
    [
        ([], "file"),
        ([HAS_EMAIL], "email"),
        ([HAS_EMAIL, ("set-preference", {"channel": "email"})], "email"),
        ([HAS_EMAIL, ("set-preference", {"channel": "file"})], "file"),
        ([("set-preference", {"channel": "file"}), HAS_EMAIL], "file"),
        ([HAS_EMAIL, ("set-preference", {"channel": "email"}), NO_EMAIL], "file"),
        ([HAS_EMAIL, ("set-preference", {"channel": "email"}), NO_EMAIL, HAS_EMAIL], "email"),
    ],
)
def test_people_are_told_as_they_prefer_as_long_as_there_is_an_address(
    commands: list[tuple[str, Body]], expected: str
) -> None:
    given = role_given()
    for name, body in commands:
        given.do(name, person="jo", **body)
        assert not isinstance(given.came, Refusal), given.came
    (holder,) = holders(given.state, LEAD, None, None, date(2002, 6, 3))
    assert holder.channel == expected


def test_a_pace_stays_until_another_is_said_and_so_does_a_channel() -> None:
    given = people("jo").do("change-contact", person="jo", email=EMAIL)
    paces = [given.state.people["jo"].pace]
    for said in ({"channel": "file", "pace": "digest"}, {"channel": "email"}, {"pace": "at-once"}):
        given.do("set-preference", person="jo", **said)
        paces.append(given.state.people["jo"].pace)
    assert paces == ["at-once", "digest", "digest", "at-once"]
    assert given.state.people["jo"].wants == "email"


def test_a_preference_stored_before_there_were_paces_is_still_read() -> None:
    assert PreferenceSet.read({"person": "jo", "channel": "file"}) == PreferenceSet(person="jo", channel="file")


HAS_WEBHOOK: tuple[str, Body] = ("change-contact", {"webhook": URL})


@pytest.mark.parametrize(
    ("commands", "gone", "expected"),
    [
        ([HAS_WEBHOOK], False, "webhook"),
        ([HAS_WEBHOOK, HAS_EMAIL], False, "email"),
        ([HAS_WEBHOOK, HAS_EMAIL, ("set-preference", {"channel": "webhook"})], False, "webhook"),
        ([HAS_WEBHOOK, HAS_EMAIL, ("set-preference", {"channel": "webhook"})], True, "email"),
        ([HAS_WEBHOOK], True, "file"),
        ([HAS_WEBHOOK, ("change-contact", {"removed": ["webhook"]})], False, "file"),
    ],
)
def test_a_webhook_is_a_channel_until_it_is_gone(commands: list[tuple[str, Body]], gone: bool, expected: str) -> None:
    given = role_given()
    for name, body in commands:
        given.do(name, person="jo", **body)
        assert not isinstance(given.came, Refusal), given.came
    if gone:
        given.happens(WebhookDisabled(person="jo", notice="haringey-1.1.1"))
    (holder,) = holders(given.state, LEAD, None, None, date(2002, 6, 3))
    assert holder.channel == expected


def test_what_is_gone_is_off_until_an_address_is_given_again() -> None:
    given = people("jo").do("change-contact", person="jo", webhook=URL)
    gone = disabled(given.state, "jo", URL, "haringey-1.1.1")
    assert gone == WebhookDisabled(person="jo", notice="haringey-1.1.1")
    given.happens(gone)
    assert disabled(given.state, "jo", URL, "haringey-1.1.2") is None, "it is off already"
    given.do("set-preference", person="jo", channel="webhook").refused("webhook-gone", person="jo")
    given.do("rotate-webhook-secret", person="jo").refused("webhook-gone", person="jo")
    given.do("change-contact", person="jo", webhook=WHY).then(ContactChanged(person="jo", webhook=WHY, secret=2))
    assert disabled(given.state, "jo", URL, "haringey-1.1.3") is None, "what is gone is another address"
    assert disabled(given.state, "joe", URL, "haringey-1.1.3") is None
    given.do("change-contact", person="jo", removed=["webhook"])
    assert disabled(given.state, "jo", WHY, "haringey-1.1.4") is None


def test_the_secret_before_the_newest_signs_for_a_day_and_no_older_one() -> None:
    given = people("jo").do("change-contact", person="jo", webhook=URL)
    until = AT + timedelta(hours=24)

    def signing(at: datetime) -> tuple[int, ...]:
        webhook = given.state.people["jo"].webhook
        assert webhook is not None
        return webhook.secrets(at)

    assert signing(AT) == (1,)
    given.do("rotate-webhook-secret", person="jo")
    assert (signing(AT), signing(until - timedelta(seconds=1)), signing(until)) == ((2, 1), (2, 1), (2,))
    given.do("rotate-webhook-secret", person="jo")
    assert signing(AT) == (3, 2)
    given.do("change-contact", person="jo", webhook=WHY)
    assert signing(AT) == (4,), "another address never knew the others"


# Who holds a role on a day


def test_nobody_holds_a_role_that_nobody_was_given() -> None:
    assert people().told() == []


def test_the_narrowest_scope_that_anybody_holds_it_at_counts_alone() -> None:
    given = people("al", "bo", "cy", "di")
    given.do("give-role", person="al", role=LEAD)
    given.do("give-role", person="bo", role=LEAD, council=GSS)
    given.do("give-role", person="cy", role=LEAD, engagement="haringey-1")
    given.do("give-role", person="di", role=LEAD, engagement="haringey-1")
    assert given.told(council=GSS, engagement="haringey-1") == ["cy", "di"]
    assert given.told(council=GSS, engagement="haringey-2") == ["bo"]
    assert given.told(council=GSS) == ["bo"]
    assert given.told(council=OTHER, engagement="swindon-1") == ["al"]
    assert given.told() == ["al"]
    assert given.told(DIRECTOR) == []
    given.do("end-role", holding=3).do("end-role", holding=4)
    assert given.told(council=GSS, engagement="haringey-1") == ["bo"]


@pytest.mark.parametrize(
    ("body", "days"),
    [
        ({"starts": "2002-07-01", "ends": "2002-07-03"}, {"06-30": 0, "07-01": 1, "07-03": 1, "07-04": 0}),
        ({"starts": "2002-07"}, {"06-30": 0, "07-01": 1, "12-31": 1}),
        ({"starts": "by 2002-07", "ends": "2002-07"}, {"01-01": 1, "07-31": 1, "08-01": 0}),
        ({"starts": "2002-07", "ends": "by 2002-08"}, {"07-01": 1, "08-31": 1, "09-01": 0}),
    ],
)
def test_a_holding_counts_on_every_day_on_which_it_can(body: Body, days: dict[str, int]) -> None:
    given = role_given(**body)
    assert {day: len(given.told(day=f"2002-{day}")) for day in days} == days


def test_a_role_that_ended_is_not_held_from_that_day_and_one_with_a_last_day_is_held_on_it() -> None:
    at_once = role_given(starts="2002-05-01").do("end-role", holding=1)
    assert (at_once.told(day="2002-06-02"), at_once.told(day="2002-06-03")) == (["jo"], [])
    later = role_given(starts="2002-05-01").do("end-role", holding=1, last_day="2002-06-30")
    assert (later.told(day="2002-06-30"), later.told(day="2002-07-01")) == (["jo"], [])


def test_a_role_that_ended_before_it_began_was_never_held() -> None:
    given = role_given(starts="2002-09-01").do("end-role", holding=1)
    assert given.told(day="2002-09-02") == []


AWAY: Body = {"starts": "2002-07-01", "ends": "2002-07-14"}


def test_a_cover_stands_in_from_the_first_day_to_the_last() -> None:
    given = role_given().do("record-absence", person="jo", cover="sam", **AWAY)
    told = {day: given.told(day=f"2002-{day}") for day in ("06-30", "07-01", "07-14", "07-15")}
    assert told == {"06-30": ["jo"], "07-01": ["sam for jo"], "07-14": ["sam for jo"], "07-15": ["jo"]}


def test_whoever_comes_back_early_is_told_from_that_day() -> None:
    given = role_given(starts="2002-05-01").do("record-absence", person="jo", starts="2002-05-20", cover="sam")
    assert given.told(day=TODAY) == ["sam for jo"]
    given.do("end-absence", absence=1)
    assert (given.told(day="2002-06-02"), given.told(day=TODAY)) == (["sam for jo"], ["jo"])


def away(given: Given, **covers: str | None) -> Given:
    for person, cover in covers.items():
        given.do("record-absence", person=person, cover=cover, **AWAY)
        assert not isinstance(given.came, Refusal)
    return given


def test_without_a_cover_the_holder_is_told_all_the_same_and_marked() -> None:
    assert away(role_given(), jo=None).told(day="2002-07-02") == ["jo (absent)"]


@pytest.mark.parametrize(
    ("covers", "told"),
    [
        ({"jo": "sam", "sam": "kim"}, ["kim for jo"]),
        ({"jo": "sam", "sam": None}, ["jo (absent)"]),
        ({"jo": "sam", "sam": "kim", "kim": None}, ["jo (absent)"]),
        ({"jo": "sam", "sam": "jo"}, ["jo (absent)"]),
        ({"jo": "sam", "sam": "kim", "kim": "jo"}, ["jo (absent)"]),
    ],
    ids=["cover of the cover", "cover away", "no further", "each other", "round in a ring"],
)
def test_a_covers_own_absence_is_followed_once_more(covers: dict[str, str | None], told: list[str]) -> None:
    assert away(role_given(), **covers).told(day="2002-07-02") == told


def test_a_chain_of_covers_is_followed_no_further_than_the_covers_cover() -> None:
    given = people("jo", "sam", "kim", "lee").do("give-role", person="jo", role=LEAD)
    assert away(given, jo="sam", sam="kim", kim="lee").told(day="2002-07-02") == ["jo (absent)"]


def test_everybody_is_told_once() -> None:
    given = role_given().do("give-role", person="sam", role=LEAD)
    assert away(given, jo="sam").told(day="2002-07-02") == ["sam"], "who holds the role is not told for another too"
    both = role_given().do("give-role", person="sam", role=LEAD)
    assert away(both, jo="kim", sam="kim").told(day="2002-07-02") == ["kim for jo"]
    twice = role_given(starts="2002-01-01", ends="2002-06").do("give-role", person="jo", role=LEAD, starts="2002-06")
    assert not isinstance(twice.came, Refusal) and twice.told(day="2002-06-15") == ["jo"]


def test_holders_come_in_the_order_in_which_the_role_was_given() -> None:
    given = people("al", "bo", "cy")
    for person in ("cy", "al", "bo"):
        given.do("give-role", person=person, role=LEAD)
    assert given.told() == ["cy", "al", "bo"]
    assert away(given, al=None).told(day="2002-07-02") == ["cy", "al (absent)", "bo"]


def test_a_holder_says_by_which_holding_and_how_they_are_told() -> None:
    given = role_given(council=GSS).do("record-absence", person="jo", starts="2002-06-01", cover="sam")
    given.do("change-contact", person="sam", email=EMAIL).do("set-preference", person="sam", channel="email")
    found = holders(given.state, LEAD, GSS, None, date(2002, 6, 3))
    assert found == (Holder("sam", 1, "jo", False, "email"),)


def test_two_absences_that_a_day_may_be_in_count_as_the_later_recorded() -> None:
    given = role_given().do("record-absence", person="jo", starts="2002-06-20", ends="2002-07", cover="sam")
    given.do("record-absence", person="jo", starts="2002-07", ends="2002-07-31", cover="kim")
    assert given.told(day="2002-07-10") == ["kim for jo"]


# Through the ledger

PEOPLE = "office/people"
JO: Body = {"person": "jo-b", "name": "Jo Berry", "email": "jo@example.org"}


@pytest.fixture
def office(ledger: Ledger, tmp_path: Path) -> Office:
    return Office(ledger, tmp_path / "home")


def test_names_and_addresses_stand_in_no_event_and_no_command_and_are_the_persons(office: Office) -> None:
    assert office.give(PEOPLE, "register-person", OFFICE, JO, id="jo").accepted
    changed = {"person": "jo-b", "name": "Jo Quenby", "email": "quenby@example.org"}
    assert office.give(PEOPLE, "change-contact", OFFICE, changed, id="new").accepted

    bodies = [*office.bodies(PEOPLE, "person-registered"), *office.bodies(PEOPLE, "contact-changed")]
    with office.ledger.reading() as conn:
        stored = [commands.stored_command(conn, id) for id in ("jo", "new")]
        assert [each.record.body["name"] for each in stored if each] == [body["name"] for body in bodies]
        kept = sealing.sealed_values(conn, [body[name] for body in bodies for name in ("name", "email")])
    for plain in ("Berry", "Quenby", "example.org"):
        assert plain not in repr(bodies) and not any(plain.encode() in each.bytes for each in stored if each)
    found = sorted((each.class_, each.subject, each.value) for each in kept.values())
    assert found == [
        ("contact", "jo-b", "jo@example.org"),
        ("contact", "jo-b", "quenby@example.org"),
        ("name", "jo-b", "Jo Berry"),
        ("name", "jo-b", "Jo Quenby"),
    ]
    with office.ledger.writing() as tx:
        assert sealing.erase(tx, office.at, subject="jo-b") == 4
    assert office.give(PEOPLE, "give-role", OFFICE, {"person": "jo-b", "role": LEAD}).accepted
    assert verify(office.ledger).first_bad is None


def test_roles_councils_and_engagements_are_those_that_there_are(office: Office) -> None:
    office.give(PEOPLE, "register-person", OFFICE, JO)
    office.rate(HARINGEY)

    def rule(**body: Any) -> str | None:
        given = office.give(PEOPLE, "give-role", OFFICE, {"person": "jo-b", "role": LEAD} | body)
        return given.outcome.get("rule")

    assert rule(engagement="haringey-1") is None
    assert rule(council="E09000014") is None
    assert rule(council="X0000001") is None
    assert rule(council="E99999999") == "unknown-council"
    assert rule(engagement="haringey-2") == "no-such-engagement"
    assert rule(role="council.directr") == "role-not-published"
    (refused, *_) = office.bodies(f"refusal/{PEOPLE}", "command-refused")
    assert refused["rule"] == "unknown-council"


def test_a_role_of_an_older_version_of_a_lifecycle_is_still_known(office: Office) -> None:
    library = office.transact._shelf.library
    office.give(PEOPLE, "register-person", OFFICE, JO)
    (old, *_) = library._lifecycles.values()
    gone = {"board.elder": next(iter(old.roles.values()))}
    library._lifecycles["old@0"] = old.model_copy(update={"id": "old", "version": 0, "roles": gone})
    library._lifecycles["old@1"] = old.model_copy(update={"id": "old", "version": 1})
    assert office.give(PEOPLE, "give-role", OFFICE, {"person": "jo-b", "role": "board.elder"}).accepted


def test_the_directory_has_a_version_of_its_own_and_a_stale_one_is_refused(office: Office) -> None:
    office.give(PEOPLE, "register-person", OFFICE, JO)
    before = office.types("office")
    stale = office.give(PEOPLE, "register-person", OFFICE, JO | {"person": "sam-k"}, expected_version=0)
    assert (stale.accepted, stale.outcome["rule"]) == (False, "stale-version")
    fresh = office.give(PEOPLE, "register-person", OFFICE, JO | {"person": "sam-k"}, expected_version=1)
    assert fresh.accepted and fresh.outcome["version"] == 2
    assert office.types("office") == before
    done = office.clock(PEOPLE)
    assert (done.standing.version, done.standing.next_due, done.standing.idle) == (2, None, False)


def test_a_command_given_twice_has_its_first_outcome_and_what_was_folded_before_is_read_on(office: Office) -> None:
    signed = office.store(office.command(PEOPLE, "register-person", OFFICE, JO, id="once"))
    first, again = office.run(signed), office.run(signed)
    assert first.outcome is not None and again.outcome is not None
    assert (again.outcome.accepted, again.outcome.repeated, again.standing.version) == (True, True, 1)
    assert office.give(PEOPLE, "register-person", OFFICE, JO).outcome["rule"] == "registered-already"
    assert office.types(PEOPLE) == ["person-registered"]


def test_a_command_of_another_family_or_to_another_office_is_no_command_of_the_directory(office: Office) -> None:
    rating = {"service": "social-services", "stars": 0}
    for target, type, body in (
        (PEOPLE, "publish-rating", rating),
        (HARINGEY, "register-person", JO),
        ("office/places", "register-person", JO),
    ):
        assert office.give(target, type, OFFICE, body).outcome["rule"] == "unknown-command"


def test_read_models_are_rebuilt_beside_the_directory(office: Office) -> None:
    office.rate(HARINGEY)
    office.give(PEOPLE, "register-person", OFFICE, JO)
    assert rebuild_read_models(office.ledger, lambda done, total: None) > 0
    assert office.types(PEOPLE) == ["person-registered"]
    assert verify(office.ledger).first_bad is None


def test_the_time_of_the_directory_never_goes_back(office: Office) -> None:
    office.give(PEOPLE, "register-person", OFFICE, JO)
    office.at = office.at.replace(year=2001)
    office.give(PEOPLE, "register-person", OFFICE, JO | {"person": "sam-k"}, on="2001-05-29")
    with office.ledger.reading() as conn:
        first, second = events.read_stream(conn, PEOPLE)
    assert second.recorded_at >= first.recorded_at
