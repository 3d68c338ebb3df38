"""What can be told of a task before anything is trained on it: its data, what knowing nothing costs, and how fast its
networks are. One question a file; :mod:`dltui_trainers.probes.look` asks them all."""
