"""Signing in: on this machine by a link that works once, elsewhere with the organisation's own provider; and signing out.

A link's GET shows a button and its POST spends: whatever opens links unasked does not use them up.
"""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from console import cookies, drafts, oidc, sessions
from console.access import public
from console.drafts import Drafts
from console.limits import BY_ACCOUNT, BY_ADDRESS, TooMany
from console.oidc import NotVouchedFor, Provider
from console.render import page
from console.sessions import Sessions
from console.site import Site
from console.who import Holding, Who
from domain.quantities import is_slug


def sign_in_router(site: Site, opened: Sessions, provider: Provider | None) -> APIRouter:
    """The pages that sign in and out. Links sign nobody in where there is a provider."""
    router = APIRouter(dependencies=[public])

    @router.get("/sign-in", response_class=HTMLResponse)
    def how(request: Request, to: str = "/") -> HTMLResponse:
        """How to sign in."""
        kept = cookies.read(request, drafts.COOKIE) is not None
        return page(request, "sign-in.html", provider=provider, to=_here(to), kept=kept)

    @router.post("/sign-out")
    def leave(request: Request) -> Response:
        """Sign out."""
        opened.close(cookies.read(request, sessions.COOKIE))
        answer = RedirectResponse("/sign-in", HTTPStatus.SEE_OTHER)
        cookies.drop(request, answer, sessions.COOKIE)
        return answer

    def _entered(request: Request, session: str, to: str) -> Response:
        was: Who | None = getattr(request.state, "was", None)
        found = opened.find(session)
        assert found is not None, "it was opened just now"
        if was is not None and was.subject == found.who.subject:
            # They go on in the role in which they were interrupted.
            again = next((held for held in was.holdings if held.role == was.role), None)
            if again is not None and (found.who.local or again.role in found.who.roles):
                opened.act_as(found.who, again)
        opened.close(cookies.read(request, sessions.COOKIE))  # whoever was signed in here before no longer is
        draft = Drafts(site.store).find(cookies.read(request, drafts.COOKIE), found.who)
        answer = RedirectResponse(draft.place if draft else to, HTTPStatus.SEE_OTHER)
        cookies.put(request, answer, sessions.COOKIE, session)
        return answer

    if provider is None:

        @router.get("/sign-in/{token}", response_class=HTMLResponse)
        def ask(token: str, request: Request) -> HTMLResponse:
            """A button that spends the link."""
            return page(request, "sign-in.html", token=token)

        @router.post("/sign-in/{token}")
        def spend(token: str, request: Request) -> Response:
            """Sign the local user in."""
            BY_ADDRESS.held_to(site.store, _address(request))
            session = opened.spend(token)
            if session is None:
                BY_ADDRESS.spend(site.store, _address(request))
                return page(request, "sign-in.html", HTTPStatus.FORBIDDEN, spent=True)
            return _entered(request, session, "/")

        return router

    def _not_entered(request: Request, refused: NotVouchedFor) -> Response:
        if not refused.theirs:  # while the provider fails, nobody is kept waiting longer for having tried
            BY_ADDRESS.spend(site.store, _address(request))
        status = HTTPStatus.BAD_GATEWAY if refused.theirs else HTTPStatus.FORBIDDEN
        return page(request, "sign-in.html", status, provider=provider, to="/", why=refused.why)

    @router.get("/sign-in/provider")
    def send(request: Request, to: str = "/") -> Response:
        """To the provider."""
        BY_ADDRESS.held_to(site.store, _address(request))
        origin = site.settings.console_origin or str(request.base_url).rstrip("/")
        try:
            address, token = provider.send(f"{origin}/sign-in/back", _here(to))
        except NotVouchedFor as refused:
            return _not_entered(request, refused)
        answer = RedirectResponse(address, HTTPStatus.SEE_OTHER)
        cookies.put(request, answer, oidc.COOKIE, token, oidc.LASTS)
        return answer

    @router.get("/sign-in/back")
    def back(request: Request) -> Response:
        """And back from there."""
        BY_ADDRESS.held_to(site.store, _address(request))
        try:
            claims, to = provider.receive(cookies.read(request, oidc.COOKIE), request.query_params)
        except NotVouchedFor as refused:
            return _not_entered(request, refused)
        BY_ACCOUNT.spend(site.store, f"{provider.issuer} {claims['sub']}")
        who, claimed = vouched_for(site, provider, claims)
        return _entered(request, opened.open(who, claimed=claimed), to)

    return router


def vouched_for(site: Site, provider: Provider, claims: Mapping[str, object]) -> tuple[Who, bool]:
    """Who somebody is by what the provider says of them, and whether it says their roles too: otherwise the office does."""
    settings = site.settings
    id = str(claims.get(settings.oidc_person_claim, ""))
    person = id if is_slug(id) else None
    name = str(claims.get("name") or id or claims["sub"])[:120]
    held: tuple[Holding, ...]
    if settings.oidc_roles_claim is not None:
        said = claims.get(settings.oidc_roles_claim)
        values = said if isinstance(said, list) else str(said or "").split()
        held = tuple(Holding(*settings.oidc_roles[value]) for value in values if value in settings.oidc_roles)
    else:
        held = site.held(person) if person else ()
    roles = tuple(dict.fromkeys(one.role for one in held)) if person else ()
    role = roles[0] if len(roles) == 1 else ""
    who = Who(person, name, role, held if person else (), f"oidc:{provider.issuer}")
    return who, settings.oidc_roles_claim is not None


def sent_to_sign_in(kept: Drafts) -> Callable[[Request, Exception], Awaitable[Response]]:
    """What answers whoever is not signed in: the way to do so, and back. What they had typed is kept for them."""

    async def answer(request: Request, _: Exception) -> Response:
        if request.method in ("GET", "HEAD"):
            query = f"?{request.url.query}" if request.url.query else ""
            return RedirectResponse(f"/sign-in?to={quote(request.url.path + query, safe='')}", HTTPStatus.SEE_OTHER)
        form = await request.form()
        fields: dict[str, list[str]] = {}
        for name, value in form.multi_items():
            if isinstance(value, str):
                fields.setdefault(name, []).append(value)
        token = await run_in_threadpool(kept.keep, request, fields)
        response = RedirectResponse(f"/sign-in?to={quote(request.url.path, safe='')}", HTTPStatus.SEE_OTHER)
        if token is not None:
            cookies.put(request, response, drafts.COOKIE, token, drafts.LASTS)
        return response

    return answer


async def too_many(request: Request, error: Exception) -> Response:
    """What answers whoever tried too often."""
    assert isinstance(error, TooMany)
    answer = page(request, "sign-in.html", HTTPStatus.TOO_MANY_REQUESTS, wait=error.wait)
    answer.headers["Retry-After"] = str(error.wait)
    return answer


def _address(request: Request) -> str:
    return request.client.host if request.client else ""


def _here(to: str) -> str:
    """A page of this site, or home: a link that somebody sends must not lead away from here."""
    plain = to.startswith("/") and not to.startswith(("//", "/\\")) and to.isprintable() and "\\" not in to
    return to if plain else "/"
