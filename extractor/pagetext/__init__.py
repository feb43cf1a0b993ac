"""The readable text of a web page, and whether two such texts are the same version.

Nothing here knows files or databases; only reader.py uses the system, to run a separate process.
"""
