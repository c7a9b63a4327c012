"""The tree's arrows point one way: worker -> app, worker -> trainer, app -> the trainer's words and shapes only."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
OURS = ("app", "trainer", "worker")
HEAVY = {"torch", "torchvision", "sklearn", "safetensors", "numpy", "PIL"}
WEB_AND_STORE = {"fastapi", "starlette", "uvicorn", "sqlalchemy", "sqlmodel", "alembic", "celery", "kombu", "redis"}
# The packages of the app, from what stands on nothing to what stands on all before it; routes, pages and commands are
# above them all.
LAYERS = (
    "processes",
    "store",
    "statistics",
    "language",
    "drawing",
    "lifecycle",
    "web",
    "watching",
    "comparing",
    "launching",
    "table",
)
# Without torch all three: what the web process may know of the trainer.
MODULES = (
    "accepted",
    "anatomy",
    "architectures",
    "catalog",
    "config",
    "datasets",
    "events",
    "layouts",
    "matching",
    "schedules",
    "scope",
)
SHARED = {f"trainer.{name}" for name in MODULES}
# Without torch either, but with NumPy or Pillow: loaded only where a page shows data.
DRAWING = {
    f"trainer.{name}"
    for name in ("atomic", "digits_glance", "errors", "glance", "mapped", "prepared", "scrambling", "sheet")
}


def imports(package: str) -> Iterator[tuple[str, str]]:
    """(file, imported module) of every import in the package, names of modules in `from x import y` included."""
    for file in sorted((ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                yield from ((str(file), alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                assert node.level == 0, f"{file} imports relatively"
                for alias in node.names:
                    is_module = (
                        node.module in OURS or (ROOT / node.module.replace(".", "/") / f"{alias.name}.py").exists()
                    )
                    yield str(file), f"{node.module}.{alias.name}" if is_module else node.module


def top(module: str) -> str:
    return module.partition(".")[0]


def test_the_trainer_knows_neither_app_nor_worker_nor_what_they_stand_on() -> None:
    wrong = [found for found in imports("trainer") if top(found[1]) in {"app", "worker"} | WEB_AND_STORE]
    assert not wrong


def test_the_app_knows_only_the_words_and_shapes_of_the_trainer() -> None:
    wrong = [found for found in imports("app") if top(found[1]) == "trainer" and found[1] not in SHARED | DRAWING]
    assert not wrong


def test_no_package_of_the_app_knows_one_above_it() -> None:
    above = {package: LAYERS[index + 1 :] for index, package in enumerate(LAYERS)}
    folder = {module: module.split(".")[1] for _file, module in imports("app") if module.count(".") > 1}
    wrong = [
        (file, module)
        for file, module in imports("app")
        if folder.get(module) in above.get(Path(file).relative_to(ROOT / "app").parts[0], ())
    ]
    assert not wrong


def test_every_package_of_the_app_has_its_layer() -> None:
    packages = {path.parent.name for path in (ROOT / "app").glob("*/__init__.py")}
    assert packages == {*LAYERS, "routes", "pages", "commands"}


def test_the_app_knows_no_worker_and_nothing_heavy() -> None:
    wrong = [found for found in imports("app") if top(found[1]) in {"worker"} | HEAVY]
    assert not wrong


def test_what_the_app_shares_with_the_trainer_needs_the_standard_library_only() -> None:
    for module in SHARED:
        path = ROOT / f"{module.replace('.', '/')}.py"
        names = {found[1] for found in imports("trainer") if found[0] == str(path)}
        assert all(top(name) in sys.stdlib_module_names or name in SHARED for name in names)


def test_what_the_app_draws_data_with_needs_neither_torch_nor_scikit_learn() -> None:
    for module in DRAWING:
        path = ROOT / f"{module.replace('.', '/')}.py"
        names = {found[1] for found in imports("trainer") if found[0] == str(path)}
        light = {"numpy", "PIL", *sys.stdlib_module_names}
        assert all(top(name) in light or name in SHARED | DRAWING for name in names)


@pytest.mark.parametrize("module", ["app.main", "app.cli", "worker.service"])
def test_processes_that_do_not_train_start_without_torch(module: str) -> None:
    code = f"import sys, {module}; print(sorted({{'torch', 'plotly'}} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_a_training_starts_without_what_only_a_download_or_a_page_needs() -> None:
    code = "import sys, trainer.loop; print(sorted({'torchvision', 'sklearn', 'scipy'} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"


def test_the_command_line_starts_without_what_makes_it_slow() -> None:
    slow = {"fastapi", "sqlalchemy", "celery", "jinja2", "torch", "httpx", "redis"}
    code = f"import sys, app.cli; print(sorted({slow} & set(sys.modules)))"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
