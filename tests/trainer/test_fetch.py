"""First use of a built-in data set against a real HTTP server: whole, or nothing and a way out."""

import errno
import fcntl
import gzip
import hashlib
import io
import os
import pickle
import socket
import tarfile
from pathlib import Path

import numpy as np
import pytest
from torchvision.datasets import CIFAR10, MNIST

from trainer import fetch as fetching
from trainer import receive
from trainer.catalog import DATASETS
from trainer.data import DataSet, prepare
from trainer.errors import DataUnavailable
from trainer.events import Preparing
from trainer.sources import SOURCES

ORIGINALS = os.environ.get("EPOCHYARD_TEST_MNIST_GZ", "")


def idx(array: np.ndarray) -> bytes:
    """The IDX format: type 8 (uint8), number of axes, their lengths, the bytes; gzipped."""
    header = bytes([0, 0, 8, array.ndim]) + b"".join(size.to_bytes(4, "big") for size in array.shape)
    return gzip.compress(header + array.tobytes(), mtime=0)


@pytest.fixture
def small_mnist(mirror, monkeypatch) -> dict[str, np.ndarray]:
    """Twenty and ten random images served as MNIST, their checksums made torchvision's."""
    generator = np.random.default_rng(0)
    parts = {
        "train-images-idx3-ubyte.gz": generator.integers(0, 256, (20, 28, 28), dtype=np.uint8),
        "train-labels-idx1-ubyte.gz": np.arange(20, dtype=np.uint8) % 10,
        "t10k-images-idx3-ubyte.gz": generator.integers(0, 256, (10, 28, 28), dtype=np.uint8),
        "t10k-labels-idx1-ubyte.gz": np.arange(10, dtype=np.uint8),
    }
    mirror.bodies |= {f"/mnist/{name}": idx(array) for name, array in parts.items()}
    checksums = [(name, hashlib.md5(mirror.bodies[f"/mnist/{name}"]).hexdigest()) for name in parts]
    monkeypatch.setattr(MNIST, "resources", checksums)
    return parts


def prepared(name: str, folder: Path, mirror_url: str | None) -> tuple[list[Preparing], DataSet]:
    told, generator = [], prepare(name, folder, mirror_url)
    try:
        while True:
            told.append(next(generator))
    except StopIteration as end:
        return told, end.value


def test_a_download_becomes_the_prepared_form_and_leaves_nothing_else(tmp_path, mirror, small_mnist) -> None:
    told, data = prepared("mnist", tmp_path / "data", mirror.url)
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["mnist.npz"]
    assert np.array_equal(data.train.images[:, 0], small_mnist["train-images-idx3-ubyte.gz"])
    assert np.array_equal(data.test.labels, small_mnist["t10k-labels-idx1-ubyte.gz"])
    assert data.classes == tuple("0123456789")
    assert told[0].message.startswith(f"Fetching {mirror.url}/mnist/train-images")
    assert [event.done for event in told] == sorted(event.done for event in told)
    assert told[-1].message == "Unpacking MNIST"


@pytest.mark.usefixtures("small_mnist")
def test_a_second_use_asks_nobody(tmp_path, mirror) -> None:
    prepared("mnist", tmp_path, mirror.url)
    mirror.asked.clear()
    assert prepared("mnist", tmp_path, mirror.url)[0] == []
    assert mirror.asked == []


@pytest.mark.usefixtures("small_mnist")
def test_without_a_mirror_torchvision_s_addresses_are_tried_in_turn(tmp_path, mirror, monkeypatch) -> None:
    monkeypatch.setattr(MNIST, "mirrors", [f"{mirror.url}/gone/", f"{mirror.url}/mnist/"])
    assert len(prepared("mnist", tmp_path, None)[1].train) == 20
    assert mirror.asked[:2] == ["/gone/train-images-idx3-ubyte.gz", "/mnist/train-images-idx3-ubyte.gz"]


def refused(folder: Path, url: str) -> str:
    """The message of a download that fails, after checking that nothing is left."""
    with pytest.raises(DataUnavailable) as error:
        prepared("mnist", folder, url)
    assert list(folder.iterdir()) == []
    message = str(error.value)
    for words in (str(folder), "EPOCHYARD_MIRROR_URL", "EPOCHYARD_DATA_DIR", "mnist.npz"):
        assert words in message
    return message


@pytest.mark.usefixtures("small_mnist")
def test_a_cut_connection_leaves_nothing_behind(tmp_path, mirror) -> None:
    mirror.cut_after = 1000
    assert "cut after 1,000 of" in refused(tmp_path, mirror.url)


@pytest.mark.usefixtures("small_mnist")
def test_a_wrong_checksum_leaves_nothing_behind(tmp_path, mirror) -> None:
    mirror.bodies["/mnist/t10k-labels-idx1-ubyte.gz"] = idx(np.zeros(10, dtype=np.uint8))
    assert "t10k-labels-idx1-ubyte.gz: the checksum is wrong" in refused(tmp_path, mirror.url)


