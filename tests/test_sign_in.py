"""Signing in on this machine, sessions, forms that others send, drafts, limits and machines' tokens."""

import json
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from console import drafts, sessions
from console.access import endpoints
from console.csrf import SAFE
from console.limits import Limit, TooMany
from console.sessions import ABSOLUTE, IDLE, LINK_LASTS, Sessions
from console.store import Store
from console.tokens import Tokens
from console.who import Holding
from domain.actors import OFFICE_ROLE
from tests.command_line import Run
from tests.ledgers import Filled
from tests.web import Browser, Web, console_over
from workers.settings import Settings

FORM = "/engagements/haringey-1/do/add-note"
LEAD = "inspectorate.lead-inspector"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A ledger in which nothing has happened yet."""
    Filled.make(tmp_path).ledger.close()
    return tmp_path


def address(path: str) -> str:
    """An address that a route takes."""
    values = {"id": "haringey-1", "gss": "E09000014", "command": "add-note", "version": "1", "part": "board"}
    return re.sub(r"{(\w+)(?::\w+)?}", lambda found: values.get(found[1], "1"), path)


async def signed_in(browser: Browser) -> bool:
    """Whether somebody is signed in there."""
    return (await browser.get("/account")).status_code == 200


# Links and sessions


async def test_a_link_signs_in_once_and_only_when_its_button_is_pressed(web: Web) -> None:
    link = f"/sign-in/{web.sessions.link()}"
    async with web.browser() as browser:
        for _ in range(2):
            shown = await browser.get(link)
            assert (shown.status_code, sessions.COOKIE in browser.cookies) == (200, False)
        entered = await browser.post(link)
        assert (entered.status_code, entered.headers["location"]) == (303, "/")
        assert await signed_in(browser)
    async with web.browser() as browser:
        again = await browser.post(link)
        assert (again.status_code, sessions.COOKIE in browser.cookies) == (403, False)


async def test_a_link_runs_out(web: Web, monkeypatch: pytest.MonkeyPatch) -> None:
    link = f"/sign-in/{web.sessions.link()}"
    monkeypatch.setattr(web.time, "later", LINK_LASTS)
    async with web.browser() as browser:
        assert (await browser.post(link)).status_code == 403


async def test_a_session_ends_when_nobody_uses_it_and_in_any_case_after_a_working_day(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with web.local() as browser:
        step, spent = IDLE - timedelta(minutes=1), timedelta()
        while spent + step < ABSOLUTE:
            spent += step
            monkeypatch.setattr(web.time, "later", spent)
            assert await signed_in(browser), spent
        monkeypatch.setattr(web.time, "later", ABSOLUTE)
        assert not await signed_in(browser), "it was used a moment ago, and a working day is over"
    monkeypatch.setattr(web.time, "later", timedelta())
    async with web.local() as browser:
        monkeypatch.setattr(web.time, "later", IDLE + timedelta(seconds=1))
        assert not await signed_in(browser), "nobody used it"


async def test_signing_out_ends_the_session_for_whoever_kept_its_cookie(web: Web) -> None:
    async with web.local() as browser:
        token = browser.cookies[sessions.COOKIE]
        answer = await browser.submit("/sign-out")
        assert (answer.headers["location"], sessions.COOKIE in browser.cookies) == ("/sign-in", False)
        browser.cookies.set(sessions.COOKIE, token, domain="127.0.0.1")
        assert not await signed_in(browser)


async def test_signing_in_again_gives_a_new_token_and_ends_the_session_before(web: Web) -> None:
    async with web.local() as browser:
        before = browser.cookies[sessions.COOKIE]
        await browser.submit(f"/sign-in/{web.sessions.link()}")
        assert browser.cookies[sessions.COOKIE] != before
        assert web.sessions.find(before) is None


async def test_no_token_stands_in_the_consoles_database(web: Web) -> None:
    link = web.sessions.link()
    made = Tokens(web.site.store).make("loader", Holding(OFFICE_ROLE), datetime.now(UTC) + timedelta(days=1))
    async with web.local() as browser:
        kept = b"".join(path.read_bytes() for path in web.site.settings.home.glob("console.db*"))
        assert b"loader" in kept
        assert not [token for token in (link, made, browser.cookies[sessions.COOKIE]) if token.encode() in kept]
    assert (web.site.settings.home / "console.db").stat().st_mode & 0o077 == 0


async def test_the_cookie_is_out_of_reach_of_pages_and_over_tls_of_other_hosts(web: Web) -> None:
    for base, name, secure in (
        ("http://127.0.0.1", sessions.COOKIE, False),
        ("https://localhost", f"__Host-{sessions.COOKIE}", True),
    ):
        async with web.browser(base) as browser:
            answer = await browser.post(f"/sign-in/{web.sessions.link()}")
            (cookie,) = (value for value in answer.headers.get_list("set-cookie") if value.startswith(f"{name}="))
            parts = {part.strip().lower() for part in cookie.split(";")[1:]}
            assert {"httponly", "samesite=lax", "path=/"} <= parts
            assert ("secure" in parts, "strict-transport-security" in answer.headers) == (secure, secure)
            assert not any(part.startswith("domain=") for part in parts)
            assert (await browser.get("/account")).status_code == 200


# Who is not signed in, and what others send


async def test_no_route_but_those_for_everybody_shows_anything_to_whoever_is_not_signed_in(web: Web) -> None:
    async with web.browser() as browser:
        for route in endpoints(web.app):
            if route.groups == {None}:
                continue
            for method in route.methods:
                answer = await browser.request(method, address(route.path))
                told = (answer.status_code, answer.headers.get("location", "").partition("?")[0])
                assert told in ((303, "/sign-in"), (401, "")), (method, route.path, answer.text[:200])


async def test_no_route_changes_anything_for_a_form_without_the_token_of_its_session(web: Web) -> None:
    tried = 0
    async with web.local() as browser, web.local() as other:
        for route in endpoints(web.app):
            for method in route.methods - {*SAFE}:
                for csrf in ({}, {"csrf": ""}, {"csrf": other.csrf}):
                    answer = await browser.request(method, address(route.path), data=csrf)
                    assert answer.status_code == 403, (method, route.path, answer.status_code)
                    tried += 1
        assert tried > 9
        assert await signed_in(browser), "nobody could sign it out either"
        header = {"X-CSRF-Token": browser.csrf}
        assert (await browser.post("/sign-out", headers=header)).status_code == 303


@pytest.mark.parametrize(
    "origin", ["null", "http://evil.example", "http://127.0.0.1:1", "http://127.0.0.1.evil.example"]
)
async def test_what_a_page_of_another_site_sends_is_refused(web: Web, origin: str) -> None:
    async with web.local() as browser:
        data = {"csrf": browser.csrf}
        refused = await browser.post("/sign-out", data=data, headers={"Origin": origin})
        assert (refused.status_code, await signed_in(browser)) == (403, True)
        taken = await browser.post("/sign-out", data=data, headers={"Origin": "http://127.0.0.1"})
        assert taken.status_code == 303


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("evil.example", 421),
        ("127.0.0.1.evil.example", 421),
        ("evil.example:8234", 421),
        ("[::1", 421),
        ("", 421),
        ("localhost:8234", 200),
        ("[::1]:8234", 200),
    ],
)
async def test_a_name_that_leads_to_this_machine_is_not_ours(web: Web, host: str, status: int) -> None:
    async with web.browser() as browser:
        assert (await browser.get("/sign-in", headers={"Host": host})).status_code == status


async def test_whoever_signs_in_comes_to_the_page_they_wanted_and_never_to_another_site(web: Web) -> None:
    async with web.browser() as browser:
        answer = await browser.get("/engagements/haringey-1/timeline?page=2")
        assert answer.headers["location"] == "/sign-in?to=%2Fengagements%2Fharingey-1%2Ftimeline%3Fpage%3D2"


# What was typed


async def test_what_was_typed_into_a_form_comes_back_after_its_session_ran_out(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    typed = "Three cases wait & the rota is <new>."
    async with web.local(LEAD) as browser:
        monkeypatch.setattr(web.time, "later", IDLE + timedelta(seconds=1))
        sent = await browser.submit(FORM, text=typed)
        assert (sent.status_code, sent.headers["location"].partition("?")[0]) == (303, "/sign-in")
        assert "What you typed is kept" in (await browser.get(sent.headers["location"])).text
        kept = b"".join(path.read_bytes() for path in web.site.settings.home.glob("console.db*"))
        assert typed.encode() not in kept and typed[:20].encode() not in kept
        entered = await browser.post(f"/sign-in/{web.sessions.link()}")
        assert entered.headers["location"] == FORM
        back = await browser.get(FORM)
        assert back.status_code == 200 and "Three cases wait &amp; the rota is &lt;new&gt;." in back.text
        assert "You act as Lead inspector" in back.text, "in the role in which they were interrupted"
        assert "Three cases" not in (await browser.get(FORM)).text, "it comes back once"


async def test_what_was_typed_into_any_other_form_is_shown_with_a_button_that_sends_it(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    every = [one for one in endpoints(web.app) if "POST" in one.methods and None not in one.groups]
    paths = (address(one.path) for one in every if not one.path.startswith("/api/"))
    forms = [path for path in paths if not drafts.REFILLED.match(path)]
    assert {"/lifecycles/publish", "/break-glass", "/account/role", "/people/do/open-feed"} <= {*forms}
    async with web.local() as browser:
        for number, path in enumerate(forms, start=1):
            monkeypatch.setattr(web.time, "later", (IDLE + timedelta(seconds=1)) * number)
            sent = await browser.submit(path, reason="Half a page & <more>.\r\nAnd a line.", _step="back")
            assert (sent.status_code, sent.headers["location"].partition("?")[0]) == (303, "/sign-in"), path
            entered = await browser.post(f"/sign-in/{web.sessions.link()}")
            assert entered.headers["location"] == drafts.PLACE, path
            shown = (await browser.get(drafts.PLACE)).text
            assert f'action="{path}"' in shown and f'name="csrf" value="{browser.csrf}"' in shown, path
            assert 'name="reason" value="Half a page &amp; &lt;more&gt;.\nAnd a line."' in shown, path
            assert 'name="_step" value="back"' in shown, path
            assert (await browser.get(drafts.PLACE)).status_code == 303, "it comes back once"


async def test_what_somebody_typed_does_not_come_back_to_somebody_else(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with web.person("jo-b", Holding(LEAD)) as browser:
        monkeypatch.setattr(web.time, "later", IDLE + timedelta(seconds=1))
        await browser.submit(FORM, text="Three cases wait.")
        assert drafts.COOKIE in browser.cookies
        entered = await browser.post(f"/sign-in/{web.sessions.link()}")
        assert entered.headers["location"] == "/"
        assert "Three cases" not in (await browser.get(FORM)).text


async def test_nothing_is_kept_for_whoever_never_had_a_session(web: Web) -> None:
    async with web.browser() as browser:
        browser.cookies.set(sessions.COOKIE, "made-up", domain="127.0.0.1")
        assert (await browser.post(FORM, data={"text": "Anything"})).status_code == 303
        assert drafts.COOKIE not in browser.cookies


# Limits and tokens


async def test_whoever_fails_too_often_is_told_when_to_try_again_and_nobody_else_is(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = f"/sign-in/{web.sessions.link()}"
    async with web.browser(address="203.0.113.7") as browser, web.browser(address="203.0.113.8") as other:
        answers = [(await browser.post(f"/sign-in/guess-{n}")).status_code for n in range(22)]
        assert answers == [403] * 20 + [429] * 2
        stopped = await browser.post(link)
        assert stopped.status_code == 429, "even with the right link"
        assert 0 < int(stopped.headers["retry-after"]) <= 600
        assert (await other.post(f"/sign-in/{web.sessions.link()}")).status_code == 303
        monkeypatch.setattr(web.time, "later", timedelta(minutes=11))
        assert (await browser.post(link)).status_code == 303


async def test_a_machine_signs_in_with_its_token_until_it_runs_out_or_is_revoked(
    web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    tokens = Tokens(web.site.store)
    ends = web.time() + timedelta(days=1)
    good = tokens.make("loader", Holding(OFFICE_ROLE), ends)
    number = tokens.every()[-1].number

    async def status(token: str) -> int:
        async with web.browser() as browser:
            return (await browser.get("/portfolio", headers={"Authorization": f"Bearer {token}"})).status_code

    assert (await status(good), await status(good[:-1]), await status("")) == (200, 303, 303)
    monkeypatch.setattr(web.time, "later", timedelta(days=2))
    assert await status(good) == 303
    monkeypatch.setattr(web.time, "later", timedelta())
    assert (tokens.revoke(number), tokens.revoke(number)) == (True, False)
    assert await status(good) == 303


async def test_a_bearer_token_needs_no_token_of_a_form_and_a_cookie_beside_it_counts_for_nothing(web: Web) -> None:
    token = Tokens(web.site.store).make("loader", Holding(OFFICE_ROLE), web.time() + timedelta(days=1))
    async with web.local(LEAD) as browser:
        bearer = {"Authorization": f"Bearer {token}"}
        assert "loader" in (await browser.get("/account", headers=bearer)).text
        assert (await browser.get("/account", headers={"Authorization": "Bearer wrong"})).status_code == 303


# On the command line


def test_tokens_are_made_shown_once_listed_and_revoked(run: Run, home: Path) -> None:
    made = run(home, "tokens", "make", "nightly-load", "--as", LEAD, "--council", "e09000014", "--days", "30")
    token = made.out.strip()
    assert made.code == 0 and token.startswith("turnaround-") and len(token) > 40, made.err
    listed = run(home, "tokens", "list", "--json")
    (row,) = listed.json
    assert (row["name"], row["role"], row["where"], row["state"]) == ("nightly-load", LEAD, "E09000014", "holds")
    assert token not in listed.out + run(home, "tokens", "list").out
    with console_over(home) as web:
        found = Tokens(web.site.store).find(token)
        assert found is not None and found.holdings == (Holding(LEAD, "E09000014"),)
        assert run(home, "tokens", "revoke", "1").code == 0
        assert Tokens(web.site.store).find(token) is None
    assert run(home, "tokens", "revoke", "1").code == 3


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("Nightly", "--as", LEAD), 2),
        (("nightly", "--as", "nobody.at-all"), 2),
        (("nightly", "--as", LEAD, "--council", "E1"), 3),
        (("nightly", "--as", LEAD, "--engagement", "nowhere-1"), 3),
        (("nightly", "--as", LEAD, "--engagement", "haringey-1", "--council", "E09000014"), 2),
        (("nightly", "--as", LEAD, "--days", "999"), 2),
    ],
)
def test_a_token_that_can_not_be_is_refused_in_a_sentence(
    run: Run, home: Path, arguments: tuple[str, ...], code: int
) -> None:
    assert run(home, "tokens", "make", *arguments).code == code
    assert run(home, "tokens", "list", "--json").json == []


def test_a_link_needs_a_console_that_is_up(run: Run, home: Path) -> None:
    refused = run(home, "link")
    assert (refused.code, "turnaround up" in refused.err) == (4, True)
    settings = Settings(home=home)
    settings.run_file.write_text(json.dumps({"http": "http://127.0.0.1:1", "pid": os.getpid(), "address": "x"}))
    printed = run(home, "link")
    assert re.fullmatch(r"http://127\.0\.0\.1:1/sign-in/[\w-]{40,}\n", printed.out)
    with console_over(home) as web:
        assert web.sessions.spend(printed.out.strip().rpartition("/")[2]) is not None


def test_the_consoles_database_is_sqlite_or_postgresql(ledger_url: str) -> None:
    store = Store(ledger_url, "OFF")
    opened, tokens, limit = Sessions(store), Tokens(store), Limit("of a test", 2, timedelta(minutes=1))
    link = opened.link()
    session = opened.spend(link)
    assert session is not None and opened.spend(link) is None
    found = opened.find(session)
    assert found is not None and (found.who.role, found.over) == (OFFICE_ROLE, False)
    opened.act_as(found.who, Holding(LEAD))
    again = opened.find(session)
    assert again is not None and again.who.role == LEAD
    opened.close(session)
    assert opened.find(session) is None
    assert tokens.find(tokens.make("loader", Holding(LEAD), store.now() + timedelta(days=1))) is not None
    assert [limit.spend(store, "somebody") for _ in range(2)] == [1, 0]
    with pytest.raises(TooMany):
        limit.spend(store, "somebody")
    assert limit.spend(store, "somebody else") == 1
    store.close()
