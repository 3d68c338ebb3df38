import numpy as np
import pytest

from dltui.series.gaps import GapCount, Gaps


@pytest.mark.parametrize("seed", range(20))
def test_agrees_with_a_scan_however_the_positions_arrive(seed: int) -> None:
    rng = np.random.default_rng(seed)
    usable = rng.random(200) > rng.choice([0.0, 0.1, 0.5, 0.95])
    gaps = Gaps()
    for piece in np.split(usable, np.sort(rng.integers(0, 200, 6))):
        gaps.extend(piece)
    for position in range(200):
        after = next((p for p in range(position, 200) if usable[p]), 200)
        before = next((p for p in range(position, -1, -1) if usable[p]), -1)
        assert gaps.first_usable(np.array([position]))[0] == after
        assert gaps.last_usable(np.array([position]))[0] == before
    assert gaps.total == np.count_nonzero(~usable)
    for start, stop in np.sort(rng.integers(0, 201, (50, 2)), axis=1).tolist():
        assert gaps.count(start, stop) == np.count_nonzero(~usable[start:stop])


@pytest.mark.parametrize("seed", range(20))
def test_a_range_has_the_gaps_that_a_scan_of_it_finds(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = np.where(rng.random(200) < rng.choice([0.0, 0.1, 0.5, 1.0]), rng.choice([np.nan, np.inf, -np.inf]), 1.0)
    gaps = Gaps()
    for piece in np.split(values, np.sort(rng.integers(0, 200, 6))):
        gaps.extend(np.isfinite(piece))
    for start, stop in [*np.sort(rng.integers(0, 201, (50, 2)), axis=1).tolist(), (0, 200), (200, 200), (0, 0)]:
        assert gaps.within(start, stop) == GapCount.of(values[start:stop])


def test_nothing_has_no_gaps() -> None:
    assert Gaps().within(0, 0) == GapCount.of(np.empty(0)) == GapCount(0, 0, False)
