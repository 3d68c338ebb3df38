"""`make literature`: what the literature says of small networks, measured here through the loop of dltui.

A table a file. Each says what was published and where, by what it is judged (written down before it was first
measured), what is measured here, and whether that was reached. A miss is shown as a miss.
"""
