"""Every shard is finished once or set aside, whatever becomes of workers; see :mod:`tests.pipeline.simulation`."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from captum_dna.pipeline.schedule import TRIES, Outcome, Schedule
from tests.pipeline.simulation import World, simulated


def done_once(world, told):
    """No shard is lost, none is finished twice, and those that end every worker are set aside after three of them."""
    assert set(told.finished.values()) <= {0, 1}
    assert len(+told.finished) + len(told.aside) == world.shards
    assert not set(+told.finished) & set(told.aside)
    assert all(told.begun[number] >= TRIES for number in told.aside)
    return True


@pytest.mark.parametrize("slow", [0.0, 0.5])
def test_sixty_four_workers_are_kept_busy_through_losses_and_stragglers(slow):
    world = World(slow=slow)
    told = simulated(world)
    assert told.lost > 50
    assert done_once(world, told)
    assert told.efficiency >= 0.9


def test_parts_wait_for_the_slowest():
    shared, parts = (simulated(World(shards=2000, slow=0.5, parts=parts)) for parts in (False, True))
    assert parts.efficiency < 0.8 < shared.efficiency


@given(
    st.builds(
        World,
        shards=st.integers(10, 60),
        workers=st.integers(1, 70),
        losses=st.floats(0, 0.9),
        stragglers=st.floats(0, 1),
        deadly=st.integers(0, 5),
        held=st.integers(0, 5),
        parts=st.booleans(),
        seed=st.integers(0, 1000),
    )
)
def test_no_shard_is_lost_or_doubled(world):
    assert done_once(world, simulated(world))


def test_numbers_are_taken_as_they_are_handed_out():
    taken = []
    schedule = Schedule(taken.append(i) or i for i in range(3))
    assert schedule.next() == 0
    assert taken == [0]


def test_what_failed_comes_before_what_is_fresh():
    schedule = Schedule(range(3), tries=2)
    first, second = schedule.next(), schedule.next()
    assert schedule.note(first, Outcome("failed", sentence="no")) is False
    assert schedule.next() == first
    assert schedule.note(first, Outcome("failed", sentence="never")) is True
    assert schedule.aside == {0: "never"}
    schedule.note(second, Outcome("finished", 5))
    assert (schedule.next(), schedule.next(), schedule.over) == (2, None, False)
    schedule.note(2, Outcome("held"))
    assert not schedule.look_again(lambda _: True)
    assert (schedule.next(), schedule.over) == (None, False)
    assert schedule.look_again(lambda _: False)
    assert schedule.next() == 2
    schedule.note(2, Outcome("aside", sentence="bad"))
    assert (schedule.next(), schedule.over) == (None, True)
