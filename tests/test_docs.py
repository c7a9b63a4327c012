"""The documents keep up with the code: every setting, route and architecture is in them."""

from pathlib import Path

import pytest

from app.main import create_app
from app.settings import Settings
from trainer.config import FIELDS, choices

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
API = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", list(Settings.model_fields))
def test_every_environment_variable_is_in_the_readme(name: str) -> None:
    assert f"`EPOCHYARD_{name.upper()}`" in README


@pytest.mark.parametrize("name", list(FIELDS))
def test_every_setting_of_a_run_is_documented_with_its_choices(name: str) -> None:
    assert f"`{name}`" in API
    assert all(choice in API for choice in choices(name))


def test_every_route_of_the_api_is_documented(settings: Settings) -> None:
    for path in create_app(settings).openapi()["paths"]:
        shown = path.replace("{run_id}", "{id}")
        # Parts of a run are listed behind its first one: `/api/runs/{id}/epochs`, `/steps`.
        assert shown in API or f"`/{shown.rsplit('/', 1)[1]}`" in API, f"{path} is not in docs/api.md"


@pytest.mark.parametrize("document", [README, *(file.read_text("utf-8") for file in (ROOT / "docs").glob("*.md"))])
def test_every_local_link_of_a_document_leads_somewhere(document: str) -> None:
    for target in document.split("](")[1:]:
        link = target.split(")", 1)[0]
        assert link.startswith("http") or any((base / link).exists() for base in (ROOT, ROOT / "docs")), link
