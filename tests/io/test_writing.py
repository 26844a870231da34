"""A file is written whole or stays as it was, whatever it is and whatever goes wrong."""

import os
import stat
import threading

import pytest

from captum_dna.io.writing import OutputError, check_writable, unfinished, write_text


class FullError(OSError):
    """What a full disk says."""

    def __init__(self):
        super().__init__(28, "No space left on device")


def fail_halfway(path, error):
    with unfinished(path) as part:
        part.write_text("half")
        raise error


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "run.tsv"
    path.write_text("good")
    with pytest.raises(OutputError, match=r"run\.tsv cannot be written: No space left.*is as it was before"):
        fail_halfway(path, FullError)
    assert path.read_text() == "good"
    assert [p.name for p in tmp_path.iterdir()] == ["run.tsv"]


def test_an_interruption_does_the_same(tmp_path):
    path = tmp_path / "run.tsv"
    path.write_text("good")
    with pytest.raises(KeyboardInterrupt):
        fail_halfway(path, KeyboardInterrupt)
    assert [(p.name, p.read_text()) for p in tmp_path.iterdir()] == [("run.tsv", "good")]


def test_a_link_stays_a_link_and_the_file_behind_it_is_written(tmp_path):
    (tmp_path / "real").mkdir()
    target, link = tmp_path / "real" / "run.tsv", tmp_path / "link.tsv"
    target.write_text("old")
    link.symlink_to(target)
    write_text(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"


def test_a_link_to_nothing_yet_makes_the_file_that_it_names(tmp_path):
    link = tmp_path / "link.tsv"
    link.symlink_to(tmp_path / "run.tsv")
    check_writable(link)
    write_text(link, "new")
    assert (tmp_path / "run.tsv").read_text() == "new"


def test_a_pipe_gets_the_bytes_and_stays_a_pipe(tmp_path):
    pipe = tmp_path / "pipe.tsv"
    os.mkfifo(pipe)
    read = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()))
    reader.start()
    check_writable(pipe)
    write_text(pipe, "through")
    reader.join()
    assert read == ["through"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_an_open_file_goes_on_where_it_is(tmp_path):
    with (tmp_path / "log").open("w+b") as log:
        log.write(b"before ")
        log.flush()
        write_text(tmp_path.__class__(f"/dev/fd/{log.fileno()}"), "after")
        assert (tmp_path / "log").read_text() == "before after"


def test_rights_of_the_old_file_are_kept_and_names_may_be_long(tmp_path):
    path = tmp_path / ("x" * 250)
    path.write_text("old")
    path.chmod(0o640)
    write_text(path, "new")
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


@pytest.mark.parametrize(
    ("name", "sentence"), [("", "is a folder"), ("no/x.tsv", r"There is no folder .*no to write x\.tsv")]
)
def test_what_cannot_work_is_said_before(tmp_path, name, sentence):
    with pytest.raises(OutputError, match=sentence):
        check_writable(tmp_path / name)


def test_pictures_and_reports_leave_the_old_file_when_the_disk_is_full(tmp_path, monkeypatch):
    import captum_dna as cd

    results = cd.attribute("demo", "GCGCCTATAAAAGGCGGCACG" * 4, method="saliency")
    writers = {
        "a.html": lambda p: cd.visualize(results).save(p),
        "a.svg": lambda p: cd.visualize(results).save(p),
        "b.html": lambda p: cd.report(results, p),
        "a.parquet": results.save,
        "a.npz": results.to_npz,
    }
    for name, write in writers.items():
        write(tmp_path / name)
    before = {name: (tmp_path / name).read_bytes() for name in writers}

    def full(self, *_args):
        raise FullError

    monkeypatch.setattr("pathlib.Path.replace", full)
    for name, write in writers.items():
        with pytest.raises(OutputError, match=rf"{name} cannot be written: No space left"):
            write(tmp_path / name)
    assert {p.name: p.read_bytes() for p in tmp_path.iterdir()} == before
