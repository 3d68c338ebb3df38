"""TensorBoard's event files: frames with checksums, protobuf in them, and the folders that they lie in."""
