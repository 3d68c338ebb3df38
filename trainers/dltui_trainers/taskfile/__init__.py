"""Task files: a person's own data, model and loss in a file, trained by our loop.

:mod:`.described` reads what a file says of itself without running it, for the command line and the screens;
:mod:`.imported` runs it, in the training's own process; :mod:`.adapted` makes of it a task as ours are.
"""
