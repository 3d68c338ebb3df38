"""Small PyTorch scripts with one fault each, and sound ones: does the diagnosis find the fault, and name the layer?"""