@pytest.mark.usefixtures("small_mnist")
def test_a_missing_file_leaves_nothing_behind(tmp_path, mirror) -> None:
    del mirror.bodies["/mnist/train-labels-idx1-ubyte.gz"]
    assert "404" in refused(tmp_path, mirror.url)


def test_a_server_that_is_down_is_named(tmp_path) -> None:
    # Port 9 (discard) is served nowhere.
    assert "http://127.0.0.1:9/mnist/" in refused(tmp_path, "http://127.0.0.1:9")


def test_an_address_that_is_none_is_named(tmp_path) -> None:
    assert "unknown url type" in refused(tmp_path, "mirror")


def test_a_silent_server_is_given_up(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(receive, "SILENCE", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        assert "timed out" in refused(tmp_path, f"http://127.0.0.1:{silent.getsockname()[1]}")


@pytest.mark.usefixtures("small_mnist")
def test_closing_in_the_middle_leaves_nothing_behind(tmp_path, mirror) -> None:
    generator = prepare("mnist", tmp_path, mirror.url)
    next(generator)
    next(generator)
    assert [path.name for path in tmp_path.iterdir()] == [".mnist.download"]
    generator.close()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("small_mnist")
def test_the_remains_of_a_killed_download_are_cleared(tmp_path, mirror) -> None:
    (tmp_path / ".mnist.download").mkdir()
    (tmp_path / ".mnist.download" / "half").write_bytes(b"x")
    prepared("mnist", tmp_path, mirror.url)
    assert [path.name for path in tmp_path.iterdir()] == ["mnist.npz"]


def test_every_data_set_of_the_catalogue_has_a_source() -> None:
    assert SOURCES.keys() | {"digits"} == DATASETS.keys()


@pytest.mark.usefixtures("small_mnist")
def test_a_second_run_waits_for_the_one_that_is_fetching(tmp_path, mirror, monkeypatch) -> None:
    monkeypatch.setattr(fetching, "REPORT_EVERY", 0.01)
    other = os.open(tmp_path, os.O_RDONLY)
    fcntl.flock(other, fcntl.LOCK_EX)
    generator = prepare("mnist", tmp_path, mirror.url)
    assert next(generator).message.startswith("Waiting for another run")
    assert mirror.asked == []
    os.close(other)
    assert "Fetching" in next(generator).message
    generator.close()


@pytest.mark.usefixtures("small_mnist")
def test_a_data_folder_that_cannot_be_written_is_named(tmp_path, mirror) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataUnavailable, match="cannot be written to") as error:
        prepared("mnist", tmp_path / "file" / "data", mirror.url)
    assert "EPOCHYARD_DATA_DIR" in str(error.value)


def test_a_read_only_file_system_is_named(tmp_path, mirror, monkeypatch) -> None:
    def read_only(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "mkdir", read_only)
    with pytest.raises(DataUnavailable, match="cannot be written to"):
        prepared("mnist", tmp_path, mirror.url)


def test_cifar10_comes_from_its_archive(tmp_path, mirror, monkeypatch) -> None:
    generator = np.random.default_rng(0)
    names = [entry[0] for entry in CIFAR10.train_list + CIFAR10.test_list]
    rows = {name: generator.integers(0, 256, (4, 3 * 32 * 32), dtype=np.uint8) for name in names}
    files = {name: pickle.dumps({"data": rows[name], "labels": [1, 2, 3, 4]}) for name in names}
    files["batches.meta"] = pickle.dumps({"label_names": [str(number) for number in range(10)]})
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(f"{CIFAR10.base_folder}/{name}")
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    checksum = {name: hashlib.md5(content).hexdigest() for name, content in files.items()}
    mirror.bodies["/cifar10/cifar-10-python.tar.gz"] = archive.getvalue()
    monkeypatch.setattr(CIFAR10, "tgz_md5", hashlib.md5(archive.getvalue()).hexdigest())
    monkeypatch.setattr(CIFAR10, "train_list", [[name, checksum[name]] for name in names[:5]])
    monkeypatch.setattr(CIFAR10, "test_list", [[names[5], checksum[names[5]]]])
    monkeypatch.setattr(CIFAR10, "meta", CIFAR10.meta | {"md5": checksum["batches.meta"]})
    _, data = prepared("cifar10", tmp_path, mirror.url)
    assert data.shape == (3, 32, 32)
    assert np.array_equal(data.test.images.flatten(1), rows["test_batch"])
    assert data.train.labels.tolist() == [1, 2, 3, 4] * 5
    assert data.classes[0] == "airplane"


@pytest.mark.skipif(not ORIGINALS, reason="EPOCHYARD_TEST_MNIST_GZ names no folder with the four original MNIST files")
def test_the_original_mnist_files_become_the_prepared_form(tmp_path, mirror, data_dir) -> None:
    mirror.bodies |= {f"/mnist/{path.name}": path.read_bytes() for path in Path(ORIGINALS).glob("*.gz")}
    prepared("mnist", tmp_path, mirror.url)
    with np.load(tmp_path / "mnist.npz") as made, np.load(data_dir / "mnist.npz") as known:
        assert set(made.files) == set(known.files)
        for name in known.files:
            assert np.array_equal(made[name], known[name])
