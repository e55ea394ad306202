"""The speed of the console's pages and of its API with many engagements of many events, against few of few.

A part of `python -m tests.bench` that needs no Temporal server. Two ledgers are made (tests/many.py), and each has a console
in this process. Every address for reading is asked for of one and of the other in turn, about one of some engagements,
councils or people after another, which were looked at before. A ratio is the time at p95 with many to that with few: 1 means
that size costs nothing.
"""

import asyncio
import gc
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median, quantiles

from fastapi import FastAPI
from starlette.routing import Mount

from console.api.app import PATH as API
from domain.directory import PersonRegistered
from ledger import events, read_models
from ledger.store import Ledger
from tests import many
from tests.addresses import READERS, Address, Place, addresses, pattern
from tests.bench_ledger import Found, Sizes, say
from tests.web import Browser, Web, console_over

MANY, FEW = (500, 300), (50, 30)
"""Engagements, and the events of each."""

PLACES = 6
"""Engagements of each ledger that are looked at, chosen at random. Each is asked for once before any time is taken."""

REQUESTS = 40
"""How often an address is asked for of each console after that."""

ROWS = 25
"""How many rows of a list the API is asked for at a time, of both: as many entries as a page of a timeline has."""

LEFT_OUT = {
    f"{API}/verification": "it checks every event of the ledger: the part `verify` measures that",
    f"{API}/privacy/people/{{person}}": "whatever names somebody is looked for in every event of the ledger",
    "/account/do/set-preference": "the local user may be anybody in the directory, and is offered everybody",
}
"""Addresses that are not measured here, and why."""

WHOLE = {f"{API}/engagements/{{engagement}}/pack"}
"""Addresses that hand out all there is of an engagement: their time goes with its events, and is also told by the event."""

TARGET, PICTURE = 1.5, 4.0
"""How many times as long a page may take at most; and the portfolio's picture, which shows every engagement."""

GUIDE_MS = 100


def target(address: Address) -> float:
    """How many times as long it may take at most."""
    return PICTURE if address.name == "/portfolio/picture" else TARGET


def places(ledger: Ledger) -> list[Place]:
    """Some engagements of teams, whose councils are rated, each with somebody from the directory of people."""
    with ledger.reading() as conn:
        people = [event.body["person"] for event in events.read_types(conn, [PersonRegistered.type])]
        rows = [row for row in read_models.portfolio(conn) if row.model.startswith("performance-action-team@")]
        found = []
        for number, row in enumerate(random.Random(1).sample(rows, PLACES)):  # the same in every run
            of_council = next(events.read_stream(conn, f"council/{row.council}"))
            # The last thing that somebody did.
            last = [e for e in events.read_stream(conn, f"engagement/{row.id}") if e.command.digest][-1]
            place = Place(
                engagement=row.id,
                council=row.council,
                person=people[number],
                version=last.version,
                position=last.position,
                of_council=of_council.position,
                command=last.command.id,
            )
            found.append(place)
    return found


@dataclass
class Side:
    """A console over one of the ledgers, and browsers that are signed in to it, by role."""

    web: Web
    places: list[Place]
    browsers: dict[str, Browser]

    async def ask(self, address: Address, number: int) -> tuple[float, int]:
        """How long the `number`-th answer takes, and its status."""
        path, browser = address.at(self.places[number % PLACES]), self.browsers[address.role]
        start = time.perf_counter()
        answer = await browser.get(path)
        return time.perf_counter() - start, answer.status_code


@contextmanager
def both(sizes: Sizes) -> Iterator[tuple[Web, Web]]:
    """The two consoles: of many, and of few."""
    with tempfile.TemporaryDirectory(prefix="turnaround-bench-") as name:
        told = many.stories(Path(name) / "told")
        for side, (engagements, each) in (("few", FEW), ("many", MANY)):
            began = time.perf_counter()
            many.make(Path(name) / side, engagements, each, told)
            say(f"  {engagements} engagements of {each} events: made in {time.perf_counter() - began:.0f} s")
        with console_over(Path(name) / "many") as large, console_over(Path(name) / "few") as small:
            yield large, small


def chosen(app: FastAPI, texts: Sequence[str]) -> Iterator[Address]:
    """The addresses that have one of some texts in them, or all: lists so that of both consoles as many rows are asked for."""
    api = next(route.app for route in app.routes if isinstance(route, Mount) and isinstance(route.app, FastAPI))
    by_pages = {
        pattern(API + path)
        for path, methods in api.openapi()["paths"].items()
        if any(parameter["name"] == "limit" for parameter in methods.get("get", {}).get("parameters", ()))
    }
    for address in addresses(app):
        if address.name in LEFT_OUT or not any(text in address.name for text in texts or ("",)):
            continue
        if address.name in by_pages:
            address = replace(address, pattern=f"{address.pattern}{'&' if '?' in address.pattern else '?'}limit={ROWS}")
        yield address


async def measure(large: Web, small: Web, sizes: Sizes) -> dict[str, Found]:
    """The addresses of both."""
    rounds = REQUESTS if sizes.rounds > 5 else 20
    found = {}
    async with AsyncExitStack() as stack:
        sides = []
        for web in (large, small):
            browsers = {role: await stack.enter_async_context(web.local(role)) for role in READERS}
            sides.append(Side(web, places(web.site.ledger), browsers))
        for address in chosen(large.app, sizes.addresses):
            found[address.name] = await one(address, sides, rounds)
            say(f"  {address.name:<60}{found[address.name]['ratio']:>8}{found[address.name]['many_p95_ms']:>9} ms")
    return found


async def one(address: Address, sides: list[Side], rounds: int) -> Found:
    """One address of both, in turn."""
    times: tuple[list[float], list[float]] = ([], [])
    gc.collect()
    for number in range(PLACES + rounds):
        for side in (0, 1) if number % 2 else (1, 0):
            took, status = await sides[side].ask(address, number)
            if status >= 400:
                return {"ratio": 0.0, "target": "an answer", "met": False, "status": status, "many_p95_ms": 0.0}
            if number >= PLACES:
                times[side].append(took)
    large, small = (quantiles(each, n=20)[18] * 1000 for each in times)
    most = target(address)
    more = sum(place.version for place in sides[0].places) / sum(place.version for place in sides[1].places)
    by_event = {"by_event": round(large / small / more, 3)} if address.name in WHOLE else {}
    return by_event | {
        "ratio": round(large / small, 3),
        "target": f"at most {most}",
        "met": large <= most * small,
        "many_p95_ms": round(large, 2),
        "few_p95_ms": round(small, 2),
        "many_p50_ms": round(median(times[0]) * 1000, 2),
        "few_p50_ms": round(median(times[1]) * 1000, 2),
        "guide": f"below {GUIDE_MS} ms",
        "guide_met": large < GUIDE_MS,
        "requests": rounds,
    }


def pages(sizes: Sizes) -> dict[str, Found]:
    """Pages and endpoints with many engagements against few."""
    with both(sizes) as (large, small):
        return asyncio.run(measure(large, small, sizes))
