"""runner.adapters.scan_pool: how wide, and what is worked out meanwhile."""

from __future__ import annotations

import threading

import pytest

from runner.adapters.scan_pool import ScanPool
from runner.errors import BadInput
from runner.testing import FakeGauge


def test_what_is_asked_later_is_worked_out_meanwhile() -> None:
    """The function runs while the block does: it need not be asked to begin."""
    began = threading.Event()

    def tell() -> str:
        began.set()
        return "told"

    with ScanPool(cores=2).meanwhile(tell) as value:
        assert began.wait(5)
        assert value() == "told"


@pytest.mark.parametrize("pool", [ScanPool(cores=1), ScanPool(FakeGauge(mem_ratio=1.0), cores=8)])
def test_where_there_is_no_room_it_waits_until_it_is_asked(pool: ScanPool) -> None:
    """One core, or too little memory: one thing after the other, in the order of the caller."""
    order: list[str] = []
    with pool.meanwhile(lambda: order.append("function")) as value:
        order.append("block")
        value()
    assert order == ["block", "function"]


def test_what_it_raises_is_raised_where_it_is_asked() -> None:
    """An error of the function is the caller's, at the place where it wants the value."""

    def fail() -> str:
        raise BadInput("no such commit")

    with ScanPool(cores=2).meanwhile(fail) as value, pytest.raises(BadInput, match="no such commit"):
        value()
