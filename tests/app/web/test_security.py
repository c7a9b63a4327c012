"""Who may ask: names, origins, tokens; and what every answer forbids the page."""

import httpx
import pytest

from app.settings import Settings
from app.web.listening import UnsafeHost, check_listening, is_loopback
from app.web.static_files import static

TOKEN = "a-secret-of-at-least-16"
PATHS = ("/", "/api/runs", "/api/nothing", "/static/icon.svg", "/static/nothing", "/healthz", "/openapi.json")


@pytest.mark.parametrize("path", PATHS)
def test_every_answer_carries_the_headers(api: httpx.Client, path: str) -> None:
    headers = api.get(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE"])
@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "127.0.0.1.evil.example", "", "["])
def test_a_strange_host_is_refused_on_every_method(api: httpx.Client, method: str, host: str) -> None:
    response = api.request(method, "/api/runs", headers={"host": host})
    assert response.status_code in (400, 403)  # uvicorn itself refuses some
    if response.status_code == 403:
        assert response.json()["title"] == "Forbidden"


@pytest.mark.parametrize("host", ["localhost:8000", "127.0.0.1", "[::1]:8000", "LOCALHOST"])
def test_names_of_this_machine_are_fine(api: httpx.Client, host: str) -> None:
    assert api.get("/api/runs", headers={"host": host}).status_code == 200


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", "http://"])
def test_another_sites_page_is_refused_on_every_method(api: httpx.Client, method: str, origin: str) -> None:
    response = api.request(method, "/api/runs", headers={"origin": origin})
    assert response.status_code == 403
    assert "access-control-allow-origin" not in response.headers


def test_our_own_page_is_not(api: httpx.Client) -> None:
    origin = str(api.base_url).rstrip("/")
    assert api.post("/api/runs", json={"dataset": "digits"}, headers={"origin": origin}).status_code == 201


def with_token(settings: Settings) -> Settings:
    return Settings(home=settings.home, token=TOKEN)


def test_with_a_token_the_api_wants_it(serve, settings: Settings) -> None:  # type: ignore[no-untyped-def]
    with serve(with_token(settings)) as api:
        for headers in ({}, {"authorization": "Bearer wrong"}, {"authorization": f"Basic {TOKEN}"}):
            response = api.get("/api/runs", headers=headers)
            assert response.status_code == 401
            assert response.headers["www-authenticate"] == "Bearer"
            assert response.headers["content-type"] == "application/problem+json"
        right = {"authorization": f"Bearer {TOKEN}", "host": "any.example"}
        assert api.get("/api/runs", headers=right).status_code == 200
        assert api.get("/healthz").status_code == 200
        assert api.get("/static/icon.svg").status_code == 200
        assert api.get("/openapi.json").status_code == 401


def test_a_browser_signs_in_once(serve, settings: Settings) -> None:  # type: ignore[no-untyped-def]
    with serve(with_token(settings)) as api:
        asked = api.get("/runs/new?from=1", headers={"accept": "text/html"})
        assert (asked.status_code, asked.headers["location"]) == (303, "/login?next=%2Fruns%2Fnew%3Ffrom%3D1")
        assert api.get("/login").status_code == 200
        wrong = api.post("/login", data={"token": "wrong", "next": "/recipes"})
        assert (wrong.status_code, wrong.headers["location"]) == (303, "/login?wrong=1&next=%2Frecipes")
        right = api.post("/login", data={"token": TOKEN, "next": "/recipes"})
        assert right.headers["location"] == "/recipes"
        cookie = right.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=strict" in cookie
        assert TOKEN not in cookie
        assert api.get("/recipes", headers={"accept": "text/html"}).status_code == 200
        assert api.get("/api/runs").status_code == 200


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/\\evil.example", "\t//evil"])
def test_signing_in_never_leads_elsewhere(serve, settings: Settings, target: str) -> None:  # type: ignore[no-untyped-def]
    with serve(with_token(settings)) as api:
        assert api.post("/login", data={"token": TOKEN, "next": target}).headers["location"] == "/"


def test_listening_beyond_this_machine_needs_a_token() -> None:
    for host in ("0.0.0.0", "::", "192.168.1.2", "lab.example"):
        with pytest.raises(UnsafeHost, match="EPOCHYARD_TOKEN"):
            check_listening(Settings(host=host))
        check_listening(Settings(host=host, token=TOKEN))
    for host in ("127.0.0.1", "127.0.0.2", "::1", "[::1]", "localhost"):
        assert is_loopback(host)
        check_listening(Settings(host=host))


@pytest.mark.parametrize(("accepted", "sent"), [("gzip, deflate, br, zstd", "zstd"), ("gzip, br", "gzip"), ("", None)])
@pytest.mark.parametrize("path", ["/api/catalog", "/", static("vendor/pico-2.1.1/pico.min.css")])
def test_answers_are_compressed_as_the_client_can_read_them(
    api: httpx.Client, path: str, accepted: str, sent: str | None
) -> None:
    answer = api.get(path, headers={"Accept-Encoding": accepted})
    assert answer.headers.get("content-encoding") == sent
    # It depends on what is asked for, and caches on the way have to know.
    assert "Accept-Encoding" in answer.headers["vary"]
    assert answer.text
