"""A file is written whole or stays as it was, whatever it is and whatever goes wrong."""

import os
import stat
import threading
from contextlib import contextmanager

import pytest

from captum_dna.io.writing import OutputError, check_writable, unfinished, unfinished_folder, write_text

resource = pytest.importorskip("resource", reason="the system has no limits of files")


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
    with pytest.raises(
        OutputError, match=r"run\.tsv cannot be written: No space left.*The existing file is unchanged"
    ):
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


@contextmanager
def full_disk(room):
    """Let the system refuse to write files that are longer than the room, as a full disk does."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.fixture(scope="module")
def writers():
    """Return every writer there is, each with the name of a file that asks for it."""
    import captum_dna as cd
    from captum_dna.core.sequences import Interval, Sequence
    from captum_dna.render.exporters import EXPORTERS

    bases = "GCGCCTATAAAAGGCGGCACG" * 4
    placed = Sequence("a", bases, interval=Interval("chr1", 100, 100 + len(bases)))
    results = cd.attribute("demo", [placed], method="saliency")
    effects = cd.variant_effect("demo", [(bases, 7, "T", "A")], method="saliency")
    choices = {"bigwig": {"sizes": {"chr1": 1000}}, "modisco": {"hypothetical": False}}
    known = {
        f"{one.name}{suffix}": lambda path, one=one: results.save(path, **choices.get(one.name, {}))
        for one in EXPORTERS.values()
        for suffix in one.suffixes
    }
    return known | {
        "report.html": lambda path: cd.report(results, path),
        "effects.tsv": effects.save,
        "effects.parquet": effects.save,
        "effects.html": effects.save,
    }


def test_a_full_disk_leaves_the_old_file_whatever_it_is(tmp_path, writers):
    folder = tmp_path / "out"
    folder.mkdir()
    for name, write in writers.items():
        write(folder / name)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    for name, write in writers.items():
        written = "modisco" if name.startswith("modisco") else name
        with (
            full_disk(7),
            pytest.raises(OutputError, match=rf"{written}.* cannot be written.*existing file is unchanged"),
        ):
            write(folder / name)
        assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before, name


def test_a_folder_is_whole_or_as_it_was(tmp_path):
    def write(text):
        with unfinished_folder(tmp_path / "report") as part:
            (part / "a.html").write_text(text)
            (part / "pictures").mkdir()
            (part / "pictures" / "b.svg").write_text(text)

    write("old")
    with (
        full_disk(2),
        pytest.raises(OutputError, match=r"report cannot be written: .*existing file is unchanged"),
    ):
        write("longer")
    assert (tmp_path / "report" / "pictures" / "b.svg").read_text() == "old"
    write("new")
    assert (tmp_path / "report" / "pictures" / "b.svg").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["report"]


@pytest.mark.parametrize("other", ["mine.txt", "pictures/mine.txt", ".hidden", "a.html"])
@pytest.mark.parametrize("own", [False, True])
def test_a_folder_with_other_files_is_never_replaced(tmp_path, other, own):
    def write():
        with unfinished_folder(tmp_path / "report") as part:
            (part / "b.html").write_text("new")

    if own:
        write()
    mine = tmp_path / "report" / other
    mine.parent.mkdir(parents=True, exist_ok=True)
    mine.write_text("mine")
    with pytest.raises(
        OutputError, match=rf"report holds {other}, which would be lost\. Give the name of a new"
    ):
        write()
    assert mine.read_text() == "mine"
    mine.unlink()
    write()
    (tmp_path / "file").write_text("")
    with (
        pytest.raises(OutputError, match=r"file is a file\. Give the name of a folder"),
        unfinished_folder(tmp_path / "file"),
    ):
        pass
