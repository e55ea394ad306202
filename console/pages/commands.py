"""Every command from the browser: a form, the answers to check, a second person where the step has legal force, and what
came of it. Nothing typed is lost on the way: what does not go on to the next page comes back with what stands in its way.
"""

import asyncio
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from console import notice
from console.access import ACCOUNT, may, reach
from console.asked import ID, Asking
from console.checking import Checked, Form, check, form_of, refused_form
from console.confirming import propose
from console.date_fields import Fields, said
from console.drafts import Drafts
from console.forms import with_another, without_item
from console.giving import give_as
from console.labels import act_of
from console.render import home_of, page
from console.second_person import Proposals
from console.site import Site
from console.typed import typed
from console.who import NoRole, Who
from domain.directory import SetPreference
from faces.desk import Target
from faces.giving import OutcomeUnknown
from faces.outcome import Given, report
from faces.problems import Exit, Problem, explain
from ledger import commands
from ledger.commands import StoredOutcome

AWAY = (
    "The engine can't be reached now, so nothing was done. What you typed is kept on this page: try again in a moment"
)


def commands_router(site: Site) -> APIRouter:
    """Forms of commands to engagements, councils and the directory of people."""
    router = APIRouter()
    flow = Flow(site)

    @router.get("/engagements/{id}/do/{command}", response_class=HTMLResponse)
    async def ask(id: str, command: str, request: Request, by: Annotated[Who, Depends(may("give"))]) -> Response:
        """The form of a command to an engagement."""
        return await flow.show(request, by, Target("engagement", id), command)

    @router.post("/engagements/{id}/do/{command}", response_class=HTMLResponse)
    async def give(id: str, command: str, request: Request, by: Annotated[Who, Depends(may("give"))]) -> Response:
        """Check its answers, or give it."""
        return await flow.step(request, by, Target("engagement", id), command)

    @router.get("/engagements/{id}/correct/{version}")
    def correct(id: str, version: int, by: Annotated[Who, Depends(may("give"))]) -> Response:
        """The form that corrects an event."""
        to = f"/engagements/{quote(id, safe='')}/do/correct-event?version={version}"
        return RedirectResponse(to, HTTPStatus.SEE_OTHER)

    @router.get("/councils/{gss}/do/{command}", response_class=HTMLResponse)
    async def ask_council(
        gss: str, command: str, request: Request, by: Annotated[Who, Depends(may("give-council"))]
    ) -> Response:
        """The form of a command to a council."""
        return await flow.show(request, by, Target("council", gss), command)

    @router.post("/councils/{gss}/do/{command}", response_class=HTMLResponse)
    async def give_council(
        gss: str, command: str, request: Request, by: Annotated[Who, Depends(may("give-council"))]
    ) -> Response:
        """Check its answers, or give it."""
        return await flow.step(request, by, Target("council", gss), command)

    @router.get("/people/do/{command}", response_class=HTMLResponse)
    async def ask_people(command: str, request: Request, by: Annotated[Who, Depends(may("administer"))]) -> Response:
        """The form of a command to the directory of people."""
        return await flow.show(request, by, Target("office", "people"), command)

    @router.post("/people/do/{command}", response_class=HTMLResponse)
    async def give_people(command: str, request: Request, by: Annotated[Who, Depends(may("administer"))]) -> Response:
        """Check its answers, or give it."""
        return await flow.step(request, by, Target("office", "people"), command)

    @router.get("/account/do/set-preference", response_class=HTMLResponse)
    async def ask_oneself(request: Request, by: Annotated[Who, Depends(may(ACCOUNT))]) -> Response:
        """How one wants to be told oneself."""
        return await flow.show(request, acting(by), Target("office", "people"), SetPreference.type)

    @router.post("/account/do/set-preference", response_class=HTMLResponse)
    async def give_oneself(request: Request, by: Annotated[Who, Depends(may(ACCOUNT))]) -> Response:
        """Check its answers, or give it."""
        return await flow.step(request, acting(by), Target("office", "people"), SetPreference.type)

    @router.get("/outcomes/{command}", response_class=HTMLResponse)
    def outcome(command: str, request: Request, by: Annotated[Who, Depends(may("give"))]) -> Response:
        """Whether a command is carried out yet: asked again by itself, every few seconds."""
        return flow.look(request, by, command)

    return router


def acting(by: Who) -> Who:
    """Somebody who is signed in and acts in a role. Raises NoRole."""
    if not by.role:
        raise NoRole
    return by


