"""One widget a file. A widget draws what it is handed and posts messages; it reads no file and no sibling."""
