"""Imports without a command line: upload, map, look, take in, take back; and files that come by themselves."""
