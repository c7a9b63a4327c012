"""The `epochyard` command. Each of its commands has a file of its own; none of them loads torch."""

import typer

from app.commands.runs import runs
from app.commands.submit import submit
from app.commands.up import up
from app.commands.watch import watch
from app.commands.web import web
from app.commands.worker import worker

app = typer.Typer(
    name="epochyard",
    help="Launch, watch and compare small image-classification training runs.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,  # they may hold the token
)
for command in (up, web, worker, submit, watch, runs):
    app.command()(command)
