"""SQLite is kept off network file systems, with words that say where to put it instead."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.store import filesystems
from app.store.database import Database
from app.store.filesystems import OnNetwork, mounted_type, network_kind

MOUNTS = r"""
22 27 0:21 / /proc rw,relatime - proc proc rw
27 1 254:0 / / rw,relatime - ext4 /dev/vda rw,discard
31 27 0:40 / /home rw,relatime shared:12 - nfs4 files:/home rw,vers=4.2,addr=10.0.0.2
32 31 254:1 / /home/me/local\040disk rw master:1 propagate_from:2 - xfs /dev/vdb rw
33 27 0:41 / /mnt/share rw - cifs //files/share rw
34 27 0:42 / /mnt/auto rw - autofs /etc/auto.mnt rw,fd=7
35 34 0:43 / /mnt/auto rw - fuse.sshfs me@files: rw
36 27 0:44 / /projects rw - 9p host rw,trans=virtio
37 27 0:45 / /data rw - fuse.grpcfuse host rw
38 27 0:46 / /scratch rw - lustre 10.0.0.3@tcp:/scratch rw
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib/epochyard.db", None),
        ("/homework/epochyard.db", None),
        ("/home/me/var/epochyard.db", "nfs4"),
        ("/home/me/local disk/epochyard.db", None),
        ("/mnt/share/epochyard.db", "cifs"),
        ("/mnt/auto/epochyard.db", "fuse.sshfs"),
        ("/scratch/epochyard.db", "lustre"),
        # A container's folder of its own host.
        ("/projects/epochyard.db", None),
        ("/data/epochyard.db", None),
    ],
)
def test_the_mount_that_a_file_is_on_decides(
    path: str, kind: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mountinfo").write_text(MOUNTS)
    monkeypatch.setattr(filesystems, "MOUNTS", tmp_path / "mountinfo")
    assert network_kind(Path(path)) == kind


def test_a_link_leads_to_where_it_points(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "there")
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"{MOUNTS}40 27 0:50 / {tmp_path / 'there'} rw - nfs files:/there rw\n")
    monkeypatch.setattr(filesystems, "MOUNTS", mounts)
    assert network_kind(tmp_path / "link" / "new" / "epochyard.db") == "nfs"


def test_what_is_no_mount_is_passed_over() -> None:
    assert mounted_type("nonsense\n1 2 - ext4\n", Path("/a")) is None


def test_without_a_list_of_mounts_nothing_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(filesystems, "MOUNTS", tmp_path / "none")
    assert network_kind(tmp_path) is None


def test_a_database_there_is_refused_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filesystems, "network_kind", lambda _: "nfs4")
    file = tmp_path / "home" / "epochyard.db"
    with pytest.raises(OnNetwork, match=r"nfs4.*EPOCHYARD_DATABASE_URL=sqlite.*PostgreSQL"):
        Database(f"sqlite:///{file}")
    assert not file.parent.exists()
    Database("postgresql+psycopg://nobody@127.0.0.1:9/none").close()


PRETEND = (
    "import sys, app.store.filesystems as it; "
    "it.network_kind = lambda path: 'nfs4' if 'far-away' in str(path) else None; "
)
COMMAND = f"{PRETEND} from app.cli import app; app(sys.argv[1:])"
WORKER = f"{PRETEND} from app.settings import Settings; from worker.service import serve; sys.exit(serve(Settings()))"


@pytest.mark.parametrize(
    ("code", "words", "exit_code"),
    [(COMMAND, ["web"], 2), (COMMAND, ["up"], 2), (COMMAND, ["worker"], 2), (WORKER, [], 1)],
)
def test_a_start_with_the_home_folder_there_ends_with_advice(
    code: str, words: list[str], exit_code: int, tmp_path: Path
) -> None:
    environment = {**os.environ, "EPOCHYARD_HOME": str(tmp_path / "far-away")}
    ended = subprocess.run(
        [sys.executable, "-c", code, *words], env=environment, capture_output=True, text=True, timeout=60
    )
    assert ended.returncode == exit_code
    assert "nfs4" in ended.stderr and "EPOCHYARD_DATABASE_URL=sqlite:////" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "far-away" / "epochyard.db").exists()


def test_a_home_folder_there_is_welcome_with_its_database_elsewhere(tmp_path: Path) -> None:
    elsewhere = f"sqlite:///{tmp_path / 'local' / 'a.db'}"
    environment = {**os.environ, "EPOCHYARD_HOME": str(tmp_path / "far-away"), "EPOCHYARD_DATABASE_URL": elsewhere}
    code = (
        f"{PRETEND} from app.settings import Settings; from app.commands.home import check_home; "
        "from app.store.database import Database; "
        "settings = Settings(); check_home(settings); Database(settings.database)"
    )
    ended = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
