"""Every error as a problem document (RFC 9457): what is wrong, field by field, and what would be accepted."""

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.language.wording import FieldProblem, field_problems
from app.language.words import gettext as _
from app.lifecycle.queue import BrokerDown
from app.lifecycle.retelling import retold
from app.lifecycle.runs import Impossible, UnknownRun
from app.lifecycle.workers import UnknownWorker
from app.web.templating import page, speak
from trainer.config import ConfigError

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"


class Problem(BaseModel):
    """Problem details for HTTP APIs (RFC 9457); `errors` says which field is wrong and what it accepts."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "about:blank",
                    "title": "Unprocessable Content",
                    "status": 422,
                    "detail": "epochs: 0 is not accepted; it must be at least 1 and at most 1000",
                    "instance": "/api/runs",
                    "errors": [
                        {
                            "field": "epochs",
                            "value": 0,
                            "message": "0 is not accepted; it must be at least 1 and at most 1000",
                            "accepted": "a whole number, at least 1 and at most 1000",
                        }
                    ],
                }
            ]
        }
    )

    type: str = Field("about:blank", description="The status says what kind of problem it is.")
    title: str = Field(description="The status in words.")
    status: int
    detail: str = Field(description="What is wrong and what to do, for people.")
    instance: str = Field(description="The path that was asked for.")
    errors: list[FieldProblem] = Field(default_factory=list, description="One entry a field that is not accepted.")


def respond(
    request: Request,
    status: int,
    detail: str,
    errors: Sequence[FieldProblem] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The problem as JSON, or as a page where a browser asked for one."""
    title = HTTPStatus(status).phrase
    if wants_page(request):
        speak(request)
        words = {"title": _titles().get(status, title), "detail": retold(detail)}
        response: Response = page(request, "error.html", status_code=status, **words)
        response.headers.update(headers or {})
        return response
    problem = Problem(
        type="about:blank", title=title, status=status, detail=detail, instance=request.url.path, errors=list(errors)
    )
    return JSONResponse(problem.model_dump(mode="json"), status, headers, MEDIA_TYPE)


def _titles() -> dict[int, str]:
    """The status for people who never heard of HTTP."""
    refused = dict.fromkeys((400, 422), _("Not accepted"))
    return refused | {404: _("Not found"), 409: _("Not possible now"), 503: _("Not reachable just now")}


def wants_page(request: Request) -> bool:
    """Whether a person looks at the answer."""
    return "text/html" in request.headers.get("accept", "") and not request.url.path.startswith("/api/")


def install(app: FastAPI) -> None:
    """Answer every error that a route or the router raises."""

    @app.exception_handler(HTTPException)
    def http(request: Request, error: HTTPException) -> Response:
        detail = str(error.detail)
        if error.status_code == 404 and detail == "Not Found":
            if wants_page(request):
                speak(request)
            detail = _("There is nothing at %(path)s.") % {"path": request.url.path}
        if error.status_code == 405:
            allowed = (error.headers or {}).get("Allow", "other methods")
            detail = f"{request.method} is not allowed at {request.url.path}; allowed are {allowed}."
        return respond(request, error.status_code, detail, headers=error.headers)

    @app.exception_handler(RequestValidationError)
    @app.exception_handler(ValidationError)
    def invalid(request: Request, error: RequestValidationError | ValidationError) -> Response:
        problems = field_problems(error.errors(), request.scope.get("route"))
        detail = "; ".join(
            f"{problem.field}: {problem.message}" if problem.field else problem.message for problem in problems
        )
        status = 400 if any(item["type"] == "json_invalid" for item in error.errors()) else 422
        return respond(request, status, detail, problems)

    @app.exception_handler(ConfigError)
    def not_trainable(request: Request, error: ConfigError) -> Response:
        problems = [FieldProblem.of(name, None, message) for name, message in error.problems.items()]
        return respond(request, 422, str(error), problems)

    @app.exception_handler(UnknownRun)
    @app.exception_handler(UnknownWorker)
    def unknown(request: Request, error: UnknownRun | UnknownWorker) -> Response:
        if request.method == "GET" and "hx-request" in request.headers:
            # A page asks for news of what was deleted meanwhile: it has an event on its way that says so.
            return Response(status_code=204)
        return respond(request, 404, str(error))

    @app.exception_handler(Impossible)
    def impossible(request: Request, error: Impossible) -> Response:
        return respond(request, 409, str(error))

    @app.exception_handler(BrokerDown)
    def broker_down(request: Request, error: BrokerDown) -> Response:
        return respond(request, 503, str(error))


class Unexpected:
    """ASGI middleware: an error that nobody foresaw is logged, and answered like every other."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = False

        async def noting(message: Message) -> None:
            nonlocal started
            started = started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, noting)
        except Exception:
            if scope["type"] != "http" or started:
                raise
            log.exception("%s %s failed", scope["method"], scope["path"])
            detail = "Something went wrong here; the log of the web process says what. Nothing was half done."
            await respond(Request(scope), 500, detail)(scope, receive, send)
