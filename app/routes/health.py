"""Whether this process can do its work."""

from typing import Literal

from fastapi import HTTPException
from pydantic import BaseModel, ConfigDict
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from app.lifecycle.queue import BrokerDown
from app.web.dependencies import DatabaseDep, MessagesDep
from app.web.routers import api_router

router = api_router("health")


class Health(BaseModel):
    """Without the broker runs can be submitted and watched; they start when it is back."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"database": "ok", "broker": "ok"}]})

    database: Literal["ok"]
    broker: Literal["ok", "does not answer"]


@router.get("/healthz")
def read_health(database: DatabaseDep, messages: MessagesDep) -> Health:
    """200 when the database answers, else 503."""
    try:
        with database.read() as session:
            session.connection().execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        raise HTTPException(503, "The database does not answer; the log of the web process says more.") from error
    try:
        messages.check()
    except BrokerDown:
        return Health(database="ok", broker="does not answer")
    return Health(database="ok", broker="ok")
