"""No page and no endpoint takes more queries of the ledger when there are more engagements, or longer ones."""

from collections.abc import Iterator
from contextlib import AsyncExitStack

import pytest

from console.api.app import PATH as API
from tests import many
from tests.addresses import READERS, Address, Place, addresses
from tests.bench_web import places
from tests.databases import noted_statements
from tests.web import Browser, Web, console_over

FEW, MANY = (8, 30), (18, 120)
"""Engagements, and the events of each."""

SLACK = 6
"""So many queries more may come of there being something where there was nothing. Ten engagements or ninety events more, with
a query for each, would be more than that.
"""


@pytest.fixture(scope="module")
def webs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Web, Web]]:
    """Consoles over two ledgers: few engagements of few events, and more of more."""
    folder = tmp_path_factory.mktemp("many")
    told = many.stories(folder / "told")
    for name, (engagements, each) in (("few", FEW), ("many", MANY)):
        many.make(folder / name, engagements, each, told)
    with console_over(folder / "few") as small, console_over(folder / "many") as large:
        yield small, large


async def taken(web: Web, browser: Browser, address: Address, about: list[Place]) -> int:
    """How many queries an address takes about the second of two places; what is kept of the first is no part of it.

    -1 where there is no answer.
    """
    for place in about:
        with noted_statements(web.site.ledger) as seen:
            answer = await browser.get(address.at(place))
        if answer.status_code not in (200, 303):
            return -1
    return len(seen)


async def test_no_number_of_queries_grows_with_rows(webs: tuple[Web, Web]) -> None:
    counts: dict[str, list[int]] = {}
    async with AsyncExitStack() as stack:
        for web in webs:
            browsers = {role: await stack.enter_async_context(web.local(role)) for role in READERS}
            about = places(web.site.ledger)
            for address in addresses(web.app):
                found = await taken(web, browsers[address.role], address, about[:2])
                counts.setdefault(address.name, []).append(found)
    assert len(counts) > 80 and any(name.startswith(API) for name in counts)
    unanswered = [name for name, found in counts.items() if -1 in found]
    assert not unanswered, f"no answer: {unanswered}"
    grown = {name: found for name, found in counts.items() if found[1] > found[0] + SLACK}
    assert not grown, f"queries with {FEW} and with {MANY}: {grown}"
