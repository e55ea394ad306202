"""The real cases, each rehearsed on a real Temporal server from its first rating to where its source leaves it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from importlib.resources import files
from pathlib import Path

import pytest

from activities.library import shipped_lifecycles
from activities.signatures import Keyring
from domain.case import Case, model_named, read_case
from domain.dates import morning_of
from domain.documents import parse
from domain.records import Recorded
from ledger import read_models
from ledger.verify import verify
from tests.engine import new_namespace
from workers.dev_server import DevServer
from workers.rehearsal import Rehearsal, starts_at
from workers.running import rehearsal_engine
from workers.settings import Settings

ENDS = {
    "haringey": ("haringey-1", "follow-up", "2004-03", None),
    "birmingham": ("birmingham-1", "follow-up", "2004-02", None),
    "coventry": ("coventry-1", "follow-up", "2004-03", None),
    "swindon": ("swindon-1", "follow-up", "2004-04", "other-model"),
    "north-east-lincolnshire": ("north-east-lincolnshire-1", "follow-up", "2003-06", None),
    "north-east-lincolnshire-direction": ("north-east-lincolnshire-1", "monitoring", "2008-05-31", None),
    "swindon-education-direction": ("swindon-1", "partnership", "2001-12/2002", None),
    "walsall-education-direction": ("walsall-1", "monitoring", "2008-04/2009", "voluntary-contract"),
    "today-birmingham": ("birmingham-1", "report-cycle", "2024-04", None),
    "today-bournemouth-christchurch-poole": ("bournemouth-christchurch-and-poole-1", "engagement", "2024-09-09", None),
    "today-runnymede": ("runnymede-1", "sector-support", "2024-12-19", None),
    "midthorpe": ("midthorpe-1", "visits", "2007-01/2007-10", None),
    "today-slough": ("slough-1", "report-cycle", "2024-11-20", None),
    "swindon-kent": ("swindon-1", "council-lead", "2007-04", None),
}
"""For each case: the engagement, the stage it comes to, since when, and how it ended, if it did."""

STRUCK = [
    ("obligation-reminded", "meet-council", "2002-06-11T08:00:00"),
    ("obligation-passed", "meet-council", "2002-06-14T23:00:00"),
    ("obligation-escalated", "meet-council", "2002-06-17T08:00:00"),
    ("obligation-reminded", "submit-pip", "2002-07-12T08:00:00"),
    ("obligation-reminded", "submit-pip", "2002-07-23T08:00:00"),
    ("obligation-passed", "submit-pip", "2002-07-26T23:00:00"),
    ("obligation-escalated", "submit-pip", "2002-07-26T23:00:00"),
    ("obligation-escalated", "submit-pip", "2002-08-02T08:00:00"),
    ("obligation-escalated", "submit-pip", "2002-08-23T08:00:00"),
    ("obligation-reminded", "schedule-board", "2002-11-11T09:00:00"),
    ("obligation-passed", "schedule-board", "2002-11-15T00:00:00"),
    ("obligation-escalated", "schedule-board", "2002-11-15T09:00:00"),
]
"""What the clock does in Haringey's case, worked out by hand: 10 working days after 29 May 2002 (3 and 4 June are bank
holidays) is 14 June; 40 are 26 July; 10 after 31 October are 14 November. Reminders go out at nine in the morning in
London, a deadline passes at the midnight that ends its day. Times are UTC."""


def case_of(name: str) -> tuple[Case, str]:
    text = (files("domain") / "cases" / f"{name}.yaml").read_text(encoding="utf-8")
    document = parse(name, text)
    return read_case(document, shipped_lifecycles(model_named(document))[-1]), text


@asynccontextmanager
async def rehearsed(
    name: str, home: Path, server: DevServer
) -> AsyncIterator[tuple[Rehearsal, list[Recorded], Settings]]:
    """A case that was played to its end, with the events that were watched."""
    case, text = case_of(name)
    seen: list[Recorded] = []
    settings = Settings(
        home=home,
        synchronous="OFF",
        temporal_address=server.address,
        temporal_namespace=await new_namespace(server),  # cases have councils and engagements in common
    )
    async with rehearsal_engine(settings, lambda line: None, starts_at(case)) as engine:
        rehearsal = Rehearsal(engine, seen.append)
        played = [step.number async for step in rehearsal.play(case, text)]
        assert played == [step.number for step in case.steps]
        assert verify(engine.ledger, trusted=Keyring.of_folder(settings.keys).checks).ok
        with engine.ledger.reading() as conn:
            (row,) = read_models.portfolio(conn)
            assert read_models.unsettled_notices(conn) == []
        assert (row.id, row.stage, row.stage_since, row.closed) == ENDS[name]
        yield rehearsal, seen, settings


@pytest.mark.parametrize("name", [name for name in ENDS if name != "haringey"])
async def test_a_case_comes_to_where_its_source_leaves_it(name: str, tmp_path: Path, temporal: DevServer) -> None:
    async with rehearsed(name, tmp_path, temporal) as (_, seen, _):
        late = [event for event in seen if event.body.get("late") and event.decided_by.role == "clock"]
        assert late == [], "on a server that runs nothing is struck late"


async def test_haringey_fires_what_was_worked_out_by_hand_and_each_notice_once_and_never_before_its_time(
    tmp_path: Path, temporal: DevServer
) -> None:
    async with rehearsed("haringey", tmp_path, temporal) as (rehearsal, seen, settings):
        struck = [
            (event.type, event.body["obligation"], f"{event.recorded_at:%Y-%m-%dT%H:%M:%S}", event.body["due"])
            for event in seen
            if event.stream == "engagement/haringey-1" and event.decided_by.role == "clock"
        ]
        assert [(kind, what, due.removesuffix(".000000Z")) for kind, what, _, due in struck] == STRUCK
        for _, what, recorded, due in struck:
            assert recorded[:16] == due[:16], f"{what} was struck at {recorded}, due at {due}"
        asked = [event.stream for event in seen if event.type == "notice-asked"]
        sent = [event.stream for event in seen if event.type == "notice-sent"]
        assert sorted(asked) == sorted(sent)
        assert len(set(sent)) == len(sent)
        assert {path.stem for path in settings.outbox.glob("*.txt")} == {s.removeprefix("notice/") for s in sent}

        await rehearsal.move_to(morning_of(date(2006, 1, 1)))
        strikes = [event for event in seen if event.decided_by.role == "clock"]
        assert len(strikes) > len(STRUCK), "the review of 2005 is owed and reminded of as well"
        for event in strikes:
            assert f"{event.recorded_at:%Y-%m-%dT%H:%M:%S.%fZ}" >= event.body["due"]
