"""What Ray says at length, as one sentence: what is the matter, and what to try."""

import re

from dltui.text import safe_text

LONGEST = 200
_VERSIONS = re.compile(r"Ray: (\S+)\s+Python: (\S+).*?Ray: (\S+)\s+Python: (\S+)", re.DOTALL)
_ANSI = re.compile(r"\x1b\[[0-9;]*m")
START = "Begin one with 'ray start --head', or say where it is: --address HOST:6379."


def told_refusal(error: BaseException, address: str) -> str:
    """Return the sentence for what kept the driver from the cluster at ``address`` (empty: the one here)."""
    text = _ANSI.sub("", str(error))
    where = f" at {address}" if address else " on this machine"
    if "Version mismatch" in text and (found := _VERSIONS.search(text)):
        theirs, ours = f"Ray {found[1]} on Python {found[2]}", f"Ray {found[3]} on Python {found[4]}"
        return f"The Ray cluster{where} runs {theirs} and this dltui {ours}: install what the cluster has."
    if isinstance(error, ConnectionError) or "Could not find any running Ray instance" in text:
        return f"There is no Ray cluster{where}. {START}"
    if "This node has an IP address of" in text or "node_ip_address.json" in text:
        return f"This machine is no node of the Ray cluster{where}: begin the search on one of its nodes."
    first = next((line.strip() for line in text.splitlines() if line.strip()), type(error).__name__)
    return f"The Ray cluster{where} cannot be used: {safe_text(first)[:LONGEST]}"


def told_failure(text: str) -> str:
    """Return in words why a trial could not be run, from what Ray wrote of it."""
    text = _ANSI.sub("", text)
    if re.search(r"No module named '(dltui|msgspec)", text):
        return "the Python of the node has no dltui: install it in the environment that Ray runs in"
    if re.search(r"ActorDiedError|ActorUnavailable|NodeDied|node died|worker died", text):
        return "its node or its process was lost too often"
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return safe_text(lines[-1])[:LONGEST] if lines else "Ray gave it up"
