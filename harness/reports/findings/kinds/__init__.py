"""One file per kind of finding."""
