"""The data of the user, looked at without torch: what they make of a task, and all refusals, before anything starts."""
