"""What there is to say of the inputs as the network sees them: their range, and whether they look normalised.

The usual initialisations keep the scale of inputs of mean 0 and deviation 1; LeCun et al. 1998, "Efficient BackProp".
Nothing is asked of single features below a size: a pixel at the border hardly varies, a rare category is mostly 0.
"""

import math

from dltui.guide.result import Check
from dltui.guide.steps.saying import doubtful, fault, sound
from dltui_trainers.looked import DataReport, InputsReport

RAW = 5.0
"""The root mean square of all inputs from which on they are not normalised: it is 1 if they are, below 1 of one-hot
columns and of pixels in 0 to 1, at most 3 of anything in -3 to 3; pixels in 0 to 16 have 8, in 0 to 255 over 80."""
LARGE = 2.5
FAR_FEATURE = 10.0
"""Mean or deviation of a single feature that is so large drowns the others in the sums of the first layer."""
SMALL = 0.1
"""Where no number at all is larger, the first layer sees next to nothing. One-hot columns hold a 1."""
TINY = 0.01
OFF_CENTRE = 3.0
"""Inputs whose mean is so many deviations away from 0: what they have in common outweighs how they differ."""


def check_inputs(looked: DataReport) -> list[Check]:
    """Return the checks of the inputs; a text has characters, which have no range."""
    found = []
    if looked.non_finite_inputs:
        found.append(fault("know_data.non_finite_inputs", count=looked.non_finite_inputs))
    if looked.non_finite_targets:
        found.append(fault("know_data.non_finite_targets", count=looked.non_finite_targets))
    if looked.inputs is not None:
        found.append(_check_range(looked.inputs))
    return found


def _check_range(inputs: InputsReport) -> Check:
    mean, deviation = float(inputs.mean), float(inputs.deviation)
    size = math.hypot(mean, deviation)
    farthest = max(abs(float(inputs.minimum)), abs(float(inputs.maximum)))
    feature = max(_size(inputs.largest_feature_mean), _size(inputs.largest_feature_deviation))
    numbers = {"low": float(inputs.minimum), "high": float(inputs.maximum), "mean": mean, "deviation": deviation}
    if not math.isfinite(size):
        return doubtful("know_data.no_range")
    if size > RAW:
        return fault("know_data.inputs_raw", **numbers)
    if farthest < TINY and farthest > 0:
        return fault("know_data.inputs_tiny", **numbers)
    if size > LARGE:
        return doubtful("know_data.inputs_large", **numbers)
    if feature > FAR_FEATURE:
        return doubtful("know_data.feature_large", feature=feature, **numbers)
    if farthest < SMALL:
        return doubtful("know_data.inputs_small", **numbers)
    if abs(mean) > OFF_CENTRE * deviation:
        return doubtful("know_data.inputs_off_centre", **numbers)
    constant = {"constant": inputs.constant_features} if inputs.constant_features else {}
    return sound("know_data.inputs_fine", features=inputs.features, **numbers, **constant)


def _size(value: object) -> float:
    """How large a feature's mean or deviation is; 0 where there is none."""
    size = abs(float(value)) if isinstance(value, float | int | str) else 0.0
    return size if math.isfinite(size) else 0.0
