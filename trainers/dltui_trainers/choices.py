"""What a hyperparameter that is a choice can be: one enumeration each, its values the words that a person writes."""

from enum import StrEnum


class Optimizer(StrEnum):
    """The update rule. ``momentum`` is SGD with momentum."""

    SGD = "sgd"
    MOMENTUM = "momentum"
    NESTEROV = "nesterov"
    ADAGRAD = "adagrad"
    RMSPROP = "rmsprop"
    ADAM = "adam"
    ADAMW = "adamw"


class Schedule(StrEnum):
    """How the learning rate moves from ``lr`` over the planned epochs."""

    CONSTANT = "constant"
    STEP = "step"
    EXPONENTIAL = "exponential"
    COSINE = "cosine"
    ONE_CYCLE = "one_cycle"
    PLATEAU = "plateau"
    RANGE_TEST = "range_test"


class Activation(StrEnum):
    """The non-linearity after each hidden layer."""

    RELU = "relu"
    LEAKY_RELU = "leaky_relu"
    GELU = "gelu"
    SIGMOID = "sigmoid"
    TANH = "tanh"


class Pooling(StrEnum):
    """How a convolutional network shrinks its maps."""

    MAX = "max"
    AVG = "avg"


class Norm(StrEnum):
    """Normalisation after each hidden layer, before its activation."""

    NONE = "none"
    BATCH = "batch"
    LAYER = "layer"


class Init(StrEnum):
    """How the weights start. ``default`` is what the library does (Kaiming uniform with a = sqrt 5)."""

    DEFAULT = "default"
    HE = "he"
    XAVIER = "xavier"
    ORTHOGONAL = "orthogonal"
    ZERO = "zero"


class Model(StrEnum):
    """The kind of network, where a task offers more than one."""

    MLP = "mlp"
    CNN = "cnn"
    GRU = "gru"
    TRANSFORMER = "transformer"


class Augmentation(StrEnum):
    """A random change of the training inputs."""

    FLIP = "flip"
    CROP = "crop"
    SCALE = "scale"
    ERASE = "erase"
    JITTER = "jitter"
    ROTATE = "rotate"
    AFFINE = "affine"
    MIXUP = "mixup"


class Loss(StrEnum):
    """What is made small. ``mse`` on classes is taken between the outputs and 1 for the class, 0 for the others."""

    CROSS_ENTROPY = "cross_entropy"
    MSE = "mse"


class EvalCrops(StrEnum):
    """The views of an image whose answers are averaged in a validation."""

    NONE = "none"
    FIVE = "five"
    TEN = "ten"


class TargetKind(StrEnum):
    """What the target column of a table holds; ``auto`` looks at its values."""

    AUTO = "auto"
    CLASSES = "classes"
    NUMBERS = "numbers"


class Missing(StrEnum):
    """What becomes of the rows of a table in which values are missing."""

    REFUSE = "refuse"
    DROP = "drop"
    MEAN = "mean"


class TextColumns(StrEnum):
    """What becomes of the columns of a table that hold text."""

    REFUSE = "refuse"
    DROP = "drop"
    ONE_HOT = "one_hot"
