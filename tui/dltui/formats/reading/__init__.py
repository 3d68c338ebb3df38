"""How files grow and are read: what every format stands on."""
