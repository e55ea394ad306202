"""The OpenAPI document of the HTTP API: whatever is sent by it is answered as it says, and never with a failure of ours."""

import secrets
from typing import Any, cast

import hypothesis
import pytest
import schemathesis
from hypothesis import HealthCheck
from schemathesis.config import SchemathesisConfig
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from console.access import endpoints
from console.api.app import PATH, make_api
from console.site import Site
from tests.api import Api, api_of
from tests.web import Web

SEED = secrets.randbits(32)

# What fits its schema may still be refused: a date that is none, a role that nobody has, a cursor that no page gave.
REFUSED = ["2xx", "304", "400", "401", "403", "404", "409", "412", "413", "415", "422"]
CONFIG = {"checks": {"positive_data_acceptance": {"expected-statuses": REFUSED}}}


class Behind:
    """An application that is put in place later: the document says the same before there is a ledger."""

    inner: ASGIApp = Starlette(routes=[Mount(PATH, make_api(cast(Site, None)))])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve by the application that is in place."""
        await self.inner(scope, receive, send)


BEHIND = Behind()
DOCUMENTED = schemathesis.openapi.from_asgi(f"{PATH}/openapi.json", BEHIND, config=SchemathesisConfig.from_dict(CONFIG))


@pytest.fixture(scope="module")
def api(web: Web) -> Api:
    """The programme office's machine."""
    BEHIND.inner = web.app
    return api_of(web)


@DOCUMENTED.parametrize()
@hypothesis.seed(SEED)
@hypothesis.settings(
    max_examples=4, deadline=None, database=None, derandomize=False, suppress_health_check=list(HealthCheck)
)
def test_every_operation_is_as_it_says(case: Any, api: Api) -> None:
    print(f"seed {SEED}")
    case.call_and_validate(headers={"Host": "127.0.0.1", "Authorization": api.headers["Authorization"]})


def test_somebody_has_thought_of_who_may_use_each_operation() -> None:
    found = list(endpoints(make_api(cast(Site, None))))
    assert len(found) > 40
    assert [one.path for one in found if not one.groups or None in one.groups] == []


async def test_every_operation_has_words_an_example_and_problems(api: Api) -> None:
    found = (await api.get(f"{PATH}/openapi.json")).json()
    assert found["openapi"].startswith("3.1")
    for path, operations in found["paths"].items():
        for method, operation in operations.items():
            where = f"{method} {path}"
            assert operation["description"], where
            done = operation["responses"]["200"]["content"]
            assert all("example" in content for media, content in done.items() if "told" not in media), where
            problems = {status: held for status, held in operation["responses"].items() if int(status) >= 400}
            assert {"400", "401", "403", "422", "500", "503"} <= problems.keys(), where
            assert all("application/problem+json" in held["content"] for held in problems.values()), where
