"""The OpenAPI document: every error is described as the problem document that it is."""

from typing import Any

from fastapi import FastAPI

from app.web.problems import MEDIA_TYPE, Problem

# On every route; "default" also keeps FastAPI from adding its own 422.
RESPONSES: dict[int | str, dict[str, Any]] = {
    "default": {
        "description": "A problem document (RFC 9457)",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
    }
}
DESCRIPTION = (
    "Launches, watches and compares small image-classification training runs. Accuracies are fractions, losses are in "
    "nats, times are UTC. With EPOCHYARD_TOKEN set, send `Authorization: Bearer <token>`."
)


def install(app: FastAPI) -> None:
    """Put the schema of a problem beside the others."""
    made = app.openapi

    def with_problems() -> dict[str, Any]:
        document = made()
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        problem = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
        schemas.update(problem.pop("$defs", {}))
        schemas["Problem"] = problem
        return document

    app.openapi = with_problems  # type: ignore[method-assign]
