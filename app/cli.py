"""The `epochyard` command. Each of its commands has a file of its own; none of them loads torch."""

import typer

from app.commands.actions import cancel, delete, move, pause, priority, resume, retry
from app.commands.runs import runs
from app.commands.submit import clone, submit
from app.commands.up import up
from app.commands.watch import watch
from app.commands.web import web
from app.commands.worker import worker
from app.commands.workers import drain, queue, workers

app = typer.Typer(
    name="epochyard",
    help="Launch, watch and compare small image-classification training runs.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,  # they may hold the token
)
COMMANDS = {
    "Starting": (up, web, worker),
    "Runs": (submit, clone, watch, runs, pause, resume, retry, cancel, delete),
    "Workers and queue": (queue, priority, move, workers, drain),
}
for panel, commands in COMMANDS.items():
    for command in commands:
        app.command(rich_help_panel=panel)(command)
