"""Signing in with an organisation's own provider of OpenID Connect, and what is made of what it says."""

import html
import warnings
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from console import oidc, sessions
from tests.ledgers import Filled
from tests.provider import CLIENT, TestProvider
from tests.web import Browser, Web, console_over

OFFICE, DIRECTOR, LEAD = "department.programme-office", "council.director", "inspectorate.lead-inspector"
HARINGEY = "E09000014"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with people in its directory: jo-b has one role, sam-k two and one that is over, al-c none."""
    folder = tmp_path_factory.mktemp("oidc")
    filled = Filled.make(folder)
    today = filled.at.date()
    for person in ("jo-b", "sam-k", "al-c"):
        filled.give("office/people", "register-person", OFFICE, fields={"person": person, "name": person.title()})
    roles: list[dict[str, Any]] = [
        {"person": "jo-b", "role": DIRECTOR, "council": HARINGEY},
        {"person": "sam-k", "role": LEAD},
        {"person": "sam-k", "role": "department.official"},
        {"person": "sam-k", "role": OFFICE, "starts": "2020-01-01", "ends": str(today - timedelta(days=1))},
        {"person": "al-c", "role": OFFICE, "starts": str(today + timedelta(days=9))},
    ]
    for body in roles:
        done = filled.give("office/people", "give-role", OFFICE, fields=body)
        assert done.outcome is not None and done.outcome.accepted, done.outcome
    filled.give("office/people", "record-absence", OFFICE, fields={"person": "jo-b"})
    filled.ledger.close()
    return folder


@pytest.fixture(scope="module")
async def running(home: Path) -> AsyncIterator[tuple[Web, TestProvider]]:
    """The console with a provider, both of which run."""
    provider = TestProvider()
    async with provider.served():
        with console_over(home, **named(provider)) as web:
            yield web, provider


def named(provider: TestProvider) -> dict[str, Any]:
    """The settings that name a provider."""
    return {
        "oidc_issuer": provider.issuer,
        "oidc_client_id": CLIENT,
        "oidc_client_secret": provider.secret,
    }


@pytest.fixture
def provider(running: tuple[Web, TestProvider]) -> TestProvider:
    """The provider, which vouches for jo-b and does what its standard says."""
    running[1].reset({"sub": "jo-b"})
    return running[1]


@pytest.fixture
def web(running: tuple[Web, TestProvider]) -> Web:
    """The console with that provider."""
    return running[0]


async def enter(browser: Browser, provider: TestProvider, **answer: str) -> httpx.Response:
    """Go to the provider, agree there, and come back."""
    sent = await browser.get("/sign-in/provider")
    assert sent.status_code == 303, sent.text
    return await browser.get(provider.authorise(sent.headers["location"], **answer))


# What is made of somebody


async def test_somebody_with_one_role_acts_in_it_even_while_they_are_away(web: Web, provider: TestProvider) -> None:
    provider.claims = {"sub": "jo-b", "name": "Jo Bloggs"}
    async with web.browser() as browser:
        entered = await enter(browser, provider)
        assert (entered.status_code, entered.headers["location"]) == (303, "/")
        account = (await browser.get("/account")).text
        assert all(said in account for said in ("Jo Bloggs", DIRECTOR, f"oidc:{provider.issuer}"))
        assert "This machine only" not in account


async def test_somebody_with_several_roles_chooses_and_roles_that_are_over_are_not_among_them(
    web: Web, provider: TestProvider
) -> None:
    provider.claims = {"sub": "sam-k"}
    async with web.browser() as browser:
        await enter(browser, provider)
        assert (await browser.get("/portfolio")).headers["location"] == "/account"
        account = (await browser.get("/account")).text
        assert LEAD in account and "department.official" in account and OFFICE not in account
        refused = await browser.submit("/account/role", role=OFFICE)
        assert refused.status_code == 400 and "Choose a role from the list" in refused.text
        assert (await browser.submit("/account/role", role=LEAD)).status_code == 303
        assert (await browser.get("/portfolio")).status_code == 200


@pytest.mark.parametrize("sub", ["al-c", "nobody-k", "Jo Bloggs", "../jo-b", "jo-b\n"])
async def test_somebody_without_a_role_sees_a_page_that_says_so_and_nothing_else(
    web: Web, provider: TestProvider, sub: str
) -> None:
    provider.claims = {"sub": sub}
    async with web.browser() as browser:
        await enter(browser, provider)
        assert "You hold no role today" in (await browser.get("/account")).text
        assert (await browser.get("/")).headers["location"] == "/account"
        assert (await browser.submit("/account/role", role=OFFICE)).status_code == 400


async def test_a_role_that_the_office_ends_is_gone_at_the_next_request(provider: TestProvider, tmp_path: Path) -> None:
    filled = Filled.make(tmp_path)
    filled.give("office/people", "register-person", OFFICE, fields={"person": "jo-b", "name": "Jo"})
    filled.give("office/people", "give-role", OFFICE, fields={"person": "jo-b", "role": LEAD})
    with console_over(tmp_path, **named(provider)) as web:
        async with web.browser() as browser:
            await enter(browser, provider)
            assert (await browser.get("/portfolio")).status_code == 200
            filled.give("office/people", "end-role", OFFICE, holding=1)
            assert (await browser.get("/portfolio")).headers["location"] == "/account"
    filled.ledger.close()


async def test_roles_come_from_a_claim_where_the_settings_say_so(home: Path, provider: TestProvider) -> None:
    provider.claims, provider.more = {"sub": "x-1"}, {"sub": "x-1", "id": "jo-b", "groups": ["inspectors", "choir"]}
    settings = {
        "oidc_person_claim": "id",
        "oidc_roles_claim": "groups",
        "oidc_roles": f"inspectors={LEAD}, directors={DIRECTOR}@{HARINGEY}",
    }
    with console_over(home, **named(provider), **settings) as web:
        async with web.browser() as browser:
            await enter(browser, provider)
            account = (await browser.get("/account")).text
            assert LEAD in account and DIRECTOR not in account, "the office's list, which says director, does not count"
            found = web.sessions.find(browser.cookies[sessions.COOKIE])
            assert found is not None and found.who.person == "jo-b"
        provider.more["sub"] = "x-2"
        async with web.browser() as browser:
            await enter(browser, provider)
            assert LEAD not in (await browser.get("/account")).text, "that was about somebody else"


async def test_no_link_of_this_machine_signs_in_where_there_is_a_provider(web: Web) -> None:
    async with web.browser() as browser:
        answer = await browser.post(f"/sign-in/{web.sessions.link()}")
        assert (answer.status_code, sessions.COOKIE in browser.cookies) == (404, False)


# What is not believed


@pytest.mark.parametrize(
    "wrong",
    [
        {"iss": "https://another.example"},
        {"aud": "another"},
        {"aud": None},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": -600},
        {"exp": None},
        {"iat": 600},
        {"nbf": 600},
        {"sub": None},
        {"azp": "another"},
    ],
    ids=["iss", "aud", "no-aud", "nonce", "no-nonce", "exp", "no-exp", "iat", "nbf", "no-sub", "azp"],
)
async def test_a_token_that_is_not_for_this_sign_in_signs_nobody_in(
    web: Web, provider: TestProvider, wrong: dict[str, Any]
) -> None:
    provider.wrong = wrong
    async with web.browser() as browser:
        refused = await enter(browser, provider)
        assert (refused.status_code, sessions.COOKIE in browser.cookies) == (502, False)
        assert "Nobody is signed in." in refused.text


@pytest.mark.parametrize("algorithm", ["none", "HS256"])
async def test_a_token_that_anybody_or_the_client_could_have_signed_signs_nobody_in(
    web: Web, provider: TestProvider, algorithm: str
) -> None:
    provider.signs_with = algorithm
    async with web.browser() as browser:
        refused = await enter(browser, provider)
        assert (refused.status_code, sessions.COOKIE in browser.cookies) == (502, False)


async def test_a_token_of_a_key_that_the_provider_does_not_have_signs_nobody_in(
    web: Web, provider: TestProvider
) -> None:
    provider.sign_as_another()
    async with web.browser() as browser:
        refused = await enter(browser, provider)
        assert (refused.status_code, sessions.COOKIE in browser.cookies) == (502, False)


async def test_clocks_may_differ_a_little_and_keys_may_change(web: Web, provider: TestProvider) -> None:
    for wrong in ({"exp": -60}, {"iat": 60}):
        provider.wrong = wrong
        async with web.browser() as browser:
            assert (await enter(browser, provider)).status_code == 303, wrong
    before = provider.keys_read
    for changed in (0, 1):
        async with web.browser() as browser:
            assert (await enter(browser, provider)).status_code == 303
        assert provider.keys_read == before + changed
        provider.change_key()


async def test_what_comes_back_counts_once_in_its_own_browser_and_for_some_minutes(
    web: Web, provider: TestProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with web.browser() as browser, web.browser() as other:
        sent = (await browser.get("/sign-in/provider")).headers["location"]
        back = provider.authorise(sent)
        assert (await other.get(back)).status_code == 403, "another browser"
        wrong = back.replace(parse_qs(urlsplit(back).query)["state"][0], "another")
        assert (await browser.get(wrong)).status_code == 403, "another state"
        assert (await browser.get(back)).status_code == 403, "it was spent with that"
        sent = (await browser.get("/sign-in/provider")).headers["location"]
        monkeypatch.setattr(web.time, "later", oidc.LASTS + timedelta(seconds=1))
        assert (await browser.get(provider.authorise(sent))).status_code == 403, "too late"
        assert sessions.COOKIE not in browser.cookies


async def test_errors_of_the_provider_are_told_in_a_sentence_and_in_no_words_of_its_own(
    web: Web, home: Path, provider: TestProvider, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with web.browser() as browser:
        refused = await enter(browser, provider, error="access_denied", error_description="<b>Evil & words</b>")
        assert refused.status_code == 403
        assert "refused, or you stopped there" in refused.text and "Evil" not in refused.text
        monkeypatch.setattr(provider, "secret", "changed")
        assert "the client id or the secret is wrong" in (await enter(browser, provider)).text
    for said, describes, down in (
        ("does not describe itself as it is set here", {"issuer": "https://another.example"}, False),
        ("can't be reached now", {}, True),
    ):
        provider.describes, provider.down = describes, down
        with console_over(home, **named(provider)) as fresh:
            async with fresh.browser() as browser:
                answer = await browser.get("/sign-in/provider")
                assert answer.status_code == 502 and said in html.unescape(answer.text)


async def test_whoever_signs_in_comes_to_the_page_they_wanted_and_never_to_another_site(
    web: Web, provider: TestProvider
) -> None:
    for to, leads in (
        ("/portfolio?late=1", "/portfolio?late=1"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example", "/"),
        ("/a\r\nb", "/"),
    ):
        async with web.browser() as browser:
            sent = await browser.get("/sign-in/provider", params={"to": to})
            entered = await browser.get(provider.authorise(sent.headers["location"]))
            assert entered.headers["location"] == leads


async def test_an_account_that_signs_in_again_and_again_is_told_to_wait(web: Web, provider: TestProvider) -> None:
    provider.claims = {"sub": "busy-b"}
    async with web.browser() as browser:
        answers = [(await enter(browser, provider)).status_code for _ in range(21)]
        assert answers == [303] * 20 + [429]


# A provider that others wrote


async def test_it_works_with_a_provider_that_others_wrote(home: Path) -> None:
    with warnings.catch_warnings(record=True):  # it is built on modules that are deprecated
        warnings.simplefilter("ignore")
        from oidc_provider_mock import User, run_server_in_thread  # type: ignore[import-untyped]

        users = [User(sub="jo-b", claims={"name": "Jo Bloggs"})]
        with run_server_in_thread(user_claims=users, require_nonce=True) as server:
            others = TestProvider(issuer=f"http://localhost:{server.server_port}")
            with console_over(home, **named(others)) as web:
                async with web.browser() as browser, httpx.AsyncClient() as outside:
                    sent = await browser.get("/sign-in/provider")
                    agreed = await outside.post(sent.headers["location"], data={"sub": "jo-b"})
                    entered = await browser.get(agreed.headers["location"])
                    assert entered.status_code == 303, entered.text
                    assert "Jo Bloggs" in (await browser.get("/account")).text
