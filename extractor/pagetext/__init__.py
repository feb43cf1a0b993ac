"""What a web page says to its readers: the text of its markup, and whether two such texts are of one version.

Nothing here knows of files or databases; only reader.py has to do with the system, for a process of its own.
"""
