"""The HTTP API in a test: asked in this process by a machine with a token, over the console of tests/web.py."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from console.api.app import PATH
from console.tokens import Tokens
from console.who import Holding
from tests.web import Web

OFFICE = "department.programme-office"


class Api(httpx.AsyncClient):
    """A machine that asks the API."""

    async def pages(self, path: str, **query: Any) -> list[Any]:
        """Every row of a list, page by page."""
        found: list[Any] = []
        answer = await self.get(PATH + path, params=query or None)
        while True:
            assert answer.status_code == 200, answer.text
            body = answer.json()
            found += body["items"]
            if body["next"] is None:
                assert "Link" not in answer.headers
                return found
            assert answer.headers["Link"] == f'<{body["next"]}>; rel="next"'
            answer = await self.get(body["next"])


def api_of(web: Web, role: str = OFFICE, council: str | None = None, engagement: str | None = None) -> Api:
    """A machine with a token for a role, everywhere or only in one council or engagement."""
    ends = datetime.now(UTC) + timedelta(days=1)
    token = Tokens(web.site.store).make("a machine", Holding(role, council, engagement), ends)
    transport = httpx.ASGITransport(web.app, raise_app_exceptions=False)
    return Api(transport=transport, base_url="http://127.0.0.1", headers={"Authorization": f"Bearer {token}"})