@dataclass
class Flow:
    """From the form to what came of it."""

    site: Site

    # The form

    async def show(self, request: Request, by: Who, target: Target, name: str) -> Response:
        """The form, empty, or with what was typed before a session ran out."""

        def read() -> Form:
            with self.site.desk(by) as (desk, conn):
                asking = Asking.about(desk, conn, by, target, name)
                kept = Drafts(self.site.store).refill(request, by)
                fields = {key: list(values) for key, values in kept.items()} if kept else {}
                fields.pop("_step", None)
                return form_of(asking, {**asking.begun(request.query_params), **fields})

        return _page(request, await asyncio.to_thread(read))

    async def step(self, request: Request, by: Who, target: Target, name: str) -> Response:
        """What comes after a button was pressed."""
        fields = await typed(request)
        (step, *what) = (fields.pop("_step", None) or ["check"])[0].split(" ")
        if step in ("add", "remove", "change"):
            return _page(request, await asyncio.to_thread(self._changed, by, target, name, fields, step, what))
        before = await asyncio.to_thread(self._outcome, said(fields, ID)) if step == "give" else None
        if before is not None:
            return self.again(request, target, name, before)
        found = await asyncio.to_thread(self._checked, by, target, name, fields)
        if isinstance(found, Form):
            return _page(request, found, HTTPStatus.UNPROCESSABLE_ENTITY)
        if step != "give":
            return page(request, "command-check.html", checked=found, form=found.form, errors=[])
        if found.legal:
            return await asyncio.to_thread(self._propose, request, by, found)
        return await self.give(request, by, found)

    def _changed(self, by: Who, target: Target, name: str, fields: Fields, step: str, what: list[str]) -> Form:
        match step, what:
            case "add", [where]:
                fields = with_another(fields, where)
            case "remove", [where, index] if index.isdecimal():
                fields = without_item(fields, where, int(index))
        with self.site.desk(by) as (desk, conn):
            return form_of(Asking.about(desk, conn, by, target, name), fields, first=what[0] if what else "")

    # The answers

    def _checked(self, by: Who, target: Target, name: str, fields: Fields) -> Checked | Form:
        with self.site.desk(by) as (desk, conn):
            return check(Asking.about(desk, conn, by, target, name), fields)

    def _propose(self, request: Request, by: Who, checked: Checked) -> Response:
        return RedirectResponse(f"/second-person/{propose(self.site, by, checked)}", HTTPStatus.SEE_OTHER)

    # Giving it

    async def give(self, request: Request, by: Who, checked: Checked) -> Response:
        """Give a command that was checked, and go on to where it shows."""
        given = checked.given
        try:
            outcome = await give_as(self.site, by, given, "page")
        except OutcomeUnknown:
            to = urlencode({"to": home_of(given.target)})
            return RedirectResponse(f"/outcomes/{given.id}?{to}", HTTPStatus.SEE_OTHER)
        except Exception as error:
            problem = explain(error)
            if problem is None:
                raise
            return self._not_given(request, checked, problem)
        if not outcome.accepted:
            return await asyncio.to_thread(self._refused, request, by, checked, outcome)
        return await asyncio.to_thread(self._done, request, by, given, outcome)

    def _outcome(self, id: str) -> StoredOutcome | None:
        with self.site.ledger.reading() as conn:
            return commands.outcome_of(conn, id)

    def again(self, request: Request, target: Target, name: str, before: StoredOutcome) -> Response:
        """The same form was sent before: nothing is done twice, and the page says so."""
        return page(request, "command-again.html", act=act_of(name), to=home_of(target), before=before)

    def _not_given(self, request: Request, checked: Checked, problem: Problem) -> Response:
        """It can't be given now. What was typed stays, and the same button may be pressed again."""
        status = HTTPStatus.SERVICE_UNAVAILABLE if problem.code == Exit.UNREACHABLE else HTTPStatus.CONFLICT
        sentence = (
            problem.message
            if status == HTTPStatus.CONFLICT
            else "The engine can't be reached now, so nothing was done. What you typed is kept on this page: try again in a moment."
        )
        errors = [{"text": sentence, "href": "#give"}]
        answer = page(request, "command-check.html", status, checked=checked, form=checked.form, errors=errors)
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            answer.headers["Retry-After"] = "30"
        return answer

    def _refused(self, request: Request, by: Who, checked: Checked, outcome: StoredOutcome) -> Response:
        """The engine refused it after all, as something came in between."""
        with self.site.desk(by) as (desk, conn):
            asking = Asking.about(desk, conn, by, checked.given.target, checked.given.kind.type)
            said_of = report(conn, checked.given, outcome, asking.words, repeated=False).data
            return _page(request, refused_form(asking, checked.fields, said_of), HTTPStatus.CONFLICT)

    def _done(self, request: Request, by: Who, given: Given, outcome: StoredOutcome) -> Response:
        with self.site.desk(by) as (desk, conn):
            words = desk.words(conn)
            told = report(conn, given, outcome, words, repeated=False).data
        to = (
            home_of(given.target)
            if given.kind is not SetPreference or reach("people", by.role) != "none"
            else "/account"
        )
        answer = RedirectResponse(to, HTTPStatus.SEE_OTHER)
        first = next((f" {event['title']}." for event in told["events"]), "")
        notice.leave(request, answer, f"{act_of(given.kind.type)}: done.{first}")
        return answer

    # Whether it is done

    def look(self, request: Request, by: Who, id: str) -> Response:
        """What became of a command whose outcome was not known."""
        with self.site.ledger.reading() as conn:
            stored = commands.stored_command(conn, id)
            outcome = commands.outcome_of(conn, id)
        mine = id.startswith("page-") or Proposals(self.site).find(id) is not None  # only who gave it knows its id
        if stored is None or not mine:
            raise Problem(Exit.NOT_FOUND, "there is no such command.")
        family, _, name = stored.record.target.partition("/")
        to = home_of(Target(family, name))  # type: ignore[arg-type]
        return page(request, "command-unknown.html", act=act_of(stored.record.type), to=to, outcome=outcome)


def _page(request: Request, form: Form, status: int = HTTPStatus.OK) -> HTMLResponse:
    return page(request, "command.html", status, form=form, errors=form.errors)
