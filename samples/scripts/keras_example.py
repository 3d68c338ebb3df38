"""Keras 3 with dltui: learn which of ten spiral arms a point lies on. About a minute on a CPU, with any backend.

pip install keras
KERAS_BACKEND=torch python keras_example.py     # and, in another terminal: dltui
"""

import keras
import numpy as np

import dltui  # dltui: one of two lines


def spirals(n: int, seed: int, arms: int = 10) -> tuple[np.ndarray, np.ndarray]:
    """Points on arms that wind around the origin, not quite exact."""
    random = np.random.default_rng(seed)
    arm, radius = random.integers(arms, size=n), random.random(n) + 0.1
    angle = 2 * np.pi * (arm / arms + radius / 2) + 0.1 * random.standard_normal(n)
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], 1).astype("float32"), arm


if __name__ == "__main__":
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [
            keras.Input((2,)),
            keras.layers.Dense(128, activation="gelu"),
            keras.layers.Dropout(0.1),
            keras.layers.Dense(128, activation="gelu"),
            keras.layers.Dropout(0.1),
            keras.layers.Dense(10),
        ],
        name="spirals-keras",
    )
    model.compile(
        optimizer=keras.optimizers.AdamW(0.002, weight_decay=0.01),
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    x, y = spirals(4000, seed=1)
    model.fit(
        x,
        y,
        batch_size=64,
        epochs=60,
        validation_data=spirals(1000, seed=2),
        verbose=2,
        callbacks=[dltui.KerasCallback()],  # dltui: the other one
    )
