"""What routes ask for by type: a session for one request, and what the process keeps on app.state."""

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Path, Request
from sqlmodel import Session

from app.lifecycle import runs
from app.lifecycle.actions import Actor
from app.lifecycle.queue import Messages
from app.settings import Settings
from app.store.database import Database
from app.store.models import LARGEST_ID, Run
from app.web.live import Live

# Coroutines where there is nothing to wait for: FastAPI would send a plain function to another thread and back.


async def get_settings(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    return settings


async def get_database(request: Request) -> Database:
    database: Database = request.app.state.database
    return database


async def get_messages(request: Request) -> Messages:
    messages: Messages = request.app.state.messages
    return messages


async def get_live(request: Request) -> Live:
    live: Live = request.app.state.live
    return live


SettingsDep = Annotated[Settings, Depends(get_settings)]
DatabaseDep = Annotated[Database, Depends(get_database)]
MessagesDep = Annotated[Messages, Depends(get_messages)]
LiveDep = Annotated[Live, Depends(get_live)]


async def get_actor(database: DatabaseDep, messages: MessagesDep, settings: SettingsDep) -> Actor:
    return Actor(database, messages, settings)


ActorDep = Annotated[Actor, Depends(get_actor)]


def get_session(database: DatabaseDep) -> Iterator[Session]:
    with database.read() as session:
        yield session


SessionDep = Annotated[Session, Depends(get_session)]
RunId = Annotated[int, Path(description="The run's number.", examples=[1], ge=1, le=LARGEST_ID)]


def get_run(session: SessionDep, run_id: RunId) -> Run:
    return runs.get(session, run_id)


RunDep = Annotated[Run, Depends(get_run)]
