"""What the first process of a training tells the others to do, between two steps."""

import msgspec


class Order(msgspec.Struct, omit_defaults=True, kw_only=True):
    """What all processes do now; ``end``: nothing more for the time being."""

    settings: dict[str, float] = {}
    paused: bool | None = None
    stopping: bool = False
    end: bool = False


order_decoder = msgspec.json.Decoder(Order)
