"""Tells folders on another machine from local ones: SQLite's locks are not to be trusted there.

Standard library only: the command line asks before anything heavy is loaded.
"""

import re
from pathlib import Path

MOUNTS = Path("/proc/self/mountinfo")

# Only what is surely on the network. 9p, virtiofs and most of fuse are how containers and virtual machines reach a
# folder of their own host, where locks hold.
NETWORK = {
    *("nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "afs", "lustre", "beegfs", "gpfs"),
    *("ceph", "fuse.ceph", "fuse.ceph-fuse", "glusterfs", "fuse.glusterfs", "fuse.s3fs", "fuse.gcsfuse", "fuse.rclone"),
}


class OnNetwork(RuntimeError):
    """An SQLite database is to be on a network file system."""


def refuse_network(database: Path) -> None:
    """Raises OnNetwork when this SQLite file is, or would be made, on a network file system."""
    if (kind := network_kind(database)) is not None:
        raise OnNetwork(
            f"The database {database} is on a network file system ({kind}), where SQLite's locks do not hold and its "
            "file may be damaged. Keep it on a local disk, which the home folder need not be "
            "(EPOCHYARD_DATABASE_URL=sqlite:////local/path/epochyard.db), or use PostgreSQL "
            "(EPOCHYARD_DATABASE_URL=postgresql+psycopg://user@host/name)."
        )


def network_kind(path: Path) -> str | None:
    """The type of the network file system that `path` is on; None when it is local, or nobody can tell."""
    try:
        mounts = MOUNTS.read_text(errors="surrogateescape")
    except OSError:  # only Linux has it
        return None
    kind = mounted_type(mounts, path.resolve())
    return kind if kind in NETWORK else None


def mounted_type(mounts: str, path: Path) -> str | None:
    """The file system type at `path` (absolute, links resolved) by the text of /proc/self/mountinfo."""
    found: tuple[int, str | None] = (0, None)
    for line in mounts.splitlines():
        place, _, system = line.partition(" - ")
        fields = place.split(" ")
        if len(fields) < 5 or not system:
            continue
        point = Path(re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), fields[4]))
        # Of several on one point the last lies on top.
        if path.is_relative_to(point) and len(point.parts) >= found[0]:
            found = len(point.parts), system.split(" ")[0]
    return found[1]
