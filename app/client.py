"""The command line's side of the REST API: problems become sentences, one a field."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    # Loaded by who asks a server: `epochyard web` starts sooner without it.
    import httpx
    from httpx import Response

# The server sends a comment at least this often on an idle stream; longer silence means that it is gone.
STREAM_SECONDS = 30.0


class ApiError(Exception):
    """The server refused, or is not there; the message is for people."""


class NotFound(ApiError):
    """What was asked for is not there, or not any more."""


class Client:
    """Talks to the Epochyard at `url`. All methods raise ApiError."""

    def __init__(self, url: str, token: str | None = None, *, transport: httpx.BaseTransport | None = None) -> None:
        import httpx

        self.url = url.rstrip("/")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._http = httpx.Client(base_url=self.url, headers=headers, timeout=10.0, transport=transport)

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    def get(self, path: str, **parameters: Any) -> Any:
        return self._ask("GET", path, params={name: value for name, value in parameters.items() if value is not None})

    def post(self, path: str, body: dict[str, Any] | None = None) -> Any:
        return self._ask("POST", path, json=body)

    def events(self, run_id: int, after: str | None = None) -> Iterator[tuple[str, str, dict[str, Any]]]:
        """(id, kind, data) of the run's events as they come, until the connection ends.

        Yields ("", "open", {}) first, once nothing that happens from then on is missed.
        """
        import httpx

        headers = {"Last-Event-ID": after} if after else {}
        parameters = {"runs": str(run_id)}
        try:
            with self._http.stream(
                "GET", "/api/events", params=parameters, headers=headers, timeout=STREAM_SECONDS
            ) as response:
                if response.is_error:
                    response.read()
                _check(response)
                lines = response.iter_lines()
                # The head of the answer comes before the server listens, its first line after.
                next(lines, None)
                yield "", "open", {}
                yield from _parse(lines)
        except httpx.TimeoutException:
            return
        except httpx.TransportError as error:
            raise self._absent(error) from error

    def _ask(self, method: str, path: str, **arguments: Any) -> Any:
        import httpx

        try:
            response = self._http.request(method, path, **arguments)
        except httpx.TransportError as error:
            raise self._absent(error) from error
        _check(response)
        return response.json()

    def _absent(self, error: Exception) -> ApiError:
        return ApiError(
            f"No Epochyard answers at {self.url} ({error}). Start it with `epochyard up`, "
            "or name another with --url or EPOCHYARD_HOST and EPOCHYARD_PORT."
        )


def _check(response: Response) -> None:
    """Raises ApiError with what an RFC 9457 problem document says."""
    if not response.is_error:
        return
    try:
        problem = response.json()
        # The detail repeats the fields, all in one line.
        lines = [": ".join(filter(None, (item["field"], item["message"]))) for item in problem.get("errors", [])]
        lines = lines or [str(problem.get("detail") or problem["title"])]
    except (ValueError, KeyError, TypeError, AttributeError):
        lines = [f"{response.url} answered {response.status_code} {response.reason_phrase}."]
    if response.status_code == 401:
        lines.append("Set EPOCHYARD_TOKEN to the token that the server was started with.")
    kind = NotFound if response.status_code == 404 else ApiError
    raise kind("\n".join(lines))


def _parse(lines: Iterator[str]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Server-sent events (WHATWG HTML, section 9.2) of the kind that our server sends: one data line each."""
    fields: dict[str, str] = {}
    for line in lines:
        if not line and "data" in fields:
            yield fields.get("id", ""), fields.get("event", "message"), json.loads(fields["data"])
        if not line:
            fields = {}
            continue
        name, _, value = line.partition(":")
        fields[name] = value.removeprefix(" ")
