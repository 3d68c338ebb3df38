import numpy as np
import pytest

from dltui.series.smoothing import Ema


def _naive(values: np.ndarray, weight: float) -> np.ndarray:
    last, count, smoothed = 0.0, 0, []
    for value in values:
        if not np.isfinite(value):
            smoothed.append(np.nan)
            continue
        last = weight * last + (1 - weight) * value
        count += 1
        smoothed.append(last / (1 - weight**count))
    return np.array(smoothed)


@pytest.mark.parametrize("weight", [0.0, 1e-6, 0.3, 0.6, 0.9, 0.99, 0.999, 0.9999])
@pytest.mark.parametrize("seed", range(4))
def test_any_pieces_give_what_the_loop_gives(weight: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.normal(1, 1, 3000)
    values[rng.random(3000) < 0.02] = rng.choice([np.nan, np.inf, -np.inf])
    ema = Ema(weight)
    pieces = [ema.extend(piece) for piece in np.split(values, np.sort(rng.integers(0, 3000, 12)))]
    np.testing.assert_allclose(np.concatenate(pieces), _naive(values, weight), rtol=0, atol=1e-9)
    np.testing.assert_allclose(Ema(weight).extend(values), _naive(values, weight), rtol=0, atol=1e-9)


def test_one_point_at_a_time() -> None:
    values = np.linspace(3, 1, 200)
    ema = Ema(0.9)
    np.testing.assert_allclose([ema.extend([value])[0] for value in values], _naive(values, 0.9), atol=1e-12)


def test_the_first_point_is_itself_and_a_constant_stays() -> None:
    assert Ema(0.9999).extend([5.0])[0] == pytest.approx(5.0, rel=1e-12)
    np.testing.assert_allclose(Ema(0.99).extend(np.full(500, 0.25)), 0.25, rtol=1e-12)


def test_the_average_carries_on_over_a_gap() -> None:
    smoothed = Ema(0.5).extend([1.0, np.nan, 2.0])
    assert np.isnan(smoothed[1])
    assert smoothed[2] == Ema(0.5).extend([1.0, 2.0])[1]


@pytest.mark.parametrize("values", [[], [np.nan], [np.inf, -np.inf]])
def test_nothing_to_average(values: list[float]) -> None:
    assert np.isnan(Ema(0.9).extend(values)).all()


def test_enormous_values_do_not_raise() -> None:
    assert len(Ema(0.9).extend([1e308, -1e308, 1e308] * 100)) == 300


@pytest.mark.parametrize("weight", [-0.1, 1.0, 2.0, float("nan")])
def test_a_weight_outside_0_to_1_is_refused(weight: float) -> None:
    with pytest.raises(ValueError, match="smoothing weight"):
        Ema(weight)
