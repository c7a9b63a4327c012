"""The OpenAPI document: every error is described as the problem document that it is."""

from typing import Any

from fastapi import FastAPI

from app.web.problems import Problem

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
