"""An array of an .npz archive as a view of the file itself: every process that reads it shares the same pages.

A second run of a worker is a process of its own; what it finds in the page cache it need neither read nor copy.
"""

import math
import mmap
import struct
import zipfile
import zlib
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}
# A zip's local header: 26 bytes, the lengths of the name and of the extra field, and these two (APPNOTE.TXT, 4.3.7).
FIXED, LENGTHS = 26, struct.Struct("<HH")


def view(file: IO[bytes], archive: zipfile.ZipFile, name: str) -> NDArray[Any] | None:
    """The array `name` of `archive`, whose open file is `file`; None where its bytes do not lie there as they are.

    Writing to it changes private copies of the pages, never the file. A file that is replaced by a rename stays as
    long as it is mapped. One that is cut in place takes the process with it (SIGBUS), and one that is overwritten
    changes under the run: map only files that nobody writes to. Raises BadZipFile when the bytes are damaged.
    """
    member = archive.getinfo(f"{name}.npy")
    if member.compress_type != zipfile.ZIP_STORED:
        return None
    with archive.open(member) as content:
        read_header = HEADERS.get(npy.read_magic(content))
        shape, column_major, dtype = read_header(content) if read_header else ((), False, np.dtype(object))
        begin = content.tell()
    if dtype.hasobject or column_major:
        return None
    pages = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    start = member.header_offset + FIXED
    start += LENGTHS.size + sum(LENGTHS.unpack_from(pages, start))
    # 4 GB a second: a twentieth of a second for CIFAR-10, and it is what reads a cold file ahead.
    if zlib.crc32(memoryview(pages)[start : start + member.file_size]) != member.CRC:
        raise zipfile.BadZipFile(f"Bad CRC-32 for file {member.filename!r}")
    count = math.prod(shape)
    if begin + count * dtype.itemsize != member.file_size:
        raise ValueError(f"{member.filename} is not as long as its header says")
    return np.frombuffer(pages, dtype, count, start + begin).reshape(shape)
