"""One process holds a claim at a time, and dead ones lose theirs."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import msgspec
import pytest

from captum_dna.io import claims
from captum_dna.io.claims import LEASE, Claims, Holder, claims_of
from captum_dna.io.writing import OutputError
from tests.pipeline.stops import dead

OPEN = Path.open


@pytest.fixture
def clock(monkeypatch):
    """Return a clock that goes on when it is told to."""
    now = [0.0]
    monkeypatch.setattr(claims.time, "monotonic", lambda: now[0])
    return now


def elsewhere(folder, **changes):
    """Return the claims of a process on another machine."""
    other = Claims(folder)
    other._me = replace(other._me, machine="node7 pid:[1]", **changes)
    folder.mkdir(exist_ok=True)
    return other


def test_a_claim_is_one_process_s_until_it_is_given_back(tmp_path):
    with Claims(tmp_path) as ours, Claims(tmp_path) as theirs:
        assert ours.take("000001")
        assert not theirs.take("000001")
        assert theirs.elsewhere("000001")
        assert not ours.elsewhere("000001")
        assert theirs.take("000002")
        ours.release("000001")
        assert theirs.take("000001")
    assert list(tmp_path.iterdir()) == []


def test_a_dead_process_of_this_machine_loses_its_claim_at_once(tmp_path):
    theirs = Claims(tmp_path)
    theirs._me = replace(theirs._me, pid=dead())
    assert theirs.take("000001")
    ours = Claims(tmp_path)
    assert not ours.elsewhere("000001")
    assert ours.take("000001")
    assert not theirs.holds("000001")
    assert [claim.holder for claim in claims_of(tmp_path)] == [ours._me]


def test_what_a_killed_process_had_begun_is_removed(tmp_path):
    gone, unfinished, begun = Claims(tmp_path), tmp_path / ".0123", tmp_path / ".4567"
    begun.write_bytes(msgspec.json.encode(replace(gone._me, pid=dead())))
    unfinished.write_bytes(b"")
    with Claims(tmp_path):
        assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("failing", ["wb", "xb"])
def test_a_full_disk_leaves_no_claim(tmp_path, monkeypatch, failing):
    """Neither the file that is to be linked, nor, where links are not to be had, the claim itself."""

    def write(path, mode="r", **choices):
        if mode == failing:
            path.touch()
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        return OPEN(path, mode, **choices)

    monkeypatch.setattr(claims.os, "link", Mock(side_effect=OSError(errno.ENOTSUP, "no links")))
    with Claims(tmp_path) as ours:
        monkeypatch.setattr(Path, "open", write)
        with pytest.raises(OutputError, match="No space left"):
            ours.take("000001")
    assert list(tmp_path.iterdir()) == []


def test_a_process_of_another_machine_keeps_its_claim_while_it_gives_signs_of_life(tmp_path, clock):
    theirs, ours = elsewhere(tmp_path), Claims(tmp_path)
    assert theirs.take("000001")
    for seconds in (0, LEASE - 1, LEASE - 1):
        clock[0] += seconds
        assert not ours.take("000001")
        path = claims_of(tmp_path)[0].path
        os.utime(path, ns=(0, path.stat().st_mtime_ns + 1_000_000_000))
    assert theirs.holds("000001")


def test_it_loses_it_once_nothing_was_seen_for_the_lease_whatever_its_clock_says(tmp_path, clock):
    theirs, ours = elsewhere(tmp_path), Claims(tmp_path)
    assert theirs.take("000001")
    os.utime(claims_of(tmp_path)[0].path, (0, 0))
    assert not ours.take("000001")
    clock[0] += LEASE - 1
    assert not ours.take("000001")
    clock[0] += 2
    assert ours.take("000001")
    assert ours.holds("000001")
    assert not theirs.holds("000001")


def test_of_two_that_find_it_dead_one_takes_it(tmp_path, clock):
    """The second has seen the dead claim before the first took it over, and acts on that."""
    theirs, first, second = elsewhere(tmp_path), Claims(tmp_path), Claims(tmp_path)
    assert theirs.take("000001")
    for one in (first, second):
        assert not one.take("000001")
    clock[0] += LEASE + 1
    stale = second._newest("000001")
    assert first.take("000001")
    second._newest = iter([stale, *[Claims(tmp_path)._newest("000001")] * 2]).__next__
    second._newest = lambda _, looks=second._newest: looks()
    assert not second.take("000001")
    assert first.holds("000001")


def test_one_that_comes_back_to_life_before_it_is_taken_over_keeps_its_claim(tmp_path, clock, monkeypatch):
    theirs, ours = elsewhere(tmp_path), Claims(tmp_path)
    assert theirs.take("000001")
    assert not ours.take("000001")
    clock[0] += LEASE + 1
    path = claims_of(tmp_path)[0].path
    make = ours._make
    monkeypatch.setattr(ours, "_make", lambda at: os.utime(path, (5, 5)) or make(at))
    assert not ours.take("000001")
    assert theirs.holds("000001")


@pytest.mark.parametrize("content", [b"", b"{", b"\xff\xfe", b'{"machine": 3}'])
def test_a_claim_that_cannot_be_read_is_kept_for_the_lease(tmp_path, clock, content):
    (tmp_path / "000001.1").write_bytes(content)
    ours = Claims(tmp_path)
    assert not ours.take("000001")
    clock[0] += LEASE + 1
    assert ours.take("000001")


def test_without_links_a_claim_is_made_all_the_same(tmp_path, monkeypatch):
    def refuse(*_):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(claims.os, "link", refuse)
    ours, theirs = Claims(tmp_path), Claims(tmp_path)
    assert ours.take("000001")
    assert not theirs.take("000001")


def test_a_holder_is_known_by_when_it_began_too(monkeypatch):
    me = Holder.here()
    assert me.runs_here is True
    assert replace(me, began=me.began - 1000).runs_here is None
    assert replace(me, machine="elsewhere").runs_here is None
    assert replace(me, pid=dead()).runs_here is False
