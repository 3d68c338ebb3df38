"""A run as a page to keep or to send: charts, verdict, evidence, advice and history in one self-contained file.

``make.py`` puts what is known of a run into words, once (``report.py`` holds them); ``html.py``, ``markdown.py``,
``svg.py`` and ``text.py`` lay the same words out, and each escapes them for its own markup.
"""
