from __future__ import annotations

import errno
import io

import numpy as np
import pytest

from ScarSegLogic.jobs import array_files
from ScarSegLogic.jobs.array_files import map_array, read_in_pieces, write_all, write_in_pieces
from ScarSegLogic.jobs.job import JobSpec

VOLUME = np.arange(4 * 5 * 6, dtype=np.float32).reshape(4, 5, 6)
ARRAYS = {
    "contiguous": VOLUME,
    "transposed": VOLUME.transpose(2, 0, 1),
    "flipped and strided": VOLUME[::-1, ::2, 1:],
    "fortran": np.asfortranarray(VOLUME),
    "a mask": VOLUME > 50,
    "one number": np.array(7.5),
    "nothing": np.zeros((0, 5, 6), np.uint8),
    "big-endian": VOLUME.astype(">i2"),
    "complex": VOLUME * 1j,
}


@pytest.mark.parametrize("name", ARRAYS)
def test_an_array_comes_back_as_it_was_however_it_lies_in_memory(name, tmp_path, monkeypatch):
    monkeypatch.setattr(array_files, "PIECE_BYTES", 64)
    array, path, found = ARRAYS[name], tmp_path / "1-a.npy", {}
    pieces = sum(1 for _ in write_in_pieces(path, array))
    assert pieces >= array.nbytes // 64
    for _ in read_in_pieces(path, "a", found):
        assert found == {}, "an array that is half there must not be seen"
    for read in (found["a"], map_array(path), np.load(path)):
        np.testing.assert_array_equal(read, array)
        assert read.dtype == array.dtype
    found["a"].flags.writeable = True


def test_numpy_s_own_files_are_read_fortran_order_too(tmp_path):
    for number, array in enumerate(ARRAYS.values()):
        np.save(tmp_path / f"{number}.npy", array)
        found = {}
        list(read_in_pieces(tmp_path / f"{number}.npy", "a", found))
        np.testing.assert_array_equal(found["a"], array)


def test_a_written_file_is_new_so_that_nobody_can_prepare_a_link(tmp_path):
    (tmp_path / "elsewhere").write_text("precious")
    (tmp_path / "1-a.npy").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FileExistsError):
        list(write_in_pieces(tmp_path / "1-a.npy", VOLUME))
    assert (tmp_path / "elsewhere").read_text() == "precious"


def test_a_mapped_array_cannot_be_written_to(tmp_path):
    write_all(tmp_path, "1", {"a": VOLUME})
    with pytest.raises(ValueError, match="read-only"):
        map_array(tmp_path / "1-a.npy")[0] = 1


def test_a_file_cut_short_is_an_error_and_no_garbage(tmp_path):
    path = tmp_path / write_all(tmp_path, "1", {"a": VOLUME})["a"]
    path.write_bytes(path.read_bytes()[:-8])
    with pytest.raises(ValueError, match=r"1-a\.npy ends 8 bytes too early"):
        list(read_in_pieces(path, "a", {}))


def test_pickled_objects_are_never_read(tmp_path):
    np.save(tmp_path / "evil.npy", np.array([{"a": 1}]), allow_pickle=True)
    with pytest.raises(ValueError, match="Python objects"):
        map_array(tmp_path / "evil.npy")
    with pytest.raises(ValueError, match="Python objects"):
        list(read_in_pieces(tmp_path / "evil.npy", "a", {}))


@pytest.mark.parametrize(
    ("arguments", "arrays", "error"),
    [
        ({"fraction": float("nan")}, {}, ValueError),
        ({"when": object()}, {}, TypeError),
        ({}, {"../../etc": VOLUME}, ValueError),
        ({}, {"objects": np.array([{}])}, TypeError),
    ],
)
def test_what_cannot_travel_is_refused_when_the_job_is_made(arguments, arrays, error):
    with pytest.raises(error):
        JobSpec("echo", arguments, arrays)


class ShortOfSpace:
    """A file on a disk with room for some bytes: first it takes a part, then nothing, as Linux does."""

    def __init__(self, path, room: int) -> None:
        self.file, self.room = io.FileIO(path, "x"), room

    def write(self, data) -> int:
        taken = min(len(data), self.room)
        self.room -= taken
        if not taken:
            raise OSError(errno.ENOSPC, "No space left on device")
        return self.file.write(bytes(data)[:taken])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.file.close()


def test_a_disk_that_takes_less_than_a_whole_piece_is_written_on_until_it_is_full(tmp_path, monkeypatch):
    path = tmp_path / "1-a.npy"
    monkeypatch.setattr("pathlib.Path.open", lambda self, *_, **__: ShortOfSpace(self, 300))
    with pytest.raises(OSError, match="No space left"):
        list(write_in_pieces(path, VOLUME))
    assert path.stat().st_size == 300
