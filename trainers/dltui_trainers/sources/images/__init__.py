"""Images of the user: in the format of MNIST or of CIFAR-10, found where they usually lie."""
